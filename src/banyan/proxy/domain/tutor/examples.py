# ruff: noqa: E501
"""The lesson's own examples."""

import re
from collections.abc import Sequence

import numpy as np

from banyan.proxy.domain.tutor.selection import Scores
from banyan.proxy.domain.tutor.sentences import Candidate

_OPENING = re.compile(
    r"[\"“(]*(?:for (?:example|instance)|(?:an?|one|another|a (?:good|common|classic|simple)) (?:\w+ )?example|examples? (?:of|include)"
    r"|consider|imagine|suppose|picture|take the case|to illustrate|say (?:you|that)|let(?:'|’)s (?:say|take|look|consider)"
    r"|zum beispiel|beispielsweise|par exemple|imaginez|por ejemplo|imagina|por exemplo|例如|たとえば|例えば)",
    re.IGNORECASE,
)
_WITHIN = re.compile(
    r"\b(?:for (?:example|instance)|such as|examples? (?:of|include)|is an example|are examples|e\.g\.|including|like when|imagine|suppose"
    r"|zum beispiel|z\.\s?b\.|beispielsweise|par exemple|tels? que|telles? que|por ejemplo|tales como|por exemplo|tais como)"
    r"|例如|たとえば|例えば",
    re.IGNORECASE,
)
_ANNOUNCING = re.compile(
    r"[\"“(]*(?:consider|imagine|suppose|picture|take the case|let(?:'|’)s|here (?:is|are)|imaginez|imagina)\b|.*:$",
    re.IGNORECASE,
)
"""An example that only begins in this sentence."""
_HEADING = re.compile(r"\b(?:examples?|beispiele?|exemples?|ejemplos?|exemplos?|case study|worked)\b", re.IGNORECASE)


def strength(one: Candidate) -> float:
    """How clearly a sentence is an example: 1 opens one, 0.7 has one within, 0.5 stands under such a heading."""
    if one.points or one.asks:
        return 0.0
    if _OPENING.match(one.text):
        return 1.0
    if _WITHIN.search(one.text):
        return 0.7
    return 0.5 if any(_HEADING.search(heading) for heading in one.passage.heading[-1:]) else 0.0


def find_examples(sentences: Sequence[Candidate], scores: Scores, count: int = 2) -> list[list[Candidate]]:
    """Up to `count` examples, best first, each with the sentence it leans on or leads to.

    scores: relevance to the topic, in the order of the sentences. An example far less relevant than the best sentence
    is an example of something else.
    """
    if not len(sentences):
        return []
    strengths = np.array([strength(one) for one in sentences])
    near = scores >= scores.max() - max(0.6, 0.45 * abs(float(scores.max())))
    ranked = [int(i) for i in np.argsort(-(scores + 0.4 * strengths), kind="stable") if strengths[i] > 0 and near[i]]
    places = {(one.passage.chunk_id, one.at): one for one in sentences}
    found: list[list[Candidate]] = []
    used: set[tuple[str, int]] = set()
    for i in ranked:
        one = sentences[i]
        if (one.passage.chunk_id, one.at) in used:
            continue
        before = places.get((one.passage.chunk_id, one.at - 1))
        leans = one.dangles or strengths[i] == 1.0
        group = [before, one] if leans and before is not None and not before.asks and not before.points else [one]
        after = places.get((one.passage.chunk_id, one.at + 1))
        if _ANNOUNCING.match(one.text) and after is not None:
            group.append(after)
        group = [each for each in group if (each.passage.chunk_id, each.at) not in used]
        used.update((each.passage.chunk_id, each.at) for each in group)
        found.append(group)
        if len(found) == count:
            break
    return found

# ruff: noqa: E501
"""The lesson's own examples."""

import re
from collections.abc import Mapping, Sequence

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
_WORD = re.compile(r"\b(?:examples?|beispiele?|exemples?|ejemplos?|exemplos?)\b", re.IGNORECASE)
_HYPOTHETICAL = re.compile(
    r"^(?:an?|one|two|some(?:one|body)?|people|every(?:one|body)?|if) .*\b(?:may|might|could|would|can|will)\b|^take (?:an?|the|two)\b"
    r"|^if (?:you|we|someone|somebody|an?)\b|\b(?:might|may) (?:well )?(?:\w+) an? ",
    re.IGNORECASE,
)
"""Somebody who may do something: an example without the word, if it follows on what it shows."""
_SEVERAL_FIGURES = re.compile(r"\d[^\d]+\d")
_REFERRING = re.compile(r"^(?:\w+ ){1,4}(?:this|these|that|such)\b", re.IGNORECASE)
_WITHIN_REACH = 3
"""So many sentences after the one that names the topic, an implicit example is still one of it."""
_ABOUT = 0.5
"""For an example in a place that names the topic; half a topic's worth of words."""
_HEADING = re.compile(r"\b(?:examples?|beispiele?|exemples?|ejemplos?|exemplos?|case study|worked)\b", re.IGNORECASE)


def strength(one: Candidate) -> float:
    """How clearly a sentence is an example: 1 opens one, 0.7 has one within, 0.6 speaks of one, 0.5 stands under such a
    heading.
    """
    if one.reading.points or one.reading.asks:
        return 0.0
    if _OPENING.match(one.text):
        return 1.0
    if _WITHIN.search(one.text):
        return 0.7
    if _WORD.search(one.text):
        return 0.6
    return 0.5 if any(_HEADING.search(heading) for heading in one.passage.heading[-1:]) else 0.0


def implied_strength(one: Candidate) -> float:
    """How clearly a sentence that does not say so is an example: 0.4 for a hypothetical case, 0.3 for figures."""
    if one.reading.points or one.reading.asks or not one.reading.is_prose:
        return 0.0
    if _HYPOTHETICAL.search(one.text):
        return 0.4
    return 0.3 if _SEVERAL_FIGURES.search(one.text) else 0.0


def _lead(one: Candidate, places: Mapping[tuple[str, int], Candidate]) -> Candidate | None:
    """The sentence that an example leans on: the one before it, or the one which that leans on in turn."""
    before = [places.get((one.passage.chunk_id, one.at - back)) for back in (1, 2)]
    usable = [
        each
        for each in before
        if each is not None and each.reading.is_prose and not (each.reading.asks or each.reading.points)
    ]
    return next((each for each in usable if not each.reading.dangles), usable[0] if usable else None)


def _about(sentences: Sequence[Candidate], i: int, topic: frozenset[str]) -> bool:
    """Whether the sentence, one shortly before it or the next one in its passage names the topic."""
    chunk = sentences[i].passage.chunk_id
    return bool(topic) and any(
        topic <= one.stem_set for one in sentences[max(0, i - _WITHIN_REACH) : i + 2] if one.passage.chunk_id == chunk
    )


def _implied(sentences: Sequence[Candidate], topic: frozenset[str]) -> list[float]:
    """The implied strength of each sentence that follows closely on one that names the topic, else 0."""
    named = {(one.passage.chunk_id, one.at) for one in sentences if topic and topic <= one.stem_set}
    return [
        implied_strength(one)
        if any((one.passage.chunk_id, one.at - back) in named for back in range(1, _WITHIN_REACH + 1))
        else 0.0
        for one in sentences
    ]


def find_examples(
    sentences: Sequence[Candidate], scores: Scores, topic: frozenset[str] = frozenset(), count: int = 2
) -> list[list[Candidate]]:
    """Up to `count` examples, best first, each with the sentence it leans on or leads to.

    scores: relevance to the topic, in the order of the sentences. topic: its stems; with them, a case that follows
    on a sentence which names the topic counts too where no sentence says that it is an example. An example far less relevant than the best sentence
    is an example of something else.
    """
    if not len(sentences):
        return []
    about = np.array([_about(sentences, i, topic) for i in range(len(sentences))], dtype=np.bool_)
    scores = scores + _ABOUT * about
    near = about | (scores >= scores.max() - max(0.6, 0.45 * abs(float(scores.max()))))
    strengths = np.array([strength(one) for one in sentences]) * near
    if topic and not (strengths * about).any():
        strengths = np.maximum(strengths, np.array(_implied(sentences, topic)))
    if (strengths * about).any():
        strengths *= about
    ranked = [int(i) for i in np.argsort(-(scores + 0.4 * strengths), kind="stable") if strengths[i] > 0]
    places = {(one.passage.chunk_id, one.at): one for one in sentences}
    found: list[list[Candidate]] = []
    used: set[tuple[str, int]] = set()
    for i in ranked:
        one = sentences[i]
        if (one.passage.chunk_id, one.at) in used:
            continue
        opens = one.reading.dangles or strengths[i] not in (0.5, 0.6, 0.7) or _REFERRING.match(one.text) is not None
        before = _lead(one, places) if opens else None
        group = [one] if before is None else [before, one]
        after = places.get((one.passage.chunk_id, one.at + 1))
        if _ANNOUNCING.match(one.text) and after is not None:
            group.append(after)
        group = [each for each in group if (each.passage.chunk_id, each.at) not in used]
        used.update((each.passage.chunk_id, each.at) for each in group)
        found.append(group)
        if len(found) == count:
            break
    return found

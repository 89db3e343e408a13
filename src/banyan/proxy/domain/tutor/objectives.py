# ruff: noqa: E501
"""What a text says is to be learned from it."""

import re
from collections.abc import Sequence

from banyan.kernel.messages import Citation
from banyan.proxy.domain.grounding import citation_of
from banyan.proxy.domain.knowledge import Span
from banyan.proxy.domain.tutor.sentences import Candidate

MOST_OBJECTIVES = 30
_FIRST = 400
"""Sentences of the text among which objectives are looked for."""
_WITHIN = 240
_INTRODUCES = re.compile(
    r"\b(?:you (?:will|should) be able to|you will learn(?: to| how to)?|learners will be able to|students will be able to|(?:learning|chapter|lesson|section) (?:objectives|outcomes|goals)"
    r"|können sie|vous serez capables? de|serás capaz de|podrás|você será capaz de|lernziele|objectifs d[’']apprentissage|objetivos de aprendi(?:zaje|zagem))\s*[:：]?",
    re.IGNORECASE,
)
_BEGINS = (
    "Analyze|Analyse|Apply|Assess|Calculate|Characterize|Classify|Compare|Compute|Construct|Contrast|Create|Define|Demonstrate|Derive|Describe|Design|Determine"
    "|Diagram|Differentiate|Discuss|Distinguish|Draw|Estimate|Evaluate|Examine|Explain|Explore|Find|Formulate|Give|Identify|Illustrate|Interpret|Investigate"
    "|Label|List|Locate|Match|Measure|Name|Organize|Outline|Perform|Place|Plot|Predict|Prepare|Prove|Provide|Recall|Recognize|Relate|Review|Sketch|Solve|Specify"
    "|State|Summarize|Summarise|Trace|Understand|Use|Write|Accurately|Briefly|Correctly"
)
_OBJECTIVE = re.compile(rf"(?:(?<=\s)|(?<=^)|(?<=[•*-] ))(?:{_BEGINS})\b")


def objectives_of(stated: Sequence[Candidate], told: Sequence[Candidate]) -> tuple[list[Citation], set[int]]:
    """The objectives one by one, each as it stands in the text; and by `id` the sentences of `told` that state them.

    stated: sentences under a heading that announces objectives. told: all others; of them the runs after "you will be
    able to" count.
    """
    found: list[tuple[Candidate, Span]] = []
    used: set[int] = set()
    for one in stated:
        found += [(one, span) for span in _pieces(one, _after_introduction(one))]
    place = None
    for one in told[:_FIRST]:
        begin = _after_introduction(one)
        follows = place is not None and (one.passage.heading, one.passage.source) == place
        if begin and (begin >= len(one.text.rstrip()) or _OBJECTIVE.match(one.text, _skip(one.text, begin))):
            place = (one.passage.heading, one.passage.source)
        elif follows and _OBJECTIVE.match(one.text):
            begin = 0
        else:
            place = None
            continue
        used.add(id(one))
        found += [(one, span) for span in _pieces(one, begin)]
    cited: list[Citation] = []
    for one, span in found[:MOST_OBJECTIVES]:
        start = one.sentence.span.start
        cited.append(citation_of(len(cited) + 1, one.passage, one.text[span.start - start : span.end - start], span))
    return cited, used


def _after_introduction(one: Candidate) -> int:
    """Where the objectives begin; 0 where nothing introduces them."""
    return max((found.end() for found in _INTRODUCES.finditer(one.text[:_WITHIN])), default=0)


def _pieces(one: Candidate, begin: int) -> list[Span]:
    """Runs that begin with the verb of an objective; the whole sentence where no such verb is known."""
    text, offset = one.text, one.sentence.span.start
    begin = _skip(text, begin)
    if begin >= len(text):
        return []
    starts = [found.start() for found in _OBJECTIVE.finditer(text, begin)] or [begin]
    if starts[0] != begin:
        starts.insert(0, begin)
    spans = []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        end = start + len(text[start:end].rstrip())
        if len(text[start:end].split()) >= 3:
            spans.append(Span(offset + start, offset + end))
    return spans


def _skip(text: str, at: int) -> int:
    while at < len(text) and (text[at].isspace() or text[at] in ":-•*"):
        at += 1
    return at

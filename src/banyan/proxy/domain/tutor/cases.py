# ruff: noqa: E501
"""The text's own examples and worked figures, and questions made from them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from banyan.proxy.domain.tutor.asking_words import AskingWords
from banyan.proxy.domain.tutor.examples import strength
from banyan.proxy.domain.tutor.intents import GAP
from banyan.proxy.domain.tutor.naming import TERM, Naming, names_something
from banyan.proxy.domain.tutor.statements import Statement
from banyan.proxy.domain.tutor.study_forms import StudyExample, StudyQuestion
from banyan.proxy.domain.tutor.words import stems
from banyan.proxy.domain.tutor.wrong_answers import Term, Terms

MOST_EXAMPLES = 30
_LONGEST = 4
_OPENS = re.compile(
    r"^(?:for (?:example|instance)|as an example|consider|imagine|suppose|picture|to illustrate|an? (?:\w+ )?example(?! of)|zum beispiel|beispielsweise|par exemple|imaginez|por ejemplo|imagina|por exemplo)\b[,:]?\s*(?:that |this:? )?",
    re.IGNORECASE,
)
_WITHIN = re.compile(
    r"\b(?:for (?:example|instance)|is an? (?:\w+ )?example of|e\.g\.|imagine|suppose|zum beispiel|z\.\s?b\.|beispielsweise|par exemple|por ejemplo|por exemplo)",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"^(?:if|when|then|now|the (?:same|result|other|second|first)|in this (?:case|example)|here|he|she|they|it|his|her|this|these|that|such|suppose|imagine|as a result|so|dann|alors|entonces|então)\b",
    re.IGNORECASE,
)
_RESULT = re.compile(
    r"(?P<before>.*(?:=|≈|\b(?:is|are|equals|gives|makes|totals?|leaves|yields|ist|ergibt|donne|fait|son|resulta)\b))\s*(?P<figure>[$€£]?\d[\d,]*(?:\.\d+)?%?)(?P<after>[^\d=]{0,60}[.!]?)$"
)
_SAID = re.compile(
    rf"(?:an?|one|another) (?:\w+ )?example of (?P<article>an?|the)?\s?(?P<term>{TERM}(?: {TERM}){{0,2}}?) (?:is|are|would be) (?P<story>.+)$",
    re.IGNORECASE,
)
_SAID_LAST = re.compile(
    rf"(?P<story>.+) (?:is|are) (?:an? (?:\w+ )?example|(?:\w+ )?examples) of (?P<article>an?|the)?\s?(?P<term>{TERM}(?: {TERM}){{0,2}})\.$",
    re.IGNORECASE,
)
_REACH = 3
_LEAST_SAID = 3
_FIGURE = re.compile(r"\d[\d,]*(?:\.\d+)?")
_RECKONS = re.compile(
    r"[=×÷·*/]|\b(?:divided|multiplied|times|plus|minus|sum|mean|average|median|total|product|percent|per cent|ratio|difference|geteilt|mal|multiplié|divisé|dividido|multiplicado)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Case:
    """An example: the statement that it illustrates, if that is plain, and its own."""

    lead: Statement | None
    own: tuple[Statement, ...]
    of: Term | None


def cases_of(statements: Sequence[Statement], terms: Terms) -> list[Case]:
    """In reading order; an example goes on while its sentences lean on one another."""
    found: list[Case] = []
    used = -1
    for i, one in enumerate(statements):
        if i <= used or not _is_example(one):
            continue
        last = i
        if _OPENS.match(one.plain):
            while (
                last + 1 < len(statements)
                and last - i < _LONGEST - 1
                and _follows(statements[last], statements[last + 1])
            ):
                last += 1
        used = last
        lead = _lead(statements, i) if _OPENS.match(one.plain) else None
        found.append(Case(lead, tuple(statements[i : last + 1]), _shown(lead, terms)))
        if len(found) == MOST_EXAMPLES:
            break
    return found


def _is_example(one: Statement) -> bool:
    """An example is told; a list of things after "such as" or "including" is none."""
    reading = one.candidate.reading
    opens = strength(one.candidate) == 1.0 or _WITHIN.search(one.plain) is not None
    return (
        opens and reading.is_prose and reading.length >= 7 and not (reading.asks or reading.points or reading.directs)
    )


def as_example(case: Case) -> StudyExample:
    """With the statement that it illustrates before it."""
    told = (case.lead, *case.own) if case.lead is not None else case.own
    return StudyExample(case.of.text if case.of else "", tuple(one.cite(i) for i, one in enumerate(told, 1)))


def scenario(case: Case, terms: Terms, asking: AskingWords) -> StudyQuestion | None:
    """Which term the example shows: asked where it follows on the sentence that says what the term is."""
    right, lead = case.of, case.lead
    if right is None or lead is None or lead.naming is None or not _OPENS.match(case.own[0].plain):
        return None
    told = " ".join(one.plain for one in case.own[:2])
    story = _OPENS.sub("", _OPENS.sub("", told))
    said = frozenset[str]().union(*(one.stems for one in case.own))
    if right.stems & said or len(story.split()) < 8 or not case.own[0].candidate.reading.ends or story[-1:] == ":":
        return None
    wrong = tuple(term.text for term in terms.wrong(right, said, lead))
    if len(wrong) < 3:
        return None
    asked = asking.shows.format(story[:1].upper() + story[1:])
    return StudyQuestion("scenario", asked, right.text, wrong, lead.cite(), f"{lead.plain} {told}")


def worked_figure(statements: Sequence[Statement], i: int, asking: AskingWords) -> StudyQuestion | None:
    """A figure that the text reckons, with its result blanked; the sentences before it give what is needed."""
    one = statements[i]
    reading = one.candidate.reading
    if reading.asks or reading.points or reading.is_code or reading.is_row or not _RECKONS.search(one.plain):
        return None
    result = _RESULT.match(one.plain)
    if result is None:
        return None
    given = _FIGURE.findall(result["before"])
    lead: list[Statement] = []
    if i and _beside(statements[i - 1], one) and (len(given) < 2 or reading.dangles):
        lead = [statements[i - 1]]
        given += _FIGURE.findall(lead[0].plain)
    bare = result["figure"].strip("$€£%")
    if len(set(given)) < 2 or bare in given or any(not each.candidate.reading.is_prose for each in lead):
        return None
    if reading.dangles and not lead:
        return None
    shown = f"{result['before']} {GAP}{'%' if result['figure'].endswith('%') else ''}{result['after']}"
    asked = asking.figure.format(" ".join([*(each.plain for each in lead), shown]))
    explanation = " ".join([*(each.plain for each in lead), one.plain])
    return StudyQuestion(
        "problem_solving",
        asked,
        result["figure"],
        (),
        one.cite(),
        explanation,
        (f"{result['before'][-80:].strip()} {result['figure']}",),
    )


def _lead(statements: Sequence[Statement], i: int) -> Statement | None:
    """The sentence that an example follows on: the one before it, or what that leans on."""
    at = i - 1
    while at >= max(0, i - _REACH) and _beside(statements[at], statements[at + 1]):
        if not statements[at].candidate.reading.dangles:
            return statements[at]
        at -= 1
    return statements[i - 1] if i and _beside(statements[i - 1], statements[i]) else None


def said_example(one: Statement, terms: Terms, asking: AskingWords) -> StudyQuestion | None:
    """Of "An example of a reflex is the blink of an eye": what the blink is an example of."""
    found = _SAID.match(one.plain) or _SAID_LAST.match(one.plain) if one.language == "english" else None
    if found is None or not one.stands_alone or not names_something(found["term"], one.language):
        return None
    told = Naming(found["term"], "described", "", "", (found["article"] or "").lower(), None, ())
    right, story = terms.term(told, one), found["story"].strip()
    said = one.stems - right.stems
    if right.stems & frozenset(stems(story)) or len(said) < _LEAST_SAID:
        return None
    wrong = tuple(term.text for term in terms.wrong(right, said, one))
    if len(wrong) < 3:
        return None
    asked = asking.shows.format(f"{story[:1].upper()}{story[1:].rstrip('.')}.")
    return StudyQuestion("scenario", asked, right.text, wrong, one.cite(), one.plain)


def _beside(before: Statement, after: Statement) -> bool:
    same = before.passage.chunk_id == after.passage.chunk_id and before.passage.span == after.passage.span
    return before.passage.heading == after.passage.heading and (
        not same or after.candidate.at == before.candidate.at + 1
    )


def _follows(before: Statement, after: Statement) -> bool:
    if not _beside(before, after) or not after.candidate.reading.is_prose or after.naming is not None:
        return False
    return before.plain.endswith(":") or after.candidate.reading.dangles or bool(_GOES_ON.match(after.plain))


def _shown(lead: Statement | None, terms: Terms) -> Term | None:
    """The term that an example is of: what the sentence before it explains, or begins with."""
    if lead is None or lead.candidate.reading.dangles:
        return None
    if lead.naming is not None:
        return terms.own.get(terms.key(lead.naming.term))
    opening = [terms.key(" ".join(lead.plain.split()[: count + 1])) for count in (3, 2, 1)]
    return next((terms.own[key] for key in opening if key in terms.own and terms.own[key].clear), None)


def reckons(one: Statement) -> bool:
    """Whether it carries out a calculation, which holds of its own figures alone."""
    figures = len(_FIGURE.findall(one.plain))
    return figures > 3 or (figures > 1 and _RECKONS.search(one.plain) is not None)

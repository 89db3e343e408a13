"""Programs, formulas, rows of tables and fragments: quoted when asked for, and with the sentence that leads to them."""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from banyan.proxy.domain.tutor.selection import Scores
from banyan.proxy.domain.tutor.sentences import Candidate

Kind = Literal["prose", "code", "formula", "row", "fragment"]

_NAMED: Mapping[Kind, re.Pattern[str]] = {
    "code": re.compile(
        r"\b(?:code|programs?|programming|python|javascript|script|snippet|library|implement(?:ed|ation)?)\b",
        re.IGNORECASE,
    ),
    "formula": re.compile(
        r"\b(?:formulas?|formulae|equations?|expression|symbols?|notation|formel|formule|fórmula)\b", re.IGNORECASE
    ),
    "row": re.compile(r"\b(?:tables?|tabelle|tableau|tabla|tabela)\b", re.IGNORECASE),
}
_HOW_TO_RECKON = re.compile(
    r"\bhow (?:do|can|could|would|should|is|are|to)\b.*\b(?:comput|calculat|draw|plot|print|simulat)\w*", re.IGNORECASE
)
_BY_RECKONING: frozenset[Kind] = frozenset({"code", "formula"})
_KIND_OF = re.compile(
    r"^(?:(?:what is|what's|give me|show me|write down) )?(?:the )?(?:mathematical )?"
    r"(?:python )?(?:formula|equation|expression|symbol|notation|code|program)s? (?:for|of) (?:the |an? )?",
    re.IGNORECASE,
)
_ANNOUNCES = re.compile(r":$|\b(?:following|below|like this|as follows|this (?:program|code|formula))\b", re.IGNORECASE)
_CONTINUES = re.compile(r"[a-zà-ÿ]")
"""A sentence that a formula interrupts goes on in lower case ("where n is the size of the sample.")."""

_NO_SENTENCE = -0.5
"""Outweighs the reward for a few more of the question's words. What was asked for comes with its lead-in. Fragments
are not moved down: items of lists are fragments too, and 0.1 less for them costs 0.007 hits on a textbook.
"""
_BREAKING_OFF = re.compile(r"(?:\b(?:is|are|as|by|be|equals|gives)|[:=])$")
_LEADING_TO_ASKED = 1.2
"""For the lead-in to a block that was asked for: as much as all of the question's words and a little more."""
_LEADING_SENTENCES = 3


def kind_of(one: Candidate) -> Kind:
    """What stands there; the first kind that fits."""
    if one.reading.is_code:
        return "code"
    if one.reading.is_formula:
        return "formula"
    if one.reading.is_row:
        return "row"
    return "prose" if one.reading.ends else "fragment"


def without_kind(topic: str) -> str:
    """What a formula is wanted for: "variance" of "formula for variance"; other topics as they are."""
    return _KIND_OF.sub("", topic) or topic


def asked_kinds(question: str) -> frozenset[Kind]:
    """The kinds that a question names; programs and formulas if it names none but asks how to reckon something."""
    named = frozenset(kind for kind, pattern in _NAMED.items() if pattern.search(question))
    return named or (_BY_RECKONING if _HOW_TO_RECKON.search(question) else named)


class Surroundings:
    """Finds the sentences before and after a sentence in its passage."""

    def __init__(self, sentences: Sequence[Candidate]) -> None:
        self._places = {(one.passage.chunk_id, one.at): one for one in sentences}

    def beside(self, one: Candidate, steps: int) -> Candidate | None:
        """The sentence so many steps further in the same passage."""
        return self._places.get((one.passage.chunk_id, one.at + steps))

    def block_after(self, one: Candidate, asked: frozenset[Kind]) -> Candidate | None:
        """The program or formula that the sentence leads to."""
        after = self.beside(one, 1)
        if after is None or kind_of(after) not in ("code", "formula") or kind_of(one) in ("code", "formula", "row"):
            return None
        leads = not one.reading.ends or _ANNOUNCES.search(one.text) or kind_of(after) in asked
        return after if leads else None


def weigh_blocks(
    sentences: Sequence[Candidate], scores: Scores, asked: frozenset[Kind], topic: frozenset[str] = frozenset()
) -> Scores:
    """Scores with the best block that was asked for moved up, and what is no sentence moved down.

    topic: stems of what was asked about; a block counts by how many of them the sentences that lead to it have.
    """
    around = Surroundings(sentences)
    weighed = scores.copy()
    leading: dict[int, float] = {}
    for i, one in enumerate(sentences):
        kind, block = kind_of(one), around.block_after(one, asked)
        if block is not None and kind_of(block) in asked:
            told = [around.beside(one, -back) for back in range(_LEADING_SENTENCES)]
            said = frozenset[str]().union(*(each.stem_set for each in told if each is not None))
            leading[i] = len(topic & said) / max(1, len(topic))
        elif kind == "row" and kind in asked:
            continue
        elif kind in ("code", "formula", "row") or (block is None and _BREAKING_OFF.search(one.text)):
            weighed[i] += _NO_SENTENCE
        elif block is not None and one.reading.ends:
            weighed[i] += _NO_SENTENCE  # "The following program ..." says nothing else
    if leading:
        best = max(leading, key=lambda i: _LEADING_TO_ASKED * leading[i] + float(scores[i]))
        weighed[best] += _LEADING_TO_ASKED * leading[best]
    return np.asarray(weighed, dtype=np.float64)


def sentences_first(sentences: Sequence[Candidate], chosen: Sequence[int], asked: frozenset[Kind]) -> list[int]:
    """The chosen in their order, but what is no sentence, was not asked for and leads to no block last."""
    around = Surroundings(sentences)

    def is_aside(i: int) -> bool:
        kind = kind_of(sentences[i])
        return kind != "prose" and kind not in asked and around.block_after(sentences[i], asked) is None

    return sorted(chosen, key=is_aside)


def completed(
    groups: Sequence[Sequence[Candidate]], sentences: Sequence[Candidate], asked: frozenset[Kind]
) -> list[list[Candidate]]:
    """The groups with each program or formula beside the sentence that leads to it; nothing twice.

    A question gets one program and one formula: the first. Only a lead-in that breaks off still brings its own.
    """
    around = Surroundings(sentences)
    done: list[list[Candidate]] = []
    used: set[int] = set()
    given: set[Kind] = set()
    for group in groups:
        whole: list[Candidate] = []
        for one in group:
            unit = [each for each in _unit(one, around, asked - given) if id(each) not in used]
            whole.extend(unit)
            used.update(id(each) for each in unit)
            given.update(kind_of(each) for each in unit)
        done.append(whole)
    return [group for group in done if group]


def _unit(one: Candidate, around: Surroundings, asked: frozenset[Kind]) -> list[Candidate]:
    unit = [one]
    if kind_of(one) in ("code", "formula"):
        before = around.beside(one, -1)
        if before is not None and around.block_after(before, asked) is one:
            unit.insert(0, before)
    block = around.block_after(one, asked)
    if block is not None:
        unit.append(block)
    after = around.beside(unit[-1], 1)
    if kind_of(unit[-1]) == "formula" and after is not None and _CONTINUES.match(after.text):
        unit.append(after)
    return unit

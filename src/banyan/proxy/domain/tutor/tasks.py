# ruff: noqa: E501
"""Things to do: what the text itself asks, and tasks made from what it explains."""

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from banyan.proxy.domain.grounding import citation_of
from banyan.proxy.domain.tutor.asking_words import AskingWords
from banyan.proxy.domain.tutor.plain import plain
from banyan.proxy.domain.tutor.sentences import Candidate
from banyan.proxy.domain.tutor.statements import Statement
from banyan.proxy.domain.tutor.study_forms import StudyTask, TaskKind
from banyan.proxy.domain.tutor.wrong_answers import Term

MOST_FOUND, MOST_MADE = 40, 24
_DIRECTS = re.compile(
    r"^(?:\(?\d{1,3}[.)]\s+|[a-z][.)]\s+)?(?:calculate|compute|explain|describe|compare|contrast|draw|sketch|list|name|define|discuss|derive|prove|show that|solve|find|identify|estimate|determine|write|give|outline|summari[sz]e|classify|predict|design|plot|label|complete|evaluate|analy[sz]e|justify|state"
    r"|berechne|erkläre|beschreibe|vergleiche|nenne|zeige|begründe|zeichne|löse|bestimme|calculez|expliquez|décrivez|comparez|donnez|montrez|calcula|explica|describe|compara|nombra|calcule|explique|descreva|compare|cite)\b",
    re.IGNORECASE,
)
_OPTION = re.compile(r"^\s*(?:\(?[a-eA-E][.)]|_+)\s")
_STEPS = re.compile(
    r"\b(?:first(?:ly)?|begins?|starts?|then|next|after(?:ward)?s?|finally|subsequently|followed by|step|zuerst|dann|danach|schließlich|d'abord|ensuite|enfin|puis|primero|luego|después|finalmente|primeiro|depois)\b",
    re.IGNORECASE,
)
_APPLIED = re.compile(
    r"(?:an?|the|any|one|eine?|die|der|das|une?|la|le|una?|el|uma?|o|a)\s(?:\w+\s){0,2}(?:process|method|tendency|ability|principle|theory|rule|practice|strategy|law|act|habit|mistake|error|bias|way|technique|skill|behaviou?r|feeling|belief|argument|claim|trade-?off"
    r"|verfahren|methode|fähigkeit|prinzip|theorie|regel|fehler|processus|méthode|capacité|principe|théorie|règle|erreur|proceso|método|capacidad|principio|teoría|regla|error|processo|capacidade|princípio|teoria|regra|erro)\b",
    re.IGNORECASE,
)
_ANSWERED = 0.5
"""The share of a question's words that a sentence must have to count as its answer."""


def found_tasks(to_do: Sequence[Candidate], statements: Sequence[Statement]) -> list[StudyTask]:
    """What stands under headings such as "Review questions", with the sentences that answer it where there are any."""
    tasks: list[StudyTask] = []
    for one in to_do:
        text = plain(one.text)
        reading = one.reading
        exercise = _DIRECTS.match(text) is not None
        if (
            not (reading.asks or exercise)
            or reading.points
            or reading.length < 4
            or _OPTION.match(text)
            or "___" in text
        ):
            continue
        kind: TaskKind = "exercise" if exercise else "question"
        cited = citation_of(1, one.passage, one.text, one.sentence.span)
        answers = _answers(one.stem_set, statements)
        tasks.append(StudyTask(kind, text, tuple(each.cite(i) for i, each in enumerate(answers, 1)), cited, found=True))
        if len(tasks) == MOST_FOUND:
            break
    return tasks


def made_tasks(statements: Sequence[Statement], clear: Sequence[Term], asking: AskingWords) -> list[StudyTask]:
    """From definitions, from pairs of terms that are alike, and from what happens step by step."""
    explained = sorted(clear, key=lambda term: term.statement.at)
    made = [*_compared(explained, asking), *_stepped(statements, asking), *_explained(explained, asking)]
    return made[:MOST_MADE]


def _explained(terms: Sequence[Term], asking: AskingWords) -> Iterator[StudyTask]:
    """Of what one can do or meet with oneself, an example; of the rest, an explanation."""
    for term in terms:
        cited, explained = term.statement.cite(), term.statement.naming
        applied = explained is not None and _APPLIED.match(explained.says) is not None
        words = asking.apply if applied else asking.explain
        yield StudyTask("apply" if applied else "explain", words.format(term.text), (cited,), cited, found=False)


def _compared(terms: Sequence[Term], asking: AskingWords) -> list[StudyTask]:
    """Pairs of the same kind of which much the same is said, each term once; the likest first."""
    rated: list[tuple[float, int, Term, Term]] = []
    for n, (one, other) in enumerate(combinations(terms[:40], 2)):
        if one.shape != other.shape or one.stems & other.stems == one.stems or one.stems & other.stems == other.stems:
            continue
        left, right = one.statement.stems - one.stems, other.statement.stems - other.stems
        shared = len(left & right) / ((len(left) * len(right)) ** 0.5 or 1) + 0.5 * bool(one.stems & other.stems)
        near = abs(one.statement.at - other.statement.at) < 12
        if shared > 0.15 and one.statement is not other.statement:
            rated.append((-shared - 0.1 * near, n, one, other))
    used: set[int] = set()
    made: list[StudyTask] = []
    for _, _, one, other in sorted(rated, key=lambda each: each[:2]):
        if id(one) in used or id(other) in used or len(made) == 6:
            continue
        used |= {id(one), id(other)}
        expected = (one.statement.cite(1), other.statement.cite(2))
        made.append(
            StudyTask("compare", asking.compare.format(one.text, other.text), expected, expected[0], found=False)
        )
    return made


def _stepped(statements: Sequence[Statement], asking: AskingWords) -> Iterator[StudyTask]:
    """A section of which several sentences in a row say what comes first and next; named by its heading."""
    start = 0
    while start < len(statements):
        heading = statements[start].passage.heading
        end = start
        while end < len(statements) and statements[end].passage.heading == heading:
            end += 1
        steps = [one for one in statements[start:end] if _STEPS.search(one.plain) and one.candidate.reading.is_prose]
        if heading and not statements[start].repeats and len(steps) >= 3 and len(steps) >= 0.25 * (end - start):
            expected = tuple(one.cite(i) for i, one in enumerate(steps[:5], 1))
            yield StudyTask(
                "explain", asking.steps.format(heading[-1].rstrip(".:?!")), expected, expected[0], found=False
            )
        start = end


def _answers(asked: frozenset[str], statements: Sequence[Statement]) -> list[Statement]:
    if len(asked) < 2:
        return []
    rated = [(len(asked & one.stems) / len(asked), -one.at, one) for one in statements if one.stands_alone]
    best = sorted((each for each in rated if each[0] >= _ANSWERED), key=lambda each: each[:2], reverse=True)[:2]
    return sorted((one for _, _, one in best), key=lambda one: one.at)

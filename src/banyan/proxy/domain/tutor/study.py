"""What a text offers for learning it, found without a model; everything is quoted.

The sentences are read once. What its headings set apart (exercises, objectives, references) is not asked about.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from banyan.kernel.messages import Citation
from banyan.proxy.domain.brought import CONTENT
from banyan.proxy.domain.grounding import citation_of
from banyan.proxy.domain.knowledge import Passage
from banyan.proxy.domain.tutor.asking import about_mention, about_reason, about_term
from banyan.proxy.domain.tutor.asking_words import ASKING, AskingWords
from banyan.proxy.domain.tutor.capitals import Capitals
from banyan.proxy.domain.tutor.cases import Case, as_example, cases_of, reckons, said_example, scenario, worked_figure
from banyan.proxy.domain.tutor.deeds import about_deed
from banyan.proxy.domain.tutor.gaps import Gaps
from banyan.proxy.domain.tutor.objectives import objectives_of
from banyan.proxy.domain.tutor.plain import plain
from banyan.proxy.domain.tutor.salient import Salient
from banyan.proxy.domain.tutor.sections import Part, parts_of, telling_terms, title_of
from banyan.proxy.domain.tutor.statements import Statement, candidates_of, sorted_out
from banyan.proxy.domain.tutor.study_forms import (
    StudyMaterial,
    StudyQuestion,
    StudySection,
    StudySentence,
    StudyTerm,
)
from banyan.proxy.domain.tutor.summary import Ranking, chosen_of, ranked
from banyan.proxy.domain.tutor.tasks import found_tasks, made_tasks
from banyan.proxy.domain.tutor.truth import alternating
from banyan.proxy.domain.tutor.words import ENGLISH, familiar_language, stems, words
from banyan.proxy.domain.tutor.wrong_answers import Term, Terms

MOST_TERMS = 60
MOST_SENTENCES = 1200
"""Of longer texts evenly spread passages with together so many sentences are studied."""
_MOST_BESIDE = 240
_ENOUGH_TERMS = 30
"""A text that explains so many terms has wrong answers enough."""
_MOST_QUESTIONS = 400
_TERMS_A_SECTION = 5
_SAME = 0.7
_FIGURE = re.compile(r"\d")
_LEANS = 0.6
_SHORT = 40
"""Sentences of a text that is asked about also where it sums itself up."""
_ENOUGH_ALONE = 12
OTHER = "other"


def study_material(lesson: Sequence[Passage], beside: Sequence[Passage] = (), title: str = "") -> StudyMaterial:
    """lesson: its passages in reading order, of sources that learners may see. beside: further ones, for wrong answers.

    Takes a tenth of a second for a long lesson.
    """
    lesson = _spread(lesson, MOST_SENTENCES)
    language = familiar_language(plain(" ".join(passage.text for passage in lesson[:40])[:20_000]))
    read_as = language or "english"
    sorted_sentences = sorted_out(candidates_of(lesson, read_as))
    objectives, stating = objectives_of(sorted_sentences.objectives, sorted_sentences.told)
    told = [one for one in sorted_sentences.told if id(one) not in stating]
    ranking = ranked(told, read_as)
    parts = parts_of(told, ranking.rows) if len(ranking.pool) == len(told) else parts_of(told, ranking.rows[:0])
    place = {i: n for n, part in enumerate(parts) for i in range(part.first, part.last)}
    capitals = Capitals(plain(one.text) for one in told)
    statements = [Statement(one, read_as, capitals, i, place[i]) for i, one in enumerate(told)]
    explained = sum(one.naming is not None and one.naming.how != "described" for one in statements)
    others = candidates_of(_spread(beside, _MOST_BESIDE), read_as, explaining=True) if explained < _ENOUGH_TERMS else []
    ranks = _ranks(ranking, {id(one.candidate): one for one in statements})
    terms = Terms(statements, [Statement(one, read_as, capitals) for one in others], capitals, read_as)
    asking = ASKING.get(language)
    salient = Salient(statements, (key for key, one in terms.own.items() if one.clear)) if language == ENGLISH else None
    cases = cases_of(statements, terms)
    clear = [term for term in terms.own.values() if term.clear and term.statement.stands_alone]
    clear.sort(key=lambda term: term.statement.at)
    return StudyMaterial(
        title=title or (lesson[0].title if lesson else ""),
        language=language or OTHER,
        summary=_summary(ranking, {id(one.candidate): one for one in statements}),
        terms=tuple(StudyTerm(term.text, term.statement.cite(i)) for i, term in enumerate(clear[:MOST_TERMS], 1)),
        questions=_questions(statements, terms, cases, ranks, asking, salient),
        sections=tuple(_sections(parts, statements, ranks, clear, read_as, salient, title)),
        sentences=tuple(
            StudySentence(one.cite(i), ranks.get(id(one.candidate), 0.0), one.section)
            for i, one in enumerate(statements, 1)
        ),
        examples=tuple(map(as_example, cases)),
        tasks=(
            *found_tasks(sorted_sentences.to_do, statements),
            *(made_tasks(statements, clear, asking) if asking is not None else ()),
        ),
        objectives=tuple(objectives),
    )


def _ranks(ranking: Ranking, statements: Mapping[int, Statement]) -> dict[int, float]:
    """By `id` of the sentence, 0 to 1: what cannot be shown alone comes after what can."""
    worth = {
        id(one): float(rank)
        * (1.0 if statements[id(one)].stands_alone else _LEANS if statements[id(one)].is_fair else 0.0)
        for one, rank in zip(ranking.pool, ranking.ranks(), strict=True)
    }
    best = max(worth.values(), default=0.0)
    return {key: rank / best for key, rank in worth.items()} if best else worth


def _summary(ranking: Ranking, statements: Mapping[int, Statement]) -> tuple[Citation, ...]:
    """Of what may be shown alone; of all that speaks about the subject where that is little."""
    fair = [i for i, one in enumerate(ranking.pool) if statements[id(one)].is_fair]
    alone = [i for i in fair if statements[id(ranking.pool[i])].stands_alone]
    kept = alone if len(alone) >= _ENOUGH_ALONE else fair or range(len(ranking.pool))
    narrowed = Ranking(
        [ranking.pool[i] for i in kept],
        ranking.rows[list(kept)],
        ranking.scores[list(kept)],
        [ranking.terms[i] for i in kept],
    )
    chosen = chosen_of(narrowed) if narrowed.pool else []
    return tuple(citation_of(i, one.passage, one.text, one.sentence.span) for i, one in enumerate(chosen, 1))


def _questions(
    statements: Sequence[Statement],
    terms: Terms,
    cases: Sequence[Case],
    ranks: dict[int, float],
    asking: AskingWords | None,
    salient: Salient | None,
) -> tuple[StudyQuestion, ...]:
    """Best first: what defines before what describes, and what is central before what is aside."""
    rated: list[tuple[float, StudyQuestion]] = []
    told_again = len(statements) > _SHORT
    within_cases = {id(one) for case in cases for one in case.own}
    alone = [
        one
        for one in statements
        if one.stands_alone and not (one.repeats and told_again) and not reckons(one) and id(one) not in within_cases
    ]
    gaps = Gaps(salient, statements) if salient is not None else None
    for one in alone:
        before = len(rated)
        rank = ranks.get(id(one.candidate), 0.0)
        explained = one.naming
        if explained is not None:
            worth = {"defined": 1.0, "called": 0.8, "described": 0.3}[explained.how] + rank
            rated += [(worth, question) for question in about_term(one, explained, terms, asking)]
        elif (mention := about_mention(one, terms)) is not None:
            rated.append((0.2 + rank, mention))
        if asking is not None and (why := about_reason(one, asking)) is not None:
            rated.append((0.9 + rank, why))
        if gaps is None or salient is None:
            continue
        if not any(made.wrong for _, made in rated[before:]) and (gapped := gaps.asked(one)) is not None:
            rated.append((0.7 * rank, gapped))
        if explained is None and (deed := about_deed(one, salient)) is not None:
            rated.append((0.5 + rank, deed))
    if gaps is not None:
        by_rank = sorted(alone, key=lambda one: -ranks.get(id(one.candidate), 0.0))
        taken = [made.citation for _, made in rated if made.wrong]
        rated += [(-n / 100, made) for n, made in enumerate(gaps.more(by_rank, taken))]
    if asking is not None:
        known = [term.stems for term in terms.own.values() if term.clear]
        telling = [
            one
            for one in alone
            if one.naming is not None or any(term <= one.stems for term in known) or _FIGURE.search(one.plain)
        ]
        by_rank = sorted(
            telling or alone, key=lambda one: (-ranks.get(id(one.candidate), 0.0) - (one.naming is not None), one.at)
        )
        for n, question in enumerate(alternating(by_rank[:120], terms, asking)):
            rated.append((1.8 - n / 60, question))
        rated += [(1.5, made) for one in statements if (made := said_example(one, terms, asking)) is not None]
        rated += [(1.5, made) for case in cases if (made := scenario(case, terms, asking)) is not None]
        for i in range(len(statements)):
            if (worked := worked_figure(statements, i, asking)) is not None:
                rated.append((1.5, worked))
    ordered = _apart([question for _, question in sorted(rated, key=lambda each: -each[0])])[:_MOST_QUESTIONS]
    return tuple(_with_hardness(ordered))


def _apart(questions: Sequence[StudyQuestion]) -> list[StudyQuestion]:
    """Without those that ask the same as a better one: of the same kind and answer, in nearly the same words."""
    kept: list[StudyQuestion] = []
    asked: dict[tuple[str, str], list[frozenset[str]]] = {}
    prompts: set[str] = set()
    for one in questions:
        if one.prompt.casefold() in prompts:
            continue
        prompts.add(one.prompt.casefold())
        key = (one.kind, "" if one.kind in ("true_false", "problem_solving") else one.answer.casefold())
        said = frozenset(words(one.explanation))
        others = asked.setdefault(key, [])
        if all(len(said & other) < _SAME * min(len(said), len(other)) for other in others):
            others.append(said)
            kept.append(one)
    return kept


_BASE = {
    "true_false": 0.0,
    "cloze": 0.3,
    "definition": 0.4,
    "short_answer": 0.6,
    "scenario": 0.7,
    "problem_solving": 0.8,
}


def _with_hardness(questions: Sequence[StudyQuestion]) -> Iterable[StudyQuestion]:
    """By its kind, how much there is to read, how long its answer is, and how aside it stands; as ranks of the text."""
    count = len(questions)
    guessed = [
        _BASE[one.kind]
        + min(0.3, len(one.prompt.split()) / 100)
        + min(0.1, len(one.answer) / 300)
        + 0.3 * i / max(1, count)
        for i, one in enumerate(questions)
    ]
    order = sorted(range(count), key=lambda i: guessed[i])
    hardness = {i: round(n / max(1, count - 1), 3) for n, i in enumerate(order)}
    return (replace(one, hardness=hardness[i]) for i, one in enumerate(questions))


def _sections(
    parts: Sequence[Part],
    statements: Sequence[Statement],
    ranks: dict[int, float],
    clear: Sequence[Term],
    language: str,
    salient: Salient | None,
    title: str,
) -> Iterable[StudySection]:
    whole = Counter(stem for one in statements for stem in one.stems)
    is_noun = salient.is_noun if salient is not None else bool
    for n, part in enumerate(parts):
        last = part.last
        if part.first == last:  # a heading right above another one stands for what is below it
            last = next((one.first for one in parts[n + 1 :] if one.level <= part.level), len(statements))
        own = statements[part.first : last]
        telling: list[str] = []
        terms = [term.text for term in clear if part.first <= term.statement.at < last][:_TERMS_A_SECTION]
        if len(terms) < 3 or not part.title:
            telling = telling_terms([one.candidate for one in own], whole, language, _TERMS_A_SECTION, is_noun)
            known = [frozenset(stems(term, language)) for term in terms]
            terms += [name for name in telling if all(not one & frozenset(stems(name, language)) for one in known)]
        best = sorted((one for one in own if one.stands_alone), key=lambda one: -ranks.get(id(one.candidate), 0.0))[:2]
        best = best or sorted(own, key=lambda one: -ranks.get(id(one.candidate), 0.0))[:1]
        first = own[0].passage
        ending = [one for one in own if one.passage.chunk_id == first.chunk_id or one.passage.source != CONTENT][-1]
        pages = [one.passage.page for one in own if one.passage.page is not None]
        yield StudySection(
            title=plain(part.title) or _untitled(title or first.title, parts, telling or terms),
            level=part.level,
            start=own[0].candidate.sentence.span.start,
            end=ending.candidate.sentence.span.end,
            summary=tuple(one.cite(i) for i, one in enumerate(sorted(best, key=lambda one: one.at), 1)),
            terms=tuple(terms[:_TERMS_A_SECTION]),
            anchor=first.anchor,
            page_start=min(pages, default=None),
            page_end=max(pages, default=None),
        )


def _untitled(title: str, parts: Sequence[Part], terms: Sequence[str]) -> str:
    """What stands before the first heading, or is all one, is called what the whole is; other parts by their words."""
    whole = len(parts) == 1 or any(part.title for part in parts)
    return title if whole else title_of(terms) or title


def _spread(passages: Sequence[Passage], most: int) -> Sequence[Passage]:
    """All of them, or evenly spread ones with so many sentences at most."""
    count = sum(len(one.sentences) for one in passages)
    if count <= most:
        return passages
    kept: list[Passage] = []
    seen = 0.0
    taken = 0
    for one in passages:
        seen += len(one.sentences)
        if taken + len(one.sentences) <= seen * most / count:
            kept.append(one)
            taken += len(one.sentences)
    return kept or [replace(passages[0], sentences=passages[0].sentences[:most])]

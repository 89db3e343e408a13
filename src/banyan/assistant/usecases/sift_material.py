"""Keeps from study material what gives a kept solution away, and shows the guardrails what is left."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from msgspec import structs

from banyan.assistant.domain.material import Body, Cards, Examples, Outline, Practice, Prose, Quiz, Summary
from banyan.assistant.domain.studying import LessonStudy
from banyan.assistant.usecases.draft_care import Sieve
from banyan.kernel.messages import Citation


def sifted_study(sieve: Sieve, study: LessonStudy) -> LessonStudy:
    """What may be quoted of it, so that something else takes the place of what may not."""
    if not sieve.withhold:
        return study

    def quotable(*citations: Citation) -> bool:
        return sieve.may_say(*(one.quote for one in citations))

    return replace(
        study,
        summary=tuple(one for one in study.summary if quotable(one)),
        terms=tuple(one for one in study.terms if quotable(one.citation)),
        questions=tuple(
            one
            for one in study.questions
            if sieve.may_say(one.prompt, one.answer, one.explanation, one.citation.quote, asked=one.prompt)
        ),
        sections=tuple(
            replace(one, summary=tuple(citation for citation in one.summary if quotable(citation)))
            for one in study.sections
        ),
        sentences=tuple(one for one in study.sentences if quotable(one.citation)),
        examples=tuple(one for one in study.examples if quotable(*one.citations)),
        tasks=tuple(
            one
            for one in study.tasks
            if sieve.may_say(one.prompt, *(said.quote for said in one.expected), asked=one.prompt)
        ),
        objectives=tuple(one for one in study.objectives if quotable(one)),
    )


def sifted(sieve: Sieve, body: Body) -> Body:
    """What of the body may be shown; the sieve counts what may not."""
    match body:
        case Quiz(questions):
            return Quiz(tuple(_kept(sieve, questions, ("question",), ("options", "key_points"), asked="question")))
        case Cards(cards):
            return Cards(tuple(_kept(sieve, cards, ("front", "back"), asked="front")))
        case Summary(style, points):
            return Summary(style, tuple(_kept(sieve, points, ("text", "heading"))))
        case Outline(style, parts):
            return Outline(style, tuple(_kept(sieve, parts, ("title", "summary"), ("topics",))))
        case Examples(examples):
            return Examples(tuple(_kept(sieve, examples, ("title", "text"))))
        case Practice(tasks):
            named = ("title", "description", "expected")
            return Practice(tuple(_kept(sieve, tasks, named, ("instructions", "hints"), asked="description")))
        case Prose(text, citations):
            said = sieve.let_through(text, citations=citations)
            return Prose("" if said is None else said[0], () if said is None else citations)


def _kept(
    sieve: Sieve, items: Sequence[Any], names: tuple[str, ...], lists: tuple[str, ...] = (), *, asked: str = ""
) -> list[Any]:
    """names: fields with a text. lists: fields with several."""
    kept = []
    for one in items:
        texts = [getattr(one, name) for name in names]
        many = [getattr(one, name) for name in lists]
        citations = getattr(one, "citations", None) or (one.citation,)
        said = sieve.let_through(
            *texts,
            *(text for each in many for text in each),
            asked=getattr(one, asked) if asked else "",
            citations=citations,
        )
        if said is None:
            continue
        words = list(said)
        changes: dict[str, Any] = {name: words.pop(0) for name in names}
        for name, each in zip(lists, many, strict=True):
            changes[name] = tuple(words.pop(0) for _ in each)
        if changes.get("options"):
            changes["answer_text"] = changes["options"][one.answer - 1]
        kept.append(structs.replace(one, **changes))
    return kept

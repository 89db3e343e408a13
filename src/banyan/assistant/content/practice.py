"""Practice: tasks that the text sets or that are made of it, with what a good answer says."""

from typing import Any

from msgspec import Struct

from banyan.assistant.domain.content_types import Composed, ContentType
from banyan.assistant.domain.framed import framing_for
from banyan.assistant.domain.item_gate import folded
from banyan.assistant.domain.material import Fault, GateReport, Level, Order, Practice, Task
from banyan.assistant.domain.sources import Source
from banyan.assistant.domain.spans import supports
from banyan.assistant.domain.studied import relevance, section_of, wanted_words
from banyan.assistant.domain.studying import LessonStudy, StudyTask
from banyan.kernel.ids import content_id

_HARDNESS = {"question": "easy", "exercise": "medium", "explain": "easy", "apply": "medium", "compare": "hard"}
_LIKED = {
    Level.BEGINNER: ("question", "explain"),
    Level.INTERMEDIATE: ("exercise", "apply"),
    Level.ADVANCED: ("compare", "apply"),
}


class Said(Struct, frozen=True):
    """A task as a model writes it."""

    title: str
    description: str
    expected: str
    quote: str
    instructions: list[str] = []
    hints: list[str] = []
    difficulty: str = ""


class ProposedPractice(Struct, frozen=True):
    """What is asked of a model."""

    tasks: list[Said]


def compose(study: LessonStudy, order: Order) -> Composed:
    """Tasks of the text itself first, then those made of it; by topic and level."""
    count, wanted, liked = order.count or ENTRY.usual, wanted_words(order), _LIKED[order.level]
    ranked = sorted(
        study.tasks,
        key=lambda one: (
            -relevance(f"{one.prompt} {one.citation.quote}", wanted),
            not one.found,
            one.kind not in liked,
        ),
    )
    unique = list({folded(one.prompt): one for one in reversed(ranked)}.values())[::-1]
    framing = framing_for(study, order)
    tasks = [_task(study, one, framing.heading("next_steps")) for one in unique[:count]]
    notes: tuple[str, ...] = ()
    if len(tasks) < count:
        notes = (f"The text gives {len(tasks)} tasks, not {count}.",)
    return Composed(Practice(tuple(tasks)), GateReport(asked=count, checked=len(ranked), passed=len(tasks)), notes)


def _task(study: LessonStudy, one: StudyTask, otherwise: str) -> Task:
    section = section_of(study, one.citation)
    title = section.title if section is not None else otherwise
    return Task(
        id=content_id("task", one.citation.lesson or one.citation.chunk_id, folded(one.prompt)),
        title=title,
        description=one.prompt,
        expected=" ".join(said.quote for said in one.expected),
        difficulty=_HARDNESS.get(one.kind, "medium"),
        citation=one.citation,
    )


def read(made: Any, source: Source, order: Order) -> Composed:
    """Those of the model's tasks whose answer stands in the text."""
    count = order.count or ENTRY.usual
    tasks: list[Task] = []
    faults: list[Fault] = []
    for one in made.tasks:
        citation = source.cite(one.quote)
        if citation is None:
            faults.append(Fault(one.title[:200], "quote_not_found", "quotes what does not stand in the text"))
        elif any(folded(one.description) == folded(other.description) for other in tasks):
            faults.append(Fault(one.title[:200], "repeats", "asks what another one asks"))
        elif not one.description.strip() or not supports(citation.quote, one.expected):
            faults.append(Fault(one.title[:200], "unsupported_key", "expects what its quotation does not say"))
        else:
            tasks.append(
                Task(
                    id=content_id("task", citation.lesson or citation.chunk_id, folded(one.description)),
                    title=one.title.strip()[:200],
                    description=one.description.strip(),
                    instructions=tuple(one.instructions[:10]),
                    expected=one.expected.strip(),
                    hints=tuple(one.hints[:5]),
                    difficulty=one.difficulty if one.difficulty in ("easy", "medium", "hard") else "medium",
                    citation=citation,
                )
            )
    tasks = tasks[:count]
    report = GateReport(asked=count, checked=len(made.tasks), passed=len(tasks), faults=tuple(faults))
    return Composed(Practice(tuple(tasks)), report)


ENTRY = ContentType(
    "practice",
    "Tasks on what the text explains, with what a good answer says.",
    Practice,
    compose,
    "practice.v1",
    ProposedPractice,
    read,
    usual=3,
    temperature=0.8,
    max_tokens=2000,
)

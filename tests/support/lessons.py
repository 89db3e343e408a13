"""A small made-up course to ask about, and a shelf that answers the tutor's needs from it by shared words."""

import re
from collections.abc import Mapping, Sequence

from banyan.kernel.messages import Message
from banyan.proxy.domain.knowledge import Passage, Sentence, Span
from banyan.proxy.domain.tutor.reply import Reply
from banyan.proxy.domain.tutor.tutor import Material, Need, Search, answer
from banyan.proxy.domain.tutor.words import language_of, stems

BREAD: Mapping[str, Mapping[str, Sequence[str]]] = {
    "Dough": {
        "Yeast": [
            "Yeast is a living fungus that turns sugar into carbon dioxide and alcohol. The gas "
            "is caught in the dough and makes it rise. Warm water wakes dried yeast within "
            "minutes. For example, a spoon of dried yeast in a cup of warm sugar water foams "
            "after five minutes.",
            "Too much salt slows yeast down. Bakers therefore add the salt to the flour and not to the water.",
        ],
        "Gluten": [
            "Gluten is a net of proteins that forms when wheat flour meets water. Kneading "
            "stretches the net until it holds gas. The stretching test that shows whether a dough"
            " is ready is called the windowpane test. Rye flour forms hardly any gluten.",
            "Whereas yeast makes the gas, gluten keeps it inside the dough. Do you know why rye bread is dense?",
        ],
    },
    "Baking": {
        "Oven spring": [
            "Oven spring is the last quick rise of a loaf in the first minutes of baking. Steam "
            "keeps the crust soft so that the loaf can rise. Watch this video about steam. At "
            "sixty degrees the yeast dies and the rise ends.",
        ],
        "Crust": [
            "The crust browns by the Maillard reaction, in which proteins and sugars react at "
            "high heat. A brown crust tastes of caramel and nuts. Imagine two loaves in one oven."
            " The loaf brushed with milk browns first, because milk brings sugar.",
        ],
    },
}


def passages(course: Mapping[str, Mapping[str, Sequence[str]]] = BREAD) -> tuple[Passage, ...]:
    """One passage per paragraph; sentences end at a full stop or a question mark."""
    made: list[Passage] = []
    for title, sections in course.items():
        offset = 0
        for heading, paragraphs in sections.items():
            for text in paragraphs:
                sentences = tuple(
                    Sentence(Span(offset + match.start(), offset + match.end()), match[0])
                    for match in re.finditer(r"[^\s。][^.?。]*[.?。]", text)
                )
                made.append(
                    Passage(
                        chunk_id=f"chunk-{len(made)}",
                        course="course",
                        lesson=title.lower(),
                        source="lesson",
                        source_type="markdown",
                        title=title,
                        heading=(heading,),
                        anchor=heading.lower(),
                        span=Span(offset, offset + len(text)),
                        text=text,
                        sentences=sentences,
                        score=0.0,
                    )
                )
                offset += len(text) + 2
    return tuple(made)


def lesson(title: str, sections: Mapping[str, Sequence[str]]) -> tuple[Passage, ...]:
    """A lesson of given sentences, one passage a section; programs, formulas and rows of tables are one sentence each.

    The heading "" is the lesson's opening.
    """
    made: list[Passage] = []
    offset = 0
    for heading, sentences in sections.items():
        start, spans = offset, []
        for one in sentences:
            spans.append(Sentence(Span(offset, offset + len(one)), one))
            offset += len(one) + 1
        made.append(
            Passage(
                chunk_id=f"{title}-{start}",
                course="course",
                lesson=title.lower(),
                source="lesson",
                source_type="markdown",
                title=title,
                heading=(heading,) if heading else (),
                anchor=heading.lower(),
                span=Span(start, offset - 1),
                text="\n".join(sentences),
                sentences=tuple(spans),
                score=0.0,
            )
        )
    return tuple(made)


def quotes_of(reply: Reply) -> list[str]:
    """The quoted sentences in their order."""
    return [citation.quote for citation in reply.citations]


def ask(*turns: str, lesson: str | None = None, shelf: Sequence[Passage] | None = None) -> Reply:
    """Drives the tutor over a conversation in which learner and tutor take turns, the learner first and last."""
    shelf = passages() if shelf is None else shelf
    messages = [Message("user" if i % 2 == 0 else "assistant", text) for i, text in enumerate(turns)]
    steps = answer(messages, lesson)
    try:
        need = next(steps)
        while True:
            need = steps.send(read(need, shelf))
    except StopIteration as end:
        reply: Reply = end.value
        return reply


def read(need: Need, shelf: Sequence[Passage]) -> Material:
    """The passages of the scope, for a search only those that share a word with the query, most shared first."""
    if not isinstance(need, Search):
        return Material(tuple(passage for passage in shelf if passage.lesson == need.lesson))
    language = language_of(need.query)
    wanted = set(stems(need.query, language))
    shared = {p.chunk_id: len(wanted & set(stems(" ".join((p.title, *p.heading, p.text)), language))) for p in shelf}
    found = sorted((p for p in shelf if shared[p.chunk_id]), key=lambda p: -shared[p.chunk_id])
    here = [p for p in found if p.lesson == need.lesson][: need.lesson_limit]
    return Material(tuple(dict.fromkeys([*found[: need.limit], *here])))

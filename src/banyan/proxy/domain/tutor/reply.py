"""An answer as it is put together: fixed phrases, and quotations that each become one citation."""

from collections.abc import Sequence
from dataclasses import dataclass

from banyan.kernel.messages import Citation
from banyan.proxy.domain.tutor.sentences import Candidate


@dataclass(frozen=True, slots=True)
class Quote:
    """One sentence of the course, word for word."""

    sentence: Candidate


Part = str | Quote
"""A fixed phrase or a quotation."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer's text with `[n]` after each quoted sentence, and citation n for each n from 1."""

    text: str
    citations: tuple[Citation, ...] = ()


def compose(paragraphs: Sequence[Sequence[Part]]) -> Reply:
    """Joins the parts of a paragraph by spaces and paragraphs by blank lines; empty paragraphs vanish."""
    citations: list[Citation] = []
    written: list[str] = []
    for paragraph in paragraphs:
        pieces: list[str] = []
        for part in paragraph:
            if isinstance(part, str):
                pieces.append(part)
            else:
                citations.append(_citation(len(citations) + 1, part.sentence))
                pieces.append(f"{part.sentence.text} [{len(citations)}]")
        if pieces:
            written.append(" ".join(pieces))
    return Reply("\n\n".join(written), tuple(citations))


def quotes(groups: Sequence[Sequence[Candidate]]) -> list[list[Part]]:
    """One paragraph of quotations per group."""
    return [[Quote(sentence) for sentence in group] for group in groups]


def _citation(index: int, sentence: Candidate) -> Citation:
    passage = sentence.passage
    return Citation(
        index=index,
        course=passage.course,
        lesson=passage.lesson,
        chunk_id=passage.chunk_id,
        title=passage.title,
        heading=passage.heading,
        anchor=passage.anchor,
        quote=sentence.text,
        start=sentence.sentence.span.start,
        end=sentence.sentence.span.end,
        source=passage.source,
        source_type=passage.source_type,
        score=passage.score,
        url=passage.url,
        page=passage.page,
        slide=passage.slide,
    )

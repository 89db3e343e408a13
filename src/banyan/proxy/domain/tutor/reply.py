"""An answer as it is put together: fixed phrases, and quotations that each become one citation."""

from collections.abc import Sequence
from dataclasses import dataclass

from banyan.kernel.messages import Citation
from banyan.proxy.domain.grounding import citation_of
from banyan.proxy.domain.tutor.sentences import Candidate


@dataclass(frozen=True, slots=True)
class Quote:
    """One sentence of the course, word for word."""

    sentence: Candidate


Part = str | Quote
"""A fixed phrase or a quotation."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer's text with `[n]` after each quoted sentence, and citation n for each n from 1.

    covered: whether the course has anything on the question; None where it was none.
    """

    text: str
    citations: tuple[Citation, ...] = ()
    covered: bool | None = None


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
                one = part.sentence
                citations.append(citation_of(len(citations) + 1, one.passage, one.text, one.sentence.span))
                pieces.append(f"{part.sentence.text} [{len(citations)}]")
        if pieces:
            written.append(" ".join(pieces))
    return Reply("\n\n".join(written), tuple(citations), True if citations else None)


def quotes(groups: Sequence[Sequence[Candidate]]) -> list[list[Part]]:
    """One paragraph of quotations per group."""
    return [[Quote(sentence) for sentence in group] for group in groups]

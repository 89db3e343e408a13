"""Quotations put together as prose: numbered, under headings, in the order and words that fit their reader."""

from collections.abc import Iterable
from dataclasses import replace

from banyan.assistant.domain.framing import Framing, framing_of
from banyan.assistant.domain.material import Order, Prose
from banyan.assistant.domain.studying import LessonStudy
from banyan.kernel.messages import Citation

CODES = {"english": "en", "german": "de", "french": "fr", "spanish": "es", "portuguese": "pt"}
"""The names that a study has for languages, to those that the world has."""


def framing_for(study: LessonStudy, order: Order) -> Framing:
    """How to put what the text says to whoever ordered it, in the text's language."""
    return framing_of(
        order.persona,
        topic=order.topic,
        text=" ".join(one.quote for one in study.summary),
        language=CODES.get(study.language, ""),
        personalization=order.personalization,
    )


class Pages:
    """Blocks of Markdown, and the numbers of what they quote."""

    def __init__(self, framing: Framing) -> None:
        self._framing = framing
        self._numbers: dict[tuple[str, str, int, int], int] = {}
        self._citations: list[Citation] = []
        self._blocks: list[str] = []

    def said(self, citation: Citation) -> bool:
        """Whether it is quoted already."""
        return _place(citation) in self._numbers

    def quoted(self, citation: Citation) -> str:
        """On one line, with its mark."""
        return f"{' '.join(citation.quote.split())} {self.mark(citation)}"

    def mark(self, citation: Citation) -> str:
        """`[n]`, the same for the same place."""
        number = self._numbers.setdefault(_place(citation), len(self._numbers) + 1)
        if number > len(self._citations):
            self._citations.append(replace(citation, index=number))
        return f"[{number}]"

    def write(self, block: str) -> None:
        """Adds a block, unless there is nothing in it."""
        if block.strip():
            self._blocks.append(block.strip())

    def heading(self, part: str, level: int = 2) -> None:
        """A heading; the name of a part stands in the reader's language."""
        self.write(f"{'#' * level} {self._framing.heading(part)}")

    def quotes(self, citations: Iterable[Citation]) -> None:
        """Sentences as a paragraph, or as a list for whom that is easier."""
        texts = [self.quoted(one) for one in citations]
        if self._framing.short:
            self.write("\n".join(f"- {text}" for text in texts))
        else:
            self.write(" ".join(texts))

    def prose(self) -> Prose:
        """All that was written."""
        return Prose("\n\n".join(self._blocks), tuple(self._citations))


def _place(citation: Citation) -> tuple[str, str, int, int]:
    return citation.chunk_id, citation.source, citation.start, citation.end

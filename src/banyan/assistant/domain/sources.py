"""The text that material is made of: one lesson, or what a caller brought; every quotation is looked up in it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from banyan.assistant.domain.spans import cite
from banyan.kernel.messages import Citation

CONTENT = "content"
"""The `source` of what is quoted from a text that a caller brought."""
_PASSAGE = 900
"""Characters: from this length on a passage ends with its paragraph."""
_PARAGRAPH_END = re.compile(r"\n[ \t]*\n\s*|\n(?=#{1,6} )")


@dataclass(frozen=True, slots=True)
class SourcePart:
    """A string in which spans are measured. blocks: as `LessonText` has them; () for a text that was brought."""

    id: str
    text: str
    blocks: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """course, lesson: "" for a text that was brought. version: of the lesson's text."""

    title: str
    parts: tuple[SourcePart, ...]
    course: str = ""
    lesson: str = ""
    version: int = 0

    @property
    def text(self) -> str:
        """All of it."""
        return "\n\n".join(part.text for part in self.parts)

    def cite(self, quote: str) -> Citation | None:
        """The citation of what a model says that it quotes; None where it does not stand there word for word."""
        for part in self.parts:
            found = cite(self.course, self.lesson, self.title, part.text, part.blocks, quote)
            if found is not None:
                return self._placed(found, part)
        return None

    def passages(self) -> list[Citation]:
        """The whole text in order, as numbered quotations of a paragraph or some."""
        found: list[Citation] = []
        for part in self.parts:
            for start, end in _pieces(part.text):
                block = next((one for one in part.blocks if one["start"] <= start < one["end"]), {})
                quote = part.text[start:end]
                place = (tuple(block.get("heading", ())), str(block.get("anchor", "")), quote, start, end)
                bare = Citation(
                    len(found) + 1, self.course, self.lesson, "", self.title, *place, "lesson", "lesson", 0.0
                )
                found.append(self._placed(bare, part))
        return found

    def _placed(self, found: Citation, part: SourcePart) -> Citation:
        if self.course:
            return replace(found, version=self.version)
        return replace(found, chunk_id=part.id, source=CONTENT, source_type=CONTENT)


def _pieces(text: str) -> list[tuple[int, int]]:
    """Spans without the blanks around them."""
    spans: list[tuple[int, int]] = []
    start = 0
    for found in [*_PARAGRAPH_END.finditer(text), None]:
        end = found.start() if found else len(text)
        if found is not None and end - start < _PASSAGE:
            continue
        piece = text[start:end]
        first = start + len(piece) - len(piece.lstrip())
        last = start + len(piece.rstrip())
        if first < last:
            spans.append((first, last))
        start = found.end() if found else end
    return spans

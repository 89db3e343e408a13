"""Reads a document that a client sends, and keeps nothing of it."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from banyan.assistant.domain.reading import Reading
from banyan.assistant.ports.lesson_index import LessonIndex
from banyan.kernel.errors import InvalidInput, TooLarge
from banyan.kernel.file_kinds import ending_of
from banyan.kernel.identity import Identity


@dataclass(frozen=True, slots=True)
class ReadText:
    """A document as it was read. ending: how, such as ".pdf". size: in bytes."""

    reading: Reading
    ending: str
    size: int

    @property
    def metadata(self) -> dict[str, Any]:
        """What can be counted and is written in it; nothing is guessed. warnings: what could not be read."""
        reading = self.reading
        last: Counter[str] = Counter()
        for part in reading.parts:
            last["last_page"] = max(last["last_page"], part.page or 0)
            last["last_slide"] = max(last["last_slide"], part.slide or 0)
        return {
            "title": reading.title,
            "format": reading.source_type,
            "extension": self.ending,
            "size_bytes": self.size,
            "char_count": len(reading.text),
            "word_count": len(reading.text.split()),
            "line_count": reading.text.count("\n") + 1 if reading.text else 0,
            **{name: number for name, number in last.items() if number},
            "warnings": list(reading.warnings),
        }


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """The use case. largest: bytes of a file."""

    index: LessonIndex
    largest: int

    async def __call__(self, asker: Identity, type: str, content: bytes) -> ReadText:
        """The text with its parts. type: a MIME type, an ending or a file's name; "" where its bytes are to decide.

        A document without any text is no error, and says so in its warnings. Raises: InvalidInput, TooLarge.
        """
        if not content:
            raise InvalidInput("The file is empty; send its bytes.", code="file_empty", param="file")
        if len(content) > self.largest:
            raise TooLarge(
                f"The file has more than {self.largest >> 20} MB; split it, or send its text.",
                code="file_too_large",
                param="file",
            )
        ending = ending_of(type, content)
        try:
            reading = await self.index.read(asker, f"document{ending}", content, parts=True)
        except InvalidInput as error:
            if error.param != "file_name":
                raise
            raise InvalidInput(
                f"Files of the type {type[:80]!r} are not read; send PDF, Word, PowerPoint, EPUB, HTML, Markdown, "
                "text or subtitles.",
                code="file_type",
                param="type",
            ) from error
        return ReadText(reading, ending, len(content))

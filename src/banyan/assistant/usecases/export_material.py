"""Writes material as a file of another program."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from banyan.assistant.domain.draft_material import as_quiz
from banyan.assistant.domain.drafts import Draft
from banyan.assistant.domain.material import Body
from banyan.assistant.domain.taking_away import checked, clean_text, read_body
from banyan.assistant.ports.export import About, ExportFormat
from banyan.kernel.catalogue import Catalogue
from banyan.kernel.clock import Clock
from banyan.kernel.errors import InvalidInput

_LONGEST_TITLE = 200
_TITLES = {"quiz": "Quiz", "cards": "Flashcards", "outline": "Outline"}


@dataclass(frozen=True, slots=True)
class Exported:
    """A file. notes: what is left out or said otherwise in it, as sentences."""

    name: str
    media_type: str
    content: bytes
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExportMaterial:
    """The use cases over a catalogue of formats."""

    formats: Catalogue[ExportFormat]
    clock: Clock

    def known(self, takes: str | None = None) -> Sequence[tuple[str, ExportFormat]]:
        """Names and formats; takes: only those for such a body."""
        found = [(name, self.formats[name]) for name in self.formats]
        return [(name, one) for name, one in found if takes is None or takes in one.takes]

    async def __call__(self, format: str, raw: Any, *, title: str = "", language: str = "") -> Exported:
        """raw: as `POST /api/v1/content/{type}` answers it under `body`. Raises: NotFound, InvalidInput, TooLarge."""
        return await asyncio.to_thread(self._from_raw, format, raw, title, language)

    async def draft(self, format: str, draft: Draft) -> Exported:
        """A quiz that was drafted. Raises: NotFound, InvalidInput."""
        body, notes = as_quiz(draft.body)
        return await asyncio.to_thread(self._write, format, checked(body), draft.title, "", notes)

    def _from_raw(self, format: str, raw: Any, title: str, language: str) -> Exported:
        self.formats[format]  # an unknown format is told before a faulty body
        return self._write(format, read_body(raw), title, language)

    def _write(self, format: str, body: Body, title: str, language: str, notes: tuple[str, ...] = ()) -> Exported:
        entry, kind = self.formats[format], type(body).__struct_config__.tag
        if kind not in entry.takes:
            fitting = ", ".join(name for name, _ in self.known(str(kind)))
            raise InvalidInput(
                f"The format {format} holds no {kind}; choose one of {fitting}.", code="export_unfit", param="format"
            )
        named = " ".join(clean_text(title).split())[:_LONGEST_TITLE] or _TITLES[str(kind)]
        content, said = entry.write(body, About(named, language, self.clock.now()))
        return Exported(_file_name(named) + entry.suffix, entry.media_type, content, (*notes, *said))


def _file_name(title: str) -> str:
    """Letters and digits of any script, with hyphens between words."""
    return re.sub(r"[^\w]+", "-", title).strip("-_")[:80] or "export"

"""CSV: cards as a table that a spreadsheet takes for text."""

import csv
import io
from collections.abc import Sequence

from banyan.assistant.domain.material import Cards
from banyan.assistant.domain.taking_away import source_of
from banyan.assistant.ports.export import About, ExportFormat

_FORMULA = ("=", "+", "-", "@", "\t", "＝", "＋", "－", "＠")
"""Beginnings that spreadsheets take for a formula, also as wide letters."""
_HEAD = ("id", "front", "back", "kind", "difficulty", "tags", "source")


def _write(cards: Cards, about: About) -> tuple[bytes, Sequence[str]]:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(_HEAD)
    for one in cards.cards:
        row = (one.id, one.front, one.back, one.kind, one.difficulty, " ".join(one.tags), source_of(one.citation))
        writer.writerow(map(_cell, row))
    return text.getvalue().encode("utf-8-sig"), ()


def _cell(text: str) -> str:
    """A quote before what would be a formula, after white space too."""
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


ENTRY = ExportFormat(
    title="CSV table of cards",
    takes=("cards",),
    suffix=".csv",
    media_type="text/csv; charset=utf-8",
    write=_write,
    limits="Texts that a spreadsheet would take for a formula have a quote before them.",
)

"""Data files: tables of CSV by rows, and JSON, YAML and XML as the text that they are.

Files ending in `.json` are Editor.js first; whoever knows better reads them as data.
"""

import csv
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice

from banyan.adapters.formats._decoding import decode
from banyan.kernel.errors import InvalidInput
from banyan.proxy.domain.document_builder import DocumentBuilder
from banyan.proxy.domain.knowledge import Document
from banyan.proxy.ports.format import Format

_ROWS = 20  # of a table in one block, below its header
_LINES = 60
_DIALECTS = ",;\t|"


def read(content: bytes, suffix: str = ".xml") -> Document:
    """See `Format.read`."""
    builder = DocumentBuilder("data")
    text = decode(content).replace("\r\n", "\n").replace("\r", "\n")
    if suffix in (".csv", ".tsv"):
        _add_table(builder, text)
    else:
        lines = text.split("\n")
        for first in range(0, len(lines), _LINES):
            builder.move_to(anchor=f"L{first + 1}")
            builder.code("\n".join(lines[first : first + _LINES]))
    return builder.build()


def _add_table(builder: DocumentBuilder, text: str) -> None:
    rows = _rows(text)
    header = next(rows, None)
    if header is None:
        return
    number = 2
    while some := list(islice(rows, _ROWS)):
        builder.move_to(anchor=f"row-{number}")
        builder.table([header, *some], header=True)
        number += len(some)
    if number == 2:
        builder.table([header], header=False)


def _rows(text: str) -> Iterator[list[str]]:
    first = text.split("\n", 1)[0]
    delimiter = max(_DIALECTS, key=first.count)
    try:
        yield from csv.reader(text.split("\n"), delimiter=delimiter)
    except csv.Error as error:
        raise InvalidInput(f"The table cannot be read ({error}); save it as CSV anew.") from error


def _reader(suffix: str) -> Callable[[bytes], Document]:
    return partial(read, suffix=suffix)


ENTRY = Format("data", (".csv", ".tsv", ".xml", ".yaml", ".yml"), "data", read, by_suffix=_reader)

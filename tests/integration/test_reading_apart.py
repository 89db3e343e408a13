"""Files that nobody vouches for are read by processes of their own, within bounds."""

import asyncio
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from banyan.adapters.formats import FORMATS
from banyan.adapters.formats._apart import ApartReader
from banyan.kernel.errors import BanyanError, InvalidInput

_BODY = "word/document.xml"


def word_file(text: str = "Figs are flowers.", **parts: bytes) -> bytes:
    """A Word file; parts: further ones by name, or others in place of its own."""
    import docx

    document = docx.Document()
    document.add_paragraph(text)
    written = BytesIO()
    document.save(written)
    if not parts:
        return written.getvalue()
    changed = BytesIO()
    with ZipFile(written) as source, ZipFile(changed, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, parts.pop(name, source.read(name)))
        for name, content in parts.items():
            target.writestr(name, content)
    return changed.getvalue()


def _many(paragraphs: int) -> bytes:
    """A Word file's body with so many of them."""
    space = b'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    paragraph = b"<w:p><w:r><w:t>fig</w:t></w:r></w:p>"
    return b"<w:document %s><w:body>%s</w:body></w:document>" % (space, paragraph * paragraphs)


async def test_file_reads_apart_as_it_does_here() -> None:
    """The same document, whichever process reads it."""
    content = word_file()
    assert await ApartReader().read("docx", ".docx", content) == FORMATS["docx"].read(content)


async def test_refusal_of_a_format_comes_through() -> None:
    """With its sentence."""
    with pytest.raises(InvalidInput, match="not a PDF"):
        await ApartReader().read("pdf", ".pdf", b"no pdf")


async def test_archive_that_unpacks_without_end_is_refused() -> None:
    """Before memory is gone."""
    bomb = word_file(**{_BODY: b"<a>" + b" " * 120_000_000})
    assert len(bomb) < 1_000_000
    with pytest.raises(BanyanError, match="unpacked"):
        await ApartReader().read("docx", ".docx", bomb)


async def test_file_that_wants_more_memory_than_it_may_is_refused() -> None:
    """The process ends, ours goes on."""
    with pytest.raises(InvalidInput) as refused:
        await ApartReader(memory_mb=200).read("docx", ".docx", word_file(**{_BODY: _many(400_000)}))
    assert refused.value.code == "file_too_costly"


async def test_file_that_takes_too_long_is_refused() -> None:
    """At the deadline."""
    with pytest.raises(InvalidInput) as refused:
        await ApartReader(seconds=1).read("docx", ".docx", word_file(**{_BODY: _many(900_000)}))
    assert refused.value.code == "file_too_costly"


async def test_many_files_wait_for_one_another() -> None:
    """A place each, however many come at once."""
    reader = ApartReader(at_once=2)
    content = word_file()
    documents = await asyncio.gather(*(reader.read("docx", ".docx", content) for _ in range(4)))
    assert len(set(documents)) == 1

"""Files beside lessons, over HTTP: what can be read is found, and a bad file harms nothing."""

import zipfile
import zlib
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from assistant_world import ANA, TEACHER, Reply, World, assistant
from knowledge_house import House, open_house
from material_house import TRAP, Domains, EventLog, material_over
from web_site import fetcher_for

from banyan.proxy.domain.knowledge import Scope

_PATH = "/api/v1/courses/stats/lessons/mean/attachments"
FILM = b"WEBVTT\n\n00:01:05.000 --> 00:01:09.000\nWasps pollinate figs from within.\n"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """The index."""
    async with open_house(tmp_path, None) as opened:
        yield opened


@pytest.fixture
async def world(tmp_path: Path, house: House) -> AsyncIterator[World]:
    """The assistant, with files of 100 kB at most."""
    (tmp_path / "assistant").mkdir()
    opened = material_over(house, fetcher_for(), Domains(), EventLog(), largest=100_000)
    async with assistant(tmp_path / "assistant", material=opened) as served:
        yield served


async def _send(world: World, name: str, content: bytes, asker: dict[str, str] = TEACHER, **fields: str) -> Reply:
    form = aiohttp.FormData(fields, quote_fields=False)
    form.add_field("file", content, filename=name, content_type="application/octet-stream")
    async with world.client.post(world.url + _PATH, data=form, headers=asker) as reply:
        return Reply(reply.status, dict(reply.headers), await reply.read())


async def _listed(world: World) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = (await world.get(_PATH, TEACHER)).json["attachments"]
    return listed


async def _found(house: House, query: str) -> list[Any]:
    found = await house.retriever.search(Scope("default", "stats", "mean"), query, limit=5, mode="text")
    return list(found.passages)


async def test_file_is_found_at_its_place_and_listed_with_its_status(world: World, house: House) -> None:
    """A film at its second; the list has name, kind, size and chunks."""
    added = await _send(world, "Lectures/talk.vtt", FILM)
    assert added.status == 201
    [listed] = await _listed(world)
    names = ("file_name", "mime_type", "size", "chunks", "status", "error")
    assert [listed[name] for name in names] == ["talk.vtt", "text/vtt", len(FILM), 1, "Indexed", None]
    [passage] = await _found(house, "wasps")
    assert (passage.seconds, passage.anchor, passage.title) == ((65, 69), "t-65", "talk.vtt")


async def test_file_with_the_same_name_takes_the_place_of_the_old_one(world: World, house: House) -> None:
    """And one that is removed is gone from every answer."""
    await _send(world, "notes.txt", b"Figs are flowers.")
    again = (await _send(world, "notes.txt", b"Wasps pollinate.")).json
    assert len(await _listed(world)) == 1
    assert await _found(house, "flowers") == []
    async with world.client.delete(f"{world.url}{_PATH}/{again['id']}", headers=TEACHER) as reply:
        assert reply.status == 204
    assert await _found(house, "wasps") == []
    assert await _listed(world) == []


def _archive(**parts: bytes) -> bytes:
    written = BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return written.getvalue()


def _pdf_bomb() -> bytes:
    """A page whose content is a hundred megabytes once it is unpacked."""
    content = zlib.compress(b" " * 101_000_000)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(content), content),
    ]
    return (
        b"%PDF-1.4\n"
        + b"\n".join(b"%d 0 obj\n%s\nendobj" % one for one in enumerate(objects, 1))
        + (b"\ntrailer<</Size 5/Root 1 0 R>>\n%%EOF")
    )


BAD = {
    "bomb.pdf": _pdf_bomb(),
    "bomb.docx": _archive(**{"word/document.xml": b" " * 101_000_000}),
    "broken.docx": b"PK\x03\x04 broken",
    "broken.pdf": b"%PDF-1.7\nbroken",
    "picture.txt": b"\x89PNG\r\n\x1a\n",
    "program.exe": b"MZ\x90",
    "empty.txt": b"",
    "trap.txt": f"Figs. {TRAP}.".encode(),
    "none.vtt": b"no times here",
}


async def test_bad_file_is_quarantined_with_its_reason_and_harms_no_other(world: World, house: House) -> None:
    """Bombs, broken and disguised files: each has its sentence, and what was there stays."""
    await _send(world, "good.txt", b"Figs are flowers.")
    for name, content in BAD.items():
        answer = (await _send(world, name, content)).json
        assert answer["status"] == "Quarantined", name
        assert answer["error"], name
        assert answer["chunks"] == 0, name
    assert len(await _listed(world)) == 1 + len(BAD)
    assert len(await _found(house, "figs")) == 1


async def test_file_that_turns_bad_takes_its_passages_with_it(world: World, house: House) -> None:
    """The old text is not what the file says any more."""
    await _send(world, "notes.txt", b"Figs are flowers.")
    await _send(world, "notes.txt", b"\x89PNG")
    assert await _found(house, "flowers") == []


async def test_file_beyond_the_largest_is_refused_while_it_comes(world: World) -> None:
    """Whatever length it claims; nothing of it is kept."""
    refused = await _send(world, "big.txt", b"x" * 200_000)
    assert (refused.status, refused.code) == (413, "file_too_large")
    assert await _listed(world) == []


async def test_only_staff_send_and_see_files(world: World) -> None:
    """A learner is refused before the file is read."""
    assert (await _send(world, "notes.txt", b"Figs.", ANA)).status == 403
    assert (await world.get(_PATH, ANA)).status == 403


async def test_file_for_staff_is_no_part_of_what_learners_find(world: World, house: House) -> None:
    """Notes of an instructor; the list says for whom a file is."""
    await _send(world, "notes.txt", b"Figs are flowers.", visibility="staff")
    assert [listed["visibility"] for listed in await _listed(world)] == ["staff"]
    assert len(await _found(house, "flowers")) == 1
    learners = Scope("default", "stats", "mean", for_learners=True)
    assert (await house.retriever.search(learners, "flowers", limit=5, mode="text")).passages == ()
    assert (await _send(world, "notes.txt", b"Figs.", visibility="nobody")).status == 400

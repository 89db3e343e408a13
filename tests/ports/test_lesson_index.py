"""The suite of the way to the index: the direct call and HTTP are the same to the tutor."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from proxy_house import Proxy, open_proxy

from banyan.adapters.gateways.http import HttpGateway
from banyan.adapters.gateways.lesson_index import HttpLessonIndex
from banyan.app.lesson_index import EmbeddedLessonIndex
from banyan.assistant.ports.lesson_index import LessonIndex, Material
from banyan.kernel.errors import InvalidInput
from banyan.kernel.identity import DEFAULT_TENANT, Identity, Role
from banyan.proxy.domain.knowledge import Scope

TEACHER = Identity(DEFAULT_TENANT, "tess", frozenset({Role.INSTRUCTOR}))
PAGE = b"<main><h1>Figs</h1><p>Figs are flowers turned inside out.</p></main>"


@pytest.fixture(params=["embedded", "http"])
async def there(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[Proxy, LessonIndex]]:
    """A proxy and a way to it."""
    async with open_proxy(tmp_path) as proxy:
        if request.param == "embedded":
            yield proxy, EmbeddedLessonIndex(proxy.services.indexer, proxy.services.reading)
            return
        gateway = HttpGateway(proxy.url)
        yield proxy, HttpLessonIndex(gateway)
        await gateway.close()


async def _found(proxy: Proxy) -> list[tuple[str, str | None]]:
    found = await proxy.services.knowledge.search(Scope(DEFAULT_TENANT, "botany"), "flowers", limit=5, mode="text")
    return [(passage.lesson, passage.url) for passage in found.passages]


async def test_material_is_read_put_and_removed(there: tuple[Proxy, LessonIndex]) -> None:
    """It is found with its link while it is there; removing it twice is no error."""
    proxy, index = there
    reading = await index.read(TEACHER, "page.html", PAGE)
    assert reading.parts == ()
    [part] = (await index.read(TEACHER, "page.html", PAGE, parts=True)).parts
    assert (reading.text[part.start : part.end], part.kind, part.anchor, part.sentences) == (
        "Figs are flowers turned inside out.",
        "paragraph",
        "figs",
        ((6, 41),),
    )
    assert (reading.text, reading.title) == ("Figs\n\nFigs are flowers turned inside out.", "Figs")
    material = Material("botany", "figs", "external/1", "On figs", "page.html", PAGE, "https://figs.test/?a=1")
    assert await index.put(TEACHER, material) == 1
    assert await _found(proxy) == [("figs", "https://figs.test/?a=1")]
    await index.remove(TEACHER, "botany", "figs", "external/1")
    await index.remove(TEACHER, "botany", "figs", "external/1")
    assert await _found(proxy) == []


async def test_material_of_a_course_belongs_to_no_lesson(there: tuple[Proxy, LessonIndex]) -> None:
    """It is found, and the course has no lesson for it."""
    proxy, index = there
    assert await index.put(TEACHER, Material("botany", "", "external/1", "Figs", "page.html", PAGE)) == 1
    assert len(await _found(proxy)) == 1
    assert await proxy.services.browse.lessons(DEFAULT_TENANT, "botany") == []
    await index.remove(TEACHER, "botany", "", "external/1")
    assert await _found(proxy) == []


@pytest.mark.parametrize(("name", "content"), [("a.pdf", b"none"), ("a.exe", b"MZ"), ("a.txt", b" ")])
async def test_file_that_cannot_be_read_is_refused_alike(
    there: tuple[Proxy, LessonIndex], name: str, content: bytes
) -> None:
    """With the same kind of error either way."""
    with pytest.raises(InvalidInput):
        await there[1].put(TEACHER, Material("botany", "figs", "files/a", "A", name, content))

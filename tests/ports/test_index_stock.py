"""The suite of the way to what is indexed: the direct call and HTTP are the same to reports."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from proxy_house import Proxy, open_proxy

from banyan.adapters.gateways.http import HttpGateway
from banyan.adapters.gateways.index_stock import HttpIndexStock
from banyan.adapters.gateways.lesson_index import HttpLessonIndex
from banyan.app.assisting_reports import EmbeddedIndexStock
from banyan.assistant.ports.index_stock import Coverage, IndexStock
from banyan.assistant.ports.lesson_index import Material
from banyan.kernel.identity import DEFAULT_TENANT, Identity, Role

TEACHER = Identity(DEFAULT_TENANT, "tess", frozenset({Role.INSTRUCTOR}))
STRANGER = Identity("elsewhere", "tess", frozenset({Role.ADMIN}))


@pytest.fixture(params=["embedded", "http"])
async def there(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[Proxy, IndexStock]]:
    """A proxy with two lessons, and a way to it."""
    async with open_proxy(tmp_path) as proxy:
        gateway = HttpGateway(proxy.url)
        index = HttpLessonIndex(gateway)
        for course, lesson in (("botany", ""), ("botany", "figs"), ("algebra", "sums")):
            await index.put(TEACHER, Material(course, lesson, "external/1", "Page", "page.txt", b"Figs are flowers."))
        embedded = EmbeddedIndexStock(proxy.services.browse)
        yield proxy, embedded if request.param == "embedded" else HttpIndexStock(gateway)
        await gateway.close()


async def test_chunks_are_counted_by_course_and_lesson(there: tuple[Proxy, IndexStock]) -> None:
    """What belongs to a whole course has no lesson; other tenants have nothing."""
    _, stock = there
    places = [(one.course, one.lesson, one.chunks) for one in await stock.coverage(TEACHER, None)]
    assert sorted(places) == [("algebra", "sums", 1), ("botany", "", 1), ("botany", "figs", 1)]
    assert [one.lesson for one in await stock.coverage(TEACHER, "algebra")] == ["sums"]
    assert all(isinstance(one, Coverage) for one in await stock.coverage(TEACHER, "algebra"))
    assert list(await stock.coverage(STRANGER, None)) == []


async def test_chunks_with_vectors_are_counted_by_day(there: tuple[Proxy, IndexStock]) -> None:
    """No more than there are; other tenants have none."""
    _, stock = there
    today = datetime.now(UTC).date()
    found = await stock.embedded(TEACHER, None, date(2020, 1, 1), today)
    assert sum(one.chunks for one in found) <= 3
    assert list(await stock.embedded(STRANGER, None, date(2020, 1, 1), today)) == []

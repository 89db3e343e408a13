"""What filters admit, on both databases."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from knowledge_house import document

from banyan.adapters.storage.engine import open_database
from banyan.adapters.storage.library import SqlLibrary
from banyan.kernel.clock import SystemClock
from banyan.proxy.domain.editions import make_edition, place_of
from banyan.proxy.domain.knowledge import Scope
from banyan.proxy.domain.search_options import Filters
from banyan.proxy.ports.vector_store import Only

COURSE = Scope("oak", "botany")


@pytest.fixture
async def library(house_url: str) -> AsyncIterator[SqlLibrary]:
    database = await open_database(house_url)
    library = SqlLibrary(database)
    await publish(library, Scope("oak", "botany", "leaves"), chapter="One", level=1)
    await publish(library, Scope("oak", "botany", "roots"), chapter="Two", level=2)
    await publish(library, Scope("oak", "botany", "roots", "notes.pdf"), chapter="Two", level=1, page=3)
    await publish(library, Scope("elm", "botany", "leaves"), chapter="One", level=1)
    yield library
    await database.close()


async def publish(library: SqlLibrary, scope: Scope, *, chapter: str, level: int, page: int | None = None) -> None:
    written = document(f"Sugar of {scope.lesson}.")
    if page is not None:
        blocks = tuple(replace(block, page=page) for block in written.blocks)
        written = replace(written, blocks=blocks, source_type="pdf")
    edition = make_edition(written, place_of(scope), title="T", chapter=chapter, metadata={"level": level})
    now = SystemClock().now()
    begun = await library.begin(edition, f"run {scope} {level} {chapter}", now)
    assert begun is not None
    await library.publish(begun.version, now, awaits_vectors=False)


def of(*pairs: tuple[str, str]) -> Only:
    return Only(sources=frozenset(pairs))


async def test_each_filter_and_all_of_them_together(library: SqlLibrary) -> None:
    """Whole sources of the scope; another tenant's are never among them."""
    assert await library.admitted(COURSE, Filters(chapter="One")) == of(("leaves", "lesson"))
    assert await library.admitted(COURSE, Filters(source_types=frozenset({"pdf"}))) == of(("roots", "notes.pdf"))
    assert await library.admitted(COURSE, Filters(lessons=frozenset({"leaves", "x"}))) == of(("leaves", "lesson"))
    assert await library.admitted(COURSE, Filters(metadata={"level": 1})) == of(
        ("leaves", "lesson"), ("roots", "notes.pdf")
    )
    both = Filters(chapter="Two", metadata={"level": 1})
    assert await library.admitted(COURSE, both) == of(("roots", "notes.pdf"))
    assert (await library.admitted(COURSE, Filters(chapter="Three"))).admits_nothing
    assert (await library.admitted(Scope("ash", "botany"), Filters(chapter="One"))).admits_nothing


async def test_what_admits_all_is_no_condition(library: SqlLibrary) -> None:
    """The engine is spared a filter that everything in the scope meets."""
    assert await library.admitted(COURSE, Filters(lessons=frozenset({"leaves", "roots"}))) == Only()
    lesson = Scope("oak", "botany", "leaves")
    assert await library.admitted(lesson, Filters(chapter="One")) == Only()


async def test_pages_admit_single_passages(library: SqlLibrary) -> None:
    """Both ends are within; with no page there is nothing."""
    for pages, count in (((1, 3), 1), ((3, 3), 1), ((4, 9), 0)):
        only = await library.admitted(COURSE, Filters(pages=pages))
        assert only.ids is not None
        assert (only.sources, len(only.ids)) == (None, count)


async def test_a_new_chapter_counts_once_it_is_published(library: SqlLibrary) -> None:
    """Although every chunk stays as it was."""
    await publish(library, Scope("oak", "botany", "leaves"), chapter="Two", level=1)
    assert (await library.admitted(COURSE, Filters(chapter="One"))).admits_nothing
    assert await library.admitted(COURSE, Filters(chapter="Two")) == Only()

"""The suite of the store of external sources: claims go to one process, and die with it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from banyan.adapters.storage.engine import open_database
from banyan.adapters.storage.external_sources import SqlExternalSources
from banyan.assistant.domain.external_sources import ExternalSource, SourceStatus
from banyan.kernel.pages import Known

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LEASE = timedelta(seconds=60)


@pytest.fixture
async def store(house_url: str) -> AsyncIterator[SqlExternalSources]:
    """On both databases."""
    database = await open_database(house_url)
    yield SqlExternalSources(database)
    await database.close()


def _source(id: str = "src_1", due: datetime | None = NOW) -> ExternalSource:
    return ExternalSource(
        tenant="oak", id=id, course="c", url=f"https://a.test/{id}", due=due, created=NOW, modified=NOW
    )


async def test_claim_for_some_sources_leaves_all_others(store: SqlExternalSources) -> None:
    """Those of the tenant alone, also where a neighbour has one of the same id."""
    for source in (_source("src_1"), _source("src_2"), replace(_source("src_1"), tenant="elm")):
        await store.add(source)
    claimed = await store.claim("one", NOW, NOW + LEASE, 5, ("oak", ["src_1"]))
    assert [(source.tenant, source.id) for source in claimed] == [("oak", "src_1")]
    assert len(await store.claim("two", NOW, NOW + LEASE, 5)) == 2


async def test_due_source_goes_to_one_claim_until_its_lease_ends(store: SqlExternalSources) -> None:
    """A second process gets nothing while the first lives, and the source when it is dead."""
    await store.add(_source())
    assert [source.id for source in await store.claim("one", NOW, NOW + LEASE, 5)] == ["src_1"]
    assert await store.claim("two", NOW, NOW + LEASE, 5) == []
    await store.renew("one", NOW + 2 * LEASE)
    assert await store.claim("two", NOW + LEASE, NOW + 2 * LEASE, 5) == []
    late = NOW + 2 * LEASE
    assert [source.claim for source in await store.claim("two", late, late + LEASE, 5)] == ["two"]
    assert not await store.settle(_source(), "one", NOW)


async def test_settled_source_is_stored_whole_and_due_again_when_it_says(store: SqlExternalSources) -> None:
    """Every field comes back; a fetch that was asked for meanwhile stays due."""
    await store.add(_source())
    [claimed] = await store.claim("one", NOW, NOW + LEASE, 5)
    later = NOW + timedelta(hours=1)
    found = replace(
        claimed,
        status=SourceStatus.INDEXED,
        known=Known('"e"', "then"),
        content_hash="h",
        chunks=3,
        excerpt="text",
        mime_type="text/html",
        fetched=NOW,
        due=later,
        claim="",
        claimed=None,
    )
    assert await store.settle(found, "one", claimed.due)
    assert await store.get("oak", "src_1") == found
    await store.ask_for("oak", ["src_1"], NOW)
    [claimed] = await store.claim("one", NOW, NOW + LEASE, 5)
    meanwhile = NOW + timedelta(seconds=1)
    await store.ask_for("oak", ["src_1"], meanwhile)
    assert await store.settle(replace(found, due=later), "one", claimed.due)
    stored = await store.get("oak", "src_1")
    assert stored is not None
    assert stored.due == meanwhile


async def test_change_takes_the_claim_from_a_fetch_that_is_under_way(store: SqlExternalSources) -> None:
    """What was decided is not written over, and the page is indexed anew."""
    await store.add(_source())
    [claimed] = await store.claim("one", NOW, NOW + LEASE, 5)
    changed = await store.change(replace(claimed, title="New", allowed=False, due=None))
    assert changed is not None
    assert not await store.settle(claimed, "one", claimed.due)
    assert await store.claim("two", NOW, NOW + LEASE, 5) == []


async def test_tenants_do_not_meet(store: SqlExternalSources) -> None:
    """Nothing of another tenant is read, listed or removed."""
    await store.add(_source())
    assert await store.get("elm", "src_1") is None
    assert await store.listed("elm", "c") == []
    assert not await store.remove("elm", "src_1")
    assert await store.remove("oak", "src_1")

"""The suite of the response store."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from banyan.adapters.storage.engine import open_database
from banyan.adapters.storage.responses import SqlResponses
from banyan.proxy.domain.responses_stored import StoredResponse
from banyan.proxy.ports.response_store import ResponseStore

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
FIRST = StoredResponse("school", "ana", "resp_1", "resp_1", None, NOW, NOW + DAY, b'{"id":1}', b"[]")
SECOND = replace(FIRST, id="resp_2", previous="resp_1", created=NOW + DAY / 2, expires=NOW + 2 * DAY)
BRANCH = replace(SECOND, id="resp_3")


@pytest.fixture
async def store(house_url: str) -> AsyncIterator[ResponseStore]:
    database = await open_database(house_url)
    yield SqlResponses(database)
    await database.close()


async def test_a_response_comes_back_as_it_was(store: ResponseStore) -> None:
    """Every field, to the byte."""
    await store.add(FIRST, now=NOW)
    assert await store.get("school", "ana", "resp_1", now=NOW) == FIRST


async def test_a_response_is_its_owners_alone(store: ResponseStore) -> None:
    """The stranger finds nothing, the neighbour finds nothing, the owner finds and deletes it."""
    await store.add(FIRST, now=NOW)
    for tenant, owner in (("elsewhere", "ana"), ("school", "ben")):
        assert await store.get(tenant, owner, "resp_1", now=NOW) is None
        assert await store.conversation(tenant, owner, "resp_1", now=NOW) == []
        assert not await store.delete(tenant, owner, "resp_1", now=NOW)
    assert await store.delete("school", "ana", "resp_1", now=NOW)
    assert await store.get("school", "ana", "resp_1", now=NOW) is None


async def test_a_conversation_is_one_branch_oldest_first(store: ResponseStore) -> None:
    """Two responses that continue the same one do not see each other."""
    for response in (FIRST, SECOND, BRANCH):
        await store.add(response, now=NOW)
    found = await store.conversation("school", "ana", "resp_3", now=NOW)
    assert [response.id for response in found] == ["resp_1", "resp_3"]


async def test_a_conversation_with_a_hole_begins_behind_it(store: ResponseStore) -> None:
    """So that the caller can see that something is missing."""
    await store.add(FIRST, now=NOW)
    await store.add(SECOND, now=NOW)
    await store.delete("school", "ana", "resp_1", now=NOW)
    found = await store.conversation("school", "ana", "resp_2", now=NOW)
    assert [(response.id, response.previous) for response in found] == [("resp_2", "resp_1")]


async def test_what_continues_a_conversation_keeps_it_alive(store: ResponseStore) -> None:
    """The first response expires with the last one; then all are gone."""
    await store.add(FIRST, now=NOW)
    await store.add(SECOND, now=NOW + DAY / 2)
    found = await store.conversation("school", "ana", "resp_2", now=NOW + DAY * 1.5)
    assert [response.id for response in found] == ["resp_1", "resp_2"]
    assert await store.conversation("school", "ana", "resp_2", now=NOW + 2 * DAY) == []
    assert not await store.delete("school", "ana", "resp_2", now=NOW + 2 * DAY)


async def test_the_next_response_drops_what_has_expired(store: ResponseStore) -> None:
    """Nothing is left of it, even for a clock that is behind."""
    await store.add(FIRST, now=NOW)
    await store.add(replace(FIRST, id="resp_9", conversation="resp_9", expires=NOW + 9 * DAY), now=NOW + 3 * DAY)
    assert await store.get("school", "ana", "resp_1", now=NOW) is None

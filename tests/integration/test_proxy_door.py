"""The proxy's door: where the assistant is closed to a learner, the proxy gives them no answer either."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from proxy_house import Proxy, open_proxy
from scripted_gateway import until

from banyan.adapters.storage.policies import SqlPolicies
from banyan.app.assisting_turns import Surroundings, open_surroundings
from banyan.assistant.domain.admission import ExamLock, LockRecord
from banyan.assistant.domain.policy_versions import Key, Kind
from banyan.assistant.domain.roster import Member
from banyan.assistant.usecases.policy_book import PolicyBook
from banyan.kernel.clock import SystemClock
from banyan.kernel.identity import DEFAULT_TENANT
from banyan.proxy.domain.knowledge import Scope

ANA = {"X-Banyan-User": "ana", "X-Banyan-Roles": "learner"}
BEN = {"X-Banyan-User": "ben", "X-Banyan-Roles": "learner"}
TESS = {"X-Banyan-User": "tess", "X-Banyan-Roles": "instructor"}
ASKED = [{"role": "user", "content": "What do leaves make?"}]
COURSE = {"course": "botany", "lesson": "leaves"}
PLAIN: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/v1/chat/completions", {"model": "banyan/echo", "messages": ASKED}),
    ("POST", "/v1/chat/completions", {"model": "banyan/echo", "messages": ASKED, "stream": True}),
    ("POST", "/v1/responses", {"model": "banyan/echo", "input": "What do leaves make?"}),
    ("GET", "/v1/responses/resp_1", {}),
]
GROUNDED: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/v1/chat/completions", {"model": "banyan/echo", "messages": ASKED, **COURSE}),
    ("POST", "/v1/responses", {"model": "banyan/echo", "input": "What do leaves make?", **COURSE}),
    ("POST", "/v1/rag/search", {"query": "leaves", **COURSE}),
    ("POST", "/v1/rag/covers", {"messages": ASKED, **COURSE}),
]
READ: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/v1/rag/text?course=botany&lesson=leaves", {}),
    ("GET", "/v1/rag/lessons?course=botany", {}),
]


@dataclass
class School:
    """The proxy, and another process over the same database: the assistant's."""

    proxy: Proxy
    assistant: Surroundings
    policies: PolicyBook

    async def code(self, call: tuple[str, str, dict[str, Any]], who: Mapping[str, str]) -> str:
        """Of the refusal, "" where it is answered."""
        method, path, body = call
        async with self.proxy.web.request(method, path, json=body or None, headers=who) as answer:
            read = await answer.text()
            if answer.status == 403:
                code: str = (await answer.json())["error"]["code"]
                return code
            assert answer.status in (200, 404), read
            return ""

    async def codes(self, calls: list[tuple[str, str, dict[str, Any]]], who: Mapping[str, str]) -> set[str]:
        return {await self.code(call, who) for call in calls}

    async def lock(self, learners: frozenset[str] | None = None) -> None:
        now = datetime.now(UTC)
        lock = ExamLock("lock_1", now, None, learners)
        await self.assistant.board.put(LockRecord(DEFAULT_TENANT, "botany", lock, "tess", now))

    async def until(self, code: str, call: tuple[str, str, dict[str, Any]], who: Mapping[str, str]) -> None:
        async def arrived() -> bool:
            return await self.code(call, who) == code

        await until(arrived, 5)


@pytest.fixture
async def school(tmp_path: Path, house_url: str) -> AsyncIterator[School]:
    clock = SystemClock()
    async with open_proxy(tmp_path, database_url=house_url, guarded=True) as proxy:
        await proxy.house.index(Scope(DEFAULT_TENANT, "botany", "leaves"), "Leaves make sugar.", title="Leaves")
        book = PolicyBook(SqlPolicies(proxy.house.database), clock)
        async with open_surroundings(proxy.house.database, clock) as around, book.running():
            yield School(proxy, around, book)


async def test_an_exam_closes_every_way_to_answers_and_texts(school: School) -> None:
    """For the learner in it, with and without a course; the neighbour, staff and vectors stay open; it ends again."""
    everything = [*PLAIN, *GROUNDED, *READ]
    assert await school.codes(everything, ANA) == {""}
    await school.lock(frozenset({"ana"}))
    await school.until("exam_lock", PLAIN[0], ANA)
    assert await school.codes(everything, ANA) == {"exam_lock"}
    assert await school.codes(everything, BEN) == {""}
    assert await school.codes(everything, TESS) == {""}
    assert await school.codes(everything, {}) == {""}
    vectors = ("POST", "/v1/embeddings", {"model": "banyan/tiny", "input": "leaf"})
    assert await school.code(vectors, ANA) == ""
    await school.assistant.board.lift(DEFAULT_TENANT, "botany", None, "tess")
    await school.until("", PLAIN[0], ANA)
    assert await school.codes(everything, ANA) == {""}


async def test_a_refusal_at_the_proxy_is_proven_by_the_turn_log(school: School) -> None:
    """Who tried, when, and why not, on the surface `proxy`."""
    from sqlalchemy import select

    from banyan.adapters.storage.turn_tables import turn_log

    await school.lock(frozenset({"ana"}))
    await school.until("exam_lock", PLAIN[0], ANA)

    async def logged() -> bool:
        rows = await school.proxy.house.database.read(
            lambda connection: connection.execute(select(turn_log).where(turn_log.c.surface == "proxy")).all()
        )
        return {(row.user, row.course, row.outcome, row.notice) for row in rows} == {
            ("ana", "botany", "withheld", "exam_lock")
        }

    await until(logged, 5)


async def test_an_exam_of_a_whole_course_closes_models_to_its_learners(school: School) -> None:
    """Where a roster says who that is; without one nobody can tell, so that every learner counts as one."""
    await school.lock()
    await school.until("exam_lock", PLAIN[0], BEN)
    await school.assistant.rosters.put(DEFAULT_TENANT, "botany", [Member("ana")], "tess")
    await school.until("", PLAIN[0], BEN)
    assert await school.codes(PLAIN, ANA) == {"exam_lock"}


async def test_a_course_that_is_off_or_paused_is_off_at_the_proxy(school: School) -> None:
    """No grounded answer for learners, with the reason; models alone, staff and lessons stay as they are."""
    key = Key(DEFAULT_TENANT, Kind.PAUSE, "botany")
    await school.policies.write(key, lambda: {"reason": "too many errors"}, "tess", note="pause")
    await school.until("assistant_paused", GROUNDED[0], ANA)
    assert await school.codes(GROUNDED, ANA) == {"assistant_paused"}
    assert await school.codes([*PLAIN, *READ], ANA) == {""}
    assert await school.codes(GROUNDED, TESS) == {""}
    await school.policies.write(key, lambda: None, "tess", note="resume")
    await school.until("", GROUNDED[0], ANA)

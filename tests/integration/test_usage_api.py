"""What operators read of the usage ledger over HTTP."""

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from attempts import NOON, attempt
from fastapi import FastAPI
from http_server import served
from msgspec import structs

from banyan.adapters.storage.engine import Database, open_database
from banyan.adapters.storage.usage_reader import SqlUsage
from banyan.adapters.storage.usage_rows import add_usage
from banyan.edge.http.access import Gate, Headers
from banyan.edge.http.admin_usage import alarm_routes, usage_routes
from banyan.edge.http.errors import install_error_handlers
from banyan.kernel.identity import Grant, Identity, Role
from banyan.kernel.money import money
from banyan.proxy.domain.accounting import Attempt, Caller, Status
from banyan.proxy.domain.alarms import Alarm, AlarmKind
from banyan.proxy.domain.pricing import Tokens

DAY = 86_400
STATS, BIO = Caller("school", "ada", "key_1", "stats"), Caller("school", "bob", "key_2", "bio", "quiz")
GUESSED = Tokens(5, 5, estimated=True)
ROWS = [
    attempt("a1", caller=STATS, cost=money("0.000000001")),
    attempt("a2", caller=STATS, at=NOON + 10, cost=money("1.1")),
    attempt(
        "a3", caller=BIO, at=NOON + DAY, cost=None, model="new", deployment="new", tokens=Tokens(5, 5, estimated=True)
    ),
    attempt("a4", caller=BIO, at=NOON + DAY, cost=None, status=Status.FAILED, error="rate_limited"),
    attempt("b1", caller=Caller("other", "=cmd", "key_9", "stats"), cost=money(7)),
]
WHO = {
    "learner": Identity("school", "ada", frozenset({Role.LEARNER})),
    "teacher": Identity("school", "eve", frozenset({Role.INSTRUCTOR})),
    "admin": Identity("school", "ann", frozenset({Role.ADMIN})),
    "operator": Identity("default", "root", frozenset({Role.ADMIN})),
    "bio-key": Identity(
        "school", "bot", frozenset({Role.INSTRUCTOR}), Grant("key_3", frozenset({"admin"}), courses=frozenset({"bio"}))
    ),
}


@dataclass
class Desk:
    web: aiohttp.ClientSession

    async def ask(self, path: str, who: str = "teacher", **params: str) -> tuple[int, Any]:
        async with self.web.get(f"/admin{path}", params=params, headers={"X-Who": who}) as answer:
            return answer.status, await answer.json()

    async def table(self, path: str, who: str = "teacher", **params: str) -> list[list[str]]:
        headers = {"X-Who": who, "Accept": "text/csv"}
        async with self.web.get(f"/admin{path}", params=params, headers=headers) as answer:
            assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
            return list(csv.reader(io.StringIO(await answer.text())))


async def whoever(headers: Headers) -> Identity:
    return next(WHO[value.decode()] for name, value in headers if name == b"x-who")


async def alarms() -> list[Alarm]:
    return [Alarm(AlarmKind.RETIRING, "gpt", "It goes; choose another.", "a page")]


@pytest.fixture
async def database(tmp_path: Path, house_url: str) -> AsyncIterator[Database]:
    database = await open_database(house_url)
    await database.write(add_usage, ROWS)
    yield database
    await database.close()


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    api = FastAPI()
    install_error_handlers(api)
    api.include_router(usage_routes(SqlUsage(database)))
    api.include_router(alarm_routes(alarms))
    async with served(Gate(api, whoever, open_ports=None)) as url, aiohttp.ClientSession(url) as web:
        yield Desk(web)


def known(lines: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(*one["group"].values(), one["attempts"], one["cost_dollars"], one["unpriced"]) for one in lines]


async def test_strangers_to_the_staff_see_nothing(desk: Desk) -> None:
    """Usage is for staff, alarms are for admins."""
    assert (await desk.ask("/usage", "learner"))[0] == 403
    assert (await desk.ask("/usage/attempts", "learner"))[0] == 403
    assert (await desk.ask("/alarms", "teacher"))[0] == 403


async def test_staff_see_their_own_tenant_only(desk: Desk) -> None:
    """Neither sums nor rows nor groups tell anything of a neighbour."""
    status, answer = await desk.ask("/usage", group="tenant")
    assert (status, known(answer["lines"])) == (200, [("school", 4, "1.100000001", 1)])
    for who in ("teacher", "admin"):
        assert (await desk.ask("/usage", who, tenant="other"))[0] == 403
        assert (await desk.ask("/usage", who, tenant="*"))[0] == 403
    assert (await desk.ask("/usage/attempts", after="b1"))[0] == 404


async def test_the_operator_sees_any_tenant(desk: Desk) -> None:
    """An admin of the tenant `default` names another one, or all of them."""
    _, other = await desk.ask("/usage", "operator", tenant="other")
    assert other["total"]["cost_dollars"] == "7.000000000"
    _, every = await desk.ask("/usage", "operator", tenant="*", group="tenant")
    assert known(every["lines"]) == [("other", 1, "7.000000000", 0), ("school", 4, "1.100000001", 1)]
    _, own = await desk.ask("/usage", "operator")
    assert own["total"]["attempts"] == 0


async def test_sums_are_exact_and_leave_unknown_prices_out_loudly(desk: Desk) -> None:
    """A nano-dollar is not lost beside a dollar; an answer without a price is counted, a failed try is not."""
    _, answer = await desk.ask("/usage", group="day,course")
    assert known(answer["lines"]) == [
        ("2026-09-21", "stats", 2, "1.100000001", 0),
        ("2026-09-22", "bio", 2, "0.000000000", 1),
    ]
    total = answer["total"]
    assert (total["input_tokens"], total["output_tokens"], total["cached_tokens"]) == (305, 65, 30)
    assert (total["estimated"], total["seconds"], answer["truncated"]) == (1, 6.0, False)


@pytest.mark.parametrize(
    ("group", "names"),
    [
        ("user", ["ada", "bob"]),
        ("key", ["key_1", "key_2"]),
        ("deployment", ["new", "openai/gpt-4o"]),
        ("model", ["gpt-4o", "new"]),
        ("task", ["chat", "quiz"]),
        ("status", ["failed", "ok"]),
    ],
)
async def test_usage_adds_up_by_whatever_matters(desk: Desk, group: str, names: list[str]) -> None:
    """One line for each value, in order."""
    _, answer = await desk.ask("/usage", group=group)
    assert [one["group"][group] for one in answer["lines"]] == names


async def test_usage_is_narrowed_down_by_filters_and_time(desk: Desk) -> None:
    """Every filter applies; `until` is not included."""
    for params, count in (
        ({"user": "ada"}, 2),
        ({"course": "bio", "status": "failed"}, 1),
        ({"since": "2026-09-22T00:00:00"}, 2),
        ({"until": "2026-09-21T14:13:30Z"}, 1),
        ({"model": "nothing"}, 0),
    ):
        _, answer = await desk.ask("/usage", **params)
        assert answer["total"]["attempts"] == count, params


async def test_a_key_for_some_courses_sees_those_courses(desk: Desk) -> None:
    """It names one of them, and no other."""
    assert (await desk.ask("/usage", "bio-key"))[0] == 400
    assert (await desk.ask("/usage", "bio-key", course="stats"))[0] == 403
    _, answer = await desk.ask("/usage", "bio-key", course="bio")
    assert answer["total"]["attempts"] == 2


async def test_an_unknown_group_is_refused_with_the_choice(desk: Desk) -> None:
    """The message names what there is."""
    status, answer = await desk.ask("/usage", group="colour")
    assert status == 400
    assert "deployment" in answer["error"]["message"]


async def test_rows_come_in_pages_newest_first(desk: Desk) -> None:
    """`next` leads to the page behind, until there is none."""
    seen: list[str] = []
    after: dict[str, str] = {}
    while True:
        _, answer = await desk.ask("/usage/attempts", limit="3", **after)
        seen += [row["id"] for row in answer["attempts"]]
        if answer["next"] is None:
            break
        after = {"after": answer["next"]}
    assert seen == ["a4", "a3", "a2", "a1"]


async def test_a_row_tells_everything_and_an_unknown_cost_is_no_zero(desk: Desk) -> None:
    """Cost is exact dollars as text, or null."""
    _, answer = await desk.ask("/usage/attempts", model="new")
    [row] = answer["attempts"]
    assert (row["cost_dollars"], row["estimated"], row["at"]) == (None, True, "2026-09-22T14:13:20+00:00")
    _, answer = await desk.ask("/usage/attempts", request_id="", user="ada")
    assert [one["cost_dollars"] for one in answer["attempts"]] == ["1.100000000", "0.000000001"]


async def test_spreadsheets_get_csv_without_formulas(desk: Desk) -> None:
    """By `Accept`; a name that looks like a formula is marked as text."""
    table = await desk.table("/usage", group="course")
    assert table[0][:2] == ["course", "attempts"]
    assert [row[0] for row in table[1:]] == ["bio", "stats"]
    rows = await desk.table("/usage/attempts", "operator", tenant="other")
    assert rows[1][rows[0].index("user")] == "'=cmd"


async def test_old_rows_are_forgotten(database: Database) -> None:
    """Those before the time alone."""
    usage = SqlUsage(database)
    assert await usage.trim(datetime.fromtimestamp(NOON + DAY, UTC)) == 3
    assert await usage.trim(datetime.fromtimestamp(NOON + DAY, UTC)) == 0


async def test_admins_see_the_alarms(desk: Desk) -> None:
    """With where the fact is from."""
    _, answer = await desk.ask("/alarms", "admin")
    assert answer["alarms"] == [
        {"kind": "retiring", "subject": "gpt", "message": "It goes; choose another.", "source": "a page"}
    ]


async def test_new_rows_are_booked_once_on_every_database(database: Database) -> None:
    """Rows that are there already are neither written nor told to the books."""
    told: list[str] = []

    def book(connection: Any, attempts: Any) -> None:
        told.extend(one.id for one in attempts)

    fresh: list[Attempt] = [*ROWS, structs.replace(ROWS[0], id="a9", model="a\x00b")]
    assert await database.write(add_usage, fresh, [book]) == 1
    assert told == ["a9"]


async def test_a_time_beyond_the_calendar_is_refused(desk: Desk) -> None:
    """In UTC it would be in the year 10000."""
    assert (await desk.ask("/usage", until="9999-12-31T23:59:59-23:59"))[0] == 400

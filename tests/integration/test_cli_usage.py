"""`banyan usage` on a ledger that is there, and beside a running service."""

import asyncio
import csv
import io
import json
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from attempts import NOON, attempt
from private_servers import migrated_sqlite
from services import banyan, serving, until_known, until_unknown

from banyan.adapters.storage.engine import open_database
from banyan.adapters.storage.usage_rows import add_usage
from banyan.kernel.money import money
from banyan.proxy.domain.accounting import CLIENT_GONE, Attempt, Caller, Status
from banyan.proxy.domain.pricing import Tokens

DAY = 86_400
ADA, BOB = Caller("default", "ada", "key_1", "stats"), Caller("default", "bob", None, "bio", "quiz")
ROWS = [
    attempt("a1", caller=ADA, cost=money("1.5")),
    attempt("a2", caller=ADA, at=NOON + DAY, cost=money("0.00001"), status=Status.CUT, error=CLIENT_GONE),
    attempt("a3", caller=BOB, at=NOON + DAY, cost=None, model="new", deployment="own", tokens=Tokens(5, 5)),
    attempt("a4", caller=BOB, at=NOON + DAY, cost=None, model="new", status=Status.FAILED, error="rate_limited"),
    attempt("b1", caller=Caller("other", "eve", "key_9", "stats"), cost=money(7)),
]
PERIOD = ("--since", "2026-09-21", "--until", "2026-09-30")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose ledger has the rows."""
    folder = tmp_path_factory.mktemp("usage") / "data"
    folder.mkdir()
    asyncio.run(write(migrated_sqlite(folder), ROWS))
    return folder


async def write(url: str, rows: list[Attempt]) -> None:
    database = await open_database(url)
    await database.write(add_usage, rows)
    await database.close()


def usage(data: Path, *options: str) -> dict[str, Any]:
    """What `--json` prints."""
    done = banyan(data, "usage", *PERIOD, *options, "--json")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def lines(answer: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (*one["group"].values(), one["cost_dollars"], one["attempts"], one["failed"], one["unpriced"])
        for one in answer["lines"]
    ]


def test_spend_is_listed_by_model_the_dearest_first(data: Path) -> None:
    """With attempts, failures and unknown prices; a caller who left is no failure; neighbours are not counted."""
    done = banyan(data, "usage", *PERIOD)
    assert done.returncode == 0, done.stderr
    shown = [[cell.strip() for cell in line.strip("│┃").split("│")] for line in done.stdout.splitlines() if "│" in line]
    assert shown == [
        ["gpt-4o", "$1.5000", "2", "0", "200", "40", "0"],
        ["new", "$0.0000", "2", "1", "105", "25", "1"],
        ["total", "$1.5000", "4", "1", "305", "65", "1"],
    ]
    assert done.stdout.startswith("Usage of tenant default, 2026-09-21 00:00 to 2026-09-30 00:00 (UTC)\n")
    assert "1 attempts have no known price" in done.stderr


def test_usage_adds_up_by_whatever_is_asked(data: Path) -> None:
    """Days in their order; several names at once; all tenants where that is asked for."""
    assert [one[0] for one in lines(usage(data, "--by", "day"))] == ["2026-09-21", "2026-09-22"]
    assert lines(usage(data, "--by", "user,status")) == [
        ("ada", "ok", "1.500000000", 1, 0, 0),
        ("ada", "cut", "0.000010000", 1, 0, 0),
        ("bob", "failed", "0.000000000", 1, 1, 0),
        ("bob", "ok", "0.000000000", 1, 0, 1),
    ]
    assert [one[:2] for one in lines(usage(data, "--by", "tenant", "--tenant", "*"))] == [
        ("other", "7.000000000"),
        ("default", "1.500010000"),
    ]


def test_usage_is_narrowed_down(data: Path) -> None:
    """By filters and by time; `--until` is not included."""
    for options, count in (
        (("--user", "ada"), 2),
        (("--course", "bio", "--status", "failed"), 1),
        (("--until", "2026-09-22"), 1),
        (("--tenant", "nobody"), 0),
    ):
        assert usage(data, *options)["total"]["attempts"] == count, options
    assert "Nothing was asked in this time." in banyan(data, "usage", "--since", "1h").stdout


def test_csv_is_what_the_service_gives(data: Path) -> None:
    """The columns of `GET /admin/usage` as CSV."""
    done = banyan(data, "usage", *PERIOD, "--by", "course,task", "--csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [(row["course"], row["task"], row["cost_dollars"]) for row in rows] == [
        ("stats", "chat", "1.500010000"),
        ("bio", "quiz", "0.000000000"),
    ]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--by", "colour"), "takes each of course, day"),
        (("--by", "day,day"), "at most once"),
        (("--since", "yesterday"), "write 7d, 24h"),
        (("--status", "sad"), "choose from ok, cached"),
        (("--until", "99999999w"), "--until is"),
        (("--json", "--csv"), "choose one"),
    ],
)
def test_wrong_use_is_one_sentence(data: Path, options: tuple[str, ...], sentence: str) -> None:
    """Exit code 2, and what there is to choose from."""
    done = banyan(data, "usage", *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_what_a_running_service_has_answered_is_there(tmp_path: Path) -> None:
    """The command reads the database of the service's data folder; keys are shown with their names."""
    with serving(tmp_path / "data") as service:
        made = json.loads(banyan(service.data, "keys", "create", "lms", "--json").stdout)
        ask = {"model": "banyan/echo", "messages": [{"role": "user", "content": "Hello there"}]}
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {made['key']}"}
        request = urllib.request.Request(f"{service.proxy}/v1/chat/completions", json.dumps(ask).encode(), headers)
        until_unknown(service, "")  # until then it is open, and asks for no key
        until_known(service, made["key"])
        urllib.request.urlopen(request, timeout=30).close()
        deadline = time.monotonic() + 30
        while made["id"] not in (shown := banyan(service.data, "usage", "--by", "key,model").stdout):
            assert time.monotonic() < deadline, shown
        assert f"lms ({made['id']})" in shown

"""The usage ledger: what is noted is counted once, whatever breaks in between."""

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from attempts import attempt, open_books, rows
from hypothesis import given, settings
from hypothesis import strategies as some
from msgspec import structs
from sqlalchemy import Connection

from banyan.adapters.storage.engine import Database, open_database
from banyan.adapters.storage.usage_ledger import SpooledLedger
from banyan.adapters.storage.usage_spool import BEGAN, FINISHED, line, read_lines
from banyan.kernel.errors import Unavailable
from banyan.kernel.money import NOTHING, money
from banyan.proxy.domain.accounting import Attempt, Status

SUPPORT = Path(__file__).parent.parent / "support"


class Refusing:
    """A database that answers nothing until it is told to."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.refuses = True

    async def write(self, work: Any, *args: Any) -> Any:
        if self.refuses:
            raise Unavailable("The database cannot be used; try again.")
        return await self.database.write(work, *args)


async def until(reached: Callable[[], bool]) -> None:
    """Lets the ledger's own task run until it has done its work."""
    async with asyncio.timeout(10):
        while not reached():  # noqa: ASYNC110  the ledger has no event for strangers
            await asyncio.sleep(0.01)


def spools(folder: Path) -> list[Path]:
    return sorted((folder / "ledger").glob("run-*/*.spool"))


async def test_a_finished_attempt_is_one_row_with_everything_in_it(tmp_path: Path, house_url: str) -> None:
    """What the ledger was told stands in the table, under its tenant, and the spool is gone."""
    database = await open_database(house_url)
    ledger = SpooledLedger(tmp_path / "ledger", database)
    async with ledger.running():
        one = attempt("a1", cost=None)
        ledger.begin(one)
        ledger.finish(structs.replace(one, cost=money("0.02"), error="", cache="miss", stream=True))
    found = (await rows(database))["a1"]
    assert (found.tenant, found.user, found.key, found.course, found.task) == (
        "school",
        "ada",
        "key_1",
        "stats",
        "chat",
    )
    assert (found.cost, found.reserved, found.price_version) == (20_000_000, 50_000_000, "list")
    assert (found.input_tokens, found.output_tokens, found.cached_tokens) == (100, 20, 10)
    assert (found.day, found.status, found.stream, found.cache) == ("2026-09-21", "ok", True, "miss")
    assert (found.seconds, found.first_token, found.request_id) == (1.5, 0.25, "req_a1")
    assert list((tmp_path / "ledger").iterdir()) == []
    await database.close()


async def test_no_file_keeps_lines_of_who_is_forgotten(tmp_path: Path) -> None:
    """Neither the spool, whose rows the database has, nor the file of refused rows; others keep theirs."""
    database = await open_books(tmp_path)
    ledger = SpooledLedger(tmp_path / "ledger", database)
    async with ledger.running():
        one = attempt("a1")
        other = structs.replace(one, id="a2", caller=structs.replace(one.caller, user="bob"))
        refused = tmp_path / "ledger" / "refused.spool"
        refused.write_bytes(line(FINISHED, one) + line(FINISHED, other))
        ledger.finish(one)
        assert await ledger.forget("elm", "ada") == 0
        assert await ledger.forget(one.caller.tenant, one.caller.user) == 1
        assert all(b"ada" not in path.read_bytes() for path in spools(tmp_path))
        assert [found.id for _, found in read_lines(refused.read_bytes())] == ["a2"]
        ledger.finish(other)
    assert sorted(await rows(database)) == ["a1", "a2"]
    await database.close()


async def test_rows_reach_the_database_while_the_ledger_runs(tmp_path: Path) -> None:
    """Nobody has to stop the process to see what it spent."""
    database = await open_books(tmp_path)
    ledger = SpooledLedger(tmp_path / "ledger", database)
    async with ledger.running():
        ledger.finish(attempt("a1"))
        assert ledger.state().waiting == 1
        await until(lambda: not ledger.state().waiting)
        assert list(await rows(database)) == ["a1"]
    await database.close()


async def test_the_same_attempt_twice_is_one_row_and_one_booking(tmp_path: Path) -> None:
    """A row that is there already is neither written nor booked again."""
    database = await open_books(tmp_path)
    booked: list[str] = []

    def book(connection: Connection, attempts: Sequence[Attempt]) -> None:
        booked.extend(one.id for one in attempts)

    for _ in range(2):
        ledger = SpooledLedger(tmp_path / "ledger", database, [book])
        async with ledger.running():
            ledger.finish(attempt("a1"))
            ledger.finish(attempt("a1"))
    assert booked == ["a1"]
    assert list(await rows(database)) == ["a1"]
    await database.close()


async def test_a_booking_that_fails_leaves_no_row(tmp_path: Path) -> None:
    """Row and booking stand or fall together, and are tried again."""
    database = await open_books(tmp_path)
    fails = True

    def book(connection: Connection, attempts: Sequence[Attempt]) -> None:
        if fails:
            raise Unavailable("The books are closed; try again.")

    ledger = SpooledLedger(tmp_path / "ledger", database, [book])
    async with ledger.running():
        ledger.finish(attempt("a1"))
        with pytest.raises(Unavailable):
            await ledger.drain()
        assert await rows(database) == {}
        fails = False
        await ledger.drain()
        assert list(await rows(database)) == ["a1"]
    await database.close()


async def test_an_attempt_under_way_at_the_end_is_lost_at_what_was_reserved(tmp_path: Path) -> None:
    """A try that nobody can finish any more costs what was set aside; with nothing set aside its cost is unknown."""
    database = await open_books(tmp_path)
    ledger = SpooledLedger(tmp_path / "ledger", database)
    async with ledger.running():
        ledger.begin(attempt("dear", cost=None, reserved=money("0.05")))
        ledger.begin(attempt("unknown", cost=None, reserved=NOTHING))
        ledger.begin(attempt("free", cost=NOTHING, reserved=NOTHING))
    found = {id: (row.status, row.cost) for id, row in (await rows(database)).items()}
    assert found == {"dear": ("lost", 50_000_000), "unknown": ("lost", None), "free": ("lost", 0)}
    await database.close()


async def test_a_new_file_carries_on_with_what_is_under_way(tmp_path: Path) -> None:
    """Files are followed by new ones; a long call that began in a file that is gone is still lost, not forgotten."""
    database = await open_books(tmp_path)
    ledger = SpooledLedger(tmp_path / "ledger", database, segment_bytes=3000)
    running = ledger.running()
    await running.__aenter__()
    ledger.begin(attempt("long", cost=None))
    for number in range(40):
        ledger.finish(attempt(f"short-{number:02}"))
        if number % 10 == 9:
            await ledger.drain()
    first = spools(tmp_path)[0]
    assert first.name != "00000001.spool", "drained files are removed"
    shutil.copytree(first.parent, tmp_path / "crashed" / first.parent.name)
    await running.__aexit__(None, None, None)

    other = await open_books(tmp_path / "crashed")
    async with SpooledLedger(tmp_path / "crashed", other).running():
        assert (await rows(other))["long"].status == "lost"
    await other.close()
    await database.close()


async def test_a_database_that_is_down_lets_the_spool_grow_and_calls_go_on(tmp_path: Path) -> None:
    """The rows wait on disk, the state says why, and they arrive once the database is back."""
    database = Refusing(await open_books(tmp_path))
    ledger = SpooledLedger(tmp_path / "ledger", database)  # type: ignore[arg-type]
    async with ledger.running():
        for number in range(100):
            ledger.finish(attempt(f"a{number:03}"))
        with pytest.raises(Unavailable):
            await ledger.drain()
        await until(lambda: "database" in ledger.state().trouble)
        state = ledger.state()
        assert (state.waiting, state.in_memory, state.dropped) == (100, 0, 0)
        assert state.spool_bytes > 10_000
        database.refuses = False
        await ledger.drain()
        assert (ledger.state().waiting, ledger.state().trouble) == (0, "")
    assert len(await rows(database.database)) == 100
    await database.database.close()


async def test_what_is_left_in_the_spool_is_drained_by_the_next_run(tmp_path: Path) -> None:
    """A stop while the database is down keeps the files; the next start reads them first."""
    database = Refusing(await open_books(tmp_path))
    async with SpooledLedger(tmp_path / "ledger", database).running():  # type: ignore[arg-type]
        assert spools(tmp_path)
    refused = SpooledLedger(tmp_path / "ledger", database)  # type: ignore[arg-type]
    async with refused.running():
        refused.finish(attempt("a1"))
    async with SpooledLedger(tmp_path / "ledger", database.database).running():
        assert list(await rows(database.database)) == ["a1"]
    await database.database.close()


async def test_a_row_that_the_database_cannot_hold_is_kept_in_a_file_and_stops_nobody(tmp_path: Path) -> None:
    """One impossible row does not hold up those behind it."""
    database = await open_books(tmp_path)
    ledger = SpooledLedger(tmp_path / "ledger", database)
    async with ledger.running():
        ledger.finish(attempt("impossible", at=1e300))
        ledger.finish(attempt("good"))
    assert list(await rows(database)) == ["good"]
    assert ledger.state().refused == 1
    kept = read_lines((tmp_path / "ledger" / "refused.spool").read_bytes())
    assert [one.id for _, one in kept] == ["impossible"]
    await database.close()


async def test_strange_words_and_figures_of_an_upstream_reach_the_table_mended(tmp_path: Path) -> None:
    """Half characters and endless numbers neither stop their own row nor those beside it."""
    database = await open_books(tmp_path)
    ledger = SpooledLedger(tmp_path / "ledger", database)
    async with ledger.running():
        ledger.finish(attempt("strange", model="m\ud800", cost=10**30))
        ledger.finish(attempt("good"))
    found = await rows(database)
    assert (found["strange"].model, found["strange"].cost, ledger.state().refused) == ("m?", 2**62, 0)
    assert found["good"].status == "ok"
    await database.close()


async def test_a_full_disk_keeps_rows_in_memory_until_there_is_room(tmp_path: Path) -> None:
    """Calls go on, the state is loud, and no row is missing or doubled afterwards."""
    script = f"""
import asyncio, resource, sys
from pathlib import Path
sys.path.insert(0, {str(SUPPORT)!r})
from attempts import attempt, open_books, rows
from banyan.adapters.storage.usage_ledger import SpooledLedger

async def main(folder):
    database = await open_books(folder)
    ledger = SpooledLedger(folder / "ledger", database, segment_bytes=2000)
    async with ledger.running():
        ledger.finish(attempt("before"))
        await ledger.drain()
        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, most))
        for number in range(50):
            ledger.begin(attempt(f"a{{number:02}}", cost=None))
            ledger.finish(attempt(f"a{{number:02}}"))
        full = ledger.state()
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        await ledger.drain()
        print(full.in_memory > 40, full.dropped, "cannot be written" in full.trouble)
        print(len(await rows(database)), ledger.state())
    print(len(await rows(database)), {{row.status for row in (await rows(database)).values()}})
    await database.close()

asyncio.run(main(Path(sys.argv[1])))
"""
    ran = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines() == [
        "True 0 True",
        "51 LedgerState(waiting=0, in_memory=0, dropped=0, refused=0, spool_bytes=0, trouble='')",
        "51 {'ok'}",
    ]


async def test_a_folder_that_cannot_be_made_keeps_rows_in_memory(tmp_path: Path) -> None:
    """Where there is no place for a spool at all, rows go to the database straight from memory."""
    (tmp_path / "ledger").write_text("in the way")
    database = await open_books(tmp_path)
    ledger = SpooledLedger(tmp_path / "ledger", database)
    async with ledger.running():
        ledger.finish(attempt("a1"))
        assert ledger.state().in_memory == 1
        assert "cannot be written" in ledger.state().trouble
    assert list(await rows(database)) == ["a1"]
    await database.close()


@pytest.mark.parametrize("seed", range(3))
async def test_killed_processes_lose_and_double_nothing(tmp_path: Path, seed: int) -> None:
    """After kill -9 at any moment: what was finished counts at its price, what was begun is lost, each exactly once."""
    told: dict[str, str] = {}
    chance = random.Random(seed)
    database = await open_books(tmp_path)
    for name in ("first", "second"):
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(SUPPORT / "mortal_ledger.py"), str(tmp_path), name, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        for _ in range(chance.randint(200, 3000)):
            read = (await process.stdout.readline()).decode().split()
            told[read[1]] = read[0]
        os.kill(process.pid, signal.SIGKILL)
        rest, _ = await process.communicate()
        for one in rest.decode().splitlines(keepends=True):
            if one.endswith("\n"):
                told[one.split()[1]] = one.split()[0]
        async with SpooledLedger(tmp_path / "ledger", database).running():
            found = await rows(database)
        for id, what in told.items():
            outcome = (found[id].status, found[id].cost)
            if what == "finished":
                assert outcome == ("ok", 7)
            elif id.endswith("0"):  # never finished
                assert outcome == ("lost", 50_000_000)
            else:  # killed between finishing and saying so
                assert outcome in (("ok", 7), ("lost", 50_000_000))
    assert [path.name for path in (tmp_path / "ledger").iterdir()] == []
    await database.close()


async def test_a_spool_cut_at_any_byte_gives_every_whole_line_and_nothing_else(tmp_path: Path) -> None:
    """A torn tail is recognised wherever it was torn."""
    lines = [line(BEGAN, attempt("a1", cost=None)), line(FINISHED, attempt("a1")), line(BEGAN, attempt("b\n2"))]
    whole = b"".join(lines)
    ends = [len(b"".join(lines[: count + 1])) for count in range(3)]
    for cut in range(len(whole) + 1):
        read = [(mark, one.id) for mark, one in read_lines(whole[:cut])]
        expected = [(BEGAN, "a1"), (FINISHED, "a1"), (BEGAN, "b\n2")][: sum(end <= cut for end in ends)]
        assert read == expected


@settings(max_examples=200, deadline=None)
@given(data=some.data())
def test_a_damaged_line_never_becomes_another_attempt(data: some.DataObject) -> None:
    """Whatever byte is changed, its line is left out or the same, and the lines around it stay."""
    lines = [line(FINISHED, attempt(id)) for id in ("a1", "a2", "a3")]
    at = data.draw(some.integers(0, len(lines[1]) - 2))
    new = data.draw(some.integers(0, 255))
    damaged = lines[1][:at] + bytes([new]) + lines[1][at + 1 :]
    read = [one for _, one in read_lines(lines[0] + damaged + lines[2])]
    assert read in ([attempt("a1"), attempt("a3")], [attempt("a1"), attempt("a2"), attempt("a3")])


@given(some.text(), some.integers(), some.integers())
def test_any_words_and_figures_survive_the_spool(words: str, tokens: int, cost: int) -> None:
    """An upstream's strangest names and counts never stop a row; half characters and endless numbers are mended."""
    one = attempt("a1", model=words + "\ud800", cost=cost)
    one = structs.replace(one, tokens=structs.replace(one.tokens, input=tokens * 10**30))
    [(mark, read)] = read_lines(line(FINISHED, one))
    assert (mark, read.id, read.status) == (FINISHED, "a1", Status.OK)
    assert read.model == words + "?"

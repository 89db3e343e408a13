"""`banyan reports` on a database that is there."""

import asyncio
import json
from pathlib import Path

import pytest
from private_servers import migrated_sqlite
from report_world import Shelf
from services import banyan

from banyan.adapters.storage.engine import open_database


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a session."""
    folder = tmp_path_factory.mktemp("reports") / "data"
    folder.mkdir()
    asyncio.run(_fill(migrated_sqlite(folder)))
    return folder


async def _fill(url: str) -> None:
    database = await open_database(url)
    await Shelf(database).session("ana", "=1+1")
    await database.close()


def test_reports_are_listed_and_answered(data: Path) -> None:
    """As tables for people, as JSON and CSV for programs."""
    listed = banyan(data, "reports")
    assert (listed.returncode, "AI Chat Usage" in listed.stdout) == (0, True), listed.stderr
    period = ("--from", "2026-03-02", "--to", "2026-03-02")
    shown = banyan(data, "reports", "chat-usage", *period, "--json")
    assert shown.returncode == 0, shown.stderr
    assert [row["sessions"] for row in json.loads(shown.stdout)["rows"]] == [1]
    detail = ("reports", "AI Chat Lesson Detail", "--course", "stats", "--lesson", "mean")
    table = banyan(data, *detail, "--csv")
    assert table.stdout.splitlines()[-1] == "2026-03-02T12:00:00+00:00,user,ana,'=1+1"
    assert "An answer." in banyan(data, *detail).stdout
    assert "Nothing was found." in banyan(data, "reports", "proxy-summary", "--course", "none").stdout


def test_what_cannot_be_answered_is_said_in_a_sentence(data: Path) -> None:
    """With the choices; the exit code is not 0."""
    for options, words in (
        (("nothing",), "chat-usage"),
        (("chat-usage", "--status", "New"), "from_date"),
        (("chat-lesson-detail",), "course and lesson"),
        (("chat-usage", "--from", "2026-02-30"), "2026-01-31"),
    ):
        done = banyan(data, "reports", *options)
        assert (done.returncode, words in done.stderr) == (1, True), done.stderr

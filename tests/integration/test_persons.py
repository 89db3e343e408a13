"""What is held about a person: shown whole, erased whole, and nobody else's."""

import asyncio
import importlib
import pkgutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from assistant_world import ANA, BEN, TEACHER, World, assistant
from sqlalchemy import BigInteger, Boolean, Connection, Float, Integer, LargeBinary, insert, select

import banyan.adapters.storage
from banyan.adapters.storage.drafts import SqlDrafts
from banyan.adapters.storage.engine import Database, open_database
from banyan.adapters.storage.jobs import SqlJobs
from banyan.adapters.storage.person_rules import RULES, Fate, without_rule
from banyan.adapters.storage.persons import SqlRetention
from banyan.adapters.storage.tables import Moment, metadata
from banyan.app.assisting_persons import PersonJobs
from banyan.assistant.domain.drafts import Draft, DraftKind, FaqBody, FaqItem, State
from banyan.jobs.domain.job import Job, JobState
from banyan.jobs.usecases.run_jobs import JobPace, RunJobs
from banyan.kernel.clock import SystemClock

ADMIN = {"X-Banyan-User": "root", "X-Banyan-Roles": "admin"}
NOW = datetime(2026, 3, 2, tzinfo=UTC)
PACE = JobPace(poll=0.02)


def test_every_column_that_names_people_has_a_rule() -> None:
    """A new table with a person in it fails here until somebody has decided what becomes of it."""
    for module in pkgutil.iter_modules(banyan.adapters.storage.__path__):
        if module.name != "migrations":
            importlib.import_module(f"banyan.adapters.storage.{module.name}")
    assert without_rule() == []


@pytest.fixture
async def database(house_url: str) -> AsyncIterator[Database]:
    opened = await open_database(house_url)
    yield opened
    await opened.close()


def _value(column: Any, name: str, user: str) -> Any:
    kinds = {Moment: NOW, Boolean: True, LargeBinary: b"{}", Float: 1.0, Integer: 1, BigInteger: 1}
    for kind, value in kinds.items():
        if isinstance(column.type, kind):
            return value
    if name in {"members_json", "learners_json"}:
        return f'[{{"user": "{user}"}}, {{"user": "else"}}]' if name == "members_json" else f'["{user}", "else"]'
    if name == "body_json" and column.table.name == "alert_outbox":
        return f'{{"kind":"crisis","user":"{user}"}}'
    if name.endswith("_json"):
        return "{}"
    return f"{name} {user}"


def fill(connection: Connection, tenant: str, user: str) -> None:
    """One row in each table of the rules, of the person."""
    tables = {rule.table.name: rule.table for rule in RULES}
    for table in metadata.sorted_tables:
        if table.name not in tables:
            continue
        row = {column.name: _value(column, column.name, user) for column in table.columns if column.name != "kind"}
        row["tenant"] = tenant
        for column in table.columns:
            if column.name in {"user", "by", "about", "who", "subject"} or column.name.endswith("_by"):
                row[column.name] = user
            if column.name == "owner":
                row["owner"] = user if table.name == "responses" else f"key_1:{user}"
            if column.name == "kind":
                row["kind"] = "user"
        links = {"messages": "sessions", "turns": "sessions"}
        if table.name in links:
            row["session"] = f"id {user}"
        if table.name in {"batch_lines", "file_pieces"}:
            row["batch" if table.name == "batch_lines" else "file"] = f"id {user}"
        if table.name in {"budget_accounts", "budget_slices"}:
            row["budget"] = f"id {user}"
        if table.name == "card_reviews":
            row["card"] = f"id {user}"
        if table.name == "jobs":
            row["kind"] = "other"
        connection.execute(insert(table).values(row))


def holds(connection: Connection, tenant: str, user: str) -> set[str]:
    """Tables with the name anywhere."""
    found = set()
    for table in metadata.tables.values():
        for row in connection.execute(select(table)):
            fields = row._mapping
            if fields.get("tenant") == tenant and any(user in str(value) for value in fields.values()):
                found.add(table.name)
    return found


async def test_erasing_leaves_the_name_in_no_table(database: Database) -> None:
    """Ana is in every table and then in none; her namesake of another school, and Bel, lose nothing of theirs."""
    for tenant, user in (("oak", "ana"), ("elm", "ana"), ("oak", "bel")):
        await database.write(fill, tenant, user)
    tables = {rule.table.name for rule in RULES}
    assert await database.read(holds, "oak", "ana") == tables
    persons = PersonJobs(database, [], pause=0)
    for step in range(persons.steps):
        await persons.erase("oak", "ana", "erased_1", step)
    left = await database.read(holds, "oak", "ana")
    # Ids and texts that the test made of the name stand in rows that keep their figures.
    renamed = {rule.table.name for rule in RULES if rule.fate is not Fate.DELETE}
    assert left <= renamed
    for rule in RULES:
        rows = await database.read(
            lambda connection, rule=rule: list(
                connection.execute(
                    select(rule.table.c[rule.column]).where(rule.rows(connection, "oak", "ana"))
                ).scalars()
            )
        )
        assert [row for row in rows if rule.fate is not Fate.MEMBER or '"ana"' in row] == []
    assert await database.read(holds, "elm", "ana") == tables
    # Tables of reports may quote Ana without her name; whoever ordered them orders them again.
    assert await database.read(holds, "oak", "bel") == tables - {"job_files"}


async def test_an_export_holds_every_table_and_nothing_of_others(database: Database) -> None:
    """One row of each, without hashes and secrets, in a form that JSON can hold."""
    for tenant, user in (("oak", "ana"), ("elm", "ana"), ("oak", "bel")):
        await database.write(fill, tenant, user)
    found = [one async for one in PersonJobs(database, []).rows("oak", "ana")]
    assert {table for table, _ in found} == {rule.table.name for rule in RULES}
    assert len(found) == len({rule.table.name for rule in RULES})
    assert "bel" not in str(found)
    assert "else" not in str(found)
    assert "hash ana" not in str([row for table, row in found if table == "keys"])


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with assistant(tmp_path) as opened:
        yield opened


async def test_a_learner_exports_and_erases_their_own_alone(world: World) -> None:
    """Ana gets her words and then none; Ben may do neither for her; what Ben said stays."""
    await world.ask("What is a mean?", ANA)
    await world.ask("And a mode?", BEN)
    assert (await world.get("/api/v1/users/ana/export", BEN)).status == 403
    export = (await world.get("/api/v1/users/ana/export", ANA)).json
    assert export["complete"] is True
    said = [one["row"]["content"] for one in export["records"] if one["table"] == "messages"]
    assert "What is a mean?" in said
    assert "And a mode?" not in said
    async with world.client.delete(f"{world.url}/api/v1/users/ana", headers=BEN) as refused:
        assert refused.status == 403
    async with world.client.delete(f"{world.url}/api/v1/users/ana", headers=ANA) as accepted:
        assert accepted.status == 202
        job = await accepted.json()
    store = SqlJobs(world.database)
    worker = RunJobs(store, {"persons": world.services.persons}, SystemClock(), PACE)
    async with worker.running():
        while (found := await store.get("default", job["id"])) and found.state is not JobState.COMPLETE:
            assert found.state is not JobState.FAILED, found.error
            worker.wake()
            await asyncio.sleep(0.01)
    proof = (await world.get(f"/api/v1/jobs/{job['id']}", ANA)).json["result"]
    assert proof["counts"]["messages"] == 2
    assert proof["hash"].startswith("sha256:")
    export = (await world.get("/api/v1/users/ana/export", ADMIN)).json
    assert {one["table"] for one in export["records"]} <= {"jobs"}
    assert await world.history(ANA) == []
    assert len(await world.history(BEN)) == 2


async def test_faqs_lose_what_the_erased_alone_asked_so(tmp_path: Path, house_url: str) -> None:
    """A question in Ana's own words goes from drafts, published ones too; one that Ben asked so as well stays."""
    hers, theirs = "Why is the mean of my five samples wrong?", "What is a mean?"
    async with assistant(tmp_path, database_url=house_url) as world:
        for question, asker in ((hers, ANA), (theirs, ANA), (theirs, BEN)):
            await world.ask(question, asker)
        items = tuple(FaqItem(f"faq_{n}", one, "It is [1].", learners=2) for n, one in enumerate((hers, theirs)))
        for id, course in (("drf_1", "stats"), ("drf_2", "latin")):
            draft = Draft(
                tenant="default",
                id=id,
                kind=DraftKind.FAQ,
                course=course,
                lesson="",
                title="FAQ",
                state=State.PUBLISHED,
                body=FaqBody(items, open=(hers + " ",)),
                created=NOW,
                created_by="tess",
                updated=NOW,
                updated_by="tess",
            )
            await SqlDrafts(world.database).add(draft)
        persons = world.services.persons
        assert isinstance(persons, PersonJobs)
        counts = await persons.erase_now("default", "ana", "erased_1")
        assert (counts["drafts"], counts["messages"]) == (2, 4)
        for id, left, open_questions in (("drf_1", [theirs], []), ("drf_2", [hers, theirs], [hers + " "])):
            found = (await world.get(f"/api/v1/faq-drafts/{id}", TEACHER)).json
            assert [item["question"] for item in found["body"]["items"]] == left
            assert (found["body"]["open"], found["state"]) == (open_questions, "published")


async def test_an_faq_that_is_being_made_is_begun_anew(database: Database) -> None:
    """What the job had read of chats may be the erased person's; nobody goes on with it."""
    store = SqlJobs(database)
    job = Job("oak", "job_1", "mine_faqs", {"course": "stats"}, "key", "tess", NOW, course="stats")
    await store.add(job, b"", NOW)
    claimed = await store.claim("one", ["mine_faqs"], NOW, NOW + timedelta(hours=1))
    assert claimed is not None
    assert await store.note("one", claimed.job, 0, 1, {"groups": ["What is ana's mean?"]}, NOW + timedelta(hours=1))
    await PersonJobs(database, []).erase_now("oak", "ana", "erased_1")
    assert not await store.note("one", claimed.job, 1, 1, {}, NOW + timedelta(hours=1))
    again = await store.claim("two", ["mine_faqs"], NOW, NOW + timedelta(hours=1))
    assert again is not None
    assert again.checkpoint == {}


async def test_retention_deletes_what_is_old_and_nothing_else(database: Database) -> None:
    """A conversation of the course that was last used before, with its log; the newer one stays."""
    await database.write(fill, "oak", "ana")
    broom = SqlRetention(database)
    assert await broom.courses() == [("oak", "course ana")]
    assert await broom.conversations("oak", "course ana", NOW) == 0
    assert await broom.conversations("oak", "other", NOW + timedelta(days=1)) == 0
    assert await broom.conversations("oak", "course ana", NOW + timedelta(days=1)) == 1
    left = await database.read(holds, "oak", "ana")
    assert not left & {"sessions", "messages", "turns", "turn_log", "guardrail_events"}

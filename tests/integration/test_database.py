"""The SQL database: opening, migrating, and what its transactions promise."""

import asyncio
import importlib
import pkgutil
import signal
import stat
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from private_servers import private_postgres
from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import create_async_engine

import banyan.adapters.storage
from banyan.adapters.storage.engine import MIGRATIONS, lock, migrate, newest_revision, open_database
from banyan.adapters.storage.locks import SqlLocks
from banyan.adapters.storage.tables import metadata
from banyan.kernel.errors import InvalidInput, Unavailable


def sqlite(folder: Path) -> str:
    return f"sqlite:///{folder / 'banyan.db'}"


def _plain(index: Any) -> dict[str, Any]:
    """Conditions of an index as text, since as clauses no two are equal."""
    options = {name: str(option) for name, option in (index.get("dialect_options") or {}).items()}
    return {**index, "dialect_options": options}


def shape(connection: Connection) -> dict[str, Any]:
    """Everything that tells two schemas apart."""
    inspector = inspect(connection)
    return {
        table: {
            "columns": [(c["name"], str(c["type"]), c["nullable"]) for c in inspector.get_columns(table)],
            "primary key": inspector.get_pk_constraint(table),
            "foreign keys": sorted(inspector.get_foreign_keys(table), key=str),
            "unique": sorted(inspector.get_unique_constraints(table), key=str),
            "indexes": sorted((_plain(index) for index in inspector.get_indexes(table)), key=str),
        }
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_a_migrated_database_equals_a_fresh_one(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The migrations and the tables in the code describe the same schema."""
    old, new = sqlite(tmp_path), f"sqlite:///{tmp_path / 'fresh.db'}"
    if engine == "postgresql":
        server = request.getfixturevalue("postgres_server")
        old, new = server.new_database(), server.new_database()
    for module in pkgutil.iter_modules(banyan.adapters.storage.__path__):
        if not module.ispkg and module.name != "migrations":
            importlib.import_module(f"banyan.adapters.storage.{module.name}")
    database = await open_database(old)
    async with database.reading() as connection:
        migrated = await connection.run_sync(shape)
    await database.close()
    driver = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}[engine]
    fresh = create_async_engine(new.replace(engine, driver, 1))
    async with fresh.begin() as connection:
        await connection.run_sync(metadata.create_all)
        created = await connection.run_sync(shape)
    await fresh.dispose()
    assert migrated == created


async def test_a_new_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """It holds what learners say, and keys of providers; what SQLite keeps beside it is as private."""
    database = await open_database(sqlite(tmp_path))
    try:
        found = await asyncio.to_thread(lambda: [path.stat() for path in tmp_path.glob("banyan.db*")])
        assert {stat.S_IMODE(one.st_mode) for one in found} == {0o600}
    finally:
        await database.close()


def test_revisions_are_named_like_their_files_and_form_a_line() -> None:
    """What a database needs can be told from the file names alone, without loading the migrations."""
    before = None
    for path in sorted((MIGRATIONS / "versions").glob("[0-9]*.py")):
        source = path.read_text()
        assert f'revision = "{path.stem}"' in source
        assert f"down_revision = {f'{before!r}'.replace(chr(39), chr(34))}" in source
        before = path.stem
    assert before == newest_revision()


async def test_a_current_database_opens_at_once(database_url: str) -> None:
    """Nothing is migrated, and the migration tool is not even loaded, where there is nothing to do."""
    await asyncio.to_thread(migrate, database_url)
    script = (
        "import asyncio, sys\n"
        "from banyan.adapters.storage.engine import open_database\n"
        "async def main():\n"
        f"    database = await open_database({database_url!r})\n"
        "    print('alembic' in sys.modules)\n"
        "    await database.close()\n"
        "asyncio.run(main())\n"
    )
    done = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.stdout.strip(), done.returncode) == ("False", 0), done.stderr


async def test_processes_that_open_a_new_database_at_once_all_succeed(database_url: str) -> None:
    """One migrates, the others wait for it."""
    script = f"from banyan.adapters.storage.engine import migrate; migrate({database_url!r})"
    started = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", script, stderr=asyncio.subprocess.PIPE)
        for _ in range(3)
    ]
    for process in started:
        _, errors = await process.communicate()
        assert process.returncode == 0, errors.decode()


async def test_writers_that_read_first_do_not_lose_updates(database_url: str) -> None:
    """Fifty concurrent read-then-write transactions that lock the same name, over two handles, all add up."""
    databases = [await open_database(database_url) for _ in range(2)]
    async with databases[0].writing() as connection:
        await connection.execute(text("CREATE TABLE tally (value INTEGER)"))
        await connection.execute(text("INSERT INTO tally VALUES (0)"))

    async def add(number: int) -> None:
        async with databases[number % 2].writing() as connection:
            await connection.run_sync(lock, "tally")
            value = (await connection.execute(text("SELECT value FROM tally"))).scalar_one()
            await connection.execute(text("UPDATE tally SET value = :value"), {"value": value + 1})

    await asyncio.gather(*(add(number) for number in range(50)))
    async with databases[0].reading() as connection:
        assert (await connection.execute(text("SELECT value FROM tally"))).scalar_one() == 50
    for database in databases:
        await database.close()


async def test_a_block_that_raises_leaves_nothing_behind(database_url: str) -> None:
    """What a transaction wrote before it failed, or was cancelled, is undone; the next writer may go on."""
    database = await open_database(database_url)
    async with database.writing() as connection:
        await connection.execute(text("CREATE TABLE tally (value INTEGER)"))

    async def fail() -> None:
        async with database.writing() as connection:
            await connection.execute(text("INSERT INTO tally VALUES (1)"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    entered = asyncio.Event()

    async def stall() -> None:
        async with database.writing() as connection:
            await connection.execute(text("INSERT INTO tally VALUES (2)"))
            entered.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(stall())
    await entered.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with database.writing() as connection:
        await connection.execute(text("INSERT INTO tally VALUES (3)"))
    async with database.reading() as connection:
        assert (await connection.execute(text("SELECT value FROM tally"))).scalars().all() == [3]
    await database.close()


@pytest.mark.parametrize(("url", "reason"), [("nonsense", "not a database URL"), ("mysql://host/name", "names mysql")])
async def test_an_unknown_database_is_refused_with_the_choices(url: str, reason: str) -> None:
    """A URL that Banyan cannot use is the operator's to mend."""
    with pytest.raises(InvalidInput, match=reason):
        await open_database(url)


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    """The error says which file it is about."""
    (tmp_path / "banyan.db").write_bytes(b"this is not a database, it is a letter to a friend\n" * 100)
    with pytest.raises(Unavailable, match=r"banyan\.db cannot be used"):
        await open_database(sqlite(tmp_path))


async def test_a_database_from_a_newer_program_is_left_alone(database_url: str) -> None:
    """An older Banyan does not touch tables that it does not understand."""
    database = await open_database(database_url)
    async with database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999_future'"))
    await database.close()
    with pytest.raises(Unavailable, match="newer one"):
        await open_database(database_url)


async def test_a_reader_sees_one_state_of_the_database(database_url: str) -> None:
    """What others commit in between does not show in a read of several statements."""
    database = await open_database(database_url)
    async with database.writing() as connection:
        await connection.execute(text("CREATE TABLE tally (value INTEGER)"))
    async with database.reading() as reader:
        before = (await reader.execute(text("SELECT count(*) FROM tally"))).scalar_one()
        async with database.writing() as writer:
            await writer.execute(text("INSERT INTO tally VALUES (1)"))
        assert (await reader.execute(text("SELECT count(*) FROM tally"))).scalar_one() == before == 0
    assert await database.read(lambda plain: plain.execute(text("SELECT count(*) FROM tally")).scalar_one()) == 1
    await database.close()


async def test_a_writer_that_lost_a_race_is_run_again(postgres_url: str) -> None:
    """Two transactions that lock two rows crosswise both succeed, though PostgreSQL undoes one of them."""
    database = await open_database(postgres_url)
    async with database.writing() as connection:
        await connection.execute(text("CREATE TABLE tally (id INTEGER, value INTEGER)"))
        await connection.execute(text("INSERT INTO tally VALUES (1, 0), (2, 0)"))

    def add(plain: Connection, first: int, second: int) -> None:
        for id in (first, second):
            plain.execute(text("UPDATE tally SET value = value + 1 WHERE id = :id"), {"id": id})

    await asyncio.gather(*(database.write(add, *pair) for pair in [(1, 2), (2, 1)] * 2))
    values = await database.read(lambda plain: plain.execute(text("SELECT value FROM tally")).scalars().all())
    assert values == [4, 4]
    await database.close()


async def test_a_writer_whose_caller_goes_away_ends_all_the_same(database_url: str) -> None:
    """And the database is not closed before it has."""
    database = await open_database(database_url)
    async with database.writing() as connection:
        await connection.execute(text("CREATE TABLE tally (value INTEGER)"))
    task = asyncio.create_task(
        database.write(lambda plain: plain.execute(text("INSERT INTO tally VALUES (1)")) and None)
    )
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await database.close()
    database = await open_database(database_url)
    assert await database.read(lambda plain: plain.execute(text("SELECT count(*) FROM tally")).scalar_one()) == 1
    await database.close()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("/test", "/absent"), "absent_.* cannot be used .*does not exist"),
        (("127.0.0.1", "127.0.0.2"), "check DATABASE_URL and the server"),
        (("postgres@", "nobody:hunter2@"), "cannot be used .*nobody"),
    ],
)
async def test_a_server_that_cannot_be_used_is_named(postgres_url: str, change: tuple[str, str], reason: str) -> None:
    """Not there, another name, another role: the error says where and what, and no password."""
    with pytest.raises(Unavailable, match=reason) as caught:
        await open_database(postgres_url.replace(*change))
    assert "hunter2" not in caught.value.message


async def test_a_server_that_restarts_is_used_again() -> None:
    """While it is away the error says so; a handle that was open before works again afterwards."""
    with private_postgres() as server:
        database = await open_database(server.new_database())
        server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'banyan'")
        assert await database.read(lambda plain: plain.execute(text("SELECT 1")).scalar_one()) == 1
        server.process.send_signal(signal.SIGQUIT)
        await asyncio.to_thread(server.process.wait)
        with pytest.raises(Unavailable):
            await database.read(lambda plain: plain.execute(text("SELECT 1")).scalar_one())
        await database.close()


async def test_a_text_that_a_database_cannot_keep_is_the_caller_s_mistake(database_url: str) -> None:
    """PostgreSQL has no U+0000 in texts; SQLite does. Neither is a failure of the service."""
    database = await open_database(database_url)
    try:
        if database.dialect == "postgresql":
            with pytest.raises(InvalidInput):
                await database.read(lambda connection: connection.execute(text("SELECT :t || ''"), {"t": "a\0"}).one())
        else:
            await database.read(lambda connection: connection.execute(text("SELECT :t || ''"), {"t": "a\0"}).one())
    finally:
        await database.close()


async def test_callers_share_few_connections_fairly(postgres_url: str) -> None:
    """Of 200 callers at two connections nobody is ever two transactions ahead of another, and a lock is no obstacle."""
    database = await open_database(postgres_url, connections=2)
    locks, done = SqlLocks(database), Counter[int]()
    assert await locks.take("of", "this", "process")

    async def caller(number: int) -> None:
        for _ in range(4):
            await database.write(lambda connection: connection.execute(text("SELECT 1")).scalar())
            done[number] += 1
            if done.total() >= 200:
                assert max(done.values()) - min(done.values()) <= 2

    await asyncio.gather(*(caller(number) for number in range(200)))
    await locks.close()
    await database.close()

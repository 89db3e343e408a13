"""The SQL database: opening, migrating, and what its transactions promise."""

import asyncio
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import create_async_engine

import banyan.adapters.storage
from banyan.adapters.storage.engine import MIGRATIONS, migrate, newest_revision, open_database
from banyan.adapters.storage.tables import metadata
from banyan.kernel.errors import InvalidInput, Unavailable


def sqlite(folder: Path) -> str:
    return f"sqlite:///{folder / 'banyan.db'}"


def shape(connection: Connection) -> dict[str, Any]:
    """Everything that tells two schemas apart."""
    inspector = inspect(connection)
    return {
        table: {
            "columns": [(c["name"], str(c["type"]), c["nullable"]) for c in inspector.get_columns(table)],
            "primary key": inspector.get_pk_constraint(table),
            "foreign keys": sorted(inspector.get_foreign_keys(table), key=str),
            "unique": sorted(inspector.get_unique_constraints(table), key=str),
            "indexes": sorted(inspector.get_indexes(table), key=str),
        }
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }


async def test_a_migrated_database_equals_a_fresh_one(tmp_path: Path) -> None:
    """The migrations and the tables in the code describe the same schema."""
    for module in pkgutil.iter_modules(banyan.adapters.storage.__path__):
        if not module.ispkg and module.name != "migrations":
            importlib.import_module(f"banyan.adapters.storage.{module.name}")
    database = await open_database(sqlite(tmp_path))
    async with database.reading() as connection:
        migrated = await connection.run_sync(shape)
    await database.close()
    fresh = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'fresh.db'}")
    async with fresh.begin() as connection:
        await connection.run_sync(metadata.create_all)
        created = await connection.run_sync(shape)
    await fresh.dispose()
    assert migrated == created


def test_revisions_are_named_like_their_files_and_form_a_line() -> None:
    """What a database needs can be told from the file names alone, without loading the migrations."""
    before = None
    for path in sorted((MIGRATIONS / "versions").glob("[0-9]*.py")):
        source = path.read_text()
        assert f'revision = "{path.stem}"' in source
        assert f"down_revision = {f'{before!r}'.replace(chr(39), chr(34))}" in source
        before = path.stem
    assert before == newest_revision()


async def test_a_current_database_opens_at_once(tmp_path: Path) -> None:
    """Nothing is migrated, and the migration tool is not even loaded, where there is nothing to do."""
    await asyncio.to_thread(migrate, sqlite(tmp_path))
    script = (
        "import asyncio, sys\n"
        "from banyan.adapters.storage.engine import open_database\n"
        "async def main():\n"
        f"    database = await open_database({sqlite(tmp_path)!r})\n"
        "    print('alembic' in sys.modules)\n"
        "    await database.close()\n"
        "asyncio.run(main())\n"
    )
    done = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.stdout.strip(), done.returncode) == ("False", 0), done.stderr


async def test_processes_that_open_a_new_database_at_once_all_succeed(tmp_path: Path) -> None:
    """One migrates, the others wait for it."""
    script = f"from banyan.adapters.storage.engine import migrate; migrate({sqlite(tmp_path)!r})"
    started = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", script, stderr=asyncio.subprocess.PIPE)
        for _ in range(3)
    ]
    for process in started:
        _, errors = await process.communicate()
        assert process.returncode == 0, errors.decode()


async def test_writers_that_read_first_do_not_lose_updates(tmp_path: Path) -> None:
    """Fifty concurrent read-then-write transactions over two handles add up, and none is refused."""
    databases = [await open_database(sqlite(tmp_path)) for _ in range(2)]
    async with databases[0].writing() as connection:
        await connection.execute(text("CREATE TABLE tally (value INTEGER)"))
        await connection.execute(text("INSERT INTO tally VALUES (0)"))

    async def add(number: int) -> None:
        async with databases[number % 2].writing() as connection:
            value = (await connection.execute(text("SELECT value FROM tally"))).scalar_one()
            await connection.execute(text("UPDATE tally SET value = :value"), {"value": value + 1})

    await asyncio.gather(*(add(number) for number in range(50)))
    async with databases[0].reading() as connection:
        assert (await connection.execute(text("SELECT value FROM tally"))).scalar_one() == 50
    for database in databases:
        await database.close()


async def test_a_block_that_raises_leaves_nothing_behind(tmp_path: Path) -> None:
    """What a transaction wrote before it failed, or was cancelled, is undone; the next writer may go on."""
    database = await open_database(sqlite(tmp_path))
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


async def test_a_database_from_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    """An older Banyan does not touch tables that it does not understand."""
    database = await open_database(sqlite(tmp_path))
    async with database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999_future'"))
    await database.close()
    with pytest.raises(Unavailable, match="newer one"):
        await open_database(sqlite(tmp_path))

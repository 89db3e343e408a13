"""Opens the SQL database: one engine a process, its tables brought to the newest revision first."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from banyan.kernel.errors import InvalidInput, Unavailable

MIGRATIONS = Path(__file__).parent / "migrations"

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
_P = ParamSpec("_P")
_Result = TypeVar("_Result")
_READERS = 4
_BUSY_MILLISECONDS = 30_000
_MIGRATION_LOCK = 7_021_604_551
"""Any number, as long as it is the same in every process: the advisory lock on PostgreSQL."""


class Database:
    """An open database. Every read and every write is a transaction.

    `write(work, …)` and `read(work, …)` run a function over a plain connection and suit work of several statements:
    on SQLite it is done in one thread, without a change of threads for every call of the driver.
    `writing()` and `reading()` give an asynchronous connection to a block.
    """

    def __init__(self, engine: AsyncEngine, threads: "_Threads | None") -> None:
        self._engine = engine
        self._threads = threads
        # SQLite has one writer at a time. Queueing here is fair and free; its own waiting is polling.
        self._turn: AbstractAsyncContextManager[Any] = asyncio.Lock() if threads else nullcontext()

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._engine.dialect.name

    async def read(
        self, work: Callable[Concatenate[Connection, _P], _Result], *args: _P.args, **kw: _P.kwargs
    ) -> _Result:
        """What `work` returns; it sees one state of the database and changes nothing. Raises: Unavailable."""
        with _Translated():
            if self._threads is not None:
                return await self._threads.read(lambda connection: work(connection, *args, **kw))
            async with self._engine.connect() as connection:
                return await connection.run_sync(lambda plain: work(plain, *args, **kw))

    async def write(
        self, work: Callable[Concatenate[Connection, _P], _Result], *args: _P.args, **kw: _P.kwargs
    ) -> _Result:
        """What `work` returns, when all it wrote is on disk; nothing of it is kept when it raises. Raises: Unavailable.

        A caller that goes away does not stop it.
        """
        with _Translated():
            if self._threads is not None:
                async with self._turn:
                    return await self._threads.write(lambda connection: work(connection, *args, **kw))
            async with self._engine.begin() as connection:
                return await connection.run_sync(lambda plain: work(plain, *args, **kw))

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that sees one state of the database and changes nothing.

        Raises: Unavailable.
        """
        with _Translated():
            async with self._engine.connect() as connection:
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that is on disk when the block is left, and undone when the block raises.

        Raises: Unavailable.
        """
        with _Translated():
            async with self._turn, self._engine.connect() as connection:
                await connection.execution_options(writes=True)
                async with connection.begin():
                    yield connection

    async def close(self) -> None:
        """Releases every connection."""
        if self._threads is not None:
            await asyncio.to_thread(self._threads.close)
        await self._engine.dispose()


class _Threads:
    """Plain connections to a SQLite file, each used by one thread at a time."""

    def __init__(self, url: URL) -> None:
        self._engine = create_engine(url.set(drivername="sqlite"), pool_size=_READERS + 1)
        _listen(self._engine)
        self._readers = ThreadPoolExecutor(_READERS, "database-read")
        self._writer = ThreadPoolExecutor(1, "database-write")

    async def read(self, work: Callable[[Connection], _Result]) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    async def write(self, work: Callable[[Connection], _Result]) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self._writer, self._write, work)

    def _read(self, work: Callable[[Connection], _Result]) -> _Result:
        with self._engine.connect() as connection:
            return work(connection)

    def _write(self, work: Callable[[Connection], _Result]) -> _Result:
        with self._engine.connect().execution_options(writes=True) as connection, connection.begin():
            return work(connection)

    def close(self) -> None:
        self._readers.shutdown()
        self._writer.shutdown()
        self._engine.dispose()


async def open_database(url: str) -> Database:
    """The database at `url` (`sqlite:///FILE` or `postgresql://…`), created and migrated when it has to be.

    Several processes may open the same new database at once: one migrates, the others wait.
    Raises: InvalidInput for a URL that names no database; Unavailable when it cannot be opened.
    """
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database and parsed.database != ":memory:":
        await asyncio.to_thread(Path(parsed.database).parent.mkdir, parents=True, exist_ok=True)
    engine = _engine(parsed)
    try:
        with _Translated(parsed):
            async with engine.connect() as connection:
                current = await connection.run_sync(_is_current)
        if not current:
            await asyncio.to_thread(migrate, url)
    except BaseException:
        await engine.dispose()
        raise
    return Database(engine, _Threads(parsed) if engine.dialect.name == "sqlite" else None)


async def revision_of(url: str) -> str | None:
    """The revision that the database is at, and None for one without our tables; changes nothing.

    Raises: as `open_database`.
    """
    parsed = _parse(url)
    engine = _engine(parsed)
    try:
        with _Translated(parsed):
            async with engine.connect() as connection:
                return await connection.run_sync(_revision)
    finally:
        await engine.dispose()


def migrate(url: str) -> None:
    """Brings the database to the newest revision; blocks, so call it off the loop.

    Raises: as `open_database`; Unavailable also for a database that a newer Banyan has written.
    """
    with _Translated(_parse(url)):
        asyncio.run(_migrate(_parse(url)))


async def _migrate(url: URL) -> None:
    engine = _engine(url)
    try:
        async with engine.connect() as connection:
            await connection.execution_options(writes=True)
            async with connection.begin():
                await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection) -> None:
    # Alembic takes most of a second to import, and a database that is current does not need it.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise Unavailable(
            f"The database cannot be brought up to date ({error}); start the Banyan that wrote it, or a newer one."
        ) from error


def newest_revision() -> str:
    """The revision that this program needs. Revisions are named like their files, which sort by age."""
    return max(path.stem for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _revision(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()


def _is_current(connection: Connection) -> bool:
    return _revision(connection) == newest_revision()


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise InvalidInput(
            "DATABASE_URL is not a database URL; write it like postgresql://user:password@host/name."
        ) from error
    backend = parsed.drivername.partition("+")[0]
    if backend not in _DRIVERS:
        raise InvalidInput(f"DATABASE_URL names {backend}, which Banyan does not speak; use sqlite or postgresql.")
    return parsed.set(drivername=_DRIVERS[backend])


def _engine(url: URL) -> AsyncEngine:
    engine = create_async_engine(url, pool_pre_ping=url.get_backend_name() == "postgresql")
    if url.get_backend_name() == "sqlite":
        _listen(engine.sync_engine)
    return engine


def _listen(engine: Engine) -> None:
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)


def _prepare_sqlite(connection: Any, record: object) -> None:
    # The driver must not open transactions by itself, or BEGIN IMMEDIATE would come too late.
    connection.isolation_level = None
    # NORMAL survives the death of the process, FULL the loss of power too: what has been acknowledged
    # stays. The price is one fsync a commit, 0.25 ms on a common SSD.
    pragmas = (f"busy_timeout = {_BUSY_MILLISECONDS}", "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON")
    cursor = connection.cursor()
    try:
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()
    except BaseException:
        connection.close()
        raise


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later cannot be upgraded while another writes: SQLite
    # refuses at once, whatever the busy timeout. So a writer takes the lock when it begins.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


class _Translated:
    """Turns the driver's failures into ours, once; mistakes in our own statements stay what they are."""

    def __init__(self, url: URL | None = None) -> None:
        self._url = url

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, PoolTimeout):
            raise Unavailable("The database is too busy; try again in a moment.", retry_after=1) from error
        if isinstance(error, OperationalError | InterfaceError) or _is_not_a_database(error):
            where = self._url.render_as_string(hide_password=True) if self._url else "The database"
            cause = getattr(error, "orig", error)
            raise Unavailable(
                f"{where} cannot be used ({cause}); check that it is there, writable and not full, then try again."
            ) from error


def _is_not_a_database(error: BaseException | None) -> bool:
    return (
        isinstance(error, DBAPIError)
        and isinstance(error.orig, sqlite3.DatabaseError)
        and "not a database" in str(error)
    )

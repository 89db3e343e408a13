"""Opens the SQL database: one engine a process, its tables brought to the newest revision first."""

import asyncio
import hashlib
import os
import random
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Dialect, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from banyan.adapters.storage.turnstile import Turnstile
from banyan.kernel.errors import InvalidInput, Unavailable

MIGRATIONS = Path(__file__).parent / "migrations"

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
_P = ParamSpec("_P")
_Result = TypeVar("_Result")
_READERS = 4
_NICE = 5
"""A third of the loop's weight where both want one processor: enough for what is written under full load."""
_BUSY_MILLISECONDS = 30_000
CONNECTIONS = 19
"""For transactions, and one more for a `session`. PostgreSQL takes 100 by default, and several processes share them."""

_CONNECT_SECONDS = 5
_TRIES = 8
_LOST_RACE = {"40001", "40P01"}
"""PostgreSQL undid the transaction for the sake of another one; run again it may succeed."""

_AWAY = ("08", "28", "3D", "53", "57P", "58")
"""Beginnings of the SQLSTATEs that say that the server cannot be used: no connection, no such role or database, no
memory, disk or connection left, shutting down, or a file that it cannot read."""
_MIGRATION_LOCK = 7_021_604_551
"""Any number, as long as it is the same in every process: the advisory lock on PostgreSQL."""


class Database:
    """An open database. Every read and every write is a transaction.

    `write(work, …)` and `read(work, …)` run a function over a plain connection and suit work of several statements:
    on SQLite it is done in one thread, without a change of threads for every call of the driver.
    `writing()` and `reading()` give an asynchronous connection to a block.
    """

    def __init__(self, engine: AsyncEngine, threads: "_Threads | None", connections: int = CONNECTIONS) -> None:
        self._engine = engine
        self._threads = threads
        self._turnstile = Turnstile(connections)
        # SQLite has one writer at a time. Queueing here is fair and free; its own waiting is polling.
        self._turn: AbstractAsyncContextManager[Any] = asyncio.Lock() if threads else nullcontext()
        self._writes: set[asyncio.Task[Any]] = set()

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
            async with self._snapshot() as connection:
                return await connection.run_sync(lambda plain: work(plain, *args, **kw))

    async def write(
        self, work: Callable[Concatenate[Connection, _P], _Result], *args: _P.args, **kw: _P.kwargs
    ) -> _Result:
        """What `work` returns, when all it wrote is on disk; nothing of it is kept when it raises. Raises: Unavailable.

        A caller that goes away does not stop it. On PostgreSQL writers run side by side and see what others have
        committed, so `work` takes a `lock` where it reads first and writes what follows from it; and it is run again
        when PostgreSQL undid it for the sake of another one.
        """
        with _Translated():
            if self._threads is not None:
                async with self._turn:
                    return await self._threads.write(lambda connection: work(connection, *args, **kw))
            task = asyncio.create_task(self._write(lambda connection: work(connection, *args, **kw)))
            self._writes.add(task)
            task.add_done_callback(self._written)
            return await asyncio.shield(task)

    async def _write(self, work: Callable[[Connection], _Result]) -> _Result:
        for _ in range(_TRIES - 1):
            try:
                return await self._write_once(work)
            except DBAPIError as error:
                if _state_of(error) not in _LOST_RACE:
                    raise
                await asyncio.sleep(random.uniform(0.001, 0.03))
        return await self._write_once(work)

    async def _write_once(self, work: Callable[[Connection], _Result]) -> _Result:
        async with self._connected() as connection, connection.begin():
            return await connection.run_sync(work)

    def _written(self, task: asyncio.Task[Any]) -> None:
        self._writes.discard(task)
        if not task.cancelled():
            task.exception()  # whoever waited has it

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AsyncConnection]:
        """A connection, when it is this caller's turn."""
        async with self._turnstile.turn(), self._engine.connect() as connection:
            self._turnstile.served()
            yield connection

    @asynccontextmanager
    async def _snapshot(self) -> AsyncIterator[AsyncConnection]:
        async with self._connected() as connection:
            if self._threads is None:
                await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that sees one state of the database and changes nothing.

        Raises: Unavailable.
        """
        with _Translated():
            async with self._snapshot() as connection:
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that is on disk when the block is left, and undone when the block raises.

        Raises: Unavailable.
        """
        with _Translated():
            async with self._turn, self._connected() as connection:
                await connection.execution_options(writes=True)
                async with connection.begin():
                    yield connection

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncConnection]:
        """A connection outside of transactions, for what belongs to a session of PostgreSQL; one at a time is spare.

        Raises: Unavailable.
        """
        async with self._engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            yield connection

    def translated(self) -> AbstractContextManager[None]:
        """Within it the driver's failures are raised as ours. Raises: Unavailable."""
        return _Translated()

    async def close(self) -> None:
        """Lets running writes end, then releases every connection."""
        while self._writes:
            await asyncio.wait(self._writes)
        if self._threads is not None:
            await asyncio.to_thread(self._threads.close)
        await self._engine.dispose()


class _Threads:
    """Plain connections to a SQLite file, each used by one thread at a time."""

    def __init__(self, url: URL) -> None:
        self._engine = create_engine(url.set(drivername="sqlite"), pool_size=_READERS + 1)
        _listen(self._engine)
        self._readers = ThreadPoolExecutor(_READERS, "database-read")
        self._writer = ThreadPoolExecutor(1, "database-write", _behind_the_loop)

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


def _behind_the_loop() -> None:
    """Lets the thread of the loop go first where both want the same processor: what is written waits more easily."""
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)


def lock(connection: Connection, *names: str) -> None:
    """Makes transactions that lock the same names come one after the other, across processes; ends with this one.

    Does nothing on SQLite, where all writers do so anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({lock_number(*names)})")


def lock_number(*names: str) -> int:
    """The number that stands for the names among PostgreSQL's advisory locks."""
    digest = hashlib.blake2b(repr(names).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


async def open_database(url: str, connections: int = CONNECTIONS) -> Database:
    """The database at `url` (`sqlite:///FILE` or `postgresql://…`), created and migrated when it has to be.

    connections: to PostgreSQL, so many transactions run at once and the others queue.
    Several processes may open the same new database at once: one migrates, the others wait.
    Raises: InvalidInput for a URL that names no database; Unavailable when it cannot be opened.
    """
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database and parsed.database != ":memory:":
        await asyncio.to_thread(_make_private, Path(parsed.database))
    engine = _engine(parsed, connections)
    try:
        with _Translated(parsed):
            async with engine.connect() as connection:
                current = await connection.run_sync(_is_current)
        if not current:
            await asyncio.to_thread(migrate, url)
    except BaseException:
        await engine.dispose()
        raise
    return Database(engine, _Threads(parsed) if engine.dialect.name == "sqlite" else None, connections)


def _make_private(path: Path) -> None:
    """A new file is for its owner alone: it holds what learners say, and keys of providers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(OSError):  # whoever opens it next says what is wrong
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


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
    parsed = parsed.set(drivername=_DRIVERS[backend])
    # The word that other drivers have for it, which many hosts hand out.
    if backend != "sqlite" and "sslmode" in parsed.query:
        query = {"ssl" if name == "sslmode" else name: value for name, value in parsed.query.items()}
        parsed = parsed.set(query=query)
    return parsed


def _engine(url: URL, connections: int = CONNECTIONS) -> AsyncEngine:
    if url.get_backend_name() == "sqlite":
        engine = create_async_engine(url)
        _listen(engine.sync_engine)
        return engine
    engine = create_async_engine(
        url,
        pool_pre_ping=True,
        pool_size=connections + 1,
        max_overflow=0,
        connect_args={"timeout": _CONNECT_SECONDS, "server_settings": {"application_name": "banyan"}},
    )
    event.listen(engine.sync_engine, "do_connect", _connect_postgres)
    return engine


def _connect_postgres(dialect: Dialect, record: object, arguments: Any, named: dict[str, Any]) -> Any:
    """As the dialect does it, with one error for all that can go wrong before there is a connection."""
    import asyncpg

    try:
        return dialect.connect(*arguments, **named)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, dialect.loaded_dbapi.Error) as error:
        place = f"{named.get('host', 'localhost')}/{named.get('database', '')}"
        raise Unavailable(
            f"PostgreSQL at {place} cannot be used ({_first_line(error)}); check DATABASE_URL and the server, "
            "then try again."
        ) from error


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


_NO_SUCH_CHARACTER = "22021"
"""PostgreSQL keeps no U+0000 in texts; SQLite does."""


class _Translated(AbstractContextManager[None]):
    """Turns the driver's failures into ours, once; mistakes in our own statements stay what they are."""

    def __init__(self, url: URL | None = None) -> None:
        self._url = url

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, PoolTimeout) or _state_of(error) in _LOST_RACE:
            raise Unavailable("The database is too busy; try again in a moment.", retry_after=1) from error
        if _state_of(error) == _NO_SUCH_CHARACTER:
            raise InvalidInput("A text has the character U+0000 in it; leave it out.") from error
        if _is_away(error):
            where = self._url.render_as_string(hide_password=True) if self._url else "The database"
            cause = getattr(error, "orig", None) or error
            raise Unavailable(
                f"{where} cannot be used ({_first_line(cause)}); check that it is there, writable and not full, "
                "then try again."
            ) from error


def _is_away(error: BaseException | None) -> bool:
    """Whether the database is to blame, and not a statement of ours."""
    if isinstance(error, OperationalError | InterfaceError) or _is_not_a_database(error):
        return True
    state = _state_of(error)
    return state is not None and state.startswith(_AWAY)


def _state_of(error: BaseException | None) -> str | None:
    """The SQLSTATE that PostgreSQL gave, if it is its error."""
    found = getattr(error, "orig", None) or error
    state = getattr(found, "sqlstate", None)
    return state if isinstance(state, str) else None


def _first_line(error: object) -> str:
    """What it says, without the driver's class name and hints; a timeout says nothing by itself."""
    return str(error).partition("\n")[0].rpartition("'>: ")[2] or type(error).__name__


def _is_not_a_database(error: BaseException | None) -> bool:
    return (
        isinstance(error, DBAPIError)
        and isinstance(error.orig, sqlite3.DatabaseError)
        and "not a database" in str(error)
    )

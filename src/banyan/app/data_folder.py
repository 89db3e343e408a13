"""The data folder: who holds it, and where a service that holds it can be reached."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from banyan.kernel.errors import Conflict, InvalidInput

ADDRESSES = "serve.json"
"""Written by whoever holds the folder's proxy; an assistant that runs alone may share the folder with it."""
ASSISTANT_ADDRESS = "serve-assistant.json"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a running service listens; a part that it does not serve is None.

    key: lets commands on this machine in as the operator, for as long as the process lives; whoever can read the
    data folder is the operator already.
    """

    pid: int
    assistant: str | None
    proxy: str | None
    key: str = field(default="", repr=False)


def prepare(folder: Path) -> None:
    """Makes the folder where it is missing. Raises: InvalidInput when it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput(
            f"The data folder {folder} cannot be made: {error.strerror}; choose another with --data or BANYAN_DATA."
        ) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InvalidInput(f"The data folder {folder} cannot be written; choose another with --data or BANYAN_DATA.")


@contextmanager
def held(folder: Path, part: str) -> Iterator[None]:
    """Holds one part (`proxy` or `assistant`) of the folder until the block ends; the kernel frees it after a crash.

    Raises: Conflict when another process holds it.
    """
    prepare(folder)
    with (folder / f"{part}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(
                f"Another Banyan process uses the data folder {folder}; stop it, or choose another with --data.",
                code="data_folder_in_use",
            ) from None
        yield


def is_held(folder: Path, part: str) -> bool:
    """Whether another process holds that part of the folder."""
    path = folder / f"{part}.lock"
    if not path.exists():
        return False
    with path.open("r") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@contextmanager
def announced(folder: Path, addresses: Addresses) -> Iterator[None]:
    """Tells other commands, for as long as the block runs, where the service listens."""
    path = folder / (ADDRESSES if addresses.proxy else ASSISTANT_ADDRESS)
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(json.dumps(asdict(addresses)))
    draft.replace(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def addresses_in(folder: Path) -> Addresses | None:
    """Where the service that holds the folder listens; None while it starts, or when it serves nothing."""
    try:
        found = json.loads((folder / ADDRESSES).read_text("utf-8"))
        return Addresses(int(found["pid"]), found["assistant"], found["proxy"], found.get("key", ""))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInput(
            f"{folder / ADDRESSES} is damaged; stop the service, delete the file and start again."
        ) from error

"""What Word and PowerPoint files have in common: a ZIP archive of XML."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from zipfile import ZipFile

from banyan.adapters.formats._damage import DAMAGE
from banyan.kernel.errors import InvalidInput, TooLarge

_UNPACKED_BYTES = 500_000_000  # of XML and pictures; a small archive can claim to hold any amount
_XML_BYTES = 100_000_000  # of a single XML part, all of which a parser holds in memory
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"


def check_archive(content: bytes, kind: str, part: str) -> None:
    """Refuses what is no archive, holds no `part`, or would unpack to more than memory should hold.

    kind: what the file was taken for, with its article, as in "a Word file".
    """
    if content.startswith(_OLD_OFFICE):
        raise InvalidInput(
            f"This is not {kind} that can be read: it is protected by a password or in the format of before 2007; "
            "save it anew without a password."
        )
    try:
        with ZipFile(BytesIO(content)) as archive:
            members = archive.infolist()
    except DAMAGE as error:
        raise InvalidInput(f"This is not {kind}: {error}; export it anew.") from error
    if part not in {member.filename for member in members}:
        raise InvalidInput(f"This is not {kind}: it has no {part}; export it anew.")
    if sum(member.file_size for member in members) > _UNPACKED_BYTES or any(
        member.file_size > _XML_BYTES for member in members if member.filename.endswith((".xml", ".rels"))
    ):
        raise TooLarge(f"This would be {kind} of more than {_UNPACKED_BYTES // 1_000_000} MB unpacked; split it.")


@contextmanager
def refusing(kind: str, *errors: type[Exception]) -> Iterator[None]:
    """Turns what a library raises for a broken file into InvalidInput. errors: those of its own."""
    caught: tuple[type[Exception], ...] = (*errors, *DAMAGE)
    try:
        yield
    except caught as error:
        raise InvalidInput(f"{kind} is broken ({error or type(error).__name__}); export it anew.") from error

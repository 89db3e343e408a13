"""One content format per file: bytes or JSON in, a `Document` out."""

from banyan.kernel.catalogue import Catalogue
from banyan.kernel.errors import InvalidInput
from banyan.proxy.ports.format import Format

FORMATS: Catalogue[Format] = Catalogue(
    __name__,
    [
        "code",
        "data",
        "docx",
        "editorjs",
        "epub",
        "html",
        "markdown",
        "pdf",
        "pptx",
        "subtitles",
        "text",
    ],
)


def format_for(suffix: str) -> Format:
    """The format that reads files with this ending (".md", in any case of letters).

    Raises: InvalidInput, naming the endings that are read.
    """
    known: list[str] = []
    for name in FORMATS:
        entry = FORMATS[name]
        if suffix.lower() in entry.suffixes:
            return entry
        known.extend(entry.suffixes)
    what = f"files ending in {suffix!r}" if suffix else "files without an ending"
    raise InvalidInput(f"Banyan does not read {what}; use one of {', '.join(sorted(known))}.")

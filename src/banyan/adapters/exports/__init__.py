"""One file format for material to take away per file: a checked body in, bytes out."""

from banyan.assistant.ports.export import ExportFormat
from banyan.kernel.catalogue import Catalogue

EXPORTS: Catalogue[ExportFormat] = Catalogue(
    __name__,
    [
        "apkg",
        "csv",
        "frappe",
        "gift",
        "h5p",
        "markdown",
        "moodle",
        "opml",
        "qti21",
        "qti30",
    ],
)

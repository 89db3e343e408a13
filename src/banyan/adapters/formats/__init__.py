"""One content format per file: bytes or JSON in, a `Document` out."""

from banyan.kernel.catalogue import Catalogue
from banyan.proxy.ports.format import Format

FORMATS: Catalogue[Format] = Catalogue(
    __name__,
    [
        "docx",
        "editorjs",
        "html",
        "markdown",
        "pdf",
        "pptx",
        "text",
    ],
)

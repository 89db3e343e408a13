"""One learning platform per file: who is who in a course, and which lessons are open to them."""

from banyan.assistant.ports.platform import PlatformEntry
from banyan.kernel.catalogue import Catalogue

PLATFORMS: Catalogue[PlatformEntry] = Catalogue(
    __name__,
    [
        "believing",
        "frappe",
        "http",
        "roster",
    ],
)

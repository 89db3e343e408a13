"""One content type per file: how it is composed without a model, and read from what a model wrote."""

from banyan.assistant.domain.content_types import ContentType
from banyan.kernel.catalogue import Catalogue

CONTENT: Catalogue[ContentType] = Catalogue(
    __name__,
    [
        "chat",
        "examples",
        "explanation",
        "flashcards",
        "introduction",
        "outline",
        "practice",
        "quiz",
        "summary",
    ],
)

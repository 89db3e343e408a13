"""One wire shape of rerankers per file."""

from banyan.kernel.catalogue import Catalogue
from banyan.proxy.ports.reranker import RerankerEntry

RERANKERS: Catalogue[RerankerEntry] = Catalogue(
    __name__,
    [
        "cohere",
        "jina",
        "local",
    ],
)

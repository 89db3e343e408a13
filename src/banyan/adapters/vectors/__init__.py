"""One vector store per file."""

from banyan.kernel.catalogue import Catalogue
from banyan.proxy.ports.vector_store import VectorStoreEntry

VECTORS: Catalogue[VectorStoreEntry] = Catalogue(
    __name__,
    [
        "edge",
        "pgvector",
        "qdrant",
    ],
)

"""How texts and questions become weighted terms: one way for every store, so that scores mean the same in all."""

from qdrant_edge import Bm25, Bm25Config, SparseVector, TokenizerType

from banyan.proxy.domain.searchable_text import searchable, searchable_question


class Words:
    """BM25 without the rareness of words, which the stores count within a course."""

    def __init__(self) -> None:
        self._model = Bm25(Bm25Config(tokenizer=TokenizerType.Word, language="english", avg_len=100.0, k=2.0))

    def of_text(self, text: str) -> SparseVector:
        """Terms of a text to be found, each once, with its weight."""
        return self._model.embed_document(searchable(text))

    def of_question(self, text: str) -> SparseVector:
        """Terms to find it by."""
        return self._model.embed_query(searchable_question(text))

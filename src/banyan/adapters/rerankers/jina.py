"""Jina's API: https://jina.ai/reranker/"""

from banyan.adapters.rerankers._http import HttpReranker, needed_model
from banyan.proxy.ports.reranker import Reranker, RerankerEntry, RerankerNeeds


def _open(needs: RerankerNeeds) -> Reranker:
    # Without the last field every text comes back with its score.
    fields = {"model": needed_model(needs), "return_documents": False}
    return HttpReranker(needs, path="/v1/rerank", fields=fields)


ENTRY = RerankerEntry("jina", "Jina, `/v1/rerank`", _open, hosts=("jina.ai",))

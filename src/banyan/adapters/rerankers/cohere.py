"""Cohere's second API: https://docs.cohere.com/reference/rerank"""

from banyan.adapters.rerankers._http import HttpReranker, needed_model
from banyan.proxy.ports.reranker import Reranker, RerankerEntry, RerankerNeeds


def _open(needs: RerankerNeeds) -> Reranker:
    return HttpReranker(needs, path="/v2/rerank", fields={"model": needed_model(needs)})


ENTRY = RerankerEntry("cohere", "Cohere, `/v2/rerank`", _open, hosts=("cohere.com", "cohere.ai"))

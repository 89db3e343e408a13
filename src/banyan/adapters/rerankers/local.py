"""Servers of one's own, such as vLLM and llama.cpp, which speak Jina's shape without all of its fields.

llama.cpp returns raw scores in the order of the texts; vLLM returns the texts too, which are skipped.
Sources: https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html,
https://github.com/ggml-org/llama.cpp/tree/master/tools/server
"""

from banyan.adapters.rerankers._http import HttpReranker
from banyan.proxy.ports.reranker import Reranker, RerankerEntry, RerankerNeeds


def _open(needs: RerankerNeeds) -> Reranker:
    return HttpReranker(needs, path="/v1/rerank", fields={"model": needs.model} if needs.model else {})


ENTRY = RerankerEntry("local", "vLLM, llama.cpp and others, `/v1/rerank`", _open)

"""From settings to how courses are searched."""

from yarl import URL

from banyan.adapters.rerankers import RERANKERS
from banyan.app.settings import Settings
from banyan.kernel.errors import InvalidInput
from banyan.proxy.domain.search_options import SearchDefaults, TwoStage
from banyan.proxy.ports.reranker import Reranker, RerankerNeeds

_OTHERWISE = "local"


def search_defaults(settings: Settings) -> SearchDefaults:
    """What holds for searches that do not say otherwise."""
    return SearchDefaults(
        stages=TwoStage(settings.rag_hnsw_ef, settings.rag_candidates),
        always_two_stage=settings.rag_two_stage,
        weights={
            "lesson": settings.rag_weight_lesson,
            "instructor": settings.rag_weight_instructor,
            "file": settings.rag_weight_file,
            "external": settings.rag_weight_external,
        },
        rerank=settings.rerank_url is not None,
        rerank_candidates=settings.rerank_candidates,
    )


def open_reranker(settings: Settings) -> Reranker | None:
    """The reranker that RERANK_URL names, or None without it. Raises: InvalidInput."""
    if settings.rerank_url is None:
        return None
    name = settings.rerank_api or spoken_at(settings.rerank_url)
    if name not in RERANKERS.names:
        raise InvalidInput(f"RERANK_API is {name!r}, which nobody speaks; choose one of {', '.join(RERANKERS)}.")
    key = settings.rerank_api_key.get_secret_value() if settings.rerank_api_key else None
    return RERANKERS[name].open(RerankerNeeds(settings.rerank_url, settings.rerank_model, key, settings.rerank_timeout))


def spoken_at(url: str) -> str:
    """The wire shape of a known host, else that of servers of one's own."""
    host = URL(url).host or ""
    for name in RERANKERS:
        if any(host == end or host.endswith(f".{end}") for end in RERANKERS[name].hosts):
            return name
    return _OTHERWISE

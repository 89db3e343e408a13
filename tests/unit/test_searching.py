"""From settings to how courses are searched."""

import pytest

from banyan.app.searching import open_reranker, search_defaults, spoken_at
from banyan.app.settings import load_settings
from banyan.kernel.errors import InvalidInput
from banyan.proxy.domain.search_options import DEFAULT_WEIGHTS, SearchDefaults, SearchOptions, TwoStage


def test_defaults_are_one_stage_and_the_weights_of_the_kinds() -> None:
    """Nothing set: all candidates compared, no reranker, files a little behind."""
    defaults = search_defaults(load_settings())
    assert defaults == SearchDefaults(TwoStage(64, 20), False, DEFAULT_WEIGHTS, False, 50)
    assert defaults.options == SearchOptions(weights=DEFAULT_WEIGHTS)
    assert open_reranker(load_settings()) is None


def test_what_is_set_holds_for_every_search() -> None:
    """Stages, weights and the reranker, by the names of the environment."""
    settings = load_settings(
        rag_two_stage=True, rag_hnsw_ef=128, rag_candidates=30, rag_weight_file=0.5, rerank_url="http://127.0.0.1:9"
    )
    defaults = search_defaults(settings)
    assert defaults.options.two_stage == TwoStage(128, 30)
    assert (defaults.weights["file"], defaults.rerank) == (0.5, True)


@pytest.mark.parametrize("weight", [-0.5, 0.0, 100.0, float("nan")])
def test_a_silly_weight_is_refused(weight: float) -> None:
    """The sentence names the setting."""
    with pytest.raises(InvalidInput, match="RAG_WEIGHT_FILE"):
        load_settings(rag_weight_file=weight)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://api.cohere.com", "cohere"),
        ("https://api.jina.ai/v1/rerank", "jina"),
        ("http://127.0.0.1:8000", "local"),
        ("https://notcohere.com", "local"),
    ],
)
def test_the_host_tells_the_wire_shape(url: str, name: str) -> None:
    """Known hosts by their names, all others as servers of one's own."""
    assert spoken_at(url) == name


async def test_a_wire_shape_that_nobody_speaks_is_refused() -> None:
    """With those that there are."""
    with pytest.raises(InvalidInput, match="choose one of cohere, jina, local"):
        open_reranker(load_settings(rerank_url="https://example.org", rerank_api="pinecone"))
    with pytest.raises(InvalidInput, match="RERANK_MODEL"):
        open_reranker(load_settings(rerank_url="https://api.cohere.com"))

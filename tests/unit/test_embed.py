"""The rules of the embeddings API, whatever model answers."""

import base64

import numpy as np
import pytest

from banyan.adapters.embedders.minilm import NAMES, MiniLM
from banyan.kernel.errors import InvalidInput, NotFound
from banyan.proxy.usecases.embed import EmbeddingModels, EmbedRequest, embed


@pytest.fixture
def models(minilm: MiniLM) -> EmbeddingModels:
    return EmbeddingModels(dict.fromkeys(NAMES, minilm), {"openai": lambda name: minilm})


async def test_a_string_and_a_list_of_one_give_the_same(models: EmbeddingModels) -> None:
    """A single text may be sent with or without a list around it; the first model answers where none is named."""
    single = await embed(EmbedRequest("What is sand?"), models)
    listed = await embed(EmbedRequest(["What is sand?"]), models)
    assert (single.model, single.tokens, single.vectors.shape) == ("banyan/minilm", 6, (1, 384))
    assert np.array_equal(single.vectors, listed.vectors)


async def test_tokens_may_stand_for_texts(models: EmbeddingModels) -> None:
    """A list of token ids is one input, a list of such lists is several."""
    one = await embed(EmbedRequest([101, 2054, 2003, 102]), models)
    several = await embed(EmbedRequest([[101, 2054, 2003, 102], [101, 2054, 102]]), models)
    assert (one.vectors.shape, several.vectors.shape) == ((1, 384), (2, 384))
    assert np.array_equal(one.vectors[0], several.vectors[0])


@pytest.mark.parametrize("name", [*NAMES, "openai/text-embedding-3-small"])
async def test_models_go_by_their_names(models: EmbeddingModels, name: str) -> None:
    """The built-in model has three names; what begins with a provider's prefix goes there. The answer repeats it."""
    assert (await embed(EmbedRequest("text", model=name), models)).model == name


async def test_an_unknown_model_is_answered_with_the_known_ones(models: EmbeddingModels) -> None:
    """The caller can correct the name from the message alone."""
    with pytest.raises(NotFound) as caught:
        await embed(EmbedRequest("text", model="ada"), models)
    assert caught.value.message == (
        "There is no embedding model 'ada' here; use one of banyan/minilm, all-MiniLM-L6-v2, "
        "sentence-transformers/all-MiniLM-L6-v2, openai/NAME."
    )
    assert (caught.value.code, caught.value.param) == ("model_not_found", "model")


async def test_fewer_dimensions_are_the_first_ones_at_unit_length(models: EmbeddingModels) -> None:
    """Shortened vectors can be compared like whole ones."""
    whole = (await embed(EmbedRequest("text"), models)).vectors[0]
    short = (await embed(EmbedRequest("text", dimensions=64), models)).vectors[0]
    assert short.shape == (64,)
    assert short == pytest.approx(whole[:64] / np.linalg.norm(whole[:64]), abs=1e-6)


@pytest.mark.parametrize(
    ("dimensions", "message"),
    [
        (385, "banyan/minilm has 384 dimensions and `dimensions` is 385; send 384 or less."),
        (0, "`dimensions` must be at least 1; send a larger number or leave it out."),
    ],
)
async def test_dimensions_out_of_bounds_are_refused(models: EmbeddingModels, dimensions: int, message: str) -> None:
    """The refusal names the bound."""
    with pytest.raises(InvalidInput) as caught:
        await embed(EmbedRequest("text", dimensions=dimensions), models)
    assert (caught.value.message, caught.value.param) == (message, "dimensions")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "send at least one text"),
        (None, "send at least one text"),
        ({"text": "a"}, "send at least one text"),
        ([[]], "send one kind"),
        (["a", 1], "send one kind"),
        ([True], "send one kind"),
        ([["a"]], "send one kind"),
        ([1.5], "send one kind"),
        (["a"] * 2049, "`input` has 2049 entries and the most is 2048"),
        ([-1], "Token -1 is not of the vocabulary"),
        ([2054, 2003], "Only tokens as all-MiniLM-L6-v2 writes them, from 101 to 102, can be embedded by it"),
    ],
)
async def test_other_input_is_refused(models: EmbeddingModels, value: object, message: str) -> None:
    """Whatever is neither text nor tokens is named, with the next step."""
    with pytest.raises(InvalidInput, match=message) as caught:
        await embed(EmbedRequest(value), models)
    assert caught.value.param == "input"


async def test_base64_holds_the_same_numbers(models: EmbeddingModels) -> None:
    """Both encodings give the vector, as little-endian floats of 32 bits."""
    result = await embed(EmbedRequest(["one", "two"]), models)
    packed = [np.frombuffer(base64.b64decode(text), dtype="<f4") for text in result.encoded("base64")]
    assert np.array_equal(packed, result.vectors)
    assert np.array_equal(np.array(result.encoded("float"), dtype=np.float32), result.vectors)

"""The rules of the embeddings API, whatever model answers."""

import base64
from dataclasses import replace

import numpy as np
import pytest

from banyan.adapters.embedders.minilm import NAMES, MiniLM
from banyan.kernel.errors import InvalidInput
from banyan.proxy.ports.embedder import Embedder
from banyan.proxy.usecases.embed import Embed, EmbedRequest, EmbedResult


async def embed(request: EmbedRequest, embedder: Embedder) -> EmbedResult:
    work = Embed(replace(request, model=NAMES[0]))
    work.check(embedder.dimensions)
    return work.result(await work.ask(embedder))


async def test_a_string_and_a_list_of_one_give_the_same(minilm: MiniLM) -> None:
    """A single text may be sent with or without a list around it."""
    single = await embed(EmbedRequest("What is sand?"), minilm)
    listed = await embed(EmbedRequest(["What is sand?"]), minilm)
    assert (single.model, single.tokens, single.vectors.shape) == ("banyan/minilm", 6, (1, 384))
    assert np.array_equal(single.vectors, listed.vectors)


async def test_tokens_may_stand_for_texts(minilm: MiniLM) -> None:
    """A list of token ids is one input, a list of such lists is several."""
    one = await embed(EmbedRequest([101, 2054, 2003, 102]), minilm)
    several = await embed(EmbedRequest([[101, 2054, 2003, 102], [101, 2054, 102]]), minilm)
    assert (one.vectors.shape, several.vectors.shape) == ((1, 384), (2, 384))
    assert np.array_equal(one.vectors[0], several.vectors[0])


async def test_fewer_dimensions_are_the_first_ones_at_unit_length(minilm: MiniLM) -> None:
    """Shortened vectors can be compared like whole ones."""
    whole = (await embed(EmbedRequest("text"), minilm)).vectors[0]
    short = (await embed(EmbedRequest("text", dimensions=64), minilm)).vectors[0]
    assert short.shape == (64,)
    assert short == pytest.approx(whole[:64] / np.linalg.norm(whole[:64]), abs=1e-6)


@pytest.mark.parametrize(
    ("dimensions", "message"),
    [
        (385, "banyan/minilm has 384 dimensions and `dimensions` is 385; send 384 or less."),
        (0, "`dimensions` must be at least 1; send a larger number or leave it out."),
    ],
)
async def test_dimensions_out_of_bounds_are_refused(minilm: MiniLM, dimensions: int, message: str) -> None:
    """The refusal names the bound."""
    with pytest.raises(InvalidInput) as caught:
        await embed(EmbedRequest("text", dimensions=dimensions), minilm)
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
async def test_other_input_is_refused(minilm: MiniLM, value: object, message: str) -> None:
    """Whatever is neither text nor tokens is named, with the next step."""
    with pytest.raises(InvalidInput, match=message) as caught:
        await embed(EmbedRequest(value), minilm)
    assert caught.value.param == "input"


async def test_base64_holds_the_same_numbers(minilm: MiniLM) -> None:
    """Both encodings give the vector, as little-endian floats of 32 bits."""
    result = await embed(EmbedRequest(["one", "two"]), minilm)
    packed = [np.frombuffer(base64.b64decode(text), dtype="<f4") for text in result.encoded("base64")]
    assert np.array_equal(packed, result.vectors)
    assert np.array_equal(np.array(result.encoded("float"), dtype=np.float32), result.vectors)

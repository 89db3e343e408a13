"""A second answer either goes on with the first, or is refused."""

import json
from collections.abc import Iterator

import pytest

from banyan.kernel.errors import UpstreamFailed
from banyan.proxy.domain.continuation import Continuation

SENT = "Photosynthesis is how a leaf makes "


def chunks(*words: str) -> Iterator[bytes]:
    for word in words:
        choice = {"index": 0, "delta": {"content": word}, "finish_reason": None}
        yield json.dumps({"id": "b", "choices": [choice]}).encode()


def read(*words: str, prefilled: bool) -> str:
    """What the reader gets after SENT."""
    rest = Continuation(SENT, b'{"id": "a"}', prefilled=prefilled)
    shown = [json.loads(new) for chunk in chunks(*words) if (new := rest.take(chunk)) is not None]
    return "".join(one["choices"][0]["delta"]["content"] for one in shown)


@pytest.mark.parametrize("prefilled", [True, False])
def test_what_was_sent_is_not_sent_again(prefilled: bool) -> None:
    """Whether it was asked to go on or anew."""
    assert read("Photosynthesis is how ", "a leaf makes sugar", " from light.", prefilled=prefilled) == (
        "sugar from light."
    )


def test_a_model_that_was_given_the_beginning_goes_on() -> None:
    """Its first words are the next ones."""
    assert read(" sugar", " from light.", prefilled=True) == "sugar from light."


@pytest.mark.parametrize("prefilled", [True, False])
def test_an_answer_that_begins_anew_and_differs_is_not_glued_to_the_first(prefilled: bool) -> None:
    """Also by a model that was to go on, where it is plain that it did not."""
    with pytest.raises(UpstreamFailed) as refused:
        read("Photosynthesis is how ", "plants feed themselves.", prefilled=prefilled)
    assert refused.value.code == "stream_cut"

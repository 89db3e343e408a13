"""Texts of many callers in few calls: none lost, none mixed up, none that fails for another."""

import asyncio
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_embedder import TinyEmbedder

from banyan.kernel.errors import InvalidInput, RateLimited
from banyan.proxy.domain.text_shares import shares
from banyan.proxy.ports.embedder import Embedding, Input
from banyan.proxy.ports.telemetry import Unwatched
from banyan.proxy.wrappers.batched import Batched
from banyan.proxy.wrappers.remembered import Remembered, VectorMemory


class Choosy(TinyEmbedder):
    """Refuses every call with a text that begins with `bad`; waits while `gate` is closed. calls: texts and urgency."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[list[str], bool]] = []
        self.cancelled = 0
        self.limited = False

    async def embed(self, texts: Sequence[Input], *, urgent: bool = False) -> Embedding:
        self.calls.append((list(map(str, texts)), urgent))
        self.asked.set()
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        await asyncio.sleep(0)
        if self.limited:
            raise RateLimited("Slow down; wait.", retry_after=1)
        if any(str(text).startswith("bad") for text in texts):
            raise InvalidInput("One of them is too long; shorten it.")
        return await super().embed(texts, urgent=urgent)


class Sizes(Unwatched):
    def __init__(self) -> None:
        self.seen: list[int] = []

    def embedded(self, texts: int) -> None:
        self.seen.append(texts)


words = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
calls_of_texts = st.lists(
    st.tuples(st.lists(words | words.map(lambda word: f"bad {word}"), min_size=1, max_size=6), st.booleans()),
    min_size=1,
    max_size=8,
)


@settings(deadline=None, max_examples=60)
@given(calls=calls_of_texts, size=st.integers(1, 5), parallel=st.integers(1, 3))
def test_every_caller_gets_its_own_vectors_in_order(
    calls: list[tuple[list[str], bool]], size: int, parallel: int
) -> None:
    """Whoever comes with whom: the vectors are those of the texts alone, and only a bad text's caller fails."""

    async def run() -> None:
        embedder = Choosy()
        batched = Batched(embedder, size=size, parallel=parallel, gather=0.0001)
        found = await asyncio.gather(
            *(batched.embed(texts, urgent=urgent) for texts, urgent in calls), return_exceptions=True
        )
        for (texts, _), result in zip(calls, found, strict=True):
            if any(text.startswith("bad") for text in texts):
                assert isinstance(result, InvalidInput)
            else:
                assert isinstance(result, Embedding)
                assert np.array_equal(result.vectors, (await TinyEmbedder().embed(texts, urgent=True)).vectors)
        assert max(len(texts) for texts, _ in embedder.calls) <= size
        await batched.close()

    asyncio.run(run())


async def test_an_error_has_the_tokens_that_were_read_before_it() -> None:
    """Of the caller's own texts: those of whole batches and of halves, and none of the text that was refused."""
    embedder = Choosy()
    batched = Batched(embedder, size=2, parallel=1)
    with pytest.raises(InvalidInput) as caught:
        await batched.embed(["leaf", "root", "stem", "bad seed", "never sent"])
    good = await TinyEmbedder().embed(["leaf", "root", "stem"])
    assert caught.value.tokens_read == good.tokens > 0
    with pytest.raises(InvalidInput) as caught:
        await batched.embed(["bad seed"])
    assert caught.value.tokens_read == 0


async def test_an_idle_embedder_is_asked_at_once() -> None:
    """Nobody waits for company that may not come."""
    embedder = Choosy()
    batched = Batched(embedder, gather=3600)
    await batched.embed(["a"])
    await batched.embed(["b"])
    assert [texts for texts, _ in embedder.calls] == [["a"], ["b"]]


async def test_texts_that_come_while_it_works_go_together() -> None:
    """In batches of at most the size, which are counted."""
    embedder, sizes = Choosy(), Sizes()
    embedder.gate.clear()
    batched = Batched(embedder, size=3, gather=0.001, parallel=2, telemetry=sizes)
    tasks = [asyncio.create_task(batched.embed([f"text {number}"])) for number in range(8)]
    await embedder.asked.wait()
    embedder.gate.set()
    await asyncio.gather(*tasks)
    assert sizes.seen == [1, 3, 3, 1]


async def test_urgent_texts_do_not_wait_for_background_work() -> None:
    """They have calls of their own, however much of the other work is under way."""
    embedder = Choosy()
    embedder.gate.clear()
    batched = Batched(embedder, size=2, gather=3600, parallel=1)
    work = asyncio.create_task(batched.embed(["a", "b", "c", "d"]))
    await embedder.asked.wait()
    question = asyncio.create_task(batched.embed(["question"], urgent=True))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert embedder.calls == [(["a", "b"], False), (["question"], True)]
    embedder.gate.set()
    await asyncio.gather(work, question)


async def test_a_caller_that_goes_takes_its_texts_along() -> None:
    """What was not sent is not sent; a call that nobody waits for is cancelled; the others lose nothing."""
    embedder = Choosy()
    embedder.gate.clear()
    batched = Batched(embedder, size=4, gather=0.001, parallel=1)
    first, going, staying = (asyncio.create_task(batched.embed([name])) for name in ("first", "going", "staying"))
    await embedder.asked.wait()
    for task in (first, going):
        task.cancel()
    await asyncio.gather(first, going, return_exceptions=True)
    embedder.gate.set()
    assert (await staying).tokens == len("staying")
    assert ([texts for texts, _ in embedder.calls], embedder.cancelled) == ([["first"], ["staying"]], 1)


async def test_what_is_no_texts_fault_is_not_tried_in_halves() -> None:
    """A rate limit would only be run into again."""
    embedder = Choosy()
    embedder.limited = True
    with pytest.raises(RateLimited):
        await Batched(embedder).embed(["a", "b", "c", "d"])
    assert len(embedder.calls) == 1


@given(st.integers(0, 10_000), st.lists(words, min_size=1, max_size=20))
def test_shares_add_up(total: int, texts: list[str]) -> None:
    """Nothing is counted twice or lost."""
    found = shares(total, texts)
    assert (sum(found), len(found), min(found) >= 0) == (total, len(texts), True)


async def test_a_remembered_text_is_not_embedded_again() -> None:
    """Within one call and over several, and its tokens are told as spared."""
    embedder = Choosy()
    remembered = Remembered(embedder, VectorMemory(100_000), "tiny")
    first = await remembered.embed(["leaf", "root", "leaf"])
    again = await remembered.embed(["root", "stem", "leaf"])
    assert [texts for texts, _ in embedder.calls] == [["leaf", "root"], ["stem"]]
    assert np.array_equal(first.vectors[0], first.vectors[2])
    assert np.array_equal(again.vectors[[2, 0]], first.vectors[:2])
    assert (first.tokens, first.spared, again.tokens, again.spared) == (12, 4, 12, 8)


async def test_models_do_not_share_vectors() -> None:
    """Nor do a text and tokens that look alike."""
    embedder, memory = Choosy(), VectorMemory(100_000)
    for model in ("one", "two"):
        await Remembered(embedder, memory, model).embed(["(1, 2)"])
    await Remembered(embedder, memory, "one").embed([(1, 2)])
    assert len(embedder.calls) == 3


async def test_the_memory_keeps_its_bound() -> None:
    """What was longest without use is embedded anew; with no room nothing is remembered."""
    embedder = Choosy()
    memory = VectorMemory(1000)
    remembered = Remembered(embedder, memory, "tiny")
    for text in ("a", "b", "a", "c", "a", "b"):
        await remembered.embed([text])
    assert [texts for texts, _ in embedder.calls] == [["a"], ["b"], ["c"], ["b"]]
    assert memory.bytes_used <= 1000
    nothing = Remembered(embedder, VectorMemory(0), "tiny")
    for _ in range(2):
        await nothing.embed(["z"])
    assert [texts for texts, _ in embedder.calls][-2:] == [["z"], ["z"]]

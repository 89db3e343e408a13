"""all-MiniLM-L6-v2 on ONNX Runtime: 384 dimensions, on the CPU, without a network."""

import asyncio
import os
import re
import sys
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from banyan.adapters.embedders.minilm_files import (
    TOKENIZER_SHA256,
    Precision,
    checked_file,
    ensure_model,
    installed_weights,
    missing,
)
from banyan.kernel.errors import InvalidInput, Unavailable
from banyan.proxy.ports.embedder import Embedding, Input

NAME = "all-MiniLM-L6-v2"
NAMES = ("banyan/minilm", NAME, f"sentence-transformers/{NAME}")
"""What callers may call it; the first is how it is listed."""

DIMENSIONS = 384
MAX_TOKENS = 256
VOCABULARY = 30522

_CLS, _SEP = 101, 102
_READ_CHARACTERS = 8192  # 256 tokens are about 1,300 characters; only text with next to no spaces has more
_MAX_THREADS = 8
_BACKGROUND_NICENESS = 10
_SLICE = timedelta(milliseconds=100)
_RETRY_AFTER_FAILURE = timedelta(minutes=1)
_REMEMBERED_TEXTS = 512
_REMEMBERED_CHARACTERS = 1000
_LONE_SURROGATES = re.compile("[\ud800-\udfff]")


class _Model:
    """The loaded model: one text at a time, from any number of threads at once."""

    def __init__(self, path: Path, tokenizer: Path) -> None:
        # Imported here: together they take longer than all the rest of the program's start.
        from onnxruntime import GraphOptimizationLevel, InferenceSession, SessionOptions  # type: ignore[import-untyped]
        from tokenizers import Tokenizer

        options = SessionOptions()
        options.intra_op_num_threads = 1  # the threads that call are the parallelism
        options.inter_op_num_threads = 1
        # The graph is written as it should run; further fusions would bring back slower operators.
        options.graph_optimization_level = GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.log_severity_level = 3
        self._session = InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()

    def read(self, text: Input) -> tuple[NDArray[np.float32], int]:
        """The unit vector, and how many tokens the model read."""
        tokens = self._tokens(text)
        (vectors,) = self._session.run(["vector"], {"tokens": np.array([tokens], dtype=np.int64)})
        return vectors[0], len(tokens)

    def _tokens(self, text: Input) -> list[int]:
        if isinstance(text, str):
            readable = _LONE_SURROGATES.sub("\ufffd", text[:_READ_CHARACTERS])
            ids: list[int] = self._tokenizer.encode(readable).ids
            return ids
        for token in text:
            if not 0 <= token < VOCABULARY:
                raise InvalidInput(
                    f"Token {token} is not of the vocabulary of {NAME}; send ids from 0 to {VOCABULARY - 1}, or text.",
                    param="input",
                )
        if text[:1] != (_CLS,) or text[-1:] != (_SEP,):
            # Clients of other models send ids of other vocabularies, which would become vectors of some other text.
            raise InvalidInput(
                f"Only tokens as {NAME} writes them, from {_CLS} to {_SEP}, can be embedded by it; send text instead "
                "(`check_embedding_ctx_length=False` in LangChain).",
                code="tokens_of_another_model",
                param="input",
            )
        return [*text[: MAX_TOKENS - 1][: len(text) - 1], _SEP]


class _Job:
    """The texts of one call on their way through the threads, the longest first so that no thread is left waiting."""

    def __init__(self, texts: Sequence[Input]) -> None:
        self.texts = texts
        self._left = deque(sorted(range(len(texts)), key=lambda index: -len(texts[index])))
        self.vectors = np.empty((len(texts), DIMENSIONS), dtype=np.float32)
        self.tokens = np.zeros(len(texts), dtype=np.int64)

    def take(self) -> int | None:
        """The index of the next text, for whichever thread asks; None when all are taken."""
        try:
            return self._left.popleft()
        except IndexError:
            return None

    def stop(self) -> None:
        """No further text is taken."""
        self._left.clear()


class MiniLM:
    """The embedder; loads the model when it is first needed, and builds it before that where it must.

    A text's vector does not depend on what else is embedded. Urgent texts have threads of their own, and
    where the system allows it the background's threads give way to them.

    folders: where the built model may lie, best place first; it is built in the first that can be written.
    weights: folder with `model.safetensors` and `tokenizer.json`; those of the installed package by default.
    threads: texts at a time; one per CPU (up to 8) by default.
    """

    name = NAME
    dimensions = DIMENSIONS
    max_tokens = MAX_TOKENS

    def __init__(
        self,
        folders: Sequence[Path],
        *,
        precision: Precision = "int8",
        weights: Path | None = None,
        threads: int | None = None,
    ) -> None:
        self._folders = folders
        self._precision: Precision = precision
        self._weights = weights
        self._threads = threads or min(_cpus(), _MAX_THREADS)
        self._urgent = ThreadPoolExecutor(self._threads, "minilm-urgent")
        self._background = ThreadPoolExecutor(self._threads, "minilm", initializer=_give_way)
        self._closing = threading.Event()
        self._loading = threading.Lock()
        self._model: _Model | None = None
        self._failure: tuple[float, str] | None = None
        self._remembered: OrderedDict[str, tuple[NDArray[np.float32], int]] = OrderedDict()

    async def warm(self) -> None:
        """Loads the model, so that the first text need not wait for it.

        Raises: Unavailable, naming the next step.
        """
        self._refuse_if_closed()
        await asyncio.get_running_loop().run_in_executor(self._urgent, self._loaded)

    async def embed(self, texts: Sequence[Input], *, urgent: bool = False) -> Embedding:
        """One row per text, in the order given.

        Raises: Unavailable, naming the next step; InvalidInput for a token id beyond the vocabulary.
        """
        self._refuse_if_closed()
        if not texts:
            return Embedding(np.empty((0, DIMENSIONS), dtype=np.float32), 0)
        question = texts[0] if urgent and len(texts) == 1 else None
        if isinstance(question, str) and (known := self._remembered.get(question)) is not None:
            self._remembered.move_to_end(question)
            vector, count = known
            return Embedding(vector.copy(), count)
        result = await self._embed(texts, self._urgent if urgent else self._background)
        if isinstance(question, str):
            self._remember(question, result)
        return result

    async def close(self) -> None:
        """Ends the threads after the texts they are at; calls under way get Unavailable."""
        self._closing.set()
        for pool in (self._urgent, self._background):
            await asyncio.to_thread(pool.shutdown)
        self._model = None

    async def _embed(self, texts: Sequence[Input], pool: ThreadPoolExecutor) -> Embedding:
        job = _Job(texts)
        shares = min(self._threads, len(texts))
        try:
            await asyncio.gather(*(self._share(job, pool) for _ in range(shares)))
        finally:
            job.stop()
        return Embedding(job.vectors, int(job.tokens.sum()))

    async def _share(self, job: _Job, pool: ThreadPoolExecutor) -> None:
        """One thread's share of a job. It queues up again after each slice, so that a short call need not wait long."""
        while await asyncio.get_running_loop().run_in_executor(pool, self._work, job):
            pass

    def _work(self, job: _Job) -> bool:
        """Embeds texts of the job for a while; whether any may be left."""
        model = self._loaded()
        end = time.monotonic() + _SLICE.total_seconds()
        while time.monotonic() < end:
            self._refuse_if_closed()
            index = job.take()
            if index is None:
                return False
            job.vectors[index], job.tokens[index] = model.read(job.texts[index])
        return True

    def _loaded(self) -> _Model:
        """The model, loaded by the first thread that comes. A failure is repeated for a minute without trying."""
        with self._loading:
            if self._model is None:
                if self._failure and time.monotonic() < self._failure[0]:
                    raise missing(self._failure[1])
                try:
                    self._model = self._load()
                except Unavailable as error:
                    self._failure = (time.monotonic() + _RETRY_AFTER_FAILURE.total_seconds(), error.message)
                    raise
            return self._model

    def _load(self) -> _Model:
        weights = self._weights or installed_weights()
        tokenizer = checked_file(weights / "tokenizer.json", TOKENIZER_SHA256)
        path = ensure_model(self._folders, self._precision, weights, stop=self._closing)
        try:
            return _Model(path, tokenizer)
        except Exception as error:  # the errors of onnxruntime share no base class
            raise missing(f"The embedding model {path} cannot be loaded ({error}); run `make setup`.") from error

    def _remember(self, question: str, result: Embedding) -> None:
        if len(question) <= _REMEMBERED_CHARACTERS:
            self._remembered[question] = (result.vectors.copy(), result.tokens)
            if len(self._remembered) > _REMEMBERED_TEXTS:
                self._remembered.popitem(last=False)

    def _refuse_if_closed(self) -> None:
        if self._closing.is_set():
            raise missing("The embedding model is closed; restart the program.")


def _cpus() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _give_way() -> None:
    """Lets whatever a user waits for go before this thread. Only Linux has a niceness for single threads."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _BACKGROUND_NICENESS)

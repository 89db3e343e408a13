"""One GGUF file in memory: its chat template, its tokens and its answers. Blocking; for the worker thread."""

import codecs
import json
import secrets
import threading
from collections import deque
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from banyan.adapters.providers._llama.order import Order
from banyan.adapters.providers._llama.stops import StopFilter
from banyan.kernel.errors import InvalidInput, UpstreamFailed

_AT_ONCE = 256
"""Tokens of a prompt that are read between two looks at whether the caller is still there."""
_CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "<|im_start|>assistant\n"
)
"""For files that bring no template of their own."""
_ERROR = 4
"""Level of llama.cpp's log."""
_complaints: deque[str] = deque(maxlen=8)


class Stopped(Exception):
    """Nobody wants the answer any more."""


class _Silent:
    """Stands for the library's way to be quiet, which turns the whole process's output away while it loads."""

    def __init__(self, disable: bool = True) -> None:
        pass

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass


def library() -> Any:
    """`llama_cpp`, quiet. Raises: ImportError."""
    found = import_module("llama_cpp")
    for name in ("llama_cpp.llama", "llama_cpp._internals"):
        vars(import_module(name))["suppress_stdout_stderr"] = _Silent
    found.llama_log_set(_listener(found), None)
    return found


@cache
def _listener(found: Any) -> Any:
    """Keeps the library's complaints, and prints nothing; it has to outlive every model."""

    def listen(level: int, text: bytes, _: object) -> None:
        if level == _ERROR:
            _complaints.append(text.decode("utf-8", "replace").strip())

    return found.llama_log_callback(listen)


class LoadedModel:
    """context: tokens of prompt and answer together, at most. threads: None leaves it to llama.cpp.

    Raises: UpstreamFailed where the file cannot be loaded.
    """

    def __init__(self, path: Path, *, context: int, threads: int | None) -> None:
        self._library = library()
        self._reused = 0
        self._stop = threading.Event()
        _complaints.clear()
        try:
            self._llama = self._open(path, context, threads)
        except (ValueError, RuntimeError, OSError, AssertionError) as error:
            reason = _complaints[0] if _complaints else str(error)
            raise UpstreamFailed(
                f"llama.cpp cannot load {path.name} ({reason[:300]}); check that the file is whole, that this version "
                "knows its kind of model and that there is memory for it.",
                code="model_not_loadable",
            ) from error
        self._context = min(context, self._llama.n_ctx())
        bos, eos = self._llama.token_bos(), self._llama.token_eos()
        self._bos = self._llama._model.token_get_text(bos) if bos != -1 else ""
        self._template = self._library.llama_chat_format.Jinja2ChatFormatter(
            template=self._llama.metadata.get("tokenizer.chat_template") or _CHATML,
            eos_token=self._llama._model.token_get_text(eos) if eos != -1 else "",
            bos_token=self._bos,
        )

    def answer(self, order: Order, stop: threading.Event) -> Iterator[str | dict[str, Any]]:
        """Pieces of text, then one object `{reason, prompt, cached, completion}` with counts of tokens.

        Raises: Stopped at the next token after `stop` is set; InvalidInput; UpstreamFailed
            (`context_length_exceeded`).
        """
        prompt = self._tokens(order)
        room = self._context - len(prompt)
        if room < 1:
            raise UpstreamFailed(
                f"The prompt has {len(prompt)} tokens, and the model's context is {self._context}; shorten it, "
                "choose a longer model or raise BANYAN_LOCAL_MODELS_CONTEXT.",
                code="context_length_exceeded",
                param="messages",
                status=400,
            )
        limit = min(order.max_tokens or room, room)
        grammar = self._grammar(order.schema)
        self._llama.set_seed(secrets.randbelow(2**32) if order.seed is None else order.seed)
        self._stop, self._reused = stop, -1
        text, stops = codecs.getincrementaldecoder("utf-8")("replace"), StopFilter(order.stops)
        count, reason = 0, "length"
        for token in self._llama.generate(prompt, grammar=grammar, **order.sampling):
            if stop.is_set():
                raise Stopped
            if self._library.llama_vocab_is_eog(self._llama._model.vocab, token):
                reason = "stop"
                break
            count += 1
            if piece := stops.feed(text.decode(self._llama.detokenize([token]))):
                yield piece
            if stops.stopped:
                reason = "stop"
                break
            if count >= limit:
                break
        if rest := stops.feed(text.decode(b"", final=True)) + stops.end():
            yield rest
        yield {"reason": reason, "prompt": len(prompt), "cached": max(0, self._reused), "completion": count}

    def close(self) -> None:
        """Frees the memory."""
        self._llama.close()

    def _open(self, path: Path, context: int, threads: int | None) -> Any:
        model = self

        class Stoppable(self._library.Llama):  # type: ignore[misc,name-defined]
            """Reads a prompt in parts, so that it can be stopped in between."""

            def eval(self, tokens: list[int]) -> None:
                if model._reused < 0:
                    model._reused = self.n_tokens
                if not tokens:
                    super().eval(tokens)
                for start in range(0, len(tokens), _AT_ONCE):
                    if model._stop.is_set():
                        raise Stopped
                    super().eval(tokens[start : start + _AT_ONCE])

        return Stoppable(
            model_path=str(path),
            n_ctx=context,
            n_batch=_AT_ONCE,
            n_gpu_layers=-1,  # without a GPU it means none
            n_threads=threads,
            verbose=False,
        )

    def _tokens(self, order: Order) -> list[int]:
        text = self._rendered(list(order.messages)) + order.begun
        return list(
            self._llama.tokenize(
                text.encode("utf-8", "replace"), add_bos=not (self._bos and text.startswith(self._bos)), special=True
            )
        )

    def _rendered(self, messages: list[dict[str, str]]) -> str:
        """By the model's template; where that knows no system message, it stands before what the user says."""
        jinja2 = import_module("jinja2")
        try:
            return str(self._template(messages=messages).prompt)
        except (ValueError, TypeError, jinja2.TemplateError) as error:
            folded = _folded(messages)
            if folded != messages:
                return self._rendered(folded)
            raise InvalidInput(
                f"The model's chat template does not take these messages ({error}); let user and assistant take turns.",
                param="messages",
            ) from error

    def _grammar(self, schema: dict[str, Any] | None) -> Any:
        if schema is None:
            return None
        grammars = import_module("llama_cpp.llama_grammar")
        try:
            if not schema:
                return grammars.LlamaGrammar.from_string(grammars.JSON_GBNF, verbose=False)
            return grammars.LlamaGrammar.from_json_schema(json.dumps(schema), verbose=False)
        except (ValueError, KeyError, TypeError, AttributeError, AssertionError, RecursionError) as error:
            raise InvalidInput(
                f"llama.cpp cannot hold an answer to this JSON schema ({error}); simplify it.", param="response_format"
            ) from error


def _folded(messages: list[dict[str, str]]) -> list[dict[str, str]]:
    """Without system messages: their text opens the next message of the user."""
    folded: list[dict[str, str]] = []
    waiting: list[str] = []
    for message in messages:
        if message["role"] == "system":
            waiting.append(message["content"])
        elif message["role"] == "user" and waiting:
            folded.append({"role": "user", "content": "\n\n".join([*waiting, message["content"]])})
            waiting = []
        else:
            folded.append(message)
    return [*folded, {"role": "user", "content": "\n\n".join(waiting)}] if waiting else folded

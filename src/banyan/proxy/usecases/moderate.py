"""Says what is wrong with a text: by a provider's model where one has it, else by the local rules."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from banyan.kernel.errors import InvalidInput, NotFound, Unavailable, UpstreamFailed
from banyan.kernel.ids import new_id
from banyan.proxy.domain.accounting import Caller, Trace
from banyan.proxy.domain.estimates import probable
from banyan.proxy.domain.moderation import CATEGORIES, MODEL, Verdict, judge
from banyan.proxy.domain.pricing import Tokens
from banyan.proxy.ports.moderator import Moderator
from banyan.proxy.ports.rate_limits import Ask, RateLimits

MAX_INPUTS = 2048
"""At most so many texts in one request, as with embeddings."""
_PREFIX = "openai/"
_USUAL = "omni-moderation-latest"
_NAMES = ("omni-moderation", "text-moderation")
_HAS_NONE = (404, 405)
_LONG = 10_000
"""Characters from which the rules take long enough (about a millisecond) to be worth a thread."""


class Moderate:
    """upstream: None where no provider is configured."""

    def __init__(self, upstream: Moderator | None, limits: RateLimits) -> None:
        self._upstream = upstream
        self._limits = limits

    @property
    def default(self) -> str:
        """The name of the model that is asked first where none is named."""
        return MODEL if self._upstream is None else _USUAL

    async def moderate(self, caller: Caller, fields: Mapping[str, Any], model: str | None, trace: Trace) -> bytes:
        """As `judge`, within the caller's limits. Raises also: RateLimited."""
        tokens = probable(len(msgspec.json.encode(fields.get("input"))))
        admission = await self._limits.enter(Ask(caller, tokens))
        if admission is None:
            return await self.judge(fields, model)
        trace.headers.update(admission.headers)
        try:
            return await self.judge(fields, model)
        finally:
            admission.leave(Tokens(tokens, estimated=True))

    async def judge(self, fields: Mapping[str, Any], model: str | None) -> bytes:
        """An OpenAI-shaped answer with one result per input; its `model` says who judged.

        fields: the request. Without a model, or by OpenAI's own names, the provider answers if it has moderation, and
        the rules do if not; `openai/NAME` is the provider alone, `banyan/rules` the rules alone.
        Raises: InvalidInput, NotFound, and what `Moderator.moderate` raises.
        """
        by_name = model is not None and model.startswith(_PREFIX)
        if model is not None and not by_name and model != MODEL and not model.startswith(_NAMES):
            raise NotFound(
                f"There is no moderation model {model[:100]!r} here; use {_USUAL}, openai/NAME or {MODEL}.",
                code="model_not_found",
                param="model",
            )
        if by_name and self._upstream is None:
            raise Unavailable("No provider is configured for openai/NAME; set OPENAI_API_KEY, or use banyan/rules.")
        if self._upstream is not None and model != MODEL:
            name = (model or _USUAL).removeprefix(_PREFIX)
            try:
                return await self._upstream.moderate(msgspec.json.encode({**fields, "model": name}))
            except UpstreamFailed as error:
                if by_name or error.status not in _HAS_NONE:
                    raise
        texts = read_texts(fields.get("input"))
        if sum(map(len, texts)) < _LONG:
            return _answer(texts)
        return await asyncio.to_thread(_answer, texts)


def read_texts(value: object) -> Sequence[str]:
    """The inputs as texts: a string, strings, or the parts of one input.

    Raises: InvalidInput; also for images, which rules cannot judge.
    """
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list) or not value:
        raise InvalidInput("`input` must be a text or a list that is not empty; send at least one text.", param="input")
    if len(value) > MAX_INPUTS:
        raise InvalidInput(f"`input` has more than {MAX_INPUTS} entries; send them in several requests.", param="input")
    if all(isinstance(text, str) for text in value):
        return value
    texts = []
    for number, part in enumerate(value):
        kind = part.get("type") if isinstance(part, Mapping) else None
        if kind == "image_url":
            raise InvalidInput(
                f"`input[{number}]` is an image, which the local rules cannot judge; send its text, or configure a "
                "provider that has omni-moderation-latest.",
                code="image_not_supported",
                param=f"input[{number}]",
            )
        text = part.get("text") if isinstance(part, Mapping) and kind == "text" else None
        if not isinstance(text, str):
            raise InvalidInput(
                f"`input[{number}]` must be a part of the type text or image_url; correct it.", param=f"input[{number}]"
            )
        texts.append(text)
    return ["\n".join(texts)]


def _answer(texts: Sequence[str]) -> bytes:
    return msgspec.json.encode({"id": new_id("modr"), "model": MODEL, "results": [_result(judge(t)) for t in texts]})


def _result(verdict: Verdict) -> dict[str, Any]:
    return {
        "flagged": verdict.flagged,
        "categories": {category: category in verdict.found for category in CATEGORIES},
        "category_scores": verdict.scores,
        "category_applied_input_types": {category: ["text"] for category in CATEGORIES},
    }

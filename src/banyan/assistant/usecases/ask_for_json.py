"""Has a model write JSON of a given shape: mended once, asked for again once, and then refused with the reason."""

import asyncio
import re
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import json_repair
import msgspec

from banyan.assistant.domain.circumstances import Circumstances
from banyan.assistant.domain.pseudonyms import Pseudonyms
from banyan.assistant.ports.model_gateway import AnswerDone, ModelGateway, Question, TextDelta
from banyan.assistant.usecases.guard import Guard
from banyan.assistant.usecases.guarded_answer import cloaked
from banyan.kernel.errors import DeadlineExceeded, UpstreamFailed
from banyan.kernel.messages import Message

Made = TypeVar("Made")
Shape = TypeVar("Shape")

_SECONDS = 180
"""For one try: twenty questions of a slow local model take two minutes."""
_FENCE = re.compile(r"```(?:json)?\s*(.*?)```", re.DOTALL)


class Rejected(Exception):
    """What a model wrote is no good. The reason is a sentence, for the model and for whoever waits."""


@dataclass(frozen=True, slots=True)
class Written:
    """What the model wrote at last. model: who really wrote it. Tokens: of all tries."""

    text: str
    model: str
    prompt_tokens: int = 0
    completion_tokens: int = 0


async def ask_for_json(
    gateway: ModelGateway,
    guard: Guard,
    about: Circumstances,
    question: Question,
    shape: type[Shape],
    read: Callable[[Shape], Made],
    *,
    code: str = "draft_rejected",
) -> tuple[Made, Written]:
    """What `read` makes of the model's JSON, and who wrote it. read: raises Rejected for what is no good.

    A model outside the trusted zones is told pseudonyms; in what is read people have their names again.
    Raises: UpstreamFailed (with that code), DeadlineExceeded, and what the gateway raises.
    """
    reason, prompt_tokens, completion_tokens = "", 0, 0
    question, cloak = await cloaked(gateway, guard, about, question)
    for _ in range(2):
        written = await _said(gateway, question)
        prompt_tokens += written.prompt_tokens
        completion_tokens += written.completion_tokens
        written = replace(written, prompt_tokens=prompt_tokens, completion_tokens=completion_tokens)
        try:
            return read(_shaped(written.text, shape, cloak)), written
        except Rejected as rejected:
            reason = str(rejected)
            again = f"That is no good: {reason} Write the whole JSON again, and nothing else."
            said = (Message("assistant", written.text or "(nothing)"), Message("user", again))
            question = replace(question, messages=(*question.messages, *said))
    raise UpstreamFailed(
        f"What the model wrote was rejected: {reason} Try another model, or `banyan/extractive`, which needs none.",
        code=code,
    )


async def _said(gateway: ModelGateway, question: Question) -> Written:
    pieces: list[str] = []
    try:
        async with asyncio.timeout(_SECONDS), aclosing(gateway.answer(question)) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    pieces.append(event.text)
                elif isinstance(event, AnswerDone):
                    tokens = (event.prompt_tokens, event.completion_tokens)
                    return Written("".join(pieces), event.model, *tokens)
    except TimeoutError as error:
        raise DeadlineExceeded("The model took too long for the draft; ask for less, or try another model.") from error
    raise UpstreamFailed("The model broke off in the middle of its draft; try again.")


def _shaped(text: str, shape: type[Shape], cloak: Pseudonyms) -> Shape:
    fenced = _FENCE.search(text)
    text = (fenced[1] if fenced else text).strip()
    if "{" not in text:
        raise Rejected("There is no JSON object in it.")
    text = text[text.index("{") :]
    try:
        parsed: Any = msgspec.json.decode(text.encode("utf-8", "replace"))
    except msgspec.DecodeError:
        parsed = json_repair.loads(text)
    try:
        return msgspec.convert(_named(parsed, cloak), shape)
    except msgspec.ValidationError as error:
        raise Rejected(f"It has not the form that was asked for: {error}.") from error


def _named(value: Any, cloak: Pseudonyms) -> Any:
    match value:
        case str():
            return cloak.show(value)
        case list():
            return [_named(one, cloak) for one in value]
        case dict():
            return {key: _named(one, cloak) for key, one in value.items()}
        case _:
            return value

"""POST /api/v1/chat/completions: one turn with the tutor, plain or streamed."""

import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import replace
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Header
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from banyan.assistant.domain.notices import Notice
from banyan.assistant.domain.sessions import StoredMessage
from banyan.assistant.ports.model_gateway import CitationsFound, TextDelta
from banyan.assistant.usecases.ask import Answering, Ask, Withheld
from banyan.assistant.usecases.open_turn import AskRequest
from banyan.edge.http.access import ANYONE, RuledRoute, identity_of, within
from banyan.edge.http.assistant_bodies import ChatAnswer, ChatBody, check_fields, citation_fields
from banyan.edge.http.assistant_services import AssistantServices
from banyan.edge.http.errors import REQUEST_ID
from banyan.edge.http.fields import json_response
from banyan.edge.http.metrics import COURSE, SESSION
from banyan.edge.http.resuming import LastEventId, TextPlace
from banyan.edge.http.sse import UntilClientLeaves, send_events
from banyan.kernel.errors import BanyanError
from banyan.kernel.identity import Identity
from banyan.kernel.ids import new_id
from banyan.kernel.messages import Citation

_STREAM = {"schema": {"type": "string"}, "example": 'data: {"type": "meta", "session": "ses_1", "citations": []}\n\n'}


def chat_routes(services: AssistantServices) -> APIRouter:
    """The route, over the use case."""
    router = APIRouter(route_class=RuledRoute, tags=["chat"])

    @router.post(
        "/api/v1/chat/completions",
        openapi_extra=within(ANYONE, "tutor"),
        summary="Ask about a lesson",
        response_model=ChatAnswer,
        responses={200: {"content": {"text/event-stream": _STREAM}}},
    )
    async def ask(
        body: ChatBody,
        asker: Annotated[Identity, Depends(identity_of)],
        key: Annotated[
            str | None,
            Header(
                alias="Idempotency-Key",
                min_length=1,
                max_length=200,
                description="Makes it safe to send a request again: equal requests of one user with one key are "
                "answered once, and get the same message ids. A try that failed may be repeated with its key.",
            ),
        ] = None,
        last_event: LastEventId = None,
    ) -> Response:
        """Answers with citations, and keeps question and answer in the session.

        With `stream: true` the answer comes as server-sent events: first `{"type": "meta", "session", "message_id",
        "question_id", "citations"}` with every citation that the answer may use, then OpenAI's chunks, then `[DONE]`. A
        second `meta` replaces the citations: the model broke off, and sentences of the course follow below. Chunks with
        text have ids; a stream that is cut goes on for whoever sends the request again with its `Idempotency-Key` and
        the last id as `Last-Event-ID`. The last chunk also carries the `citations` that the answer does use, and
        `unsupported`, `covered` and `hint` where they apply.

        When the model fails, an error event stands before `[DONE]` and no chunk has a `finish_reason`; a plain
        request gets an error status. Either way the question is kept, and a part of an answer is kept as `failed`,
        or as `interrupted` when the client left.
        """
        asker.check_course(body.course)
        if body.model is not None:
            asker.check_model(body.model)
        request = AskRequest(
            course=body.course,
            lesson=body.lesson,
            question=body.question(),
            session=body.session,
            model=body.model,
            key=key,
            fingerprint=body.fingerprint() if key is not None else "",
            stream=body.stream,
        )
        return _Turn(services.ask, asker, request, TextPlace(last_event), stream=body.stream)

    return router


class _Turn(Response):
    """Runs the turn while it is being sent, so that a client who leaves ends it."""

    def __init__(self, ask: Ask, asker: Identity, request: AskRequest, place: TextPlace, *, stream: bool) -> None:
        super().__init__()
        self._place = place
        self._ask = ask
        self._asker = asker
        self._request = request
        self._stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[COURSE] = self._request.course
        self._request = replace(self._request, request_id=scope.get(REQUEST_ID, ""))
        if self._stream:
            await send_events(self._events(scope), scope, receive, send)
            return
        async with UntilClientLeaves(receive):
            whole = await self._whole()
            scope[SESSION] = whole["session"] or ""
            answer = json_response(whole)
            await answer(scope, receive, send)

    async def _whole(self) -> dict[str, Any]:
        answering = await self._ask(self._asker, self._request)
        if isinstance(answering, Withheld):
            return _refusal(answering)
        async with aclosing(answering.events) as events:
            async for event in events:
                if isinstance(event, StoredMessage):
                    return _completion(answering, event)
        raise AssertionError("an answer ends in its stored message")

    async def _events(self, scope: Scope) -> AsyncGenerator[bytes, None]:
        answering = await self._ask(self._asker, self._request)
        if isinstance(answering, Withheld):
            for told_instead in _refusal_events(answering):
                yield told_instead
            return
        scope[SESSION] = _ids(answering)["session"]
        told = False
        async with aclosing(answering.events) as events:
            try:
                async for event in events:
                    match event:
                        case CitationsFound(citations):
                            yield _meta(answering, citations)
                            if not told:
                                yield _chunk(answering, {"role": "assistant", "content": ""})
                            told = True
                        case TextDelta(text):
                            if unread := self._place.unread(text):
                                yield self._place.marked(_chunk(answering, {"content": unread}))
                        case Notice():
                            yield _notice(event)
                        case StoredMessage():
                            self._place.check_end()
                            yield _last_chunk(answering, event)
            except BanyanError:
                if not told:  # the session is known by now, and the error follows as an event
                    yield _meta(answering, ())
                raise


def _meta(answering: Answering, citations: tuple[Citation, ...]) -> bytes:
    shown = [citation_fields(citation) for citation in citations]
    return msgspec.json.encode({"type": "meta", **_ids(answering), "citations": shown})


def _chunk(answering: Answering, delta: dict[str, str]) -> bytes:
    return msgspec.json.encode(_chunk_fields(answering, delta, None, answering.model))


def _last_chunk(answering: Answering, answer: StoredMessage) -> bytes:
    """The end, with the citations that the answer uses and what else is known of it by now."""
    fields = _chunk_fields(answering, {}, answer.finish_reason, answer.model or answering.model)
    fields["citations"] = [citation_fields(citation) for citation in answer.citations]
    return msgspec.json.encode({**fields, **check_fields(answer.checks)})


def _chunk_fields(answering: Answering, delta: dict[str, str], finish_reason: str | None, model: str) -> dict[str, Any]:
    return {
        "id": answering.turn.answer_id,
        "object": "chat.completion.chunk",
        "created": int(answering.turn.question.created.timestamp()),
        "model": model,
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
    }


def _notice(notice: Notice) -> bytes:
    return msgspec.json.encode({"type": "notice", "notice": notice})


def _refusal(withheld: Withheld) -> dict[str, Any]:
    """The completion of a question that has no answer."""
    return {
        "id": new_id("msg"),
        "object": "chat.completion",
        "created": int(time.time()),
        "model": "",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": withheld.text}, "finish_reason": "content_filter"}
        ],
        "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
        "session": withheld.session,
        "message_id": None,
        "question_id": None,
        "citations": [],
        "notice": msgspec.to_builtins(withheld.notice),
    }


def _refusal_events(withheld: Withheld) -> Iterator[bytes]:
    """The same as a stream."""
    ids = {"session": withheld.session, "message_id": None, "question_id": None}
    yield msgspec.json.encode({"type": "meta", **ids, "citations": [], "notice": withheld.notice})
    chunk = {"id": new_id("msg"), "object": "chat.completion.chunk", "created": int(time.time()), "model": ""}
    for delta, reason in (({"role": "assistant", "content": withheld.text}, None), ({}, "content_filter")):
        yield msgspec.json.encode({**chunk, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})


def _completion(answering: Answering, answer: StoredMessage) -> dict[str, Any]:
    notice = answer.notice
    ended = notice is not None and answer.status != "complete"
    message = {"role": "assistant", "content": notice.message if notice is not None and ended else answer.content}
    told = {} if notice is None else {"notice": msgspec.to_builtins(notice)}
    return {
        "id": answer.id,
        "object": "chat.completion",
        "created": int(answering.turn.question.created.timestamp()),
        "model": answer.model,
        "choices": [{"index": 0, "message": message, "finish_reason": answer.finish_reason}],
        "usage": {
            "prompt_tokens": answer.prompt_tokens,
            "completion_tokens": answer.completion_tokens,
            "total_tokens": answer.prompt_tokens + answer.completion_tokens,
        },
        **_ids(answering),
        "citations": [] if ended else [citation_fields(citation) for citation in answer.citations],
        **told,
        **check_fields(answer.checks),
    }


def _ids(answering: Answering) -> dict[str, str]:
    turn = answering.turn
    return {"session": turn.session.id, "message_id": turn.answer_id, "question_id": turn.question.id}

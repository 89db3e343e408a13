"""The client for programs that wait."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Self, TypeVar

import httpx

from banyan.client import calls
from banyan.client.base import Setup, begun, body_of, last_event
from banyan.client.breaker import BreakerOptions
from banyan.client.calls import Call
from banyan.client.errors import BanyanError
from banyan.client.events import DONE, ChatEvent, ContentEvent, EventReader, chat_events, content_events
from banyan.client.options import Retries, Timeouts, translated

T = TypeVar("T")


class Banyan:
    """Both services; the options are those of `Setup`. To be closed, or used in `with`.

    Every failure is a BanyanError. Streams are generators: closing one early ends the request, and the service stops
    its work.
    """

    def __init__(
        self,
        base_url: str,
        *,
        proxy_url: str | None = None,
        api_key: str | Callable[[], str] | None = None,
        user: str | None = None,
        roles: Sequence[str] = (),
        timeouts: Timeouts = Timeouts(),  # noqa: B008  (frozen)
        retries: Retries = Retries(),  # noqa: B008
        breaker: BreakerOptions | None = BreakerOptions(),  # noqa: B008
        http: httpx.Client | None = None,
    ) -> None:
        self._setup = Setup(base_url, proxy_url, api_key, user, roles, timeouts, retries, breaker)
        self._breakers = self._setup.breakers()
        self._http = http or httpx.Client()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def health(self) -> dict[str, Any]:
        """Whether the process answers."""
        return self._dict(calls.health())

    def chat(
        self,
        course: str,
        lesson: str,
        question: str,
        *,
        session: str | None = None,
        model: str | None = None,
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        """An answer with citations, as the assistant's OpenAPI document has it. Equal keys are answered once."""
        key = idempotency_key
        return self._dict(calls.chat(course, lesson, question, session=session, model=model, key=key, stream=False))

    def chat_stream(
        self,
        course: str,
        lesson: str,
        question: str,
        *,
        session: str | None = None,
        model: str | None = None,
        idempotency_key: str | None = None,
    ) -> Iterator[ChatEvent]:
        """The same as it is written: Meta, Text and Notice, and last ChatEnd. Raises: StreamCut when it breaks off."""
        key = idempotency_key
        call = calls.chat(course, lesson, question, session=session, model=model, key=key, stream=True)
        for data in self._events(call):
            yield from chat_events(data)

    def content(self, type: str, *, idempotency_key: str | None = None, **order: Any) -> dict[str, Any]:
        """Study material: `content("quiz", course=..., lesson=..., count=5)`."""
        return self._dict(calls.content(type, order, key=idempotency_key, stream=False))

    def content_stream(self, type: str, *, idempotency_key: str | None = None, **order: Any) -> Iterator[ContentEvent]:
        """The same: Markdown as it is written, and last the Whole."""
        for data in self._events(calls.content(type, order, key=idempotency_key, stream=True)):
            yield from content_events(data)

    def embeddings(
        self, texts: Sequence[str], *, model: str | None = None, dimensions: int | None = None
    ) -> list[list[float]]:
        """One vector for each text, in their order."""
        return calls.vectors(self._send(calls.embeddings(texts, model=model, dimensions=dimensions)))

    def search(self, query: str, course: str, **options: Any) -> list[dict[str, Any]]:
        """Passages, best first."""
        return list(self._dict(calls.search(query, course, options))["results"])

    def sessions(self, **query: Any) -> list[dict[str, Any]]:
        """Own sessions, last used first."""
        return list(self._dict(calls.sessions(query))["sessions"])

    def new_session(self, course: str, lesson: str) -> dict[str, Any]:
        """Begins a new session on a lesson."""
        return self._dict(calls.new_session(course, lesson))

    def messages(self, session: str, *, limit: int | None = None) -> list[dict[str, Any]]:
        """What was said in a session."""
        return list(self._dict(calls.session_messages(session, limit))["messages"])

    def history(self, course: str, lesson: str, *, limit: int | None = None) -> dict[str, Any]:
        """What was said in the current session on a lesson, and which that is."""
        return self._dict(calls.history(course, lesson, limit))

    def persona(self, user: str) -> dict[str, Any]:
        """What is known of how a learner likes to be taught."""
        return self._dict(calls.persona("GET", user))

    def replace_persona(self, user: str, persona: Mapping[str, Any]) -> dict[str, Any]:
        """Puts another in its place."""
        return self._dict(calls.persona("PUT", user, persona))

    def change_persona(self, user: str, parts: Mapping[str, Any]) -> dict[str, Any]:
        """Changes the parts that are given."""
        return self._dict(calls.persona("PATCH", user, parts))

    def remove_persona(self, user: str) -> None:
        """Takes it away."""
        self._send(calls.persona("DELETE", user))

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        idempotency_key: str | None = None,
    ) -> Any:
        """Any endpoint of the assistant. A POST is sent again after a failure only with an idempotency key."""
        return self._send(Call(method, path, query=query or {}, body=body, key=idempotency_key))

    def _dict(self, call: Call) -> dict[str, Any]:
        return dict(self._send(call))

    def _send(self, call: Call) -> Any:
        def attempt() -> Any:
            with self._answer(call, "application/json") as response:
                response.read()
                return body_of(response)

        return self._tries(call, attempt)

    def _events(self, call: Call) -> Iterator[str]:
        def open_stream() -> httpx.Response:
            with self._answer(call, "text/event-stream", keep=True) as response:
                if not response.is_success:
                    response.read()
                    body_of(response)
                return response

        response = self._tries(call, open_stream)
        reader = EventReader()
        try:
            for line in response.iter_lines():
                data = reader.feed(line)
                if data == DONE:
                    return
                if data is not None:
                    yield data
        except httpx.HTTPError as error:
            raise translated(error, self._setup.timeouts, began=True, stream=True) from error
        finally:
            response.close()
        last_event(reader.rest())

    @contextmanager
    def _answer(self, call: Call, accept: str, *, keep: bool = False) -> Iterator[httpx.Response]:
        """The answer, begun. keep: it stays open where all goes well."""
        request = self._setup.request(self._http, call, accept)
        response = None
        kept = False
        try:
            response = self._http.send(request, stream=True)
            begun(request, self._setup.timeouts)
            yield response
            kept = keep
        except httpx.HTTPError as error:
            raise translated(error, self._setup.timeouts, began=response is not None) from error
        finally:
            if response is not None and not kept:
                response.close()

    def _tries(self, call: Call, attempt: Callable[[], T]) -> T:
        breaker = self._breakers[call.service]
        failed = 0
        while True:
            if breaker is not None:
                breaker.admit()
            problem: BaseException | None = None
            try:
                return attempt()
            except BanyanError as error:
                problem = error
                failed += 1
                wait = self._setup.retries.wait(call.method, call.key, error, failed)
                if wait is None:
                    raise
            except BaseException as error:
                problem = error
                raise
            finally:
                if breaker is not None:
                    breaker.went(problem)
            time.sleep(wait)

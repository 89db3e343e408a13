"""Every call as a value, which the sync and the async client send alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote
from uuid import uuid4

Service = Literal["assistant", "proxy"]


@dataclass(frozen=True, slots=True)
class Call:
    """key: the idempotency key, with which a POST may be sent again."""

    method: str
    path: str
    service: Service = "assistant"
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    key: str | None = None


def health() -> Call:
    """Whether the process answers."""
    return Call("GET", "/health")


def chat(
    course: str, lesson: str, question: str, *, session: str | None, model: str | None, key: str | None, stream: bool
) -> Call:
    """A question about a lesson."""
    messages = [{"role": "user", "content": question}]
    body = {"course": course, "lesson": lesson, "messages": messages, "session": session, "model": model}
    return _post("/api/v1/chat/completions", _given(body) | {"stream": stream}, key)


def content(type: str, order: Mapping[str, Any], *, key: str | None, stream: bool) -> Call:
    """Study material."""
    return _post(f"/api/v1/content/{_part(type)}", {**order, "stream": stream}, key)


def embeddings(texts: Sequence[str], *, model: str | None, dimensions: int | None) -> Call:
    """Vectors, of the proxy."""
    body = _given({"input": list(texts), "model": model, "dimensions": dimensions, "encoding_format": "float"})
    return Call("POST", "/v1/embeddings", "proxy", body=body, key=uuid4().hex)


def search(query: str, course: str, options: Mapping[str, Any]) -> Call:
    """Passages of a course, of the proxy."""
    body = _given({"query": query, "course": course, **options})
    return Call("POST", "/v1/rag/search", "proxy", body=body, key=uuid4().hex)


def sessions(query: Mapping[str, Any]) -> Call:
    """Own sessions."""
    return Call("GET", "/api/v1/sessions", query=_given(query))


def new_session(course: str, lesson: str) -> Call:
    """A new session; one begun twice is no harm, so it is tried again."""
    return _post("/api/v1/sessions", {"course": course, "lesson": lesson}, None)


def session_messages(session: str, limit: int | None) -> Call:
    """What was said in a session."""
    return Call("GET", f"/api/v1/sessions/{_part(session)}/messages", query=_given({"limit": limit}))


def history(course: str, lesson: str, limit: int | None) -> Call:
    """What was said in the current session on a lesson."""
    path = f"/api/v1/sessions/{_part(course)}/{_part(lesson)}/history"
    return Call("GET", path, query=_given({"limit": limit}))


def persona(method: str, user: str, body: Mapping[str, Any] | None = None) -> Call:
    """What is known of how a learner likes to be taught."""
    key = uuid4().hex if method == "PATCH" else None
    return Call(method, f"/api/v1/users/{_part(user)}/persona", body=body, key=key)


def vectors(answer: Any) -> list[list[float]]:
    """One for each text, in their order."""
    return [row["embedding"] for row in sorted(answer["data"], key=lambda row: int(row["index"]))]


def _post(path: str, body: Any, key: str | None) -> Call:
    return Call("POST", path, body=body, key=key or uuid4().hex)


def _part(value: str) -> str:
    return quote(value, safe="")


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}

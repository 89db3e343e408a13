"""Server-sent events out of lines, and what they mean."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from banyan.client.errors import failed_event, parsed

DONE = "[DONE]"


class EventReader:
    """Joins the lines of an event. Comments and names are left out: no stream of Banyan needs them."""

    def __init__(self) -> None:
        self._data: list[str] = []

    def feed(self, line: str) -> str | None:
        """The data of an event that this line, without its end, completes."""
        if line:
            name, _, value = line.partition(":")
            if name == "data":
                self._data.append(value.removeprefix(" "))
            return None
        return self.rest()

    def rest(self) -> str | None:
        """What is left when the bytes have ended."""
        data, self._data = self._data, []
        return "\n".join(data) if data else None


@dataclass(frozen=True, slots=True)
class Meta:
    """Comes first; a second one replaces the citations and the text of the first."""

    session: str | None
    message_id: str | None
    question_id: str | None
    citations: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the answer, or of material as Markdown."""

    text: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What the learner is told beside the answer, or instead of one."""

    notice: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ChatEnd:
    """The end, with the citations that the answer does use."""

    finish_reason: str
    citations: list[dict[str, Any]]
    raw: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Whole:
    """The material as a whole."""

    material: dict[str, Any]


ChatEvent = Meta | Text | Notice | ChatEnd
ContentEvent = Text | Whole


def chat_events(data: str) -> Iterator[ChatEvent]:
    """What one event of a chat says. Raises: BanyanError for an error event."""
    said = _object(data)
    if said.get("type") == "meta":
        citations = said.get("citations") or []
        yield Meta(said.get("session"), said.get("message_id"), said.get("question_id"), citations)
    if isinstance(said.get("notice"), dict):
        yield Notice(said["notice"])
    for choice in said.get("choices") or ():
        text = (choice.get("delta") or {}).get("content")
        if text:
            yield Text(text)
        if choice.get("finish_reason"):
            yield ChatEnd(choice["finish_reason"], said.get("citations") or [], said)


def content_events(data: str) -> Iterator[ContentEvent]:
    """What one event of study material says. Raises: BanyanError for an error event."""
    said = _object(data)
    if said.get("type") == "delta":
        yield Text(str(said.get("text", "")))
    if said.get("type") == "material":
        yield Whole(said["material"])


def _object(data: str) -> dict[str, Any]:
    said = parsed(data)
    if not isinstance(said, dict):
        return {}
    failed = failed_event(said)
    if failed is not None:
        raise failed
    return said

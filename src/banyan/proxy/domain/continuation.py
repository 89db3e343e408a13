"""Goes on with an answer that broke off, so that the reader sees neither a seam nor a word twice."""

from collections.abc import Mapping
from typing import Any

import msgspec

from banyan.kernel.errors import UpstreamFailed

_HAD = frozenset({"content", "role", "reasoning", "reasoning_content"})
"""Parts of a delta that a continuation needs no more, beside the text, which is handled by itself."""
_SURELY_REPEATED = 20
"""Characters: a continuation that begins with all of so long an answer repeats it, whatever was asked of it."""
_chunks: msgspec.json.Decoder[dict[str, Any]] = msgspec.json.Decoder(dict[str, Any])
_messages: msgspec.json.Decoder[list[msgspec.Raw]] = msgspec.json.Decoder(list[msgspec.Raw])


class Continuation:
    """Reads the chunks of a second stream and gives what the reader has not had yet.

    sent: the text that the reader has, which grows here. first: a chunk that the reader has; later ones go by its id.
    prefilled: the model was given the text to go on from; else it answers anew, and what it repeats is skipped.
    """

    def __init__(self, sent: str, first: bytes, *, prefilled: bool) -> None:
        head = _chunks.decode(first)
        self._head = {name: head[name] for name in ("id", "created") if name in head}
        self.sent = sent
        self._seam = sent
        self._ahead = "" if prefilled and len(sent) < _SURELY_REPEATED else sent
        self._prefilled = prefilled
        self._held = ""
        self._citations: Any = None

    def take(self, chunk: bytes) -> bytes | None:
        """The chunk as the reader gets it, or None where there is nothing new in it.

        Where the reader has no text yet, its citations are those of the new answer.
        Raises: UpstreamFailed (`stream_cut`) where a new answer is not the one that broke off.
        """
        fields = _chunks.decode(chunk)
        citations = fields.pop("citations", None)
        if citations is not None and not self.sent:
            self._citations = citations
        choices = fields.get("choices") or []
        if not choices:
            return msgspec.json.encode({**fields, **self._head}) if fields.get("usage") else None
        choice = choices[0]
        delta = choice.get("delta") or {}
        beside = {name: value for name, value in delta.items() if name not in _HAD and value}
        ends = choice.get("finish_reason") is not None
        said = delta.get("content")
        text = self._new(said if isinstance(said, str) else "", ends=ends or bool(beside))
        if not text and not beside and not ends:
            return None
        self.sent += text
        choice["delta"] = {**beside, "content": text}
        if self._citations is not None:
            fields["citations"], self._citations = self._citations, None
        return msgspec.json.encode({**fields, **self._head})

    def _new(self, text: str, *, ends: bool) -> str:
        if not self._ahead:
            return self._joined(text)
        self._held += text
        if self._held.startswith(self._ahead):
            text, self._held, self._ahead = self._held[len(self._ahead) :], "", ""
            return self._joined(text) if self._prefilled else text
        if self._ahead.startswith(self._held) and not ends:
            return ""
        if not self._prefilled or self._repeats():
            raise UpstreamFailed(
                "The provider broke off, and another answer would not fit to what you have; ask again.",
                code="stream_cut",
            )
        text, self._held, self._ahead = self._held, "", ""
        return self._joined(text)

    def _repeats(self) -> bool:
        """Whether a model that was to go on began anew, in the same words at first and then in others."""
        return self._held[:_SURELY_REPEATED] == self._ahead[:_SURELY_REPEATED]

    def _joined(self, text: str) -> str:
        """The first piece of a continuation, without a second space at the seam."""
        seam, self._seam = self._seam, "" if text else self._seam
        return text.lstrip(" ") if self._prefilled and seam.endswith((" ", "\n")) else text


def with_prefill(fields: Mapping[str, msgspec.Raw], sent: str) -> dict[str, msgspec.Raw]:
    """The request, to be gone on with from what has been sent."""
    messages = _messages.decode(fields["messages"])
    messages.append(msgspec.Raw(msgspec.json.encode({"role": "assistant", "content": sent})))
    return {**fields, "messages": msgspec.Raw(msgspec.json.encode(messages))}

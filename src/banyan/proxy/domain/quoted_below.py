"""What the course says, below an answer that broke off and that nobody could finish."""

import re
from typing import Any

import msgspec

SEPARATOR = "\n\n---\n\n"
"""A rule in Markdown: it needs no language, and nobody takes what stands below it for a part of the sentence above."""
_MARK = re.compile(r"\[(\d{1,3})\]")
_chunks: msgspec.json.Decoder[dict[str, Any]] = msgspec.json.Decoder(dict[str, Any])


class QuotedBelow:
    """Reads the tutor's chunks and gives what goes below the text that was sent.

    Its citations are numbered on from those that the reader has, and the chunk that begins the quotations carries all
    of them. Where the tutor quotes nothing, nothing is given. No reason for an end is: the answer above has none.
    sent, first: as `Continuation` has them; `sent` grows here.
    """

    def __init__(self, sent: str, first: bytes) -> None:
        head = _chunks.decode(first)
        self.sent = sent
        self._head = {name: head[name] for name in ("id", "created") if name in head}
        self._citations: list[dict[str, Any]] = list(head.get("citations") or ())
        self._before = max((one["index"] for one in self._citations), default=0)
        self._quoted: set[int] = set()
        self._begun = False

    def take(self, chunk: bytes) -> bytes | None:
        """The chunk as the reader gets it, or None where it has nothing for them."""
        fields = _chunks.decode(chunk)
        for citation in fields.pop("citations", None) or ():
            self._quoted.add(citation["index"])
            self._citations.append({**citation, "index": citation["index"] + self._before})
        choices = fields.get("choices") or [{}]
        text = (choices[0].get("delta") or {}).get("content")
        if not text or not self._quoted:
            return None
        text = _MARK.sub(self._renumbered, text)
        if not self._begun:
            self._begun = True
            text = SEPARATOR + text
            fields["citations"] = self._citations
        self.sent += text
        shown = {"index": 0, "delta": {"content": text}, "finish_reason": None}
        return msgspec.json.encode({**fields, **self._head, "choices": [shown]})

    def _renumbered(self, mark: re.Match[str]) -> str:
        number = int(mark[1])
        return f"[{number + self._before}]" if number in self._quoted else mark[0]

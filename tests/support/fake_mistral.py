"""A small upstream that is OpenAI's in the main, and strict: it refuses what it does not know, and counts unasked."""

import json

from fake_openai import FakeOpenAI
from fake_upstream import Pieces

_STRANGE = {"stream_options", "max_completion_tokens", "user", "seed", "logit_bias", "store"}


class FakeMistral(FakeOpenAI):
    """Usage comes with the finish reason, and unknown fields are an error."""

    def plain(self, body: dict) -> dict:
        assert not _STRANGE & body.keys(), body
        return super().plain(body)

    def pieces(self, body: dict) -> Pieces:
        assert not _STRANGE & body.keys(), body
        pieces = super().pieces(body)
        last = json.loads(pieces.after[-1].removeprefix(b"data: "))
        counted = self._event({**last, "usage": self._usage()})
        return Pieces(pieces.before, pieces.words, [*pieces.after[:-1], counted], pieces.done)

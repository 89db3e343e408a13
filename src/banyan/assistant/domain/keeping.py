"""An answer on its way past the solutions that must not be given away."""

from collections.abc import Sequence

from banyan.assistant.domain.held_back import HeldBack
from banyan.assistant.domain.leaks import Heard, Secret, concerns, gives_away
from banyan.kernel.messages import Message

INSTEAD = (
    "Your teacher keeps this solution to be found by yourself. Ask for a hint, or for what the lesson says about it."
)
_QUESTIONS = 6
"""How far back a question still says what the next one is about."""


class Keeping:
    """Feed it the answer; sentences that give a solution away do not come out.

    messages: the conversation, ending with the question. withheld: whether any was kept back.
    """

    def __init__(self, secrets: Sequence[Secret], messages: Sequence[Message]) -> None:
        self._secrets = secrets
        self._questions = [one.content for one in messages if one.role == "user"][-_QUESTIONS:]
        self._before = Heard(*(one.content for one in messages if one.role == "assistant"))
        self._held = HeldBack(lambda _: True)
        self.withheld = False
        self.concerned = any(concerns(one, self._questions) for one in secrets)

    def may_show(self, quote: str) -> bool:
        """Whether a citation may be shown."""
        return not any(gives_away(one, quote, questions=self._questions) for one in self._secrets)

    def feed(self, piece: str) -> str:
        """What may be said now."""
        return self._said(self._held.feed(piece)) if self._secrets else piece

    def end(self) -> str:
        """What is left."""
        return self._said(self._held.end()) if self._secrets else ""

    def _said(self, parts: list[str]) -> str:
        said = ""
        for part in parts:
            if part.strip() and any(
                gives_away(one, part, before=self._before, questions=self._questions) for one in self._secrets
            ):
                self.withheld = True
                continue
            self._before.add(part)
            said += part
        return said

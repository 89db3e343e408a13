"""What is said in a conversation, and what an answer rests on."""

from dataclasses import dataclass
from typing import Literal

Speaker = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation, as text."""

    role: Speaker
    content: str


@dataclass(frozen=True, slots=True)
class Citation:
    """What one `[index]` in an answer points at.

    quote: equals the source's plain text from `start` to `end` (code points), character for character.
    source: which source of the lesson; "lesson" is its own body, anything else an attachment or page.
    heading: path from the outermost heading inwards, without the lesson's title.
    score: higher is better; comparable only within one answer.
    seconds: where in a film it is said, from and to.
    version: of the source, in which the span is measured; 0 where nobody knew.
    """

    index: int
    course: str
    lesson: str
    chunk_id: str
    title: str
    heading: tuple[str, ...]
    anchor: str
    quote: str
    start: int
    end: int
    source: str
    source_type: str
    score: float
    url: str | None = None
    page: int | None = None
    slide: int | None = None
    seconds: tuple[int, int] | None = None
    version: int = 0

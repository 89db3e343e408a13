"""What may be ordered, and what an order is narrowed to before anybody works on it."""

from collections.abc import Iterable

from msgspec import structs

from banyan.assistant.domain.content_types import ContentType
from banyan.assistant.domain.material import Order
from banyan.assistant.domain.studying import Chunk
from banyan.kernel.errors import InvalidInput

MOST_ITEMS = 500
MOST_TEXT = 400_000
"""Characters of a text that is brought; of a longer one the first are read."""
_LONGEST_WORDS = 2000


def checked(order: Order, kind: ContentType) -> tuple[Order, tuple[str, ...]]:
    """The order as it can be carried out, and what of it is not, as sentences for whoever ordered it.

    Raises: InvalidInput (`no_source`, `unknown_style`, `unknown_kind`, `bad_count`).
    """
    _check_source(order, kind)
    if order.count is not None and not 1 <= order.count <= MOST_ITEMS:
        raise InvalidInput(f"Ask for 1 to {MOST_ITEMS} items.", code="bad_count", param="count")
    style = _name(order.style)
    if style and style not in kind.styles:
        raise InvalidInput(_choose("style", order.style, kind.styles), code="unknown_style", param="style")
    kinds = tuple(dict.fromkeys(map(_name, order.kinds)))
    for one in kinds:
        if one not in kind.kinds:
            raise InvalidInput(_choose("kind", one, kind.kinds), code="unknown_kind", param="kinds")
    chunks, notes = _chunks(order.chunks)
    words = {name: getattr(order, name)[:_LONGEST_WORDS] for name in ("topic", "subtopic", "purpose", "feedback")}
    return structs.replace(order, style=style, kinds=kinds, chunks=chunks, **words), notes


def _check_source(order: Order, kind: ContentType) -> None:
    brought = any(one.text.strip() for one in order.chunks)
    if order.course and order.chunks:
        raise InvalidInput(
            "Name a course and lesson, or send a text; not both at once.", code="no_source", param="content"
        )
    if order.course and not order.lesson:
        raise InvalidInput("Say which lesson of the course is meant.", code="no_source", param="lesson")
    if not order.course and not brought and kind.name != "chat":
        raise InvalidInput(
            "There is no text to work on; send `content` or `chunks`, or name `course` and `lesson`.",
            code="no_source",
            param="content",
        )
    if kind.name == "chat" and order.course:
        raise InvalidInput(
            "Ask about a lesson at /api/v1/chat/completions, where the rules of the course hold; or send a text.",
            code="no_source",
            param="course",
        )
    if kind.name == "chat" and not order.message.strip():
        raise InvalidInput("Say in `message` what is asked.", code="no_source", param="message")


def _chunks(chunks: Iterable[Chunk]) -> tuple[tuple[Chunk, ...], tuple[str, ...]]:
    kept: list[Chunk] = []
    total, room = 0, MOST_TEXT
    for at, one in enumerate(chunks, 1):
        total += len(one.text)
        if one.text.strip() and room > 0:
            # Spans are measured in each chunk, so every chunk has a name.
            kept.append(Chunk(one.id or str(at), one.text[:room]))
            room -= len(one.text)
    notes: tuple[str, ...] = ()
    if total > MOST_TEXT:
        notes = (f"Only the first {MOST_TEXT:,} of {total:,} characters were read; send the rest by itself.",)
    return tuple(kept), notes


def _choose(what: str, value: str, known: tuple[str, ...]) -> str:
    if not known:
        return f"This content type has no {what}s; leave it out."
    return f"There is no {what} {value[:60]!r}; choose one of {', '.join(known)}."


def _name(value: str) -> str:
    return value.strip().casefold().replace("-", "_").replace(" ", "_")

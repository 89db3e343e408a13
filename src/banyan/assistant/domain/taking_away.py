"""What every format needs to know of material that leaves: bounds, clean text, how a question is answered, sources."""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import msgspec

from banyan.assistant.domain.material import Body, Cards, Outline, Question, Quiz
from banyan.kernel.errors import InvalidInput, TooLarge
from banyan.kernel.messages import Citation

MOST_ITEMS = 500
LONGEST_TEXT = 20_000
"""Characters of one text."""
MOST_TEXT = 4_000_000
"""Characters of all texts together."""
_TYPED_WORDS = 5
"""An answer of more words is not written alike by two people, so no machine compares it."""
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\ufdd0-\ufdef]")
"""What XML cannot hold, and control characters that no reader shows."""
_GAP = re.compile(r"_{2,}|\[\.\.\.\]")
_BODIES: dict[str, type[Body]] = {"quiz": Quiz, "cards": Cards, "outline": Outline}


class Way(StrEnum):
    """How a question is answered: by choosing, by typing a word that is compared, or in words that a person reads."""

    CHOOSE = "choose"
    TYPE = "type"
    WRITE = "write"


def way_of(question: Question) -> Way:
    """A cloze, and a short answer of up to five words or with accepted spellings, is compared with what is typed."""
    if question.options:
        return Way.CHOOSE
    words = len(question.answer_text.split())
    short = question.kind == "short_answer" and (question.accepted or words <= _TYPED_WORDS)
    return Way.TYPE if question.kind == "cloze" or short else Way.WRITE


def truth_of(question: Question) -> bool | None:
    """The right answer of a question whose options are the words true and false; None for any other."""
    if sorted(one.strip().casefold() for one in question.options) != ["false", "true"]:
        return None
    return question.options[question.answer - 1].strip().casefold() == "true"


def answers_of(question: Question) -> list[str]:
    """What may be typed, the model answer first; spellings that differ in case alone are one."""
    found: dict[str, str] = {}
    for answer in (question.answer_text, *question.accepted):
        if one := " ".join(answer.split()):
            found.setdefault(one.casefold(), one)
    return list(found.values())


def around_gap(text: str) -> tuple[str, str] | None:
    """What stands before and after the first gap, which is two or more low lines; None where there is none."""
    found = _GAP.search(text)
    return (text[: found.start()], text[found.end() :]) if found else None


def source_of(citation: Citation) -> str:
    """One line: the words that support the item, and where they stand. "" for a citation of nothing."""
    place = " › ".join(part for part in (citation.title, *citation.heading) if part)
    page = f"p. {citation.page}" if citation.page is not None else ""
    where = " · ".join(part for part in (place, page, citation.url or "") if part)
    quote = f"“{citation.quote}”" if citation.quote else ""
    return " — ".join(part for part in (quote, where) if part)


def feedback_of(question: Question) -> list[str]:
    """Paragraphs to be read after the answer: the explanation, and the source."""
    return [part for part in (question.explanation, source_of(question.citation)) if part]


def model_answer(question: Question) -> list[str]:
    """Paragraphs for whoever marks: the model answer, and each point that an answer has to make."""
    return [part for part in (question.answer_text, *(f"• {point}" for point in question.key_points)) if part]


def read_body(raw: Any) -> Body:
    """The body that a caller sends, checked and with clean text.

    raw: as `POST /api/v1/content/{type}` answers it under `body`. Raises: InvalidInput, TooLarge.
    """
    kind = raw.get("type") if isinstance(raw, dict) else None
    if not isinstance(kind, str) or kind not in _BODIES:
        raise InvalidInput(
            f"The body has no `type` that can be exported; send one of {', '.join(_BODIES)}.", param="type"
        )
    _check_size(raw)
    try:
        body = msgspec.convert(_clean(raw), _BODIES[kind])
    except msgspec.ValidationError as error:
        raise InvalidInput(f"The body is no {kind} ({error}); correct it.", param="body") from error
    return checked(body)


def checked(body: Body) -> Body:
    """The body, if its items can be told apart and its answers exist. Raises: InvalidInput, TooLarge."""
    items = items_of(body)
    if len(items) > MOST_ITEMS:
        raise TooLarge(f"The body has {len(items)} items; send at most {MOST_ITEMS} at a time.", param="body")
    seen: set[str] = set()
    for number, item in enumerate(items, 1):
        if not item.id or item.id in seen:
            raise InvalidInput(f"Item {number} has no id of its own; give each one that no other has.", param="id")
        seen.add(item.id)
        if isinstance(item, Question):
            _check_question(number, item)
    return body


def items_of(body: Body) -> tuple[Any, ...]:
    """Questions, cards or parts."""
    match body:
        case Quiz(questions):
            return questions
        case Cards(cards):
            return cards
        case Outline(_, parts):
            return parts
    return ()


def _check_question(number: int, question: Question) -> None:
    if question.options and not 1 <= question.answer <= len(question.options):
        raise InvalidInput(
            f"Question {number} names option {question.answer} as right, but has {len(question.options)}; correct it.",
            code="quiz_faulty",
            param="answer",
        )
    if not question.options and not question.answer_text.strip():
        raise InvalidInput(
            f"Question {number} has neither options nor an answer; add one.", code="quiz_faulty", param="answer_text"
        )


def _check_size(raw: Any) -> None:
    total = 0
    for text in _texts(raw):
        total += len(text)
        if len(text) > LONGEST_TEXT:
            raise TooLarge(f"A text has {len(text)} characters; send at most {LONGEST_TEXT} in one.", param="body")
    if total > MOST_TEXT:
        raise TooLarge(f"The texts have {total} characters; send at most {MOST_TEXT} at a time.", param="body")


def _texts(raw: Any) -> Iterator[str]:
    if isinstance(raw, str):
        yield raw
    elif isinstance(raw, dict | list):
        for one in raw.values() if isinstance(raw, dict) else raw:
            yield from _texts(one)


def clean_text(text: str) -> str:
    """Without what no file may hold; line breaks become `\\n`."""
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _clean(raw: Any) -> Any:
    if isinstance(raw, str):
        return clean_text(raw)
    if isinstance(raw, list):
        return [_clean(one) for one in raw]
    if isinstance(raw, dict):
        return {name: _clean(value) for name, value in raw.items()}
    return raw

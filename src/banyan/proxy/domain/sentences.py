"""Splits the text of a document into sentences that can be quoted as they stand.

Rules, no model: a stop ends a sentence unless what stands before or after it speaks against that. Every rule
looks at a few characters around the stop only, so the time grows with the length of the text and no faster.
"""

import re
from collections.abc import Iterator

from banyan.proxy.domain.abbreviations import (
    BEFORE_NAME,
    BEFORE_NUMBER,
    LABELLED,
    MAY_END,
    MONTHS,
    NEVER_LAST,
    OPENERS,
)
from banyan.proxy.domain.document_builder import is_header_rule
from banyan.proxy.domain.knowledge import Block, Document, Span

LONGEST_SENTENCE = 600
"""Characters. Beyond that a "sentence" is a list or a run-on; a learner reads a clause of it more easily."""

LONGEST_UNIT = 1000
"""Characters of code or of a formula that are still quoted as a whole; a screen of code."""

_SHORTEST_CLAUSE = 200  # a part of a long sentence has at least so many characters
_LOOK_BACK = 40  # no abbreviation is longer

_OPENING = "\"'“‘‚„«‹([{「『（【〈《¿¡"
_BRACKETS = ("(", "[")  # a remark in brackets after a full stop stands on its own, whatever letter it begins with
_BEFORE_TOKEN = frozenset(_OPENING + "/–—-")
_CLOSING = "\"'”’“»›)\\]}」』）】〉》"
_CLOSING_WIDE = "”’)\\]」』）】〉》"
_STOP = re.compile(
    rf"(?P<wide>[。！？｡]++[{_CLOSING_WIDE}]*+)"
    # A run of stops is tried at its first character only, or dots without end would take quadratic time.
    rf"|(?<![.!?…])(?P<stop>[.!?…؟۔।॥‼⁇⁈⁉]++[{_CLOSING}]*+(?:\[\d{{1,3}}(?:[,–-] ?\d{{1,3}})*\])*+)(?=\s|$)"
    r"|(?<=[a-z]{2}|[a-z)]\))(?P<glued>[.!?])(?=[A-Z][a-z])"
)
_NEXT_WORD = re.compile(rf"\s*[{re.escape(_OPENING)}]*([^\W_]+(?:['’][^\W_]+)?)?")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
_NUMBERING = re.compile(r"\(?(?:\d{1,3}(?:\.\d{1,3})*|[A-Za-z]|[ivxIVX]{1,4})")
_NUMERAL = re.compile(r"[IVXLC]{1,5}|[A-Z]")
_SPEECH_GOES_ON = ("と", "っ", "に", "の", "は")
_LIST_MARKER = re.compile(r" *(?:-|\d+\.|\[[x ]\]) ")
_VISIBLE = re.compile(r"\S")
_CLAUSE_ENDS = (re.compile(r"[;；؛](?=\s)|；"), re.compile(r"[,:،–—](?=\s)|[，、：]"), re.compile(r"\s"))


def document_sentences(document: Document) -> list[Span]:
    """All quotable sentences of a document, in order, disjoint; headings are not among them."""
    return [span for block in document.blocks for span in block_sentences(document.text, block)]


def block_sentences(text: str, block: Block) -> list[Span]:
    """The quotable sentences of one block of `text`.

    Prose by its stops, a list also at the end of each item, a table by rows without its header, code and
    formulas as a whole or, if long, by groups of lines. A heading has none.
    """
    start, end = block.span.start, block.span.end
    match block.kind:
        case "heading":
            return []
        case "list":
            return [span for line in _lines(text, start, end) for span in prose_sentences(text, *_item(text, line))]
        case "table":
            return [part for row in _rows(text, start, end) for part in _at_most(text, row, LONGEST_SENTENCE)]
        case "code" | "math":
            return list(_line_groups(text, start, end))
        case _:
            return prose_sentences(text, start, end)


def prose_sentences(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Sentences between `start` and `end`, without the white space around them; together they cover the rest."""
    end = len(text) if end is None else end
    sentences: list[Span] = []
    begin = _skip_space(text, start, end)
    for stop in _STOP.finditer(text, begin, end):
        if stop.end() >= end:
            break
        if stop.start() > begin and _ends_sentence(text, begin, stop, end):
            sentences.extend(_at_most(text, Span(begin, stop.end()), LONGEST_SENTENCE))
            begin = _skip_space(text, stop.end(), end)
    if begin < end:
        last = begin + len(text[begin:end].rstrip())
        sentences.extend(_at_most(text, Span(begin, last), LONGEST_SENTENCE))
    return sentences


def _ends_sentence(text: str, begin: int, stop: re.Match[str], end: int) -> bool:
    following = text[stop.end() : stop.end() + _LOOK_BACK]
    if stop["wide"]:
        # In Japanese a quoted sentence goes on with a particle: 「はい。」と言った。
        return stop["wide"][-1] not in "」』" or not following.startswith(_SPEECH_GOES_ON)
    word = _NEXT_WORD.match(following)
    after = (word[1] or "") if word else ""
    if stop["glued"]:
        return after in OPENERS
    next_character = following.lstrip()[:1]
    if after.islower() and next_character not in _BRACKETS:
        return False
    if stop["stop"][0] != "." or stop["stop"][1:2] in (".", '"', "”", "»"):
        return True
    return not _is_abbreviation(text, begin, stop.start(), after, next_character)


def _is_abbreviation(text: str, begin: int, at: int, after: str, next_character: str) -> bool:
    """Whether the full stop at `at` belongs to the word before it and ends nothing."""
    low = max(begin, at - _LOOK_BACK)
    first = at
    while first > low and text[first - 1] not in _BEFORE_TOKEN and not text[first - 1].isspace():
        first -= 1
    token, before = text[first:at], text[low:first]
    if not token:
        return False
    starts = low == begin and not before.strip(_OPENING + " ")
    if _NUMBERING.fullmatch(token) and (starts or (len(token) < 3 and before.endswith((": ", "; ")))):
        return True
    if token.isdigit():
        return len(token) < 3 and after in MONTHS
    if token in NEVER_LAST:
        return True
    if token in BEFORE_NAME:
        return after[:1].isupper() and after not in OPENERS
    if token.casefold() in BEFORE_NUMBER:
        return after[:1].isdigit() or next_character in ("§", "(", "#") or _is_numeral(token, after)
    if token in MAY_END or _INITIALS.fullmatch(token):
        return after not in OPENERS
    if len(token) == 1 and token.isupper():
        return after not in OPENERS and _is_initial(before)
    return False


def _is_numeral(token: str, after: str) -> bool:
    """Whether `after` is a Roman numeral or a letter that numbers; "No. I think so" begins with an answer."""
    return token not in ("No", "no") and _NUMERAL.fullmatch(after) is not None


def _is_initial(before: str) -> bool:
    """Whether a single capital letter after `before` is a person's initial and not a label, as in "vitamin C"."""
    words = before.split()
    if not words:
        return True
    previous = words[-1].strip(_OPENING)
    if previous.casefold() in LABELLED or (previous in ("and", "or") and len(words[-2:][0].strip(",")) == 1):
        return False
    return previous[:1].isupper() or previous in ("", "by", "and", "of", "with", "from", "to", "&")


def _at_most(text: str, span: Span, limit: int) -> Iterator[Span]:
    """The span itself, or parts of it that end at a semicolon, else at a clause, else between words."""
    start = span.start
    while span.end - start > limit:
        cut = _clause_end(text, start + _SHORTEST_CLAUSE, start + limit)
        yield Span(start, start + len(text[start:cut].rstrip()))
        start = _skip_space(text, cut, span.end)
    if start < span.end:
        yield Span(start, span.end)


def _clause_end(text: str, low: int, high: int) -> int:
    window = text[low:high]
    for pattern in _CLAUSE_ENDS:
        ends = [match.end() for match in pattern.finditer(window)]
        if ends:
            return low + ends[-1]
    return high


def _lines(text: str, start: int, end: int) -> Iterator[Span]:
    while start < end:
        line_end = text.find("\n", start, end)
        line_end = end if line_end < 0 else line_end
        yield Span(start, line_end)
        start = line_end + 1


def _item(text: str, line: Span) -> tuple[int, int]:
    marker = _LIST_MARKER.match(text, line.start, line.end)
    return (marker.end() if marker else line.start), line.end


def _rows(text: str, start: int, end: int) -> list[Span]:
    rows = list(_lines(text, start, end))
    if len(rows) > 2 and is_header_rule(text[rows[1].start : rows[1].end]):
        return rows[2:]
    return rows


def _line_groups(text: str, start: int, end: int) -> Iterator[Span]:
    """Runs of whole lines, at most LONGEST_UNIT characters each; a longer line is cut."""
    if end - start <= LONGEST_UNIT:
        yield Span(start, end)
        return
    group: Span | None = None
    for line in _lines(text, start, end):
        if group and line.end - group.start > LONGEST_UNIT:
            yield from _trimmed(text, group)
            group = None
        group = Span(group.start if group else line.start, line.end)
    if group:
        yield from _trimmed(text, group)


def _trimmed(text: str, span: Span) -> Iterator[Span]:
    start = _skip_space(text, span.start, span.end)
    if start < span.end:
        stop = start + len(text[start : span.end].rstrip())
        yield from _at_most(text, Span(start, stop), LONGEST_UNIT)


def _skip_space(text: str, start: int, end: int) -> int:
    visible = _VISIBLE.search(text, start, end)
    return visible.start() if visible else end

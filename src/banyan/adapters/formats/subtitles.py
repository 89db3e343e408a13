"""Subtitles, WebVTT and SRT: what is said in a film, in paragraphs that know their time."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from banyan.adapters.formats._decoding import decode
from banyan.adapters.formats._markup import strip_tags
from banyan.kernel.errors import InvalidInput
from banyan.proxy.domain.document_builder import DocumentBuilder, clean, fold
from banyan.proxy.domain.knowledge import Document
from banyan.proxy.ports.format import Format

_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_TIMES = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}(?:\s.*)?")
_STAMP = re.compile(r"<\d[\d:.]*>")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]+)>")
_STOP = re.compile(r"[.!?…。！？][\"”’»)\]]*$")
_LEAST_WORDS = 40  # of a paragraph that ends with a sentence
_MOST_WORDS = 110  # of one whose speaker never ends a sentence: less than a chunk takes
_SILENCE = 8  # seconds after which somebody begins anew


@dataclass(frozen=True, slots=True)
class _Cue:
    start: float
    end: float
    text: str


def read(content: bytes) -> Document:
    """See `Format.read`. Anchors are `t-SECONDS`; lines that a live caption repeats are kept once."""
    builder = DocumentBuilder("subtitles")
    cues = _told_once(_cues(builder, decode(content).replace("\r\n", "\n").replace("\r", "\n")))
    paragraph: list[_Cue] = []
    words = 0
    for cue in cues:
        silent = bool(paragraph) and cue.start - paragraph[-1].end > _SILENCE
        full = words >= _MOST_WORDS or (words >= _LEAST_WORDS and _STOP.search(paragraph[-1].text) is not None)
        if silent or full:
            _add(builder, paragraph)
            paragraph, words = [], 0
        paragraph.append(cue)
        words += len(cue.text.split())
    _add(builder, paragraph)
    return builder.build()


def _cues(builder: DocumentBuilder, text: str) -> Iterator[_Cue]:
    """Raises: InvalidInput where there is no time in the file at all."""
    any_time = False
    for part in re.split(r"\n[^\S\n]*\n\s*", text):
        lines = part.split("\n")
        if lines[0].startswith(("WEBVTT", "NOTE", "STYLE", "REGION")) and not any(map(_TIMES.fullmatch, lines)):
            continue
        place = next((number for number, line in enumerate(lines) if _TIMES.fullmatch(line)), None)
        if place is None:
            if any("-->" in line for line in lines):
                builder.warn(f"A subtitle has times that cannot be read and was left out: {fold(part)[:60]!r}.")
            continue
        any_time = True
        times = _TIMES.fullmatch(lines[place])
        assert times is not None
        start, end = _seconds(times.groups()[:4]), _seconds(times.groups()[4:])
        said = strip_tags(_STAMP.sub("", _VOICE.sub(r"\1: ", "\n".join(lines[place + 1 :]))))
        yield _Cue(start, max(start, end), fold(clean(said)))
    if not any_time:
        raise InvalidInput("There is no time in these subtitles; send a WebVTT or SRT file, or the text as text.")


def _told_once(cues: Iterator[_Cue]) -> Iterator[_Cue]:
    before = ""
    for cue in sorted(cues, key=lambda one: one.start):
        text = cue.text.removeprefix(before).strip() if before and cue.text.startswith(before) else cue.text
        if text:
            yield _Cue(cue.start, cue.end, text)
        before = cue.text


def _add(builder: DocumentBuilder, cues: list[_Cue]) -> None:
    if not cues:
        return
    start, end = int(cues[0].start), int(max(cue.end for cue in cues))
    builder.move_to(seconds=(start, end), anchor=f"t-{start}")
    builder.paragraph(" ".join(cue.text for cue in cues))


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = (part or "0" for part in parts)
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{fraction}")


ENTRY = Format("subtitles", (".srt", ".vtt"), "subtitles", read)

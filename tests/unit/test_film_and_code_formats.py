"""Subtitles with their times, programs with their lines, data as text."""

import pytest

from banyan.adapters.formats import FORMATS
from banyan.kernel.errors import InvalidInput
from banyan.proxy.domain.chunking import chunk
from banyan.proxy.domain.knowledge import Document, Scope

_SCOPE = Scope("oak", "biology", "figs", "film.vtt")
_LONG = "The fig wasp enters the fig through a narrow opening and pollinates the flowers inside it before she dies. "


def _read(name: str, suffix: str, text: str) -> Document:
    return FORMATS[name].reader(suffix)(text.encode())


def test_subtitles_keep_their_time_in_block_chunk_and_anchor() -> None:
    """A paragraph runs to the end of a sentence, and a silence begins another."""
    document = _read(
        "subtitles",
        ".vtt",
        "WEBVTT - figs\n\nNOTE made by hand\n\nSTYLE\n::cue { color: red }\n\n"
        "1\n00:00:01.000 --> 00:00:03.500 align:start\n<v Ann>Figs are <b>flowers</b>\n\n"
        "00:03.500 --> 00:06.000\nturned inside out.\n\n"
        "01:00:10.000 --> 01:00:12.000\nThank you &amp; goodbye.\n",
    )
    assert document.text == "Ann: Figs are flowers turned inside out.\n\nThank you & goodbye."
    assert [(block.seconds, block.anchor) for block in document.blocks] == [((1, 6), "t-1"), ((3610, 3612), "t-3610")]
    chunks = chunk(document, _SCOPE, title="Figs")
    assert [(one.seconds, one.anchor) for one in chunks] == [((1, 6), "t-1"), ((3610, 3612), "t-3610")]


def test_srt_is_read_like_webvtt_and_a_bad_cue_is_named() -> None:
    """A comma before the fraction; what has no readable time is left out, with a warning."""
    document = _read(
        "subtitles", ".srt", "1\r\n00:00:01,000 --> 00:00:02,000\r\nOne.\r\n\r\n2\r\n0:x --> 00:00:09,000\r\nTwo.\r\n"
    )
    assert document.text == "One."
    assert len(document.warnings) == 1


def test_captions_that_repeat_the_line_before_say_it_once() -> None:
    """As recorders of live captions write them."""
    document = _read(
        "subtitles",
        ".vtt",
        "WEBVTT\n\n00:01.000 --> 00:02.000\nFigs are\n\n00:02.000 --> 00:03.000\nFigs are flowers\n",
    )
    assert document.text == "Figs are flowers"


def test_long_talk_is_cut_into_paragraphs_of_less_than_a_minute() -> None:
    """Every paragraph has a chunk's size at most, so a citation opens near what it quotes."""
    times = [(n // 12, n % 12 * 5) for n in range(100)]
    cues = [f"00:{m:02}:{s:02}.000 --> 00:{m:02}:{s + 4:02}.000\n{m}{s} {_LONG}" for m, s in times]
    document = _read("subtitles", ".vtt", "WEBVTT\n\n" + "\n\n".join(cues))
    assert all(block.seconds is not None and block.seconds[1] - block.seconds[0] < 60 for block in document.blocks)
    assert len({block.anchor for block in document.blocks}) == len(document.blocks) > 20


def test_text_without_times_is_no_subtitles() -> None:
    """It says what to send instead."""
    with pytest.raises(InvalidInput, match="no time"):
        _read("subtitles", ".vtt", "Figs are flowers.")


def test_code_keeps_its_language_and_the_numbers_of_its_lines() -> None:
    """Pieces end at blank lines; the text is verbatim."""
    functions = "\n\n".join("def fig():\n" + "    x = 1\n" * 14 for _ in range(3))
    document = _read("code", ".py", f"\n\n{functions}")
    headings = [document.text[block.span.start : block.span.end] for block in document.blocks if block.level]
    assert headings == ["Python, lines 3 to 17", "Python, lines 20 to 34", "Python, lines 37 to 51"]
    assert [block.anchor for block in document.blocks if block.kind == "code"] == ["L3", "L20", "L37"]
    assert "def fig():\n    x = 1" in document.text


def test_table_of_csv_repeats_its_header_in_every_block() -> None:
    """So that a row that is found says what its cells are."""
    rows = "\n".join(f"Ficus {number};{number}" for number in range(45))
    document = _read("data", ".csv", f"name;height\n{rows}\n")
    assert [block.anchor for block in document.blocks] == ["row-2", "row-22", "row-42"]
    assert document.text.count("name | height") == 3
    assert "Ficus 44 | 44" in document.text


@pytest.mark.parametrize("suffix", [".xml", ".yaml", ".yml"])
def test_structured_text_stays_as_it_is(suffix: str) -> None:
    """Nothing is interpreted, so no entity of XML is ever expanded."""
    source = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<a>&x;</a>'
    assert _read("data", suffix, source).text == source

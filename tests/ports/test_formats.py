"""What every content format promises."""

import json
from collections.abc import Callable

import pytest
from lesson_files import epub_lesson, pdf_lesson, slide_lesson, word_lesson
from outlines import outline

from banyan.adapters.formats import FORMATS, format_for
from banyan.kernel.errors import InvalidInput

MARKDOWN = """\
# Cells

Every living thing is made of cells. Some have only *one*.

## Parts

| Part | Task |
|------|------|
| Nucleus | keeps the genes |

- Membranes let little in.
- Walls are firm.

```python
size = 10
```

> Small is beautiful.
"""

HTML = """\
<html><head><title>Lesson 4</title></head><body><nav>Home</nav><h1>Cells</h1>
<p>Every living thing is made of cells. Some have only <em>one</em>.</p>
<h2>Parts</h2>
<table><tr><th>Part</th><th>Task</th></tr><tr><td>Nucleus</td><td>keeps the genes</td></tr></table>
<ul><li>Membranes let little in.</li><li>Walls are firm.</li></ul>
<pre><code>size = 10
</code></pre>
<blockquote><p>Small is beautiful.</p></blockquote>
<script>document.write("never")</script></body></html>
"""

EDITORJS = json.dumps(
    {
        "time": 1,
        "blocks": [
            {"type": "header", "data": {"text": "Cells", "level": 1}},
            {
                "type": "paragraph",
                "data": {"text": "Every living thing is made of cells.&nbsp;Some have only <i>one</i>."},
            },
            {"type": "header", "data": {"text": "Parts", "level": 2}},
            {
                "type": "table",
                "data": {"withHeadings": True, "content": [["Part", "Task"], ["Nucleus", "keeps the genes"]]},
            },
            {"type": "list", "data": {"style": "unordered", "items": ["Membranes let little in.", "Walls are firm."]}},
            {"type": "code", "data": {"code": "size = 10"}},
            {"type": "quote", "data": {"text": "Small is beautiful."}},
        ],
    }
)

TEXT = """\
Cells
=====

Every living thing is made of cells.
Some have only one.

Parts
-----

- Membranes let little in.
- Walls are firm.
"""

NO_LESSONS = ("code", "data", "subtitles")
"""Formats of what stands beside lessons; `tests/unit/test_film_and_code_formats.py` has their rules."""
SAMPLES: dict[str, Callable[[], bytes]] = {
    "docx": word_lesson,
    "editorjs": lambda: EDITORJS.encode(),
    "epub": epub_lesson,
    "html": lambda: HTML.encode(),
    "markdown": lambda: MARKDOWN.encode(),
    "pdf": pdf_lesson,
    "pptx": slide_lesson,
    "text": lambda: TEXT.encode(),
}

OUTLINE = [
    ("heading", (), "Cells"),
    ("paragraph", (), "Every living thing is made of cells. Some have only one."),
    ("heading", (), "Parts"),
    ("table", ("Parts",), "Part | Task\n--- | ---\nNucleus | keeps the genes"),
    ("list", ("Parts",), "- Membranes let little in.\n- Walls are firm."),
    ("code", ("Parts",), "size = 10"),
    ("quote", ("Parts",), "Small is beautiful."),
]

CANNOT = {"pdf": ("table", "code", "quote"), "pptx": ("code", "quote"), "text": ("table", "code", "quote")}


@pytest.mark.parametrize("name", [name for name in FORMATS.names if name not in NO_LESSONS])
def test_the_same_lesson_reads_the_same_in_every_format(name: str) -> None:
    """Title, paths and blocks agree; a format lacks only what it cannot express."""
    document = FORMATS[name].read(SAMPLES[name]())
    expected = [row for row in OUTLINE if row[0] not in CANNOT.get(name, ())]
    if name == "pptx":  # shapes come in the order in which they were drawn
        assert sorted(outline(document)) == sorted(expected)
    else:
        assert outline(document) == expected
    assert (document.title, document.source_type, document.warnings) == ("Cells", FORMATS[name].source_type, ())


@pytest.mark.parametrize("name", FORMATS.names)
def test_a_format_is_found_by_its_endings(name: str) -> None:
    """The ending of a file decides, in any case of letters."""
    for suffix in FORMATS[name].suffixes:
        assert format_for(suffix.upper()) is FORMATS[name]


def test_an_unknown_ending_is_answered_with_the_known_ones() -> None:
    """The refusal says what can be read."""
    with pytest.raises(InvalidInput, match=r"'\.exe'; use one of .*\.html.*\.md"):
        format_for(".exe")


@pytest.mark.parametrize("name", FORMATS.names)
@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", bytes(range(256)) * 8, b"\0" * 1000])
def test_binary_content_is_refused(name: str, content: bytes) -> None:
    """Bytes that are something else are never indexed as text."""
    with pytest.raises(InvalidInput):
        FORMATS[name].read(content)


@pytest.mark.parametrize("name", ["html", "markdown", "text"])
def test_text_formats_say_what_is_wrong_with_bytes(name: str) -> None:
    """Binary content is called so; otherwise the first byte that is no UTF-8 is named."""
    with pytest.raises(InvalidInput, match="looks binary: it is a PDF file"):
        FORMATS[name].read(b"%PDF-1.7\n")
    with pytest.raises(InvalidInput, match="looks binary: it is full of control characters"):
        FORMATS[name].read(b"ab\0\1\2cd")
    with pytest.raises(InvalidInput, match="not valid UTF-8 at byte 7"):
        FORMATS[name].read("Größe".encode() + b"\xff and more")


@pytest.mark.parametrize("name", ["html", "markdown", "text"])
def test_text_formats_take_any_script_and_repair_what_unicode_does_not_allow(name: str) -> None:
    """Right-to-left and Chinese text stay as they are; a lone surrogate becomes U+FFFD; empty is not an error."""
    content = "\ufeffשלום עולם.\n\n今天下雨。\n\nbad \ud800 end".encode("utf-8", "surrogatepass")
    assert FORMATS[name].read(content).text == "שלום עולם.\n\n今天下雨。\n\nbad \ufffd end"
    assert FORMATS[name].read(b"").warnings == ("There is no text in it.",)


HOSTILE = {
    "html": [
        "<div>" * 50_000,
        "<b>" * 20_000 + "<p>x" * 2_000,
        "".join(f"<font a={number}>" for number in range(1000)) + "<p>x" * 5_000,
        "<table><tr><td>" * 10_000,
        "<ul><li>" * 5_000,
        "<a " * 50_000,
        "<!--" * 50_000,
        "<svg>" * 20_000,
        "<" * 200_000,
    ],
    "markdown": [
        ">" * 5_000,
        "- " * 2_000,
        "[" * 20_000,
        "![" * 20_000,
        "*a " * 20_000,
        "`" * 20_000,
        "$$a\n" * 5_000,
        "<" * 5_000,
    ],
    "text": ["- " * 50_000, "\n" * 200_000, "a\n" * 20_000, "=" * 100_000],
    "editorjs": ["[" * 100_000, json.dumps([{"type": "paragraph", "data": {"text": "<a " * 50_000}}])],
}


@pytest.mark.parametrize(("name", "content"), [(name, text) for name, texts in HOSTILE.items() for text in texts])
def test_hostile_input_ends(name: str, content: str) -> None:
    """Input made to take quadratic time or endless depth is read or refused, at once."""
    try:
        FORMATS[name].read(content.encode())
    except InvalidInput:
        assert name == "editorjs"

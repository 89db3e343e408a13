"""What every content format promises, and what is particular to each."""

import json
from collections.abc import Callable
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from lesson_files import pdf, slides, word

from banyan.adapters.formats import FORMATS, format_for
from banyan.adapters.formats.editorjs import read_blocks
from banyan.kernel.errors import InvalidInput, TooLarge
from banyan.proxy.domain.knowledge import Document

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

TABLE = [["Part", "Task"], ["Nucleus", "keeps the genes"]]


def word_lesson() -> bytes:
    blocks = [
        ("Title", "Cells"),
        ("Normal", "Every living thing is made of cells. Some have only one."),
        ("Heading 1", "Parts"),
        ("table", ""),
        ("List Bullet", "Membranes let little in."),
        ("List Bullet", "Walls are firm."),
        ("Source Code", "size = 10"),
        ("Quote", "Small is beautiful."),
    ]
    return word(blocks, table=TABLE)


def slide_lesson() -> bytes:
    opening = ("Cells", ["Every living thing is made of cells. Some have only one."], "")
    return slides([opening, ("Parts", ["Membranes let little in.", "Walls are firm."], "")], table=TABLE)


def pdf_lesson() -> bytes:
    first = ["Cells", "Every living thing is made of cells. Some have", "only one."]
    second = ["Parts", "• Membranes let little in.", "• Walls are firm."]
    return pdf([first, second], outline=[(0, "Cells", 1), (1, "Parts", 2)])


SAMPLES: dict[str, Callable[[], bytes]] = {
    "docx": word_lesson,
    "editorjs": lambda: EDITORJS.encode(),
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


def outline(document: Document) -> list[tuple[str, tuple[str, ...], str]]:
    return [(block.kind, block.heading, document.text[block.span.start : block.span.end]) for block in document.blocks]


def read(name: str, content: str) -> list[tuple[str, str]]:
    return [(kind, text) for kind, _, text in outline(FORMATS[name].read(content.encode()))]


@pytest.mark.parametrize("name", FORMATS.names)
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


# Markdown


def test_markdown_front_matter_gives_the_title_and_is_no_text() -> None:
    """Only the title of the front matter is used."""
    document = FORMATS["markdown"].read(b'---\ntitle: "On cells"\ntags: [x]\n---\nText.\n')
    assert (document.title, document.text) == ("On cells", "Text.")


def test_markdown_formulas_are_kept_as_they_stand() -> None:
    """Underscores and stars between dollars are no emphasis; prices are no formulas."""
    assert read("markdown", "It is $a_1 * b_2 * c$ for $5 or $6.\n\n$$\nE = m \\\\ c_1_2\n$$\n\n$$x=1$$\n") == [
        ("paragraph", "It is $a_1 * b_2 * c$ for $5 or $6."),
        ("math", "$$E = m \\\\ c_1_2$$"),
        ("math", "$$x=1$$"),
    ]


def test_markdown_html_is_reduced_to_text() -> None:
    """Blocks of HTML are read as HTML; inline tags go, what only looks like one in code stays."""
    source = (
        "Use `<b>` in H<sub>2</sub>O<script>x()</script> &amp; rest<br>here.\n\n<div><h3 id='own'>Raw</h3>text</div>\n"
    )
    assert read("markdown", source) == [
        ("paragraph", "Use <b> in H2O & rest here."),
        ("heading", "Raw"),
        ("paragraph", "text"),
    ]


def test_markdown_lists_keep_depth_numbers_tasks_and_code() -> None:
    """A list that is broken by code goes on after it."""
    source = "3. three\n4. four\n   - inner\n\n   ```\n   x = 1\n   ```\n5. five\n\n- [x] done\n- [ ] open\n"
    assert read("markdown", source) == [
        ("list", "3. three\n4. four\n  - inner"),
        ("code", "x = 1"),
        ("list", "5. five"),
        ("list", "[x] done\n[ ] open"),
    ]


# HTML


def test_html_reads_definitions_captions_and_formulas() -> None:
    """Terms stand with their definitions, formulas are TeX, and what is hidden is not read twice."""
    source = (
        "<dl><dt>Femur</dt><dd>the thigh bone</dd><dt>Alone</dt></dl>"
        "<figure><img alt='x'><figcaption>A <b>bone</b>.</figcaption></figure><figure><img alt='A skull'></figure>"
        "<p>So <math><mi>x</mi><annotation encoding='application/x-tex'>x^2</annotation></math>"
        "<span aria-hidden='true'>x2</span> is 10<sup>-3</sup> cm<sup>2</sup>.</p>"
    )
    assert read("html", source) == [
        ("list", "- Femur: the thigh bone\n- Alone"),
        ("caption", "A bone."),
        ("caption", "A skull"),
        ("paragraph", "So $x^2$ is 10⁻³ cm2."),
    ]


def test_html_keeps_safe_ids_as_anchors() -> None:
    """A heading's own id, or that of the section that it opens, is where its text can be found."""
    source = (
        "<h2 id=own>A</h2><section id=part><h2>B</h2></section><h2 id='a b\"'>C</h2><section id=no><p>x</p><h2>D</h2>"
    )
    anchors = [block.anchor for block in FORMATS["html"].read(source.encode()).blocks if block.kind == "heading"]
    assert anchors == ["own", "part", "c", "d"]


def test_html_reads_main_where_there_is_one_and_layout_tables_as_blocks() -> None:
    """What stands around the lesson on its page is not part of it."""
    source = "<header>Site</header><main><table><tr><td><h2>A</h2><p>x</p></td><td>y</td></tr></table></main>"
    assert read("html", source) == [("heading", "A"), ("paragraph", "x"), ("paragraph", "y")]


# Editor.js and pairs


def test_editorjs_reads_every_shape_of_list() -> None:
    """Flat items, nested items, and items with a box to tick."""
    nested = [{"content": "a", "items": [{"content": "b", "items": []}]}, {"content": "c", "items": []}]
    second = [{"content": "a", "meta": {"checked": True}, "items": []}, {"content": "b", "meta": {}, "items": []}]
    blocks = [
        {"type": "list", "data": {"style": "ordered", "items": nested}},
        {"type": "list", "data": {"style": "checklist", "items": second}},
        {"type": "list", "data": {"style": "ordered", "meta": {"start": 4}, "items": ["x", "y"]}},
        {"type": "checklist", "data": {"items": [{"text": "no", "checked": False}]}},
    ]
    assert [text for _, text in read("editorjs", json.dumps(blocks))] == [
        "1. a\n  1. b\n2. c",
        "[x] a\n- b",
        "4. x\n5. y",
        "[ ] no",
    ]


def test_editorjs_reads_the_blocks_of_frappe_lms() -> None:
    """Markdown and highlighted code are read as such; quizzes and uploads are named as left out."""
    document = read_blocks(
        [
            {"type": "markdown", "data": {"text": "## Steps\n- one\n- two"}},
            {"type": "markdown", "data": {"text": "Plain &amp; short."}},
            {"type": "codeBox", "data": {"code": "<div>a = <span class='k'>1</span></div><div>b &lt; 2</div>"}},
            {"type": "quiz", "data": {"quiz": "QUIZ-1"}},
            {"type": "upload", "data": {"file_url": "/files/film.mp4", "file_type": "mp4"}},
        ]
    )
    assert outline(document) == [
        ("heading", (), "Steps"),
        ("list", ("Steps",), "- one\n- two"),
        ("paragraph", ("Steps",), "Plain & short."),
        ("code", ("Steps",), "a = 1\nb < 2"),
    ]
    assert document.warnings == ("These blocks hold no text and were left out: quiz (1), upload (1).",)


def test_editorjs_keeps_the_text_of_blocks_that_it_does_not_know() -> None:
    """Whatever a plug-in stores, its sentences are read; its settings and addresses are not."""
    data = {"style": "wide", "title": "Mind", "url": "https://a.example", "rows": [{"body": "the gap", "n": 3}]}
    inner = {"cols": [{"blocks": [{"type": "paragraph", "data": {"text": "Inside."}}]}]}
    blocks = [{"type": "notice", "data": data}, {"type": "columns", "data": inner}]
    assert [text for _, text in read("editorjs", json.dumps(blocks))] == ["Mind", "the gap", "Inside."]


def test_editorjs_repairs_texts() -> None:
    """Lone surrogates and NUL become U+FFFD, HTML becomes text, and generics are no HTML."""
    text = r'"a \ud800 \u0000 <b>b</b><br>list<int> &lt;c&gt;<script>x</script>"'
    assert read("editorjs", f'[{{"type": "paragraph", "data": {{"text": {text}}}}}]') == [
        ("paragraph", "a \ufffd \ufffd b list<int> <c>")
    ]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ('[{"type": "paragraph",}]', "not valid JSON at line 1, column 23"),
        ('{"time": 3}', "no 'blocks'"),
        ('{"blocks": {}}', "'blocks' must be a list"),
        ('[["p", "x"], 7]', "Block 2 must be an object"),
        ('[["p", "x"], ["p"]]', "Block 2 must be a pair"),
        ('[{"data": {}}]', "Block 1 has no 'type'"),
        ('[{"type": "paragraph", "data": []}]', r"Block 1 \(paragraph\): 'data' must be an object"),
        ('[{"type": "paragraph", "data": {"text": ["a"]}}]', r"Block 1 \(paragraph\): 'text' must be text"),
        ('[{"type": "list", "data": {"items": "a"}}]', r"Block 1 \(list\): 'items' must be a list"),
        ('[{"type": "table", "data": {"content": [7]}}]', r"Block 1 \(table\): each row"),
        ("[" * 5_000, "nested too deeply"),
        ("[" + "1" * 5_000 + "]", "too many digits"),
    ],
)
def test_editorjs_says_what_is_wrong_and_where(content: str, complaint: str) -> None:
    """The number of the block, or the place in the JSON, stands in the message."""
    with pytest.raises(InvalidInput, match=complaint):
        FORMATS["editorjs"].read(content.encode())


def test_pairs_are_blocks_too() -> None:
    """A lesson set writes `[kind, text]`; its text is plain, so what looks like a tag stays."""
    document = read_blocks([["h", "Bones"], ["p", "x < y and <b>"], ["li", "item"], ["other", "text"], ["h3", "Deep"]])
    assert outline(document) == [
        ("heading", (), "Bones"),
        ("paragraph", ("Bones",), "x < y and <b>"),
        ("list", ("Bones",), "- item"),
        ("paragraph", ("Bones",), "text"),
        ("heading", ("Bones",), "Deep"),
    ]


# Plain text


def test_text_is_folded_unless_its_lines_are_paragraphs() -> None:
    """Wrapped lines are joined, long lines are paragraphs of their own, bullets are lists."""
    long = "word " * 40 + "end."
    assert read("text", f"one\ntwo\n\n{long}\n{long}\n\n* a\n  more\n* b\n\n1) x\n") == [
        ("paragraph", "one two"),
        ("paragraph", long),
        ("paragraph", long),
        ("list", "- a more\n- b"),
        ("list", "1. x"),
    ]


# PDF


def test_pdf_keeps_pages_and_drops_what_stands_on_every_one() -> None:
    """Running titles and page numbers are no text; blocks know their page."""
    facts = ["Cells divide.", "Bones grow.", "Blood flows.", "Nerves fire.", "Skin heals."]
    pages = [["School of Life", fact, f"Page {number}"] for number, fact in enumerate(facts, start=1)]
    document = FORMATS["pdf"].read(pdf(pages, title="Facts"))
    assert [(block.page, text) for block, (_, _, text) in zip(document.blocks, outline(document), strict=True)] == [
        (1, "Cells divide."),
        (2, "Bones grow."),
        (3, "Blood flows."),
        (4, "Nerves fire."),
        (5, "Skin heals."),
    ]
    assert document.title == "Facts"


def test_pdf_lines_become_paragraphs() -> None:
    """A short line with a stop ends a paragraph, and a word that was divided is whole again."""
    lines = [
        "The wall of a plant cell is firm and made of cellu-",
        "lose, while the membrane just below it is soft.",
        "Here ends it.",
        "The next paragraph begins in a line of its own and it",
        "goes on.",
    ]
    assert [text for _, _, text in outline(FORMATS["pdf"].read(pdf([lines])))] == [
        "The wall of a plant cell is firm and made of cellulose, while the membrane just below it is soft. "
        "Here ends it.",
        "The next paragraph begins in a line of its own and it goes on.",
    ]


def test_pdf_names_pages_without_text() -> None:
    """A scanned page is not passed over in silence."""
    document = FORMATS["pdf"].read(pdf([[], ["Text."], [], []]))
    assert document.warnings == ("These pages hold no text, perhaps pictures of it: 1, 3-4.",)


def test_pdf_with_a_password_is_refused_and_without_one_is_read() -> None:
    """Many files are encrypted with an empty password; they open as they do in a viewer."""
    with pytest.raises(InvalidInput, match="protected by a password"):
        FORMATS["pdf"].read(pdf([["Secret."]], password="open sesame"))
    assert FORMATS["pdf"].read(pdf([["Not secret."]], password="")).text == "Not secret."


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9])
@pytest.mark.parametrize(("name", "sample"), [("pdf", pdf_lesson), ("docx", word_lesson), ("pptx", slide_lesson)])
def test_a_file_that_broke_off_is_refused_or_read_as_far_as_it_goes(
    name: str, sample: Callable[[], bytes], share: float
) -> None:
    """No damage surfaces as anything but InvalidInput."""
    content = sample()
    try:
        document = FORMATS[name].read(content[: int(len(content) * share)])
    except InvalidInput:
        return
    assert name == "pdf"
    assert document.text or document.warnings


# Word


def test_word_reads_numbered_lists_and_levels_below_a_title() -> None:
    """With a title, the first level of headings stands below it; lines of code are one block."""
    blocks = [
        ("Title", "Bones"),
        ("Heading 1", "Arm"),
        ("Heading 2", "Hand"),
        ("List Number", "Feel it."),
        ("List Number", "Name it."),
        ("Source Code", "if bone:"),
        ("Source Code", "    name()"),
        ("Caption", "A hand."),
    ]
    assert outline(FORMATS["docx"].read(word(blocks))) == [
        ("heading", (), "Bones"),
        ("heading", (), "Arm"),
        ("heading", ("Arm",), "Hand"),
        ("list", ("Arm", "Hand"), "1. Feel it.\n2. Name it."),
        ("code", ("Arm", "Hand"), "if bone:\n    name()"),
        ("caption", ("Arm", "Hand"), "A hand."),
    ]


@pytest.mark.parametrize("name", ["docx", "pptx"])
def test_office_files_are_refused_when_they_are_something_else(name: str) -> None:
    """An old or protected file, another archive and no archive at all are told apart."""
    with pytest.raises(InvalidInput, match="protected by a password or in the format of before 2007"):
        FORMATS[name].read(b"\xd0\xcf\x11\xe0" + b"\0" * 600)
    with pytest.raises(InvalidInput, match=r"it has no (word|ppt)/"):
        FORMATS[name].read(word_lesson() if name == "pptx" else slide_lesson())
    with pytest.raises(InvalidInput, match=r"not a (Word|PowerPoint) file"):
        FORMATS[name].read(b"Dear reader, this is no archive.")


def test_an_archive_that_would_unpack_to_too_much_is_refused() -> None:
    """The size is checked before anything is unpacked."""
    target = BytesIO()
    with ZipFile(target, "w", ZIP_DEFLATED) as archive, archive.open("word/document.xml", "w") as part:
        for _ in range(110):
            part.write(b"\0" * 1_000_000)
    with pytest.raises(TooLarge, match="split it"):
        FORMATS["docx"].read(target.getvalue())


# PowerPoint


def test_slides_keep_their_number_and_their_notes() -> None:
    """A slide without a title is headed by its number, and what the speaker says is text too."""
    pages = [("Bones", ["An introduction."], ""), ("Arm", ["Long.", "Light."], "Point at it."), ("", ["Alone."], "")]
    document = FORMATS["pptx"].read(slides(pages))
    assert [(block.slide, row) for block, row in zip(document.blocks, outline(document), strict=True)] == [
        (1, ("heading", (), "Bones")),
        (1, ("paragraph", (), "An introduction.")),
        (2, ("heading", (), "Arm")),
        (2, ("list", ("Arm",), "- Long.\n- Light.")),
        (2, ("paragraph", ("Arm",), "Point at it.")),
        (3, ("heading", (), "Slide 3")),
        (3, ("paragraph", ("Slide 3",), "Alone.")),
    ]

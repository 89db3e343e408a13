"""What is particular to Markdown, HTML, Editor.js and plain text."""

import json

import pytest
from outlines import outline, read

from banyan.adapters.formats import FORMATS
from banyan.adapters.formats.editorjs import read_blocks
from banyan.kernel.errors import InvalidInput, TooLarge

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


@pytest.mark.parametrize(
    ("content", "complaint"),
    [('[["p", "x"], 7]', "Block 2 must be an object"), ('[["p", "x"], ["p"]]', "Block 2 must be a pair")],
)
def test_a_block_that_cannot_be_read_is_named_and_the_others_are_kept(content: str, complaint: str) -> None:
    """One bad block costs no lesson."""
    document = FORMATS["editorjs"].read(content.encode())
    assert [outlined[2] for outlined in outline(document)] == ["x"]
    assert any(complaint in warning for warning in document.warnings)


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


def test_markdown_that_is_nested_too_deep_says_so() -> None:
    """The parser stops at some depth; whoever indexes the lesson is told."""
    source = "\n".join(f"{'  ' * depth}- item {depth}" for depth in range(100))
    document = FORMATS["markdown"].read(source.encode())
    assert document.text.startswith("- item 0\n  - item 1")
    assert "nested so deep" in document.warnings[0]


def test_markdown_of_a_million_lines_is_refused() -> None:
    """Reading it would take minutes."""
    with pytest.raises(TooLarge, match="split it"):
        FORMATS["markdown"].read(b"a\n" * 1_000_000)

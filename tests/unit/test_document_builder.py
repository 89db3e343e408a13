"""Building documents: text, spans, heading paths, anchors, cleaning."""

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from banyan.proxy.domain.document_builder import DocumentBuilder, ListItem, clean, fold
from banyan.proxy.domain.knowledge import Document

anything = st.text(st.characters(), max_size=60)  # includes lone surrogates, controls, right-to-left letters


def texts(document: Document) -> list[str]:
    return [document.text[block.span.start : block.span.end] for block in document.blocks]


@st.composite
def documents(draw: st.DrawFn) -> Document:
    builder = DocumentBuilder("test", draw(anything))
    calls: list[Callable[[str], None]] = [
        builder.paragraph,
        builder.quote,
        builder.caption,
        builder.code,
        builder.math,
        lambda text: builder.heading(draw(st.integers(-1, 8)), text, draw(st.sampled_from(["", "a", "b c", "x-1"]))),
        lambda text: builder.bullets([ListItem(text), ListItem(text, 3, "1.")]),
        lambda text: builder.table([[text, "b"], [text]], header=True),
    ]
    for call, text in draw(st.lists(st.tuples(st.sampled_from(calls), anything), max_size=12)):
        call(text)
    return builder.build()


@settings(max_examples=150, deadline=None)
@given(documents())
def test_blocks_are_ordered_disjoint_and_joined_by_a_blank_line(document: Document) -> None:
    """The texts of the blocks, joined by blank lines, are the text of the document."""
    assert "\n\n".join(texts(document)) == document.text
    assert all(texts(document))


@settings(max_examples=150, deadline=None)
@given(documents())
def test_every_heading_has_an_anchor_of_its_own_and_text_can_be_stored(document: Document) -> None:
    """Anchors are unique, and nothing is left that UTF-8 cannot hold."""
    anchors = [block.anchor for block in document.blocks if block.kind == "heading"]
    assert len(anchors) == len(set(anchors))
    assert all(anchors)
    document.text.encode("utf-8")
    assert "\0" not in document.text


def test_blocks_know_the_headings_above_them() -> None:
    """The path goes from the outermost heading inwards and ends where a heading of the same level begins."""
    builder = DocumentBuilder("test")
    builder.paragraph("Before.")
    builder.heading(2, "Bones")
    builder.heading(3, "Long bones")
    builder.paragraph("Femur.")
    builder.heading(2, "Muscles")
    builder.paragraph("Biceps.")
    document = builder.build()
    assert [(block.kind, block.heading, block.anchor) for block in document.blocks] == [
        ("paragraph", (), ""),
        ("heading", (), "bones"),
        ("heading", ("Bones",), "long-bones"),
        ("paragraph", ("Bones", "Long bones"), "long-bones"),
        ("heading", (), "muscles"),
        ("paragraph", ("Muscles",), "muscles"),
    ]


def test_a_single_top_heading_at_the_start_is_the_title_and_no_part_of_paths() -> None:
    """The title of a page does not stand in the heading path of each of its blocks."""
    builder = DocumentBuilder("test")
    builder.heading(1, "Cells")
    builder.heading(2, "Nucleus")
    builder.paragraph("It holds the genes.")
    document = builder.build()
    assert document.title == "Cells"
    assert document.blocks[-1].heading == ("Nucleus",)


def test_a_top_heading_that_is_not_alone_stays_in_paths() -> None:
    """With two headings at the top, each of them names a part."""
    builder = DocumentBuilder("test")
    for heading in ("Cells", "Tissues"):
        builder.heading(1, heading)
        builder.paragraph("Text.")
    assert [block.heading for block in builder.build().blocks if block.kind == "paragraph"] == [
        ("Cells",),
        ("Tissues",),
    ]


def test_anchors_are_slugs_that_count_up_and_keep_safe_wishes() -> None:
    """Equal headings get numbers, an id of the source is kept when it is safe, letters of any script stay."""
    builder = DocumentBuilder("test")
    for text, wish in [
        ("A & B!", ""),
        ("a b", ""),
        ("C", "own.id"),
        ("D", "<script>"),
        ("Über Zellen", ""),
        ("?!", ""),
    ]:
        builder.heading(2, text, wish)
    anchors = [block.anchor for block in builder.build().blocks]
    assert anchors == ["a-b", "a-b-2", "own.id", "d", "über-zellen", "section"]


def test_twenty_thousand_equal_headings_get_anchors() -> None:
    """Counting up does not start again at every heading."""
    builder = DocumentBuilder("test")
    for _ in range(20_000):
        builder.heading(2, "Summary")
    assert builder.build().blocks[-1].anchor == "summary-20000"


def test_lists_and_tables_have_a_line_for_each_item_and_row() -> None:
    """Markers, numbers and the rule below a header stand in the text."""
    builder = DocumentBuilder("test")
    builder.bullets([ListItem("one"), ListItem("inner", 1), ListItem("done", 0, "[x]"), ListItem("  ")])
    builder.table([["Bone", "Place"], ["Femur", "thigh"], ["", ""]], header=True)
    builder.table([["1", "2"]], header=False)
    assert texts(builder.build()) == [
        "- one\n  - inner\n[x] done",
        "Bone | Place\n--- | ---\nFemur | thigh",
        "1 | 2",
    ]


def test_prose_is_folded_and_code_is_not() -> None:
    """White space in prose is one space, a blank line a new paragraph; code keeps lines and indentation."""
    builder = DocumentBuilder("test")
    builder.paragraph("  two\u00a0 words\nand more\r\n\r\nnext ")
    builder.code("\nif x:\r\n    y = 1  \n\n\tz\n")
    builder.paragraph("$$ a_1\n + b $$")
    assert texts(builder.build()) == ["two words and more", "next", "if x:\n    y = 1\n\n\tz", "$$a_1\n + b$$"]


def test_cleaning_replaces_what_cannot_be_stored() -> None:
    """Lone surrogates and control characters become U+FFFD, pairs of surrogates the letter that they mean."""
    assert clean("a\ud800b\0c\x07") == "a\ufffdb\ufffdc\ufffd"
    assert clean("\ud83d\ude00") == "\U0001f600"
    assert clean("cafe\u0301 so\u00adft\ufeff") == "café soft"


def test_wrapped_chinese_lines_join_without_a_space() -> None:
    """A line break between ideographs is no word border; between Latin words it is."""
    assert fold("今天\n下雨 a\nb") == "今天下雨 a b"


def test_an_empty_document_says_so() -> None:
    """Nothing to read is a warning, not an error."""
    document = DocumentBuilder("test").build()
    assert (document.text, document.blocks) == ("", ())
    assert document.warnings == ("There is no text in it.",)

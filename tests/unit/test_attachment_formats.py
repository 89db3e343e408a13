"""What is particular to PDF, Word, PowerPoint and EPUB files."""

from collections.abc import Callable
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from lesson_files import epub, epub_lesson, pdf, pdf_lesson, slide_lesson, slides, word, word_lesson
from outlines import outline

from banyan.adapters.formats import FORMATS
from banyan.kernel.errors import InvalidInput, TooLarge

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


def test_pdf_of_pages_that_differ_in_a_number_keeps_its_text() -> None:
    """What stands on every page is left out where it stands over text, not where it is the text."""
    document = FORMATS["pdf"].read(pdf([[f"Law {n}", f"Rule {n} has {n} parts."] for n in range(1, 7)]))
    assert "Rule 3 has 3 parts." in document.text


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
@pytest.mark.parametrize(
    ("name", "sample"), [("pdf", pdf_lesson), ("docx", word_lesson), ("pptx", slide_lesson), ("epub", epub_lesson)]
)
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


# EPUB


def test_a_book_is_read_in_the_order_of_its_spine_with_the_titles_of_its_contents() -> None:
    """A chapter without a heading takes the one of the table of contents; the table itself is no text."""
    chapters = {"b.xhtml": "<p>First.</p>", "a.xhtml": "<h1>End</h1><p>Last.</p>"}
    document = FORMATS["epub"].read(epub(chapters, title="On Bones", contents={"b.xhtml": "Start", "a.xhtml": "Other"}))
    assert (document.title, outline(document)) == (
        "On Bones",
        [
            ("heading", (), "Start"),
            ("paragraph", ("Start",), "First."),
            ("heading", (), "End"),
            ("paragraph", ("End",), "Last."),
        ],
    )


def test_a_protected_book_is_refused_and_one_with_hidden_fonts_is_read() -> None:
    """Fonts are often made unreadable, which takes nothing from the text."""
    encryption = '<encryption><EncryptionMethod Algorithm="{}"/></encryption>'.format
    chapters = {"a.xhtml": "<p>First.</p>"}
    with pytest.raises(InvalidInput, match="protected against copying"):
        FORMATS["epub"].read(epub(chapters, encryption=encryption("http://www.w3.org/2001/04/xmlenc#aes128-cbc")))
    assert FORMATS["epub"].read(epub(chapters, encryption=encryption("http://www.idpf.org/2008/embedding"))).text


BOMB = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'


def test_a_book_of_bombs_is_refused() -> None:
    """Entities are never expanded, in no part; nor is a page unpacked that claims too much."""
    lists = epub({"a.xhtml": "<p>First.</p>"}, title="T")
    for hostile in (
        epub({"a.xhtml": f"{BOMB}<html><body>&b;</body></html>"}),
        _with_part(lists, "OPS/book.opf", f"{BOMB}<package>&b;</package>"),
    ):
        with pytest.raises(InvalidInput, match="declares XML entities of its own"):
            FORMATS["epub"].read(hostile)
    with pytest.raises(TooLarge, match="split it"):
        FORMATS["epub"].read(epub({"a.xhtml": "a" * 21_000_000}))


def test_a_book_whose_chapters_are_missing_is_refused_and_one_that_lacks_some_says_so() -> None:
    """Nothing is made up for what is not there, and a page that is named a thousand times is read once."""
    whole = epub({"a.xhtml": "<p>First.</p>", "b.xhtml": "<p>Last.</p>"})
    without = _with_part(whole, "OPS/b.xhtml", None)
    assert FORMATS["epub"].read(without).warnings == ("The book names 1 chapters that are not in it.",)
    with pytest.raises(InvalidInput, match="names no chapter that is in it"):
        FORMATS["epub"].read(_with_part(without, "OPS/a.xhtml", None))
    with pytest.raises(InvalidInput, match="has no list of its parts"):
        FORMATS["epub"].read(_with_part(whole, "OPS/book.opf", None))
    with pytest.raises(InvalidInput, match=r"it has no META-INF/container\.xml"):
        FORMATS["epub"].read(word_lesson())
    often = '<package><item id="a" href="a.xhtml"/><spine>' + '<itemref idref="a"/>' * 1000 + "</spine></package>"
    assert FORMATS["epub"].read(_with_part(whole, "OPS/book.opf", often)).text == "First."


def _with_part(book: bytes, name: str, part: str | None) -> bytes:
    """part: instead of the one that is there; None for none."""
    target = BytesIO()
    with ZipFile(BytesIO(book)) as old, ZipFile(target, "w", ZIP_DEFLATED) as new:
        for member in old.namelist():
            if member != name:
                new.writestr(member, old.read(member))
        if part is not None:
            new.writestr(name, part)
    return target.getvalue()

"""Packages of other programs: opened with what opens them, or read by their specification."""

import csv
import html
import io
import json
import re
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element
from zipfile import ZipFile

import pytest
from defusedxml.ElementTree import fromstring
from take_away import CARDS, CITATION, NASTY, NOON, OUTLINE, QUESTIONS, QUIZ, Noon, card, choice, exported, question

from banyan.adapters.exports import EXPORTS

BODIES = {"quiz": QUIZ, "cards": CARDS, "outline": OUTLINE}


def opened(content: bytes) -> dict[str, bytes]:
    with ZipFile(io.BytesIO(content)) as packed:
        assert packed.testzip() is None
        return {name: packed.read(name) for name in packed.namelist()}


@pytest.mark.parametrize("format", list(EXPORTS))
def test_equal_material_gives_equal_bytes(format: str) -> None:
    """So that a file can be compared with an earlier one."""
    for kind in EXPORTS[format].takes:
        assert exported(format, BODIES[kind]).content == exported(format, BODIES[kind]).content


def bare(element: Element) -> Element:
    """Without namespaces, and in the words of QTI 2.1 whatever the version."""

    def camel(name: str) -> str:
        name = re.sub(r"^\{.*?\}", "", name).removeprefix("qti-")
        return re.sub("-([a-z])", lambda found: found[1].upper(), name)

    for one in element.iter():
        one.tag = camel(one.tag)
        one.attrib = {camel(name): value for name, value in one.attrib.items()}
    return element


def shown(element: Element | None) -> str:
    """Its text, with the line breaks that are elements."""
    assert element is not None
    text = element.text or ""
    for child in element:
        text += ("\n" if child.tag == "br" else shown(child)) + (child.tail or "")
    return text


@pytest.mark.parametrize(
    ("format", "namespace", "root"),
    [
        ("qti21", "http://www.imsglobal.org/xsd/imsqti_v2p1", "assessmentItem"),
        ("qti30", "http://www.imsglobal.org/xsd/imsqtiasi_v3p0", "qti-assessment-item"),
    ],
)
def test_qti_packages_hold_a_test_with_every_question(format: str, namespace: str, root: str) -> None:
    """Every file is in the manifest, every item in the test, and each is marked as its kind is."""
    files = opened(exported(format, QUIZ).content)
    manifest = bare(fromstring(files["imsmanifest.xml"]))
    listed = [one.get("href") for one in manifest.iter("file")]
    assert sorted(files) == sorted(["imsmanifest.xml", *map(str, listed)])
    assert all(fromstring(files[name]).tag == f"{{{namespace}}}{root}" for name in files if name.startswith("items/"))
    items = {name: bare(fromstring(files[name])) for name in files if name.startswith("items/")}
    refs = [
        (one.get("identifier"), one.get("href"))
        for one in bare(fromstring(files["test.xml"])).iter("assessmentItemRef")
    ]
    assert refs == [(item.get("identifier"), name) for name, item in items.items()]
    assert {one.get("identifierref") for one in manifest.iter("dependency")} == {identifier for identifier, _ in refs}
    read = list(items.values())
    assert [
        next(iter(one.find("itemBody") or [])).tag if one.find(".//textEntryInteraction") is None else "typed"
        for one in read
    ] == [
        *("choiceInteraction", "choiceInteraction", "typed", "typed", "choiceInteraction"),
        *("extendedTextInteraction", "choiceInteraction", "extendedTextInteraction"),
    ]
    first = read[0]
    assert shown(first.find(".//prompt")) == NASTY
    right = first.findtext("responseDeclaration/correctResponse/value")
    assert {one.get("identifier"): shown(one) for one in first.iter("simpleChoice")}[str(right)] == NASTY
    assert [one.get("mapKey") for one in read[2].iter("mapEntry")] == ["5 * 3 = {15}", "Fifteen"]
    gap = read[3].find("itemBody/p")
    assert (shown(gap), next(iter(gap or [])).tag) == ("An  carries signals.", "textEntryInteraction")
    assert shown(read[5].find(".//prompt")) == QUESTIONS[5]["question"]
    assert "Signals slow down" in shown(read[5].find(".//rubricBlock"))
    assert all("An axon is a long fibre" in shown(one.find("modalFeedback")) for one in read)
    for one in read:
        names = [part.tag for part in one]
        order = ["responseDeclaration", "outcomeDeclaration", "itemBody", "responseProcessing", "modalFeedback"]
        assert names == sorted(names, key=order.index)
        declared = {part.get("identifier") for part in one if part.tag.endswith("Declaration")}
        assert {part.get("responseIdentifier") for part in one.iter() if part.get("responseIdentifier")} <= declared
        assert {part.get("identifier") for part in one.iter("setOutcomeValue")} <= declared


def test_h5p_packages_hold_a_question_set() -> None:
    """Libraries are named and not bundled; what H5P cannot compare is left out with a note."""
    file = exported("h5p", QUIZ)
    files = opened(file.content)
    assert sorted(files) == ["content/content.json", "h5p.json"]
    head, content = json.loads(files["h5p.json"]), json.loads(files["content/content.json"])
    named = {
        f"{one['machineName']} {one['majorVersion']}.{one['minorVersion']}" for one in head["preloadedDependencies"]
    }
    used = [one["library"] for one in content["questions"]]
    assert head["mainLibrary"] == "H5P.QuestionSet"
    assert {*used, "H5P.QuestionSet 1.20"} == named
    assert [one.split()[0].removeprefix("H5P.") for one in used] == [
        *("MultiChoice", "TrueFalse", "Blanks", "MultiChoice", "Essay", "MultiChoice", "Essay")
    ]
    assert file.notes == ("Question 3 is left out: H5P cannot compare an answer with `*`, `/`, `:` or `\\`.",)
    first, second, gap = (one["params"] for one in content["questions"][:3])
    right = [one["text"] for one in first["answers"] if one["correct"]]
    assert [html.unescape(one.removeprefix("<div>").removesuffix("</div>").replace("<br>", "\n")) for one in right] == [
        NASTY
    ]
    assert second["correct"] == "false"
    assert gap["questions"] == ["<p>An *axon* carries signals.</p>"]
    assert "An axon is a long fibre" in first["overallFeedback"][0]["feedback"]


def test_frappe_documents_are_a_quiz_and_its_questions() -> None:
    """Fields of the documents, each question in the quiz's table, and nothing dropped without a word."""
    many = choice("many", ["1", "2", "3", "4", "5"], 1)
    spelt = question("spelt", "cloze", accepted=["a", "b", "c", "d"])
    file = exported("frappe", {"type": "quiz", "questions": [*QUESTIONS, many, spelt]})
    *questions, quiz = json.loads(file.content)
    assert [one["type"] for one in questions] == [
        *("Choices", "Choices", "User Input", "User Input", "Choices", "Open Ended", "Choices", "Open Ended"),
        "User Input",
    ]
    assert [one["question"] for one in quiz["questions"]] == [one["name"] for one in questions]
    assert (quiz["doctype"], quiz["passing_percentage"], quiz["total_marks"]) == ("LMS Quiz", 60, len(questions))
    first = questions[0]
    assert [first[f"is_correct_{place}"] for place in range(1, 5)] == [0, 1, 0, 0]
    assert html.unescape(first["option_2"].replace("<br>", "\n")) == NASTY
    assert first["explanation_2"].startswith("Because: #1 {a}~b=c\n")
    assert [questions[2][f"possibility_{place}"] for place in (1, 2)] == ["5 * 3 = {15}", "Fifteen"]
    assert file.notes == (
        "Question 9 is left out: it has 5 options, and 4 are possible.",
        "Question 10 accepts its first 4 answers alone.",
    )


def notes_of(content: bytes, folder: Path) -> tuple[Any, list[Any], list[Any]]:
    """The collection's row, its notes and its cards, as SQLite itself reads them."""
    files = opened(content)
    assert json.loads(files["media"]) == {}
    path = folder / "collection.anki2"
    path.write_bytes(files["collection.anki2"])
    base = sqlite3.connect(path)
    base.row_factory = sqlite3.Row
    try:
        assert base.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        return (
            dict(base.execute("SELECT * FROM col").fetchone()),
            list(map(dict, base.execute("SELECT * FROM notes ORDER BY rowid"))),
            list(map(dict, base.execute("SELECT * FROM cards"))),
        )
    finally:
        base.close()


def test_an_anki_package_has_a_note_and_a_new_card_for_each_card(tmp_path: Path) -> None:
    """The schema's version, the note type's fields, one deck, and no schedule."""
    about, notes, cards = notes_of(exported("apkg", CARDS, title="Cells::Tissues").content, tmp_path)
    assert about["ver"] == 11
    (model,) = json.loads(about["models"]).values()
    decks = json.loads(about["decks"])
    assert [field["name"] for field in model["flds"]] == ["Front", "Back", "Source"]
    assert sorted(deck["name"] for deck in decks.values()) == ["Cells: :Tissues", "Default"]
    assert {note["mid"] for note in notes} == {model["id"]}
    assert {str(one["did"]) for one in cards} == set(decks) - {"1"}
    assert {(one["type"], one["queue"], one["ivl"], one["reps"]) for one in cards} == {(0, 0, 0, 0)}
    assert {one["nid"] for one in cards} == {note["id"] for note in notes}
    fields = {note["guid"]: note["flds"].split("\x1f") for note in notes}
    assert len(fields) == len(CARDS["cards"])
    assert sorted(html.unescape(one[0].replace("<br>", "\n")) for one in fields.values()) == sorted(
        one["front"]
        for one in CARDS["cards"]  # type: ignore[index]
    )
    whole = " ".join(one for note in fields.values() for one in note)
    assert "[sound:" not in whole
    assert "[latex]" not in whole
    assert any(len(note[1]) == 10_000 for note in fields.values())
    assert " biology nerve_cells definition medium " in {note["tags"] for note in notes}


def test_a_second_export_updates_and_never_duplicates(tmp_path: Path) -> None:
    """The same card has the same GUID, note and card; its text may change, and the later export is the newer one."""
    clock = Noon()
    before = notes_of(exported("apkg", CARDS, clock=clock).content, tmp_path)
    clock.time = NOON + timedelta(days=1)
    changed = {"type": "cards", "cards": [card("c-1", "axon!", "Changed."), card("c-9", "new", "New.")]}
    after = notes_of(exported("apkg", changed, clock=clock).content, tmp_path)
    old = {note["guid"]: note for note in before[1]}
    (again,) = [note for note in after[1] if note["guid"] in old]
    assert again["flds"].startswith("axon!\x1f")
    assert again["id"] == old[again["guid"]]["id"]
    assert again["mod"] > old[again["guid"]]["mod"]
    assert json.loads(before[0]["decks"]).keys() == json.loads(after[0]["decks"]).keys()
    assert json.loads(before[0]["models"]).keys() == json.loads(after[0]["models"]).keys()


def test_no_cell_of_a_table_is_a_formula() -> None:
    """What a spreadsheet would compute has a quote before it; everything else comes back as it was."""
    rows = list(csv.DictReader(io.StringIO(exported("csv", CARDS).content.decode("utf-8-sig"))))
    assert [row["id"] for row in rows] == ["c-1", "c-2", "c-3", "c-4"]
    assert rows[1]["front"] == NASTY
    assert rows[2]["front"] == '\'=HYPERLINK("http://evil")'
    assert rows[2]["back"] == "'@SUM(1)\n-2\n+3"
    sly = {
        "type": "cards",
        "cards": [card(str(n), text, text) for n, text in enumerate((" =1", "-1", "+1", "＝1", "\t@x"))],
    }
    for row in csv.DictReader(io.StringIO(exported("csv", sly).content.decode("utf-8-sig"))):
        assert row["front"].startswith("'")


def test_an_outline_nests_as_its_levels_do() -> None:
    """OPML: parts within parts, topics below, and the summary with its source as a note."""
    root = fromstring(exported("opml", OUTLINE).content)
    assert (root.get("version"), root.findtext("head/title")) == ("2.0", "Cells")

    def tree(element: Element) -> list[Any]:
        return [(one.get("text"), tree(one)) for one in element.findall("outline")]

    assert tree(root.find("body")) == [
        ("Cells", [("cell", []), ("wall", []), (NASTY, [("Organelles", [])])]),
        ("Tissues", []),
    ]
    note = root.find("body/outline").get("_note")
    assert note.split("\n")[0] == "About Cells."
    assert str(CITATION["quote"]) in note


def test_cards_and_outlines_are_markdown_as_well() -> None:
    """Headings by level; nothing of the text is markup."""
    assert "### " in exported("markdown", OUTLINE).content.decode()
    text = exported("markdown", CARDS).content.decode()
    assert "## axon\n\nA long fibre that carries signals away.\n\n> “An axon" in text
    assert "\\-2  \n\\+3" in text

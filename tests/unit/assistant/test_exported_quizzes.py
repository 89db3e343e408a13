"""Quizzes as files: whatever stands in them is read back as it was."""

import html
import re
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from take_away import CITATION, NASTY, QUESTIONS, QUIZ, choice, exported, question

TOLD = "“An axon is a long fibre: {it} carries ~signals~ = #1 & <more>.” — Cells & <Tissues> › Neurons › Axons · p. 7"


def unhtml(text: str) -> str:
    """What a reader sees of our HTML."""
    spaced = re.sub(r"</p>\s*<p>|<br>", "\n", text)
    return html.unescape(re.sub(r"</?p>", "", spaced))


def read_gift(text: str) -> list[dict[str, object]]:
    """A reader by the rules of Moodle's documentation: escapes first, then marks."""
    hidden = re.sub(r"\\([\\~=#{}:])", lambda found: chr(0xE000 + ord(found[1])), text)

    def shown(part: str) -> str:
        return re.sub("[\ue000-\ue0ff]", lambda found: chr(ord(found[0]) - 0xE000), part).strip()

    questions = []
    for block in re.split(r"\n\s*\n", hidden):
        lines = [line for line in block.split("\n") if not line.startswith("//")]
        if not (body := "\n".join(lines).strip()):
            continue
        whole = re.fullmatch(r"::(.*?)::\[html\](.*?)\{(.*)\}", body, re.DOTALL)
        assert whole, body
        answers, _, feedback = whole[3].partition("####")
        choices = re.findall(r"([=~])(?:%(\d+)%)?([^=~]*)", answers)
        questions.append(
            {
                "text": unhtml(shown(whole[2])),
                "choices": [(mark == "=", shown(one)) for mark, _, one in choices],
                "word": answers.strip() if not choices else "",
                "feedback": unhtml(shown(feedback)),
            }
        )
    return questions


def test_gift_holds_every_kind_of_question_as_it_was() -> None:
    """Marks, braces, LaTeX, HTML, Hebrew and emoji come back; sources stand in the feedback."""
    read = read_gift(exported("gift", QUIZ).content.decode())
    assert [one["text"] for one in read] == [one["question"] for one in QUESTIONS]
    assert [(right, unhtml(text)) for right, text in read[0]["choices"]] == [  # type: ignore[attr-defined]
        (False, "%50%first"),
        (True, NASTY),
        (False, "=third"),
        (False, "~fourth {x}"),
    ]
    assert read[0]["feedback"] == f"Because: #1 {{a}}~b=c\n{TOLD}"
    assert read[1]["word"] == "FALSE"
    assert read[2]["choices"] == [(True, r"5 \* 3 = {15}"), (True, "Fifteen")]
    assert read[5]["choices"] == []
    assert str(read[5]["feedback"]).startswith("Signals slow down along the whole fibre.\n• signals slow down\n")
    assert all(str(one["feedback"]).endswith(TOLD) for one in read)


def test_gift_says_what_it_cannot_compare() -> None:
    """A typed answer that GIFT would take for a pair is given to a person to mark, with a note."""
    file = exported("gift", {"type": "quiz", "questions": [question("a", "cloze", answer_text="A -> B")]})
    assert file.notes == ("Question 1 has an answer with `->` in it, so that it is marked by a person.",)
    assert read_gift(file.content.decode())[0]["feedback"] == f"A -> B\n{TOLD}"


def read_moodle(content: bytes) -> list[Element]:
    root: Element = fromstring(content)
    assert root.tag == "quiz"
    return [one for one in root if one.get("type") != "category"]


def test_moodle_xml_holds_every_kind_of_question_as_it_was() -> None:
    """Kinds, texts, right answers, feedback with the source, and what a marker needs."""
    read = read_moodle(exported("moodle", QUIZ).content)
    assert [one.get("type") for one in read] == [
        *("multichoice", "truefalse", "shortanswer", "shortanswer", "multichoice", "essay", "multichoice", "essay")
    ]
    assert [unhtml(one.findtext("questiontext/text", "")) for one in read] == [one["question"] for one in QUESTIONS]
    options = [(one.get("fraction"), unhtml(one.findtext("text", ""))) for one in read[0].iter("answer")]
    assert options == [("0", "%50%first"), ("100", NASTY), ("0", "=third"), ("0", "~fourth {x}")]
    assert [(one.get("fraction"), one.findtext("text")) for one in read[1].iter("answer")] == [
        ("0", "true"),
        ("100", "false"),
    ]
    assert [one.findtext("text") for one in read[2].iter("answer")] == [r"5 \* 3 = {15}", "Fifteen"]
    assert unhtml(read[0].findtext("generalfeedback/text", "")) == f"Because: #1 {{a}}~b=c\n{TOLD}"
    assert unhtml(read[5].findtext("graderinfo/text", "")).split("\n") == [
        "Signals slow down along the whole fibre.",
        "• signals slow down",
        "• fibre stays",
    ]
    assert [one.findtext("idnumber") for one in read] == [one["id"] for one in QUESTIONS]


def test_markdown_shows_questions_first_and_answers_last() -> None:
    """A person who prints it sees no answer beside its question, and nothing is taken for markup."""
    text = exported("markdown", QUIZ).content.decode()
    asked, answered = text.split("## Answers")
    assert "Because" not in asked
    page = MarkdownIt("commonmark").render(text)
    assert "<i>" not in page
    assert "<em>" not in page
    assert " ".join(html.escape(NASTY, quote=False).split()) in page.replace("&quot;", '"')
    assert "D. ~fourth {x}" in page
    assert "3. 5" in answered


PRIVATE = "".join(map(chr, range(0xE000, 0xE100)))
"""Which the reader of GIFT above keeps for itself."""
ANYTHING = st.text(st.characters(exclude_characters=PRIVATE), max_size=200).filter(lambda text: bool(text.strip()))
FORMATS = ["gift", "moodle"]


@pytest.mark.parametrize("format", FORMATS)
@settings(max_examples=60, deadline=None)
@given(asked=ANYTHING, options=st.lists(ANYTHING, min_size=2, max_size=4), said=ANYTHING)
def test_any_text_comes_back(format: str, asked: str, options: list[str], said: str) -> None:
    """Whatever stands in a question, its options and its explanation, a reader gets it back, without controls."""
    one = choice("q", options, 1, question=asked, explanation=said)
    content = exported(format, {"type": "quiz", "questions": [one, choice("last", ["a", "b"], 2)]}).content
    if format == "gift":
        first, last = read_gift(content.decode())
        text, shown = first["text"], [unhtml(option) for _, option in first["choices"]]  # type: ignore[attr-defined]
        assert last["choices"] == [(False, "a"), (True, "b")]
    else:
        item, last_item = read_moodle(content)
        text = unhtml(item.findtext("questiontext/text", ""))
        shown = [unhtml(answer.findtext("text", "")) for answer in item.iter("answer")]
        assert [answer.get("fraction") for answer in last_item.iter("answer")] == ["0", "100"]
    assert squeezed(str(text)) == squeezed(asked)
    assert [squeezed(option) for option in shown] == [squeezed(option) for option in options]


def squeezed(text: str) -> str:
    """Without what no file can hold, and without differences in white space."""
    return re.sub("[\x00-\x1f\x7f-\x9f\ufffe\uffff\ufdd0-\ufdef\ud800-\udfff\\s]+", "", text)


def test_a_citation_of_nothing_leaves_no_trace() -> None:
    """A teacher's own question has no source, and none is invented."""
    bare = {**CITATION, "quote": "", "title": "", "heading": [], "page": None}
    read = read_gift(
        exported("gift", {"type": "quiz", "questions": [choice("a", ["x", "y"], 1, citation=bare)]}).content.decode()
    )
    assert read[0]["feedback"] == ""

"""Moodle XML: questions for a Moodle question bank. Source: https://docs.moodle.org/en/Moodle_XML_format"""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from banyan.adapters.exports._html import inline, paragraphs
from banyan.assistant.domain.material import Question, Quiz
from banyan.assistant.domain.taking_away import Way, answers_of, feedback_of, model_answer, truth_of, way_of
from banyan.assistant.ports.export import About, ExportFormat

_LONGEST_NAME = 250
_LONGEST_IDNUMBER = 100


def _write(quiz: Quiz, about: About) -> tuple[bytes, Sequence[str]]:
    root = Element("quiz")
    category = SubElement(SubElement(root, "question", type="category"), "category")
    # A slash parts categories; two of them are one in a name.
    SubElement(category, "text").text = f"$course$/top/{about.title.replace('/', '//')}"
    for number, one in enumerate(quiz.questions, 1):
        root.append(_question(number, one))
    indent(root)
    return tostring(root, encoding="UTF-8", xml_declaration=True), ()


def _question(number: int, question: Question) -> Element:
    way, truth = way_of(question), truth_of(question)
    choosing = "multichoice" if truth is None else "truefalse"
    kind = {Way.CHOOSE: choosing, Way.TYPE: "shortanswer", Way.WRITE: "essay"}[way]
    item = Element("question", type=kind)
    name = f"{number}. {' '.join(question.question.split())}"
    SubElement(SubElement(item, "name"), "text").text = name[:_LONGEST_NAME]
    _html(item, "questiontext", inline(question.question))
    _html(item, "generalfeedback", paragraphs(feedback_of(question)))
    SubElement(item, "defaultgrade").text = "1.0"
    SubElement(item, "penalty").text = "0.3333333"
    SubElement(item, "hidden").text = "0"
    if len(question.id) <= _LONGEST_IDNUMBER:
        SubElement(item, "idnumber").text = question.id
    if truth is not None:
        _answer(item, "true", truth, "moodle_auto_format")
        _answer(item, "false", not truth, "moodle_auto_format")
    elif way is Way.CHOOSE:
        for name, value in (("single", "true"), ("shuffleanswers", "true"), ("answernumbering", "abc")):
            SubElement(item, name).text = value
        for place, option in enumerate(question.options, 1):
            _answer(item, inline(option), place == question.answer, "html")
    elif way is Way.TYPE:
        SubElement(item, "usecase").text = "0"
        for one in answers_of(question):
            _answer(item, one.replace("*", r"\*"), True, "moodle_auto_format")
    else:
        _essay(item, question)
    tags = SubElement(item, "tags")
    for tag in (question.kind, question.difficulty):
        SubElement(SubElement(tags, "tag"), "text").text = tag
    return item


def _essay(item: Element, question: Question) -> None:
    SubElement(item, "responseformat").text = "editor"
    SubElement(item, "responserequired").text = "1"
    SubElement(item, "responsefieldlines").text = "10"
    SubElement(item, "attachments").text = "0"
    SubElement(item, "attachmentsrequired").text = "0"
    _html(item, "graderinfo", paragraphs(model_answer(question)))
    _html(item, "responsetemplate", "")


def _answer(item: Element, text: str, right: bool, format: str) -> None:
    answer = SubElement(item, "answer", fraction="100" if right else "0", format=format)
    SubElement(answer, "text").text = text
    _html(answer, "feedback", "")


def _html(parent: Element, name: str, text: str) -> None:
    SubElement(SubElement(parent, name, format="html"), "text").text = text


ENTRY = ExportFormat(title="Moodle XML", takes=("quiz",), suffix=".xml", media_type="application/xml", write=_write)

"""Assessment items, test and manifest as QTI has them, in the words of version 2.1 or 3.0.

Sources: IMS Question & Test Interoperability 2.1 and 3.0, information model and XML binding; IMS Content Packaging 1.1.
The tree is built once with the names of 2.1; 3.0 has the same elements as `qti-` and words with hyphens.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, tostring

from banyan.adapters.exports._package import archive
from banyan.assistant.domain.material import Question, Quiz
from banyan.assistant.domain.taking_away import Way, answers_of, around_gap, feedback_of, model_answer, way_of
from banyan.assistant.ports.export import About
from banyan.kernel.ids import content_id

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_HTML = frozenset({"p", "br", "div"})


@dataclass(frozen=True, slots=True)
class Version:
    """What differs. schema, schema_version, item_type, test_type: as the manifest says them."""

    namespace: str
    xsd: str
    packaging: str
    packaging_xsd: str
    schema: str
    schema_version: str
    item_type: str
    test_type: str
    hyphens: bool


def package(quiz: Quiz, about: About, version: Version) -> bytes:
    """A content package: manifest, one test, and an item for each question."""
    named = [(f"items/item-{number:03}.xml", one) for number, one in enumerate(quiz.questions, 1)]
    files = [("imsmanifest.xml", _xml(_manifest([name for name, _ in named], quiz, about, version)))]
    files.append(("test.xml", _document(_test(named, about), version)))
    files += [(name, _document(_item(number, one, about), version)) for number, (name, one) in enumerate(named, 1)]
    return archive(files)


def _identifier(question: Question) -> str:
    return f"Q-{content_id(question.id)}"


def _item(number: int, question: Question, about: About) -> Element:
    way, feedback = way_of(question), feedback_of(question)
    title = f"{number}. {' '.join(question.question.split())}"[:200]
    item = Element("assessmentItem", identifier=_identifier(question), title=title)
    item.attrib |= {"adaptive": "false", "timeDependent": "false"}
    if about.language:
        item.set("xml:lang", about.language)
    _declare_response(item, question, way)
    score = _declared(item, "SCORE", "float")
    SubElement(SubElement(score, "defaultValue"), "value").text = "0"
    if feedback:
        _declared(item, "FEEDBACK", "identifier")
    body = SubElement(item, "itemBody")
    {Way.CHOOSE: _choices, Way.TYPE: _gap, Way.WRITE: _text}[way](body, question)
    _processing(item, way, bool(feedback))
    if feedback:
        modal = SubElement(item, "modalFeedback", outcomeIdentifier="FEEDBACK", identifier="SHOWN", showHide="show")
        _paragraphs(modal, feedback)
    return item


def _declare_response(item: Element, question: Question, way: Way) -> None:
    kind = "identifier" if way is Way.CHOOSE else "string"
    response = SubElement(item, "responseDeclaration", identifier="RESPONSE", cardinality="single", baseType=kind)
    if way is Way.CHOOSE:
        SubElement(SubElement(response, "correctResponse"), "value").text = f"C{question.answer}"
    elif way is Way.TYPE:
        answers = answers_of(question)
        SubElement(SubElement(response, "correctResponse"), "value").text = answers[0]
        mapping = SubElement(response, "mapping", defaultValue="0")
        for one in answers:
            SubElement(mapping, "mapEntry", mapKey=one, mappedValue="1", caseSensitive="false")


def _declared(item: Element, name: str, kind: str) -> Element:
    return SubElement(item, "outcomeDeclaration", identifier=name, cardinality="single", baseType=kind)


def _choices(body: Element, question: Question) -> None:
    asked = SubElement(body, "choiceInteraction", responseIdentifier="RESPONSE", shuffle="true", maxChoices="1")
    _inline(SubElement(asked, "prompt"), question.question)
    for place, option in enumerate(question.options, 1):
        _inline(SubElement(asked, "simpleChoice", identifier=f"C{place}"), option)


def _gap(body: Element, question: Question) -> None:
    """In the sentence where it has a gap, else below the question."""
    length = str(max(10, *map(len, answers_of(question))))
    parted = around_gap(question.question)
    before, after = parted if parted is not None else (question.question, "")
    paragraph = SubElement(body, "p")
    _inline(paragraph, before)
    if parted is None:
        paragraph = SubElement(body, "p")
    entry = SubElement(paragraph, "textEntryInteraction", responseIdentifier="RESPONSE", expectedLength=length)
    entry.tail = after.replace("\n", " ")


def _text(body: Element, question: Question) -> None:
    asked = SubElement(body, "extendedTextInteraction", responseIdentifier="RESPONSE", expectedLines="10")
    _inline(SubElement(asked, "prompt"), question.question)
    # Shown to whoever marks, never to whoever answers.
    _paragraphs(SubElement(body, "rubricBlock", view="scorer", use="scoring"), model_answer(question))


def _processing(item: Element, way: Way, feedback: bool) -> None:
    if way is Way.WRITE and not feedback:
        return
    processing = SubElement(item, "responseProcessing")
    if way is Way.CHOOSE:
        then = SubElement(SubElement(processing, "responseCondition"), "responseIf")
        match = SubElement(then, "match")
        SubElement(match, "variable", identifier="RESPONSE")
        SubElement(match, "correct", identifier="RESPONSE")
        score = SubElement(then, "setOutcomeValue", identifier="SCORE")
        SubElement(score, "baseValue", baseType="float").text = "1"
    elif way is Way.TYPE:
        score = SubElement(processing, "setOutcomeValue", identifier="SCORE")
        SubElement(score, "mapResponse", identifier="RESPONSE")
    if feedback:
        shown = SubElement(processing, "setOutcomeValue", identifier="FEEDBACK")
        SubElement(shown, "baseValue", baseType="identifier").text = "SHOWN"


def _test(named: Sequence[tuple[str, Question]], about: About) -> Element:
    test = Element("assessmentTest", identifier="TEST", title=about.title)
    part = SubElement(test, "testPart", identifier="PART", navigationMode="nonlinear", submissionMode="individual")
    section = SubElement(part, "assessmentSection", identifier="SECTION", title=about.title, visible="true")
    for name, question in named:
        SubElement(section, "assessmentItemRef", identifier=_identifier(question), href=name)
    return test


def _manifest(names: Sequence[str], quiz: Quiz, about: About, version: Version) -> Element:
    root = Element("manifest", xmlns=version.packaging, identifier="MANIFEST")
    root.set("xmlns:xsi", _XSI)
    root.set("xsi:schemaLocation", f"{version.packaging} {version.packaging_xsd}")
    metadata = SubElement(root, "metadata")
    SubElement(metadata, "schema").text = version.schema
    SubElement(metadata, "schemaversion").text = version.schema_version
    SubElement(root, "organizations")
    resources = SubElement(root, "resources")
    test = SubElement(resources, "resource", identifier="TEST", type=version.test_type, href="test.xml")
    SubElement(test, "file", href="test.xml")
    for name, question in zip(names, quiz.questions, strict=True):
        SubElement(test, "dependency", identifierref=_identifier(question))
        one = SubElement(resources, "resource", identifier=_identifier(question), type=version.item_type, href=name)
        SubElement(one, "file", href=name)
    return root


def _inline(parent: Element, text: str) -> None:
    """Text with line breaks as elements."""
    first, *others = text.split("\n")
    parent.text = first
    for line in others:
        SubElement(parent, "br").tail = line


def _paragraphs(parent: Element, texts: Sequence[str]) -> None:
    for text in texts:
        _inline(SubElement(parent, "p"), text)


def _document(root: Element, version: Version) -> bytes:
    if version.hyphens:
        root = _hyphened(root)
    root.set("xmlns", version.namespace)
    root.set("xmlns:xsi", _XSI)
    root.set("xsi:schemaLocation", f"{version.namespace} {version.xsd}")
    return _xml(root)


def _hyphened(element: Element) -> Element:
    """The same in the words of 3.0, which also puts flowing content into a body of its own."""
    name = element.tag if element.tag in _HTML else f"qti-{_words(element.tag)}"
    made = Element(name, dict(_attributes(element)))
    made.text, made.tail = element.text, element.tail
    into = SubElement(made, "qti-content-body") if element.tag in {"modalFeedback", "rubricBlock"} else made
    into.extend(_hyphened(child) for child in element)
    return made


def _attributes(element: Element) -> Iterator[tuple[str, str]]:
    for name, value in element.items():
        yield name if ":" in name else _words(name), value


def _words(name: str) -> str:
    return re.sub("[A-Z]", lambda found: f"-{found[0].lower()}", name)


def _xml(root: Element) -> bytes:
    text: bytes = tostring(root, encoding="UTF-8", xml_declaration=True)
    return text

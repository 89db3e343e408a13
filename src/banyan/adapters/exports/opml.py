"""OPML 2.0: an outline for outliners and mind maps. Source: http://opml.org/spec2.opml"""

from collections.abc import Sequence
from email.utils import format_datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from banyan.assistant.domain.material import Outline
from banyan.assistant.domain.taking_away import source_of
from banyan.assistant.ports.export import About, ExportFormat


def _write(outline: Outline, about: About) -> tuple[bytes, Sequence[str]]:
    root = Element("opml", version="2.0")
    head = SubElement(root, "head")
    SubElement(head, "title").text = about.title
    SubElement(head, "dateCreated").text = format_datetime(about.made, usegmt=True)
    above: list[tuple[int, Element]] = [(0, SubElement(root, "body"))]
    for part in outline.parts:
        level = max(1, part.level)
        while above[-1][0] >= level:
            above.pop()
        note = "\n".join(text for text in (part.summary, source_of(part.citation)) if text)
        made = SubElement(above[-1][1], "outline", text=part.title)
        if note:
            made.set("_note", note)
        for topic in part.topics:
            SubElement(made, "outline", text=topic)
        above.append((level, made))
    return tostring(root, encoding="UTF-8", xml_declaration=True), ()


ENTRY = ExportFormat(
    title="OPML outline", takes=("outline",), suffix=".opml", media_type="text/x-opml; charset=utf-8", write=_write
)

"""Takes a document out of a prompt: older clients send both in one field when they want an outline."""

import re
from dataclasses import dataclass

_SKELETON = re.compile(r"""[{\[]\s*(?:\{\s*)?["'](sections|topics)["']\s*:""")
_FENCE = re.compile(r"(?:```|~~~)[a-z]*\s*\Z", re.IGNORECASE)
_CUT = re.compile(r"\s*(?:\[?(?:\.{3}|…)\s*(?:\[?\(?(?:content |text |document )?truncated\.{0,3}\)?)?\]?)\s*\Z", re.I)
_ORDERS = re.compile(
    r"\b(?:please|provide|return|respond|format|json|for each|each section|create|generate|analy[sz]e|identify|"
    r"extract|include|ensure|make sure|output|should (?:have|be|contain|include)|must|you are|your task)\b",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"\A[^\n]{0,300}?\b(?:document|content|text|material|source)\b[^\n:]{0,80}:[ \t]*(?=\S|\n|\Z)", re.IGNORECASE
)
_WISH = re.compile(r"\A\s*(?:[-*•]|\d{1,2}[.)])\s+")
_WISHES = re.compile(
    r"\b(?:title|summary|sentences?|concepts?|topics?|percentage|share|proportion|chunks?|pages?|content)\b", re.I
)


@dataclass(frozen=True, slots=True)
class OutlinePrompt:
    """style: `sections` or `topics`. document: without the orders around it."""

    style: str
    document: str


def read_outline_prompt(text: str) -> OutlinePrompt:
    """What shape is asked for, and of what.

    A text without a skeleton of JSON is the document itself, and is asked for in topics. Only whole paragraphs that
    speak like orders are taken away, at the beginning and the end; where nothing would be left, nothing is.
    """
    skeletons = list(_SKELETON.finditer(text))
    if not skeletons:
        return OutlinePrompt("topics", text)
    style = "sections" if any(one[1] == "sections" for one in skeletons) else "topics"
    before = text[: skeletons[-1].start()]
    after = _after(text[skeletons[-1].start() :])
    document = _without_orders(_FENCE.sub("", before.rstrip()))
    if not document:  # the orders come first, and the document follows its skeleton
        document = _without_orders(after)
    return OutlinePrompt(style, document or text)


def _after(text: str) -> str:
    """What follows the skeleton, by its braces."""
    depth = 0
    for at, letter in enumerate(text):
        depth += (letter in "{[") - (letter in "}]")
        if not depth:
            return text[at + 1 :].lstrip("`~ \n")
    return ""


def _without_orders(text: str) -> str:
    paragraphs = re.split(r"\n[ \t]*\n", text.strip())
    while paragraphs and _orders(paragraphs[-1]):
        paragraphs.pop()
    if paragraphs and (lines := paragraphs[-1].split("\n")):
        while lines and (_order_line(lines[-1]) or not lines[-1].strip()):
            lines.pop()
        paragraphs[-1:] = ["\n".join(lines)] if lines else []
    if paragraphs and _ORDERS.search(paragraphs[0].split("\n")[0]):
        labelled = _LABEL.match(paragraphs[0])
        rest = paragraphs[0][labelled.end() :] if labelled else ""
        lines = paragraphs[0].split("\n")
        kept = rest if labelled else "\n".join(lines[1:])
        paragraphs[:1] = [kept] if kept.strip() else []
    if paragraphs and (labelled := _LABEL.match(paragraphs[0])) and len(labelled[0]) < _LONGEST_LABEL:
        paragraphs[0] = paragraphs[0][labelled.end() :]
    return _CUT.sub("", "\n\n".join(paragraphs)).strip().strip('"`').strip()


_LONGEST_LABEL = 40
"""Characters of a line such as `Document content:`."""


def _orders(paragraph: str) -> bool:
    lines = [line for line in paragraph.split("\n") if line.strip()]
    return not lines or all(_order_line(line) for line in lines)


def _order_line(line: str) -> bool:
    if _WISH.match(line):
        return bool(_WISHES.search(line)) or bool(_ORDERS.search(line))
    return bool(_ORDERS.search(line)) and (line.rstrip().endswith((":", ".")) or len(line) < 200)

"""A sentence as it is shown to people: without the marks of Markdown and HTML, on one line."""

import html
import re

_INVISIBLE = re.compile("[\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\u00ad\x00-\x08\x0b\x0c\x0e-\x1f]")
_OPENING_MARKS = re.compile(r"^(?:\s*(?:>|#{1,6}\s|[-*+•–]\s+(?:\[[ xX]\]\s+)?|\(?\d{1,3}[.)]\s+))+")
_IMAGE = re.compile(r"!\[([^\[\]]{0,200})\]\([^()\s]{0,500}(?:\s+\"[^\"]{0,200}\")?\)")
_LINK = re.compile(r"\[([^\[\]]{1,300})\](?:\([^()\s]{0,500}(?:\s+\"[^\"]{0,200}\")?\)|\[[^\[\]]{0,100}\])")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,300}>|<!--.{0,300}?-->", re.DOTALL)
_FOOTNOTE = re.compile(r"\[(?:\^[^\[\]]{1,30}|\d{1,3}(?:[,–-] ?\d{1,3})*)\](?!\()")
_CODE = re.compile(r"(`+)([^`]{1,300})\1")
_STRONG = re.compile(r"(\*\*|__|~~|==)(?=\S)(.{1,400}?)(?<=\S)\1", re.DOTALL)
_WEAK = re.compile(r"(?<![\w*])\*(?=[^\s*])([^*]{1,400}?)(?<=\S)\*(?![\w*])|(?<!\w)_(?=\S)([^_]{1,400}?)(?<=\S)_(?!\w)")
_MARKED = re.compile("[*_`~=\\[<&\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\u00ad\x00-\x08\x0b\x0c\x0e-\x1f]")
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{1,6}|#x[0-9a-fA-F]{1,6});")


def plain(text: str) -> str:
    """The words of a quotation as a reader would see them."""
    text = _OPENING_MARKS.sub("", text)
    if _MARKED.search(text) is not None:
        text = _unmarked(text)
    return " ".join(text.split())


def _unmarked(text: str) -> str:
    if "<" in text:
        text = _TAG.sub("", text)
    if _ENTITY.search(text):
        text = html.unescape(text)
    text = _INVISIBLE.sub("", text)
    if "[" in text:
        text = _LINK.sub(r"\1", _IMAGE.sub(r"\1", text))
        text = _FOOTNOTE.sub("", text)
    text = _CODE.sub(r"\2", text)
    text = _STRONG.sub(r"\2", _STRONG.sub(r"\2", text))
    return _WEAK.sub(lambda found: found[1] or found[2], text)

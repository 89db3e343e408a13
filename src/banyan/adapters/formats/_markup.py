"""Reads the tags of HTML source from left to right, once, so that no input can take more than linear time.

A real HTML parser follows (`html`); what it sees has been through `simplify`, because some input that is legal
HTML makes any conforming parser build a tree that is much larger or deeper than the input.
"""

import html
import re
from collections.abc import Iterator

DEEPEST = 100
"""Levels of nested elements that are kept; browsers stop at about 500, people at about 30."""

_TAG_START = re.compile(r"<(?:(?P<comment>!--)|(?P<other>[!?])|(?P<close>/)?(?P<name>[a-zA-Z][^\s/>]*+))")
_TAG_REST = re.compile(r"""(?:[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+')?)*+>""")
_ANNOTATION = re.compile(r"<annotation[^<>]*application/x-tex[^<>]*>([^<]*)<")
_ANY_TAG = re.compile(r"<[^<>]*>")


def names(listed: str) -> frozenset[str]:
    """A set of names, listed with spaces between them."""
    return frozenset(listed.split())


_FORMATTING = names("a b big code em font i nobr s small strike strong tt u")
_SKIPPED = names("script style svg math template noscript iframe textarea select canvas noembed")
_VOID = names("area base br col embed hr img input link meta param source track wbr")
_END_OPTIONAL = names("p li dt dd tr td th thead tbody tfoot")
_LINE = names("br div li tr")
_PARAGRAPH = names("p ul ol table blockquote pre h1 h2 h3 h4 h5 h6")
_INLINE = names(
    """
    abbr bdi bdo cite del dfn img ins kbd label mark q ruby rt rp samp span sub sup time var wbr td th tbody thead
    section article figure hr
    """
)
_KNOWN = _FORMATTING | _SKIPPED | _LINE | _PARAGRAPH | _INLINE


def simplify(source: str) -> tuple[str, bool]:
    """HTML that means the same to a reader of its text, and whether levels below DEEPEST were taken out of it.

    Without comments, scripts, drawings and formatting tags (which a parser repeats in every block that follows
    if they are not closed); formulas are replaced by their TeX between `$`, or by their text.
    """
    parts: list[str] = []
    depth = dropped = 0
    too_deep = False
    for name, closes, content in _tokens(source):
        if not name or name in _SKIPPED:
            parts.append(content)
        elif name in _FORMATTING:
            continue
        elif name in _VOID or name in _END_OPTIONAL:
            parts.append(content)
        elif closes:
            if dropped:
                dropped -= 1
                continue
            depth = max(0, depth - 1)
            parts.append(content)
        elif depth >= DEEPEST:
            dropped += 1
            too_deep = True
        else:
            depth += 1
            parts.append(content)
    return "".join(parts), too_deep


def strip_tags(source: str) -> str:
    """The text of a piece of inline HTML. Line breaks become newlines; what only looks like a tag is kept."""
    if "<" not in source:
        return html.unescape(source) if "&" in source else source
    parts: list[str] = []
    for name, closes, content in _tokens(source):
        if not name or name in _SKIPPED or name not in _KNOWN:
            if content:
                parts.append(content)
        elif name in _LINE:
            if name == "br" or closes or (parts and not parts[-1].endswith("\n")):
                parts.append("\n")
        elif name in _PARAGRAPH:
            parts.append("\n\n")
        elif name in ("td", "th"):
            parts.append(" ")
    return html.unescape("".join(parts))


def _tokens(source: str) -> Iterator[tuple[str, bool, str]]:
    """Tag name ("" for text), whether it closes, and the source; for a skipped element the source to put in place."""
    position = 0
    absent: set[str] = set()
    while start := _TAG_START.search(source, position):
        yield "", False, source[position : start.start()]
        if start["comment"]:
            end = source.find("-->", start.end())
            position = len(source) if end < 0 else end + 3
            continue
        if start["other"]:
            end = source.find(">", start.end())
            position = len(source) if end < 0 else end + 1
            continue
        rest = _TAG_REST.match(source, start.end())
        if rest is None:
            position = start.start()
            break
        position = rest.end()
        name, closes = start["name"].lower(), bool(start["close"])
        if name not in _SKIPPED:
            yield name, closes, source[start.start() : position]
        elif not closes and name not in absent:
            end = _find_close(source, name, position)
            if end < 0:
                absent.add(name)
                if name in ("script", "style"):
                    return
            else:
                yield name, False, _replacement(name, rest[0], source[position:end])
                position = end
    yield "", False, source[position:]


def _find_close(source: str, name: str, position: int) -> int:
    found = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(source, position)
    return found.start() if found else -1


def _replacement(name: str, attributes: str, content: str) -> str:
    if name == "math":
        tex = _ANNOTATION.search(content)
        return f"${tex[1].strip()}$" if tex else _ANY_TAG.sub("", content)
    if name == "script" and "math/tex" in attributes:
        dollars = "$$" if "mode=display" in attributes else "$"
        return f"{dollars}{html.escape(content, quote=False)}{dollars}"
    return ""

"""HTML pages and fragments: structure and text. Nothing is fetched or executed."""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from banyan.adapters.formats._decoding import decode
from banyan.adapters.formats._flow import Flow
from banyan.adapters.formats._markup import DEEPEST, names, simplify
from banyan.proxy.domain.document_builder import DocumentBuilder, clean
from banyan.proxy.domain.knowledge import Document
from banyan.proxy.ports.format import Format

_TEXT = "-text"
_DROPPED = names("head nav footer object embed button input datalist dialog audio video title")
_INLINE = names(
    """
    abbr acronym bdi bdo cite data del dfn ins kbd label mark meter output picture progress q rp rt ruby samp source
    span sub sup time var wbr
    """
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_SUPERSCRIPT = str.maketrans("0123456789+-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻")
_EXPONENT = re.compile(r"[-+−]?\d{1,4}")


def read(content: bytes) -> Document:
    """See `Format.read`."""
    builder = DocumentBuilder("html")
    read_into(Flow(builder), decode(content))
    return builder.build()


def read_into(flow: Flow, source: str) -> None:
    """Adds the blocks of a page or a fragment; of a page with a `main` element only those in it."""
    simple, too_deep = simplify(clean(source))
    if too_deep:
        flow.builder.warn(f"Elements nested more than {DEEPEST} levels deep were read as if they were not nested.")
    tree = LexborHTMLParser(simple)
    root = tree.css_first("main") or tree.css_first("[role=main]") or tree.body
    if root is not None:
        _walk(flow, root)
        flow.finish()
    title = tree.css_first("title")
    if title is not None and tree.css_first("h1") is None:
        flow.builder.entitle(title.text())


def _walk(flow: Flow, parent: LexborNode) -> None:
    for node in _children(parent):
        tag = node.tag or ""
        if tag == _TEXT:
            flow.write(node.text() or "")
        elif tag in _HEADINGS:
            flow.heading(_HEADINGS[tag], _inline_text(node), _anchor(node))
        elif tag == "sup":
            text = _inline_text(node)
            flow.write(text.translate(_SUPERSCRIPT) if flow.ends_in_digit() and _EXPONENT.fullmatch(text) else text)
        elif tag == "br":
            flow.write("\n")
        elif tag == "img":
            flow.write(node.attributes.get("alt") or "")
        elif tag in _INLINE:
            _walk(flow, node)
        else:
            _walk_block(flow, node, tag)


def _walk_block(flow: Flow, node: LexborNode, tag: str) -> None:
    match tag:
        case "ul" | "ol" | "menu":
            flow.begin_list(_first_number(node) if tag == "ol" else None)
            _walk(flow, node)
            flow.end_list()
        case "li":
            flow.begin_item()
            _walk(flow, node)
            flow.end_block()
        case "blockquote":
            flow.begin_quote()
            _walk(flow, node)
            flow.end_quote()
        case "dl":
            flow.begin_list()
            _walk_definitions(flow, node)
            flow.end_list()
        case "pre":
            flow.code(_raw_text(node))
        case "table":
            _walk_table(flow, node)
        case "figcaption" | "caption":
            flow.caption(_inline_text(node))
        case "figure":
            _walk_figure(flow, node)
        case _:
            flow.end_block()
            _walk(flow, node)
            flow.end_block()


def _walk_definitions(flow: Flow, parent: LexborNode) -> None:
    """One item a definition, "term: definition"; a term without a definition stands alone."""
    terms: list[str] = []
    defined = False
    for node in _children(parent):
        if node.tag == "dt":
            if defined:
                terms, defined = [], False
            terms.append(_inline_text(node))
        elif node.tag == "dd":
            flow.begin_item()
            flow.write(": ".join(filter(None, (", ".join(terms), _inline_text(node)))))
            flow.end_block()
            defined = True
        elif node.tag == "div":
            _walk_definitions(flow, node)
    if terms and not defined:
        flow.begin_item()
        flow.write(", ".join(terms))
        flow.end_block()


def _walk_figure(flow: Flow, node: LexborNode) -> None:
    if node.css_first("figcaption") is None and node.css_first("pre, table, p, blockquote") is None:
        flow.caption(_inline_text(node))
        return
    for child in _children(node):
        if child.tag in ("img", "picture", "a"):
            continue
        flow.end_block()
        if child.tag == _TEXT:
            flow.write(child.text() or "")
        else:
            _walk_block(flow, child, child.tag or "")
    flow.end_block()


def _walk_table(flow: Flow, node: LexborNode) -> None:
    """A table of data, or, when there are blocks in its cells, a page that was laid out with a table."""
    if any(part.tag in _HEADINGS or part.tag in ("table", "pre") for part in _descendants(node)):
        flow.end_block()
        _walk(flow, node)
        flow.end_block()
        return
    rows: list[list[str]] = []
    header = False
    for part in _descendants(node):
        if part.tag == "caption":
            flow.caption(_inline_text(part))
        elif part.tag == "tr":
            cells = [cell for cell in _children(part) if cell.tag in ("td", "th")]
            if not rows and len(cells) > 1:
                header = all(cell.tag == "th" for cell in cells) or (part.parent or part).tag == "thead"
            rows.append([_inline_text(cell) for cell in cells])
    flow.table(rows, header=header)


def _children(node: LexborNode) -> Iterator[LexborNode]:
    child = node.child
    while child is not None:
        if child.tag == _TEXT or not _is_hidden(child):
            yield child
        child = child.next


def _descendants(node: LexborNode) -> Iterator[LexborNode]:
    for child in _children(node):
        yield child
        if child.tag != _TEXT:
            yield from _descendants(child)


def _is_hidden(node: LexborNode) -> bool:
    if node.tag in _DROPPED or node.is_comment_node:
        return True
    attributes = node.attributes
    return "hidden" in attributes or attributes.get("aria-hidden") == "true"


def _inline_text(node: LexborNode) -> str:
    parts: list[str] = []
    for child in _children(node):
        if child.tag == _TEXT:
            parts.append(child.text() or "")
        elif child.tag in ("br", "wbr"):
            parts.append("\n" if child.tag == "br" else "")
        elif child.tag == "img":
            parts.append(child.attributes.get("alt") or "")
        elif child.tag in _INLINE:
            parts.append(_inline_text(child))
        else:
            parts.append(f" {_inline_text(child)} ")
    return " ".join("".join(parts).split())


def _raw_text(node: LexborNode) -> str:
    """Text with its lines; unlike `_inline_text` it folds nothing."""
    parts = []
    for child in _children(node):
        if child.tag == _TEXT:
            parts.append(child.text() or "")
        else:
            parts.append("\n" if child.tag == "br" else _raw_text(child))
    return "".join(parts)


def _anchor(heading: LexborNode) -> str:
    """Its own id, or that of the section that it opens."""
    own = heading.attributes.get("id")
    parent = heading.parent
    if own or parent is None or parent.tag not in ("section", "article", "div"):
        return own or ""
    first = next((child for child in _children(parent) if child.tag != _TEXT), None)
    opens = first is not None and first.mem_id == heading.mem_id
    return (parent.attributes.get("id") or "") if opens else ""


def _first_number(node: LexborNode) -> int:
    start = node.attributes.get("start") or ""
    return int(start) if re.fullmatch(r"\d{1,6}", start) else 1


ENTRY = Format("html", (".htm", ".html", ".xhtml"), "html", read)

"""Markdown (CommonMark with tables, strikethrough and formulas between dollars)."""

import re
from collections.abc import Iterable, Sequence
from html import escape

from markdown_it import MarkdownIt
from markdown_it.token import Token

from banyan.adapters.formats._decoding import decode
from banyan.adapters.formats._flow import Flow
from banyan.adapters.formats._markdown_math import use_math
from banyan.adapters.formats._markup import strip_tags
from banyan.adapters.formats.html import read_into as read_html_into
from banyan.kernel.errors import TooLarge
from banyan.proxy.domain.document_builder import DocumentBuilder
from banyan.proxy.domain.knowledge import Document
from banyan.proxy.ports.format import Format

_NESTING = 60  # levels that the parser goes down; a list takes two, a quote one
_MOST_LINES = 200_000  # about 20 seconds of parsing
_INLINE_BUDGET = 2_000_000  # characters with markup among them: about 10 seconds of parsing
_PARAGRAPH_BUDGET = 100_000  # the time for one paragraph grows faster than its length
_BRACKET_COST = 20  # a bracket takes so many times as long as another character
_FRONT_MATTER = re.compile(r"---[ \t]*\n(?:[^\n]*\n){0,200}?(?:---|\.\.\.)[ \t]*(?:\n|$)")
_FRONT_TITLE = re.compile(r"^title:[ \t]*(?P<quote>[\"']?)(?P<title>.*?)(?P=quote)[ \t]*$", re.MULTILINE)
_TASK = re.compile(r"\[(?P<done>[ xX])\][ \t]+")
_IMAGE_ALONE = re.compile(r"!\[[^\]]*\]\([^()]*\)")
_INLINE_MARKUP = re.compile(r"[\\`*_\[\]<>&!~$]")


def read(content: bytes) -> Document:
    """See `Format.read`."""
    builder = DocumentBuilder("markdown")
    source = decode(content).replace("\r\n", "\n")
    front = _FRONT_MATTER.match(source)
    if front:
        title = _FRONT_TITLE.search(front[0])
        builder.entitle(title["title"] if title else "")
        source = source[front.end() :]
    read_into(Flow(builder), source)
    return builder.build()


def read_into(flow: Flow, source: str) -> None:
    """Adds the blocks of Markdown source.

    Raises: TooLarge for more than _MOST_LINES lines.
    """
    if source.count("\n") > _MOST_LINES:
        raise TooLarge(f"Markdown of more than {_MOST_LINES:,} lines takes too long to read; split it into lessons.")
    environment: dict[str, object] = {}
    tokens = _PARSER.parse(source, environment)
    inline = _Inline(environment)
    if any(token.level >= _NESTING - 1 for token in tokens):
        flow.builder.warn("Lists or quotes are nested so deep that their innermost levels may have been left out.")
    index = 0
    while index < len(tokens):
        token = tokens[index]
        match token.type:
            case "heading_open":
                flow.heading(int(token.tag[1]), inline.text(tokens[index + 1]))
                index += 2
            case "inline" if _IMAGE_ALONE.fullmatch(token.content):
                flow.caption(inline.text(token))
            case "inline":
                flow.write(inline.text(token))
            case "bullet_list_open":
                flow.begin_list()
            case "ordered_list_open":
                flow.begin_list(int(token.attrGet("start") or 1))
            case "bullet_list_close" | "ordered_list_close":
                flow.end_list()
            case "list_item_open":
                _begin_item(flow, tokens, index)
            case "paragraph_close" | "list_item_close":
                flow.end_block()
            case "blockquote_open":
                flow.begin_quote()
            case "blockquote_close":
                flow.end_quote()
            case "fence" | "code_block":
                _add_code(flow, token)
            case "math_block":
                flow.math(token.content)
            case "html_block":
                flow.end_block()
                read_html_into(flow, token.content)
            case "table_open":
                end = next(at for at in range(index, len(tokens)) if tokens[at].type == "table_close")
                flow.table(_rows(tokens[index:end], inline), header=True)
                index = end
        index += 1
    flow.finish()
    if inline.exhausted:
        flow.builder.warn("There is so much Markdown in a paragraph, or in all, that some was left as it stands.")


class _Inline:
    """Reduces inline Markdown to text, within a budget of time for one document."""

    def __init__(self, environment: dict[str, object]) -> None:
        self._environment = environment
        self._budget = _INLINE_BUDGET
        self.exhausted = False

    def text(self, token: Token) -> str:
        """Most lines hold no markup; they are spared the parser. So are those that would take too long."""
        content = token.content
        if not _INLINE_MARKUP.search(content):
            return content
        cost = len(content) + _BRACKET_COST * content.count("[")
        if cost > min(self._budget, _PARAGRAPH_BUDGET):
            self.exhausted = True
            return content
        self._budget -= cost
        parsed: list[Token] = []
        _PARSER.inline.parse(content, _PARSER, self._environment, parsed)
        tagged = any(part.type == "html_inline" for part in parsed)
        parts = []
        for part in parsed:
            match part.type:
                case "softbreak" | "hardbreak":
                    text = "\n"
                case "image":
                    text = "".join(child.content for child in part.children or ())
                case _:
                    text = part.content
            parts.append(escape(text, quote=False) if tagged and part.type != "html_inline" else text)
        return strip_tags("".join(parts)) if tagged else "".join(parts)


def _begin_item(flow: Flow, tokens: Sequence[Token], index: int) -> None:
    """Opens the item at `index`, as a task if its text begins with a box."""
    if index + 2 < len(tokens) and tokens[index + 2].type == "inline":
        task = _TASK.match(tokens[index + 2].content)
        if task:
            tokens[index + 2].content = tokens[index + 2].content[task.end() :]
            flow.begin_item("[ ]" if task["done"] == " " else "[x]")
            return
    flow.begin_item()


def _add_code(flow: Flow, token: Token) -> None:
    if token.info.strip().lower() in ("math", "latex", "tex"):
        flow.math(token.content)
    else:
        flow.code(token.content)


def _rows(tokens: Iterable[Token], inline: _Inline) -> list[list[str]]:
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(inline.text(token))
    return rows


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": _NESTING, "html": True}).enable(["table", "strikethrough"])
    parser.core.ruler.disable(["inline", "text_join"])
    use_math(parser)
    return parser


_PARSER = _parser()

ENTRY = Format("markdown", (".markdown", ".md"), "markdown", read)

"""Rules for markdown-it that keep formulas between dollars as they stand."""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

_FORMULA_LINES = 100  # without a limit, formulas that are never closed would take quadratic time
_INLINE_MATH = re.compile(r"\$(?=[^\s$])[^$\n]*+(?<=[^\s\\])\$(?!\d)|\$\$[^$]+\$\$")


def use_math(parser: MarkdownIt) -> None:
    """Makes the parser yield `math_block` tokens, and text tokens for inline formulas with their dollars."""
    parser.block.ruler.before("fence", "math_block", _math_block, {"alt": ["paragraph", "blockquote", "list"]})
    parser.inline.ruler.before("escape", "math_inline", _math_inline)


def _math_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A block rule: from a line that begins with `$$` to the next line that ends with `$$`."""
    first = _line(state, start)
    if not first.startswith("$$") or state.is_code_block(start):
        return False
    lines = [first[2:]]
    last = start
    if not lines[0].rstrip().endswith("$$"):
        for last in range(start + 1, min(end, start + _FORMULA_LINES)):
            lines.append(_line(state, last))
            if lines[-1].rstrip().endswith("$$"):
                break
            if not lines[-1].strip() or "$$" in lines[-1]:
                return False
        else:
            return False
    formula = "\n".join(lines).rstrip()[:-2]
    if "$$" in formula or not formula.strip():
        return False
    if not silent:
        state.line = last + 1
        token = state.push("math_block", "math", 0)
        token.content = formula
    return True


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def _math_inline(state: StateInline, silent: bool) -> bool:
    """An inline rule: text between dollars is kept as it stands, so that its underscores are no emphasis."""
    if state.src[state.pos] != "$":
        return False
    found = _INLINE_MATH.match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        state.push("text", "", 0).content = found[0]
    state.pos = found.end()
    return True

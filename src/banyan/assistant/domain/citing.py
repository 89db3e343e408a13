"""Which citations an answer really uses."""

import re
from collections.abc import Sequence

from banyan.kernel.messages import Citation

_MARKS = re.compile(r"\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\]")


def cited(citations: Sequence[Citation], answer: str) -> tuple[Citation, ...]:
    """Those whose `[n]` (or `[n, m]`) stands in the answer; a model is offered more than it uses."""
    used = {int(number) for group in _MARKS.findall(answer) for number in group.split(",")}
    return tuple(citation for citation in citations if citation.index in used)

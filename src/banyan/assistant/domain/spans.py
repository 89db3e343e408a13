"""Finds what a model says that it quotes in the text that it was given."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from banyan.kernel.messages import Citation

_WORD = re.compile(r"\w+")
_SHORTEST = 12
"""Characters: a shorter quotation supports nothing."""


def cite(
    course: str, lesson: str, title: str, text: str, blocks: Sequence[Mapping[str, Any]], quote: str
) -> Citation | None:
    """The citation of a quotation from a lesson's body; None where it does not stand there word for word.

    Blanks and kinds of quotation marks may differ; the citation has those of the lesson.
    """
    words = [re.escape(word) for word in quote.split()]
    if len(quote.strip()) < _SHORTEST:
        return None
    pattern = r"\s+".join(words).replace("'", "['’]").replace('"', '["“”]')
    found = re.search(pattern, text)
    if found is None:
        return None
    block = next((one for one in blocks if one["start"] <= found.start() < one["end"]), {})
    return Citation(
        1,
        course,
        lesson,
        "",
        title,
        tuple(block.get("heading", ())),
        str(block.get("anchor", "")),
        found[0],
        found.start(),
        found.end(),
        "lesson",
        "lesson",
        1.0,
    )


def supports(quote: str, claim: str) -> bool:
    """Whether most of what the claim says stands in the quotation: half of its longer words, up to their endings."""
    said = {_stem(word) for word in _WORD.findall(quote.casefold())}
    telling = [_stem(word) for word in _WORD.findall(claim.casefold()) if len(word) > 3 or word.isdigit()]
    telling = telling or [_stem(word) for word in _WORD.findall(claim.casefold())]
    return bool(telling) and 2 * sum(word in said for word in telling) >= len(telling)


def _stem(word: str) -> str:
    for ending in ("ing", "es", "ed", "s", "e"):
        if len(word) > len(ending) + 3 and word.endswith(ending):
            return word[: -len(ending)]
    return word

"""Whether a citation still says what its source says, and which of its sentences an answer rests on."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from banyan.assistant.domain.words import content, sentences
from banyan.kernel.messages import Citation

_MARK = re.compile(r"\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\]")
_NEAR = 0.6
"""A sentence that shares this part of what the best one shares supports the statement as well."""
_MOST_SENTENCES = 3


def placed(citation: Citation, text: str, version: int) -> Citation | None:
    """The citation as it stands in the source's text, at its own span or where the same words stand now.

    None where they do not stand there word for word, or stand there more than once elsewhere.
    """
    quote = citation.quote
    if not quote:
        return None
    if text[citation.start : citation.end] == quote:
        return replace(citation, version=version)
    at = text.find(quote)
    if at < 0 or text.find(quote, at + 1) >= 0:
        return None
    return replace(citation, start=at, end=at + len(quote), version=version)


def marks_in(text: str) -> list[int]:
    """The numbers of all `[n]` and `[n, m]`, in order."""
    return [int(number) for group in _MARK.findall(text) for number in group.split(",")]


def without_marks(text: str) -> str:
    """The words alone."""
    return _MARK.sub("", text)


def with_only(text: str, known: Iterable[int]) -> str:
    """The text without marks that point at none of the known numbers, and without the blank before such a mark."""
    numbers = set(known)

    def kept(found: re.Match[str]) -> str:
        left = [number for number in found[2].split(",") if int(number) in numbers]
        return f"{found[1]}[{', '.join(number.strip() for number in left)}]" if left else ""

    return re.sub(r"([ \t]*)\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\]", kept, text)


def statements(answer: str) -> Mapping[int, list[str]]:
    """By number, the sentences of an answer that carry its mark."""
    found: dict[int, list[str]] = {}
    for start, end in sentences(answer):
        said = answer[start:end]
        for number in dict.fromkeys(marks_in(said)):
            found.setdefault(number, []).append(without_marks(said))
    return found


def narrowed(citation: Citation, said: Sequence[str]) -> Citation:
    """The citation cut down to the sentences on which the statements rest; whole where nobody can tell.

    What is left is one run of the source, word for word.
    """
    parts = sentences(citation.quote)
    if len(parts) < 2:
        return citation
    terms = [frozenset(content(citation.quote[start:end])) for start, end in parts]
    chosen: set[int] = set()
    for statement in said:
        wanted = frozenset(content(statement))
        shared = [len(wanted & one) / (len(one) + 4) ** 0.5 if one else 0.0 for one in terms]
        best = max(shared)
        if best <= 0:
            return citation
        near = sorted((i for i, score in enumerate(shared) if score >= _NEAR * best), key=lambda i: -shared[i])
        first = near[0]
        chosen.add(first)
        chosen.update(i for i in near[:_MOST_SENTENCES] if abs(i - first) == 1 and wanted & terms[i] - terms[first])
    if not chosen:
        return citation
    start, end = parts[min(chosen)][0], parts[max(chosen)][1]
    return replace(citation, quote=citation.quote[start:end], start=citation.start + start, end=citation.start + end)

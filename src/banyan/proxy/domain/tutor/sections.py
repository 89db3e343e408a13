"""The parts of a text: under its headings, or between shifts of topic where it has none."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from banyan.proxy.domain.tutor.naming import names_something
from banyan.proxy.domain.tutor.sentences import Candidate, Matrix
from banyan.proxy.domain.tutor.words import is_function_word, stems, words

_WINDOW = 6
"""Sentences on either side of a place that are compared there."""
_LEAST_SENTENCES = 5
_MOST_PARTS = 8
_SENTENCES_A_PART = 9
_TITLE_TERMS = 2


@dataclass(frozen=True, slots=True)
class Part:
    """A run of sentences: `first` and after them `last` (not among them). title: "" for one that has to be found."""

    title: str
    level: int
    first: int
    last: int


def parts_of(sentences: Sequence[Candidate], rows: Matrix) -> list[Part]:
    """In reading order. A heading without text of its own that others stand under is a part with no sentences."""
    if not sentences:
        return []
    parts: list[Part] = []
    above: tuple[str, ...] = ()
    first = 0
    for last in range(1, len(sentences) + 1):
        heading = sentences[first].passage.heading
        if last < len(sentences) and sentences[last].passage.heading == heading:
            continue
        shared = next(
            (i for i, (one, other) in enumerate(zip(above, heading, strict=False)) if one != other),
            min(len(above), len(heading)),
        )
        parts += [Part(heading[depth], depth + 1, first, first) for depth in range(shared, len(heading) - 1)]
        parts.append(Part(heading[-1] if heading else "", max(1, len(heading)), first, last))
        above, first = heading, last
    if any(part.title for part in parts):
        return parts
    borders = [0, *_shifts(sentences, rows), len(sentences)]
    return [Part("", 1, first, last) for first, last in pairwise(borders)]


def _shifts(sentences: Sequence[Candidate], rows: Matrix) -> list[int]:
    """Where the words change most (TextTiling): the deepest valleys of likeness between neighbouring runs."""
    count = len(sentences)
    if count < 2 * _LEAST_SENTENCES:
        return []
    sums = np.vstack([np.zeros((1, rows.shape[1]), dtype=np.float32), np.cumsum(rows, axis=0, dtype=np.float32)])
    places = np.arange(1, count)
    left = sums[places] - sums[np.maximum(0, places - _WINDOW)]
    right = sums[np.minimum(count, places + _WINDOW)] - sums[places]
    norms = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    alike = np.einsum("ij,ij->i", left, right) / np.maximum(norms, 1e-9)
    peak_before = np.maximum.accumulate(alike)
    peak_after = np.maximum.accumulate(alike[::-1])[::-1]
    depth = (peak_before - alike) + (peak_after - alike)
    new_paragraph = np.array([sentences[i].at == 0 or _apart(sentences[i - 1], sentences[i]) for i in range(1, count)])
    depth = depth + 0.15 * new_paragraph
    enough = float(depth.mean() + 0.5 * depth.std())
    most = min(_MOST_PARTS, count // _SENTENCES_A_PART) - 1
    chosen: list[int] = []
    for i in np.argsort(-depth, kind="stable"):
        place = int(places[i])
        if len(chosen) >= most or depth[i] < enough:
            break
        if all(abs(place - other) >= _LEAST_SENTENCES for other in (0, count, *chosen)):
            chosen.append(place)
    return sorted(chosen)


def _apart(before: Candidate, after: Candidate) -> bool:
    """Whether a paragraph, or a chunk that the caller cut, ends between them."""
    if before.passage.chunk_id != after.passage.chunk_id:
        return True
    between = before.passage.text[
        before.sentence.span.end - before.passage.span.start : after.sentence.span.start - before.passage.span.start
    ]
    return between.count("\n") > 1


def telling_terms(
    part: Sequence[Candidate], whole: Counter[str], language: str, most: int, is_noun: Callable[[str], bool]
) -> list[str]:
    """Names of things that stand here more than elsewhere, as they are written most often, pairs of words first.

    whole: in how many sentences of the text each stem stands. is_noun: whether a name ends with a noun. In a language
    that the tutor has words of, a name is what an article or a preposition stands before at least once.
    """
    here: Counter[str] = Counter()
    for one in part:
        here.update(one.stem_set)
    scored = sorted(
        ((count * count / max(1, whole[stem]), stem) for stem, count in here.items() if count > 1 and len(stem) > 2),
        reverse=True,
    )[: 6 * most]
    wanted = {stem for _, stem in scored}
    forms: dict[str, Counter[str]] = {}
    introduced: set[str] = set()
    pairs: Counter[tuple[str, str]] = Counter()
    for one in part:
        present = words(one.text)
        known = ["" if is_function_word(word, language) else _stem_of(word, language) for word in present]
        for i, (word, stem) in enumerate(zip(present, known, strict=True)):
            if stem not in wanted:
                continue
            forms.setdefault(stem, Counter())[word] += 1
            if i and not known[i - 1] and (i + 1 == len(known) or not known[i + 1]):
                introduced.add(stem)
            if i and known[i - 1] and known[i - 1] != stem:
                pairs[(present[i - 1], word)] += 1
                if i > 1 and not known[i - 2] and (i + 1 == len(known) or not known[i + 1]):
                    introduced |= {stem, known[i - 1]} if pairs[(present[i - 1], word)] > 1 else {stem}
    found: list[str] = []
    used: set[str] = set()
    for _, stem in scored:
        if stem in used or stem not in introduced:
            continue
        form = forms[stem].most_common(1)[0][0]
        pair = next(
            (
                pair
                for pair, count in pairs.most_common(40)
                if form in pair and count > 1 and _is_name(pair, introduced, language) and is_noun(" ".join(pair))
            ),
            None,
        )
        name = " ".join(pair) if pair else form
        if not names_something(name, language) or not is_noun(name) or any(letter.isdigit() for letter in name):
            continue
        used.update(_stem_of(word, language) for word in name.split())
        found.append(name)
        if len(found) == most:
            break
    return found


def _is_name(pair: tuple[str, str], introduced: set[str], language: str) -> bool:
    return _stem_of(pair[0], language) in introduced and not pair[0].isdigit()


def title_of(terms: Sequence[str]) -> str:
    """A title made of the first terms, with one capital."""
    joined = ", ".join(terms[:_TITLE_TERMS])
    return joined[:1].upper() + joined[1:]


def _stem_of(word: str, language: str) -> str:
    return next(iter(stems(word, language)), "")

"""How far a text suits a persona, and how good it is beside its source, computed and not judged by a model.

The formulas are in `docs/explanation/personas.md`. Each part is 0 to 1; a dimension is the mean of the parts that the
persona says something of, and 0 where it says nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from banyan.assistant.domain.language_of import language_of
from banyan.assistant.domain.persona import Persona
from banyan.assistant.domain.persona_names import Group
from banyan.assistant.domain.quoting import without_marks
from banyan.assistant.domain.text_features import READ, Features, features_of
from banyan.assistant.domain.words import content, sentences

_EASE = {"beginner": (15.0, 40.0), "intermediate": (30.0, 50.0), "advanced": (40.0, 60.0), "expert": (45.0, 75.0)}
"""LIX that suits a level; outside of it a text loses all within 30 points."""
_FORMALITY = {"formal": 0.9, "professional_friendly": 0.65, "conversational": 0.35, "casual": 0.1}
_WORDS = {"concise": (20, 250), "balanced": (80, 700), "comprehensive": (250, 3000)}
_SHARE = {"concise": (0.02, 0.3), "balanced": (0.1, 0.6), "comprehensive": (0.3, 1.2)}
"""Words of a text that suit a density: as such, and as a share of its source."""
_CHEERS = {"minimal": (0.0, 0.0), "moderate": (0.02, 0.2), "high": (0.08, 1.0)}


_SUPPORTED = 0.6
"""Share of a sentence's words that two neighbouring sentences of the source must have."""
_LEAST = 3
"""Words of a sentence that says something; shorter ones are headings and turns of phrase, and are not judged."""
_TOP = 30


def score(persona: Persona, text: str, source: str = "") -> dict[str, float]:
    """By dimension, in the wire's names, and `overall`, the mean of the dimensions that the persona speaks of.

    source: what the text was made of, where that is known; then its length is judged by it. Takes a millisecond for
    each 3,000 characters.
    """
    text = text[:READ]
    dimensions: dict[str, list[float]] = {group.value: [] for group in Group}
    if text.strip():
        found, there = features_of(text), frozenset(content(text))
        size = len(source[:READ].split())
        dimensions = {
            Group.PROFESSIONAL.value: [*_phrases(persona, _PROFESSIONAL, there), *_level(persona, found)],
            Group.INTERESTS.value: list(_phrases(persona, _INTERESTS, there)),
            Group.STYLE.value: list(_style(persona, found)),
            Group.CONTENT.value: list(_preferences(persona, found, text, size)),
            Group.TONE.value: list(_tone(persona, found)),
        }
    said = [_mean(parts) for parts in dimensions.values() if parts]
    return {"overall": _mean(said), **{name: _mean(parts) for name, parts in dimensions.items()}}


_PROFESSIONAL = ("role", "field", "industry", "goals", "expertise")
_INTERESTS = ("interests", "secondary_interests", "topics")


def _phrases(persona: Persona, fields: Sequence[str], there: frozenset[str]) -> Iterator[float]:
    """For each field, how much of its words the text has: mostly of the best phrase, a little of all."""
    for field in fields:
        value = getattr(persona, field)
        wanted = [stems for one in ((value,) if isinstance(value, str) else value) if (stems := set(content(one)))]
        if wanted:
            hits = [len(stems & there) / len(stems) for stems in wanted]
            yield 0.7 * max(hits) + 0.3 * _mean(hits)


def _level(persona: Persona, found: Features) -> Iterator[float]:
    if persona.level in _EASE:
        yield _within(found.lix, *_EASE[persona.level], slack=30)


def _style(persona: Persona, found: Features) -> Iterator[float]:
    first, second = _fit(persona.style, found), _fit(persona.second_style, found)
    if first is not None and second is not None:
        weight = 0.5 + 0.5 * (0.5 if persona.style_strength is None else persona.style_strength)
        yield weight * first + (1 - weight) * second
    elif first is not None:
        yield first


def _fit(style: str, found: Features) -> float | None:
    headed = min(1.0, found.headings / max(1.0, found.words / 150))
    kinds = {
        "visual": 0.5 * headed + 0.5 * min(1.0, 2 * found.listed + found.tables),
        "auditory": 0.6 * min(1.0, 3 * found.spoken) + 0.4 * (1 - min(1.0, found.listed)),
        "reading": 0.7 * (1 - min(1.0, found.listed)) + 0.3 * _within(found.mean_sentence, 10, 28, slack=15),
        "kinesthetic": 0.5 * min(1.0, 2 * found.steps) + 0.5 * min(1.0, (found.tasks + found.examples) / 3),
    }
    return _mean(kinds.values()) if style == "mixed" else kinds.get(style)


def _preferences(persona: Persona, found: Features, text: str, source: int) -> Iterator[float]:
    if persona.density in _WORDS:
        if source:
            least, most = _SHARE[persona.density]
            yield _within(found.words / source, least, most, slack=most)
        else:
            low, high = _WORDS[persona.density]
            yield _within(found.words, low, high, slack=high)
    if persona.examples_per_concept:
        yield min(1.0, found.examples / (persona.examples_per_concept * max(1, found.headings)))
    if persona.summary_style in ("bullet_points", "visual"):
        yield min(1.0, 1.5 * found.listed + (0.5 * bool(found.headings) if persona.summary_style == "visual" else 0))
    elif persona.summary_style == "paragraphs":
        yield 1 - min(1.0, found.listed)
    if persona.language and (written := language_of(text)):
        yield float(persona.language.partition("-")[0].casefold() == written)
    needs = " ".join(persona.accessibility).casefold()
    if "short sentence" in needs or "dyslexi" in needs:
        yield _within(found.longest, 0, 18, slack=20)
    if "screen reader" in needs:
        yield 0.0 if found.tables else 1.0


def _tone(persona: Persona, found: Features) -> Iterator[float]:
    if persona.tone in _FORMALITY:
        formality = 0.5 + min(0.5, 2 * found.formal) - min(0.5, 2 * found.casual)
        yield 1 - abs(formality - _FORMALITY[persona.tone])
    if persona.encouragement in _CHEERS:
        yield _within(found.cheers, *_CHEERS[persona.encouragement], slack=0.08)


def _within(value: float, least: float, most: float, *, slack: float) -> float:
    """1 from `least` to `most`, falling evenly to 0 at `slack` outside."""
    off = max(least - value, value - most, 0.0)
    return max(0.0, 1 - off / slack)


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return round(min(1.0, max(0.0, sum(listed) / len(listed))), 4) if listed else 0.0


def metrics(text: str, source: str, *, expected_words: int | None = None) -> dict[str, float]:
    """`grounding`, `coverage`, `readability`, `length_appropriateness` and `structure`; all 0 for an empty text.

    expected_words: how long it was to be; else from a twentieth of the source to as long as that. Without a source,
    grounding and coverage are 0: nothing shows that they are more.
    """
    text, source = text[:READ], source[:READ]
    found = features_of(text)
    if not found.words:
        return dict.fromkeys(("grounding", "coverage", "readability", "length_appropriateness", "structure"), 0.0)
    size, read = len(source.split()), _read(source)
    least, most = (size / 20, float(size)) if expected_words is None else (0.7 * expected_words, 1.2 * expected_words)
    structure = 1 - found.long_blocks
    if found.words > 150:
        structure = 0.6 * structure + 0.4 * bool(found.headings or found.listed)
    values = {
        "grounding": _grounding(text, read),
        "coverage": _coverage(text, read),
        "readability": _within(found.lix, 0, 35, slack=40),
        "length_appropriateness": _within(found.words, least, most, slack=max(1.0, most)) if most else 1.0,
        "structure": structure,
    }
    return {name: round(min(1.0, max(0.0, value)), 4) for name, value in values.items()}


def _grounding(text: str, source: "_Source") -> float:
    judged = supported = 0
    for start, end in sentences(text):
        stems = frozenset(content(without_marks(text[start:end])))
        if len(stems) < _LEAST:
            continue
        judged += 1
        pairs = Counter(place for stem in stems for place in source.places.get(stem, ()))
        supported += bool(pairs) and max(pairs.values()) >= _SUPPORTED * len(stems)
    return supported / judged if judged else 0.0


def _coverage(text: str, source: "_Source") -> float:
    there = frozenset(content(text))
    return sum(stem in there for stem in source.top) / len(source.top) if source.top else 0.0


@dataclass(frozen=True, slots=True)
class _Source:
    """places: of each stem, the pairs of neighbouring sentences that have it. top: what is said most often."""

    places: Mapping[str, frozenset[int]]
    top: tuple[str, ...]


@lru_cache(maxsize=16)
def _read(source: str) -> _Source:
    """Lessons are long, and much is made of the same one."""
    places: defaultdict[str, set[int]] = defaultdict(set)
    counts: Counter[str] = Counter()
    for number, (start, end) in enumerate(sentences(source)):
        stems = content(source[start:end])
        counts.update(stems)
        for stem in stems:
            # A sentence counts for the pair that it ends and for the one that it begins.
            places[stem] |= {number, number + 1}
    top = [stem for stem, count in counts.most_common(_TOP) if count > 1] or list(counts)[:_TOP]
    return _Source({stem: frozenset(pairs) for stem, pairs in places.items()}, tuple(top))

# ruff: noqa: E501
"""Terms that a text speaks of without saying what they are, told from other words by how the text uses them.

English only: what stands between an article or a preposition and a preposition, a form of "to be" or the end of a clause
is a noun phrase; what follows "to", "can" or "which" is a verb.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from banyan.proxy.domain.tutor.naming import names_something
from banyan.proxy.domain.tutor.naming_words import GENERAL
from banyan.proxy.domain.tutor.plain import plain
from banyan.proxy.domain.tutor.salient_words import (
    AFTER,
    ARTICLES,
    BEFORE,
    DOES,
    ENDINGS,
    LONG,
    LONGEST,
    MEASURES,
    NO_NOUN,
    OFTEN,
    PARTICIPLE_FOLLOWS,
    PROCESSES,
    RELATIVE,
    SHORTEST,
    TECHNICAL,
    USUAL,
    VAGUE,
    VERB_FOLLOWS,
)
from banyan.proxy.domain.tutor.statements import Statement
from banyan.proxy.domain.tutor.words import is_function_word, stems

_TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|[^\w\s]")
_MARKED = re.compile(r"\*\*([^*]{3,60})\*\*|(?<!\*)\*([^*]{3,60})\*(?!\*)|<(?:b|strong|em|i)>([^<>]{3,60})</")


@dataclass(eq=False)
class Phrase:
    """A noun phrase in one form. text: as it stands within a sentence. used: after "a", after "the", "" for bare."""

    text: str
    stems: frozenset[str]
    plural: bool
    named: bool
    ending: str
    is_process: bool
    used: Counter[str] = field(default_factory=Counter)
    statements: list[Statement] = field(default_factory=list)
    is_marked: bool = False

    def found_in(self, folded: str) -> int:
        """Where it stands as a whole in a text in small letters; -1 unless it does so once."""
        start = folded.find(self.folded)
        end = start + len(self.folded)
        if start < 0 or folded.find(self.folded, end) >= 0:
            return -1
        edges = (folded[start - 1 : start] if start else "", folded[end : end + 1])
        return start if not any(edge.isalnum() or edge == "-" for edge in edges) else -1

    @cached_property
    def folded(self) -> str:
        """In small letters."""
        return self.text.lower()

    @property
    def length(self) -> int:
        """In words."""
        return self.text.count(" ") + 1


class Salient:
    """The noun phrases of a text, and which of its words are verbs.

    terms: the phrases that matter to it. lesser: others that name something. heads: stems of words that several of its phrases end with ("cell"), so that
    they are too wide to be asked for alone.
    """

    def __init__(self, statements: Sequence[Statement], explained: Iterable[frozenset[str]] = ()) -> None:
        self.verbs: Counter[str] = Counter()
        self.nouns: Counter[str] = Counter()
        self._articled: Counter[str] = Counter()
        self._mentions: Mapping[str, int] = Counter(stem for one in statements for stem in one.stems)
        runs: list[tuple[Statement, str, list[str]]] = []
        for one in statements:
            if one.candidate.reading.is_prose:
                runs += ((one, article, run) for article, run in self._read(one))
        marked = {frozenset(stems(name, "english")) for one in statements for name in _named_apart(one)} | set(
            explained
        )
        read: dict[str, Phrase | None] = {}
        for one, article, run in runs:
            text = " ".join(run)
            if text not in read:
                read[text] = self._phrase(text, run)
            phrase = read[text]
            if phrase is not None:
                phrase.is_marked = phrase.stems in marked
                phrase.used[article] += 1
                phrase.statements.append(one)
        self.phrases = {text: phrase for text, phrase in read.items() if phrase is not None}
        heads = Counter(stems(one.text.split()[-1], "english") for one in self.phrases.values() if one.length > 1)
        self.heads = frozenset(stem for head, count in heads.items() if count > 1 for stem in head)
        salient = {text: self._is_salient(one) for text, one in self.phrases.items()}
        self.terms = [one for text, one in self.phrases.items() if salient[text]]
        self.lesser = [one for text, one in self.phrases.items() if not salient[text] and self._is_term(one)]

    def is_noun(self, name: str) -> bool:
        """Whether the last word of a name is used as a noun, and not more often as a verb."""
        last = name.lower().split()[-1]
        found = self.nouns[last] + self.nouns[last.removesuffix("s")] + self.nouns[f"{last}s"]
        if last in DOES or NO_NOUN.search(last) or not names_something(name, "english"):
            return False
        return (found or self._articled[last]) > self._as_verb(last)

    def is_verb(self, word: str) -> bool:
        """Whether a word is used as a verb more than as a noun."""
        return self._as_verb(word) > self.nouns[word]

    def _as_verb(self, word: str) -> int:
        return self.verbs[word] + self.verbs[word.removesuffix("s")] + self.verbs[word.removesuffix("es")]

    def _read(self, one: Statement) -> Iterator[tuple[str, list[str]]]:
        """Runs of content words between words that bind, with the article before them."""
        tokens = _TOKEN.findall(one.plain)
        folded = [token.lower() for token in tokens]
        count, i = len(tokens), 0
        for before, word in pairwise(folded):
            if before in ARTICLES:
                self._articled[word] += 1
            if before in VERB_FOLLOWS and word.isalpha() and not is_function_word(word):
                self.verbs[word] += 1
        while i < count:
            if not _is_content(folded[i]):
                i += 1
                continue
            first = i
            while i < count and _is_content(folded[i]):
                i += 1
            before, after = folded[first - 1] if first else "", folded[i] if i < count else "."
            if before in PARTICIPLE_FOLLOWS and not first - 1:
                continue
            if (before and before not in BEFORE) or not (after in AFTER or after in ".;:"):
                continue
            run = tokens[first:i]
            if first == 0 or (first == 1 and before in ARTICLES):
                run[0] = one.capitals.small(run[0], "english") if first == 0 else run[0]
            if len(run) <= LONGEST:
                self.nouns[folded[i - 1]] += 1
                yield ("a" if before in ("a", "an", "each", "every") else "the" if before == "the" else ""), run

    def _phrase(self, text: str, run: list[str]) -> Phrase | None:
        last = run[-1].lower()
        if "’" in text or "'" in text or last in GENERAL:
            return None
        if (
            len(last) < 3
            or last in MEASURES
            or last in DOES
            or not names_something(text, "english")
            or NO_NOUN.search(last)
        ):
            return None
        if (
            run[0].lower() in RELATIVE
            or (
                len(run) == 1
                and (last in VAGUE or last.removesuffix("s") in VAGUE or last.removesuffix("s") in MEASURES)
            )
            or any(word[:1].isdigit() for word in run)
        ):
            return None
        if len(run) > 1 and last.endswith("s") and is_plural(last) and not self._has_singular(last):
            return None
        if any(self.is_verb(word.lower()) for word in run):
            return None
        return Phrase(
            text,
            frozenset(stems(text, "english")),
            plural=is_plural(last),
            named=text[:1].isupper(),
            ending=(ending := ending_of(last)),
            is_process=ending in PROCESSES,
        )

    def _has_singular(self, plural: str) -> bool:
        """Whether the text has the singular as a noun, so that the form is no verb ("the chain consists")."""
        singular = f"{plural[:-3]}y" if plural.endswith("ies") else plural[:-1]
        seen = self.nouns[singular] or (plural.endswith("es") and self.nouns[plural[:-2]]) or self._articled[singular]
        return bool(seen) and self._as_verb(plural) == 0

    def _is_term(self, one: Phrase) -> bool:
        last = one.text.split()[-1].lower()
        if one.length == 1:
            return len(one.text) >= LONG and next(iter(one.stems)) not in self.heads and not one.text.endswith("ing")
        return self.nouns[last] > 1 and not last.endswith("ing")

    def _is_salient(self, one: Phrase) -> bool:
        seen = len({id(statement) for statement in one.statements})
        if one.is_marked:
            return True
        if one.text.endswith("ing"):
            return False
        mentions = min((self._mentions[stem] for stem in one.stems), default=0)
        if one.length > 1:
            last = one.text.split()[-1].lower()
            is_known = mentions >= OFTEN and len(one.stems) > 1 and self.nouns[last] > 1 and last not in DOES
            return seen > 1 or (is_known and one.length == USUAL)
        if len(one.text) < SHORTEST or next(iter(one.stems)) in self.heads:
            return False
        return mentions >= OFTEN or (len(one.text) >= TECHNICAL and mentions > 1)


def is_plural(word: str) -> bool:
    """By its form."""
    irregular = word.endswith(
        ("ae", "bacteria", "mitochondria", "nuclei", "stimuli", "alveoli", "people", "children", "teeth", "feet")
    )
    return irregular or (word.endswith("s") and not word.endswith(("ss", "us", "is", "ics")))


def ending_of(word: str) -> str:
    """The ending that tells what kind of thing a word names; "" where it has none of the known ones."""
    word = word.removesuffix("s") if is_plural(word) else word
    return next((ending for ending in ENDINGS if word.endswith(ending) and len(word) > len(ending) + 2), "")


def _is_content(word: str) -> bool:
    return word[0].isalpha() and len(word) > 1 and not is_function_word(word)


def _named_apart(one: Statement) -> Iterator[str]:
    """What a heading names, and what is set in bold or italics."""
    for heading in one.passage.heading:
        shown = plain(heading)
        yield shown
        yield from re.split(r"\s+(?:and|of|in|the|or)\s+(?:the\s+)?|[,:;–]\s*", shown)
    if "*" in one.candidate.text or "<" in one.candidate.text:
        yield from (name for found in _MARKED.findall(one.candidate.text) for name in found if name)

"""Whether two questions that a model finds alike ask for the same thing. Vectors overlook a number, a `not`, a swap."""

import re
from dataclasses import dataclass
from functools import lru_cache

FEWEST_WORDS, MOST_CHARACTERS = 4, 400
"""Shorter questions live by what stands around them; of longer ones the model may not read the end."""

_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*(?:['\u2019-][^\W_]+)*")
_SENTENCE_END = re.compile(r"[.!?:]\s*$")
_QUOTED = re.compile(r"\"([^\"]+)\"|\u201c([^\u201d]+)\u201d|\u00ab([^\u00bb]+)\u00bb|`([^`]+)`|(?<!\w)'([^']+)'(?!\w)")
_SIGNS = re.compile(r"(?<!\w)-(?=\d)|[^\w\s.,;:?!'\"\u2019\u201c\u201d()-]")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NUMBERS = _words(
    "two three four five six seven eight nine ten eleven twelve hundred thousand million first second third fourth "
    "fifth half double twice once both"
)
_NEGATIONS = _words("not no never none nor neither without cannot except false incorrect wrong untrue lack")
_ASKING = _words("who whom whose when where why how which what whether")
_AMOUNTS = _words("many much long often far old large big fast")
_YES_OR_NO = _words("is are was were do does did can could will would should has have had may must")
_POINTING = _words("it its this that these those they them their he she him her his one ones former latter there")
_FILLERS = _words(
    "a an the this that these those of to in at and is are was were be been being am do does did has have had "
    "can could will would it its there i me my we our you your one please tell explain describe know want like "
    "exactly really actually just also so hi hello thanks what which who whom whose when where why how as with "
    "s"
)


def _stem(word: str) -> str:
    """Without the endings of number and tense."""
    if word == "do":
        return "function"
    word = word.removesuffix("'s").removesuffix("s'")
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed", "e"):
        if len(word) > len(ending) + 3 and word.endswith(ending):
            return word[: -len(ending)]
    return word


_LIKE_WORDS = {
    _stem(word): group
    for group, words in {
        "function": "function role purpose job",
        "happen": "happen occur",
        "place": "located location situated",
        "difference": "difference differ different distinguish",
        "kind": "kind type sort",
        "part": "part component",
        "name": "called name term",
        "meaning": "define definition mean meaning",
        "main": "main primary chief major",
        "begin": "begin start",
        "make": "make produce",
        "help": "help aid assist",
    }.items()
    for word in words.split()
}
"""Words that frame a question, by their stems; terms of a subject have no synonyms here."""


@dataclass(frozen=True, slots=True)
class _Question:
    words: frozenset[str]
    count: int
    asks: frozenset[str]
    negations: int
    numbers: tuple[str, ...]
    names: frozenset[str]
    quoted: frozenset[str]
    signs: tuple[str, ...]
    framing: frozenset[str]
    terms: tuple[str, ...]


def is_comparable(question: str) -> bool:
    """Whether it says enough by itself, and not too much, to be compared with others."""
    return len(question) <= MOST_CHARACTERS and _read(question).count >= FEWEST_WORDS


def ask_the_same(one: str, other: str) -> bool:
    """Whether nothing tells two questions apart that are alike by their vectors.

    They have the same question word, numbers, negations, names, quotations and signs, and the same terms in the same
    order, up to their endings, to words that carry nothing, and to a few that mean the same in any question. What
    is in doubt is another question: that costs a call, and the other error a wrong answer.
    """
    if not (is_comparable(one) and is_comparable(other)):
        return False
    left, right = _read(one), _read(other)
    return (
        left.asks == right.asks
        and left.negations == right.negations
        and left.numbers == right.numbers
        and left.quoted == right.quoted
        and left.signs == right.signs
        and left.names <= right.words
        and right.names <= left.words
        and left.framing == right.framing
        and left.terms == right.terms
    )


def plainly(question: str) -> str:
    """The question without what does not make it another: case, blanks, and the mark at its end."""
    return " ".join(question.casefold().split()).rstrip(" ?!.\u061f\uff1f")


def tells_apart(one: str, other: str) -> bool:
    """Whether something that vectors overlook makes two questions different ones: a number, a `not`, a sign.

    Less strict than `ask_the_same`, for putting questions of one sort together.
    """
    left, right = _read(one), _read(other)
    return left.negations != right.negations or left.numbers != right.numbers or left.signs != right.signs


def leans_on_what_was_said(question: str) -> bool:
    """Whether the question points back into its conversation, as `why is it so?` does."""
    return bool(_read(question).words & _POINTING)


@lru_cache(maxsize=4096)
def _read(question: str) -> _Question:
    found = [(match.group().replace("\u2019", "'"), match.start()) for match in _WORD.finditer(question)]
    words = [word.casefold() for word, _ in found]
    carrying = [
        _stem(word)
        for place, word in enumerate(words)
        if (word not in _FILLERS or _is_main_verb(words, place))
        and not (word in ("play", "plays") and "role" in words)
        and not _is_negation(word)
        and word not in _NUMBERS
    ]
    groups = [_LIKE_WORDS.get(stem) for stem in carrying]
    framing = frozenset(group for group in groups if group is not None)
    asks = _asks(words)
    if "difference" in framing and asks == {"how"}:
        asks = frozenset({"what"})
    if asks == {"where"}:
        framing -= {"place"}
    return _Question(
        frozenset(words),
        len(words),
        asks,
        sum(map(_is_negation, words)),
        tuple(word for word in words if word in _NUMBERS or any(sign.isdigit() for sign in word)),
        frozenset(word.casefold() for word, start in found if _is_name(word, question[:start])),
        frozenset(" ".join("".join(parts).casefold().split()) for parts in _QUOTED.findall(question)),
        tuple(_SIGNS.findall(question)),
        framing,
        tuple(stem for stem, group in zip(carrying, groups, strict=True) if group is None),
    )


def _asks(words: list[str]) -> frozenset[str]:
    """`what`, also where it is ordered and not asked; `how many` is another than `how`."""
    found = set()
    for place, word in enumerate(words):
        if word in _ASKING:
            following = words[place + 1] if place + 1 < len(words) else ""
            found.add(f"how {following}" if word == "how" and following in _AMOUNTS else word)
    if not found and words and words[0] in _YES_OR_NO:
        return frozenset({"whether"})
    if "which" in found or not found:
        found = (found - {"which"}) | {"what"}
    return frozenset(found)


def _is_main_verb(words: list[str], place: int) -> bool:
    """`do` as in `What does the liver do?`, which asks for its function."""
    return words[place] == "do" and place > 1 and any(word in ("do", "does", "did", "can") for word in words[:place])


def _is_negation(word: str) -> bool:
    return word in _NEGATIONS or word.endswith("n't")


def _is_name(word: str, before: str) -> bool:
    """Written with a capital that no beginning of a sentence asks for."""
    if any(letter.isupper() for letter in word[1:]):
        return True
    begins = not before.strip() or _SENTENCE_END.search(before) is not None
    return word[:1].isupper() and word != "I" and not begins

"""Words of a text as they are compared: without case, accents and endings, in any script."""

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0e7f]")
_REMEMBERED = 1024
"""Texts: a turn compares the same question, answer and passages in several ways, and the next one many of them."""
_STEM = 6
"""Letters of a word that count: what follows is mostly an ending, in most languages."""
_SENTENCE_END = re.compile(r"(?<=[.!?…؟۔।])[\"'”’»)\]]*\s+(?=\S)|(?<=[。！？])[”’」』）]*|\n+")
_MARKS_THEN = re.compile(r"(?:\s*\[\d{1,3}(?:\s*,\s*\d{1,3})*\])+")
_SHORT = re.compile(
    r"(?:^|[\s(])(?:[A-Z]|e\.g|i\.e|cf|vs|etc|approx|Dr|Mr|Mrs|Ms|Prof|St|No|Fig|Eq|z\.B|bzw|ca|Nr|p|pp)\.$"
)

_FUNCTION_WORDS = {
    "english": """
    a about above after again all also am an and any are as at be because been before being below between both
    but by can could did do does doing done down during each either else even ever every few for from further
    get give given gives go had has have having he her here hers him his how however i if in into is it its
    itself just let like made make makes may me might mine more most much must my need neither no nor not now of
    off often on once one only or other our ours out over own per please rather same see shall she should show
    so some such tell than that the their theirs them then there therefore these they this those though through
    thus to too under until up upon us use used uses using very was we well were what when where whether which
    while who whom whose why will with within without would yes yet you your yours""",
    "german": """
    der die das den dem des ein eine einen einem einer eines und oder aber nicht ist sind war waren wird werden
    wurde wurden hat haben hatte kann können muss müssen soll sollen mit von zu zum zur bei für auf aus als an
    am im in ins über unter durch um nach vor wie was wer wo wann warum welche welcher welches dass es er sie
    wir ihr ich du mich mir dich dir sich man auch nur noch schon so sehr mehr diese dieser dieses diesem diesen
    jede jeder jedes bitte""",
    "french": """
    le la les un une des du de et ou mais ne pas est sont était ont a au aux avec pour par sur dans que qui quoi
    où quand comment pourquoi ce cet cette ces il elle ils elles nous vous je tu se son sa ses leur leurs plus
    très aussi""",
    "spanish": """
    el los las una unos unas y o pero no es son era fue con para por sobre en que quien cual cuando como donde
    porque este esta estos estas ese esa se su sus lo al del más muy también""",
}


def sentences(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences in order, without the blanks around them. `[n]` marks belong to the sentence before."""
    spans: list[tuple[int, int]] = []
    start = 0
    for found in _SENTENCE_END.finditer(text):
        if found.start() < start or _SHORT.search(text[start : found.start()]):
            continue
        end = found.start()
        if (marks := _MARKS_THEN.match(text, end)) is not None:
            end = marks.end()
        _add(spans, text, start, end)
        start = max(found.end(), end)
    _add(spans, text, start, len(text))
    return spans


def _add(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    end -= len(piece) - len(piece.rstrip())
    if start < end:
        spans.append((start, end))


def plain(text: str) -> str:
    """Lower case, compatible forms, no accents."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return folded if folded.isascii() else "".join(sign for sign in folded if not unicodedata.combining(sign))


@lru_cache(maxsize=_REMEMBERED)
def words(text: str) -> tuple[str, ...]:
    """Every word in order, as `plain`; in scripts without blanks every sign."""
    found: list[str] = []
    for match in _WORD.findall(plain(text)):
        if _UNSPACED.search(match):
            found += list(match)
        else:
            found.append(match.replace("’", "'").removesuffix("'s").replace("'", ""))
    return tuple(found)


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """What is left of a word of `words` without its ending."""
    if word.isdigit() or len(word) <= 3:
        return word
    for ending in ("ies", "es", "s", "ed", "ing"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)] + ("y" if ending == "ies" else "")
            break
    return word[:_STEM].removesuffix("e") if len(word) > 3 else word


_BY_LANGUAGE = {name: frozenset(plain(text).split()) for name, text in _FUNCTION_WORDS.items()}
_COMMON = frozenset(word for names in _BY_LANGUAGE.values() for word in names)


def language(text: str) -> str:
    """`english`, `german`, `french` or `spanish`, by the small words; English where they do not tell."""
    said = words(text[:2000])
    shares = {name: sum(word in small for word in said) for name, small in _BY_LANGUAGE.items()}
    best = max(shares, key=lambda name: shares[name])
    return best if shares[best] > shares["english"] else "english"


def is_common(word: str) -> bool:
    """Whether a word of `words` says nothing about a subject."""
    return word in _COMMON


@lru_cache(maxsize=_REMEMBERED)
def content(text: str) -> tuple[str, ...]:
    """The stems of the words that say something, in order; numbers are among them."""
    return tuple(
        [
            stem(word)
            for word in words(text)
            if word not in _COMMON and (len(word) > 1 or not word.isascii() or word.isdigit())
        ]
    )

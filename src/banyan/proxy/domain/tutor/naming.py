# ruff: noqa: E501
"""Which term a sentence explains: "A neuron is a cell that ...", "... is called osmosis"."""

import re
from dataclasses import dataclass
from typing import Literal

from banyan.proxy.domain.tutor.naming_words import EMPHASIS, GENERAL, NOT_FIRST, QUALIFIERS, QUANTITIES
from banyan.proxy.domain.tutor.words import is_function_word, stems, words

How = Literal["defined", "called", "described"]

TERM = r"(?:[^\W\d_][\w'’-]*)"
_FIRST = re.compile(
    rf"^(?:(?P<article>an?|the|each|every|der|die|das|ein|eine|la|le|les|une?|el|los|las|una?|o|a|os|as|uma?)\s+|l['’])?(?P<term>{TERM}(?:\s+(?:of\s+)?{TERM}){{0,3}}?)"
    r"(?:\s+\((?P<short>[^()]{1,60})\))?(?P<aside>,? (?:also |sometimes |often |commonly |or |which is )*(?:called|known as|termed|abbreviated|or) (?P<other>[^,()]{2,60})|, [^,;]{2,60})?,?\s+"
    r"(?P<verb>is|are|refers? to|means(?!\s+(?:is|are|of|and|or|do|have)\b)|denotes?|describes?|consists? of|is defined as|are defined as|ist|sind|bezeichnet|bedeutet|est|sont|désigne|signifie|es|son|significa|designa|é|são)\s+(?=\S)",
    re.IGNORECASE,
)
# "... is called osmosis", "... known as the cell membrane"
_LAST = re.compile(
    rf"\b(?:called|known as|termed|(?:is|are|was|were) named|referred to as|heißt|genannt|appelée?s?|se llaman?|chama(?:m)?-se)\s+(?:(?P<article>an?|the|der|die|das|la|le|les|el|los|las|o|a|os|as|une?|una?|uma?)\s+)?"
    rf"[\"“«„]?(?P<term>{TERM}(?:\s+{TERM}){{0,2}}?)[\"”»“]?(?=\s*[.,;:()]|\s+(?:and|or|is|are|was|were|that|which|because|when|in|of|by|for|to|from|with|und|et|y|e)\b)",
    re.IGNORECASE,
)
_LAST_CUES = ("called", "known as", "termed", "named", "referred to", "heißt", "genannt", "appelé", "se llama", "chama")
"""Looking for these first costs a tenth of the pattern."""
_WIDE_FIRST = re.compile(r"^(?P<term>[\u4e00-\u9fff]{2,8}?)(?P<verb>是指|指的是|是一[种种個个类]|是)(?=\S)")
# What comes before the name says what it is: "The outer layer is called ...", "a narrow crest called ..."
_GENUS = re.compile(
    r"^(?:the|an?|each|this|la|le|les|une?|el|los|las|una?|der|die|das|eine?|o|a|os|as|uma?) [^,;:]{8,140} (?:is|are|wird|werden|est|sont|se) (?:\w+ )?called$"
    r"|\b(?:an?|the) (?:[\w-]+ ){1,7}called$|\b[\w-]+s that [^,;:]{8,80} (?:is|are) called$",
    re.IGNORECASE,
)
_CLEAR_VERBS = re.compile(
    r"refers? to|means|denotes?|is defined as|are defined as|bezeichnet|bedeutet|désigne|signifie|significa|designa",
    re.IGNORECASE,
)
_DOING = re.compile(r"[A-Z]\w+ing \w")
"""What is done to something is no name ("Adding salt is ..."), unless it has an article ("A sampling frame is ...")."""
_PRAISES = re.compile(
    r"(?:one of the (?:most|best|main|few|first)|the (?:most (?:important|common)|same|only reason|best|first|result|reason|opposite)|an? (?:reason|result|consequence|good|great|bad|useful|important|powerful|major|common|problem|sign|must|way of saying)|any(?:thing)? but|another)\b",
    re.IGNORECASE,
)
"""What is said of a thing without saying what it is."""
_ARTICLED = re.compile(
    r"(?:an?|the|any|one (?:of|that|which|in|who)|simply an?|essentially an?|ein|eine|einer|eines|der|die|das|une?|des|les?|la|una?|el|los|las|uma?|o|os|a|as)\s|l['’]",
    re.IGNORECASE,
)
_PARTICIPLE = re.compile(
    r"\w+(?:ed|ly)$|^(?:found|made|known|called|seen|held|built|given|shown|drawn|left|lost|sent|set|bound|born|kept|used|able|due|likely|present|important|similar|different|essential|necessary|responsible|available|unique|more|less|most|not|very|too|so|also|often|usually|always|never|now|thus|only|still|still|as|in|on|at|of|to|by|from|with|within|between)$",
    re.IGNORECASE,
)
_ADJECTIVES = re.compile(
    r"(?:(?<!e)ed|ly|ously|ful|less|ible|able|ous)$|^(?:important|useful|common|possible|necessary|different|similar|true|false|large|small|high|low|long|short|good|bad|new|old|able|unable|present|due|clear|likely|unlikely|available)$"
)
_PARENTHESIS = re.compile(r"\s*\([^()]{0,80}\)")


@dataclass(frozen=True, slots=True)
class Naming:
    """term: as it stands there. says: what is said of it; "" where the term comes last. article: its own, folded.

    plural: by its verb; None where the verb does not tell. others: further names that the sentence gives it.
    """

    term: str
    how: How
    says: str
    verb: str
    article: str
    plural: bool | None
    others: tuple[str, ...]


def naming(text: str, language: str) -> Naming | None:
    """What the sentence explains; the term that it names last where it does both."""
    last = _LAST.search(text) if any(cue in text for cue in _LAST_CUES) else None
    if last is not None and names_something(last["term"], language) and not _broken_off(text, last):
        how: How = "called" if _GENUS.search(text[: last.start()] + "called") else "described"
        return Naming(last["term"], how, "", "", (last["article"] or "").lower(), None, ())
    first = _WIDE_FIRST.match(text) if "\u4e00" <= text[:1] <= "\u9fff" else _FIRST.match(text)
    if first is None or not names_something(first["term"], language):
        return None
    if language == "english" and _DOING.match(first[0]):
        return None
    if first.re is _WIDE_FIRST:
        return Naming(first["term"], "defined", text[first.end() :].strip(), first["verb"], "", None, ())
    verb, says = first["verb"].lower(), text[first.end() :].strip()
    if (first["aside"] or "")[:1] == "," and first["other"] is None and not is_apposition(first["aside"]):
        return None
    others = tuple(one for one in (first["short"], first["other"]) if one)
    how = "defined" if _defines(verb, says) else "described"
    plural = (
        None if _CLEAR_VERBS.fullmatch(verb) and verb[-1:] != "s" else verb in ("are", "sind", "sont", "son", "são")
    )
    return Naming(first["term"], how, says, verb, (first["article"] or "").lower(), plural, others)


def is_apposition(aside: str) -> bool:
    """Whether what stands between two commas explains the word before ("the tibia, the larger bone, is")."""
    return re.match(r", (?:an?|the|or|also|which|ein|eine|une?|la|le|una?|el|uma?|o) ", aside) is not None


def names_something(term: str, language: str) -> bool:
    """Whether the words can be the name of something to learn."""
    present = words(term)
    if not present or len(term) < 3 or not stems(term, language):
        return False
    inner = [word for word in present[1:-1] if word != "of"]
    if any(is_function_word(word, language) for word in (present[0], present[-1], *inner)):
        return False
    if present[0] in NOT_FIRST or (present[0].endswith("ly") and len(present[0]) > 5):
        return False
    if present[-1] in GENERAL and (
        len(present) == 1 or all(word in QUALIFIERS | GENERAL | {"of", "the"} for word in present[:-1])
    ):
        return False
    if "of" in present and present[present.index("of") - 1] in QUANTITIES:
        return False
    if len(present) > 1 and present[-1].endswith(("ward", "wards")):
        return False
    if present[0] in QUALIFIERS or not EMPHASIS.isdisjoint(present):
        return False
    return language != "english" or len(present) > 1 or _ADJECTIVES.search(present[-1]) is None


def _defines(verb: str, says: str) -> bool:
    """Whether what follows the verb is a noun phrase, and so says what the subject is."""
    if _PRAISES.match(says):
        return False
    if _CLEAR_VERBS.fullmatch(verb) or _ARTICLED.match(says):
        return True
    if verb != "are":
        return False
    run = []
    for word in words(says)[:6]:
        if is_function_word(word):
            break
        run.append(word)
    if not run or _PARTICIPLE.search(run[0]):
        return False
    return any(word.endswith("s") and not word.endswith(("ss", "us", "ous")) for word in run)


def _broken_off(text: str, last: re.Match[str]) -> bool:
    """Whether the name is denied, or only the first of several or a part of a longer one."""
    after = text[last.end() : last.end() + 80]
    denied = re.search(r"\b(?:not|never|nicht|pas|no|não) (?:\w+ )?$", text[max(0, last.start() - 24) : last.start()])
    listed = re.match(r"[\"”]?(?: (?:and|or|und|et|y|e) |(?:, [\w' -]{2,40})+,? (?:and|or|und|et|y|e) | of )", after)
    return denied is not None or listed is not None

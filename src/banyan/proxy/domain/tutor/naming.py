# ruff: noqa: E501
"""Which term a sentence explains: "A neuron is a cell that ...", "... is called osmosis"."""

import re
from dataclasses import dataclass
from typing import Literal

from banyan.proxy.domain.tutor.words import is_function_word, stems, words

How = Literal["defined", "called", "described"]

TERM = r"(?:[^\W\d_][\w'’-]*)"
_FIRST = re.compile(
    rf"^(?:(?P<article>an?|the|each|every|der|die|das|ein|eine|la|le|les|une?|el|los|las|una?|o|a|os|as|uma?)\s+|l['’])?(?P<term>{TERM}(?:\s+(?:of\s+)?{TERM}){{0,3}}?)"
    r"(?:\s+\((?P<short>[^()]{1,60})\))?(?P<aside>,? (?:also |sometimes |often |commonly |or |which is )*(?:called|known as|termed|abbreviated|or) (?P<other>[^,()]{2,60})|, [^,;]{2,60})?,?\s+"
    r"(?P<verb>is|are|refers? to|means?|denotes?|describes?|consists? of|is defined as|are defined as|ist|sind|bezeichnet|bedeutet|est|sont|désigne|signifie|es|son|significa|designa|é|são)\s+(?=\S)",
    re.IGNORECASE,
)
# "... is called osmosis", "... known as the cell membrane"
_LAST = re.compile(
    rf"\b(?:called|known as|termed|named|referred to as|heißt|genannt|appelée?s?|se llaman?|chama(?:m)?-se)\s+(?:(?P<article>an?|the|der|die|das|la|le|les|el|los|las|o|a|os|as|une?|una?|uma?)\s+)?"
    rf"[\"“«„]?(?P<term>{TERM}(?:\s+{TERM}){{0,2}}?)[\"”»“]?(?=\s*[.,;:()]|\s+(?:and|or|is|are|was|were|that|which|because|when|in|of|by|for|to|from|with|und|et|y|e)\b)",
    re.IGNORECASE,
)
_WIDE_FIRST = re.compile(r"^(?P<term>[\u4e00-\u9fff]{2,8}?)(?P<verb>是指|指的是|是一[种种個个类]|是)(?=\S)")
_CLEAR_VERBS = re.compile(
    r"refers? to|means?|denotes?|is defined as|are defined as|bezeichnet|bedeutet|désigne|signifie|significa|designa",
    re.IGNORECASE,
)
_ARTICLED = re.compile(
    r"(?:an?|the|any|one of|simply an?|essentially an?|ein|eine|einer|eines|der|die|das|une?|des|les?|la|una?|el|los|las|uma?|o|os|a|as)\s|l['’]",
    re.IGNORECASE,
)
_PARTICIPLE = re.compile(
    r"\w+(?:ed|ly)$|^(?:found|made|known|called|seen|held|built|given|shown|drawn|left|lost|sent|set|bound|born|kept|used|able|due|likely|present|important|similar|different|essential|necessary|responsible|available|unique|more|less|most|not|very|too|so|also|often|usually|always|never|now|thus|only|still|still|as|in|on|at|of|to|by|from|with|within|between)$",
    re.IGNORECASE,
)
_NOT_FIRST = frozenset(
    [
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "several",
        "many",
        "most",
        "few",
        "all",
        "no",
        "both",
        "another",
        "other",
        "others",
        "some",
        "any",
        "much",
        "more",
        "sometimes",
        "often",
        "usually",
        "today",
        "perhaps",
        "later",
        "first",
        "second",
        "third",
        "next",
        "finally",
        "together",
        "indeed",
        "nevertheless",
        "meanwhile",
        "here",
        "there",
        "less",
        "least",
        "little",
        "enough",
        "inside",
        "outside",
        "beneath",
        "beyond",
        "near",
        "along",
        "around",
        "behind",
        "beside",
        "besides",
        "despite",
        "except",
        "like",
        "unlike",
        "onto",
        "across",
        "throughout",
        "toward",
        "towards",
        "located",
        "found",
        "depending",
        "according",
        "based",
        "given",
        "using",
        "following",
        "including",
        "where",
        "whereas",
        "located",
        "now",
        "then",
        "once",
        "twice",
        "instead",
        "rather",
        "again",
        "soon",
        "yes",
        "well",
        "fortunately",
        "examples",
        "example",
    ]
)
"""First words of subjects that name nothing: "Two events are ..."."""
_GENERAL = frozenset(
    [
        "answer",
        "answers",
        "aim",
        "amount",
        "case",
        "cases",
        "chapter",
        "concept",
        "difference",
        "differences",
        "effect",
        "effects",
        "example",
        "examples",
        "fact",
        "factor",
        "factors",
        "feature",
        "features",
        "figure",
        "form",
        "forms",
        "function",
        "functions",
        "goal",
        "goals",
        "group",
        "groups",
        "idea",
        "ideas",
        "individual",
        "individuals",
        "issue",
        "issues",
        "key",
        "kind",
        "kinds",
        "lesson",
        "level",
        "levels",
        "list",
        "location",
        "locations",
        "man",
        "men",
        "method",
        "methods",
        "module",
        "name",
        "names",
        "number",
        "numbers",
        "part",
        "parts",
        "patient",
        "patients",
        "people",
        "person",
        "persons",
        "phenomenon",
        "place",
        "places",
        "point",
        "points",
        "problem",
        "problems",
        "process",
        "processes",
        "property",
        "properties",
        "purpose",
        "question",
        "questions",
        "reason",
        "reasons",
        "region",
        "regions",
        "result",
        "results",
        "role",
        "roles",
        "rule",
        "rules",
        "scientist",
        "scientists",
        "section",
        "sections",
        "set",
        "sets",
        "side",
        "sides",
        "situation",
        "situations",
        "size",
        "sizes",
        "stage",
        "stages",
        "state",
        "step",
        "steps",
        "structure",
        "structures",
        "student",
        "students",
        "study",
        "studies",
        "system",
        "systems",
        "task",
        "tasks",
        "technique",
        "term",
        "terms",
        "thing",
        "things",
        "time",
        "times",
        "topic",
        "total",
        "trait",
        "traits",
        "type",
        "types",
        "use",
        "value",
        "values",
        "version",
        "way",
        "ways",
        "woman",
        "women",
        "word",
        "words",
        "work",
        "world",
        "year",
        "years",
        "researchers",
        "physicians",
        "doctors",
        "author",
        "authors",
        "others",
        "result",
        "event",
        "events",
        "condition",
        "conditions",
        "strategy",
        "characteristic",
        "characteristics",
        "component",
        "components",
        "addition",
        "majority",
        "rest",
        "area",
        "areas",
        "end",
        "ends",
        "action",
        "actions",
        "organization",
        "outcome",
        "outcomes",
    ]
)
"""Nouns that name no subject of learning by themselves."""
_QUALIFIERS = frozenset(
    [
        "main",
        "primary",
        "first",
        "second",
        "third",
        "other",
        "important",
        "key",
        "following",
        "final",
        "overall",
        "major",
        "minor",
        "basic",
        "common",
        "same",
        "different",
        "only",
        "next",
        "last",
        "best",
        "whole",
        "entire",
        "general",
        "such",
        "certain",
        "specific",
        "single",
        "simplest",
        "largest",
        "smallest",
        "good",
        "bad",
        "great",
        "new",
        "old",
        "many",
        "early",
        "late",
        "these",
        "those",
        "this",
        "that",
        "its",
        "their",
        "his",
        "her",
        "our",
        "your",
        "my",
    ]
)
_ADJECTIVES = re.compile(
    r"(?:ly|ously|ful|less|ible|able|ous)$|^(?:important|useful|common|possible|necessary|different|similar|true|false|large|small|high|low|long|short|good|bad|new|old|able|unable|present|due|clear|likely|unlikely|available)$"
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
    last = _LAST.search(text)
    if last is not None and names_something(last["term"], language) and not _denied(text, last.start()):
        return Naming(last["term"], "called", "", "", (last["article"] or "").lower(), None, ())
    first = _WIDE_FIRST.match(text) if "\u4e00" <= text[:1] <= "\u9fff" else _FIRST.match(text)
    if first is None or not names_something(first["term"], language):
        return None
    if first.re is _WIDE_FIRST:
        return Naming(first["term"], "defined", text[first.end() :].strip(), first["verb"], "", None, ())
    verb, says = first["verb"].lower(), text[first.end() :].strip()
    if (first["aside"] or "")[:1] == "," and first["other"] is None and not is_apposition(first["aside"]):
        return None
    others = tuple(one for one in (first["short"], first["other"]) if one)
    how: How = "defined" if _defines(verb, says) else "described"
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
    if present[0] in _NOT_FIRST or (present[0].endswith("ly") and len(present[0]) > 5):
        return False
    if present[-1] in _GENERAL and (
        len(present) == 1 or all(word in _QUALIFIERS | _GENERAL | {"of", "the"} for word in present[:-1])
    ):
        return False
    if present[0] in _QUALIFIERS:
        return False
    return language != "english" or len(present) > 1 or _ADJECTIVES.search(present[-1]) is None


def _defines(verb: str, says: str) -> bool:
    """Whether what follows the verb is a noun phrase, and so says what the subject is."""
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


def _denied(text: str, at: int) -> bool:
    return re.search(r"\b(?:not|never|nicht|pas|no|não) (?:\w+ )?$", text[max(0, at - 24) : at]) is not None

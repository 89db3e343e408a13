"""Moderation by local rules: an answer where no provider has a trained model for it, and no more than that.

A category is 1.0 where one of its phrases is in the text and 0.0 where none is; nothing is learnt and nothing guessed.
It finds plain words in four languages, misses everything said in other words, and is no judge of images.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from banyan.proxy.domain.moderation_rules import MINORS, RULES

MODEL = "banyan/rules"
"""The model's name in answers."""
CATEGORIES = (
    "harassment",
    "harassment/threatening",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/instructions",
    "self-harm/intent",
    "sexual",
    "sexual/minors",
    "violence",
    "violence/graphic",
)
"""As OpenAI's moderation names them."""

_IMPLIED = {"harassment/threatening": ("violence",), "hate/threatening": ("violence",)}
_APOSTROPHES = str.maketrans("’‘ʼ´`", "'''''")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_SENTENCE = re.compile(r"[.!?\n]+")
_EDGES = r"(?<!\w)(?:{})(?!\w)"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules found in one text. found: every category that applies."""

    found: frozenset[str]

    @property
    def flagged(self) -> bool:
        """Whether anything was found."""
        return bool(self.found)

    @property
    def scores(self) -> Mapping[str, float]:
        """1.0 or 0.0 for each category."""
        return {category: float(category in self.found) for category in CATEGORIES}


def judge(text: str) -> Verdict:
    """What the rules find in the text, in time that grows with its length alone."""
    plain = plain_text(text)
    found = {category for category, rule in _RULES.items() if rule.search(plain)}
    if "sexual" in found and _about_minors(text):
        found.add("sexual/minors")
    for category in tuple(found):
        found.add(category.partition("/")[0])
        found.update(_IMPLIED.get(category, ()))
    return Verdict(frozenset(found))


def plain_text(text: str) -> str:
    """Lower case, without accents and invisible characters, with single spaces."""
    visible = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).translate(_APOSTROPHES)
    letters = unicodedata.normalize("NFD", visible.casefold())
    return " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).split())


def _about_minors(text: str) -> bool:
    sentences = map(plain_text, _SENTENCE.split(text))
    return any(_RULES["sexual"].search(sentence) and _MINORS.search(sentence) for sentence in sentences)


_RULES = {category: re.compile(_EDGES.format("|".join(lines))) for category, lines in RULES.items()}
_MINORS = re.compile(_EDGES.format(MINORS))

# ruff: noqa: E501
"""What a thing has, does or consists of, and where it is: asked where a plain sentence says it."""

import re

from banyan.proxy.domain.tutor.salient import Salient, is_plural
from banyan.proxy.domain.tutor.salient_words import DOES
from banyan.proxy.domain.tutor.statements import Statement
from banyan.proxy.domain.tutor.study_forms import StudyQuestion
from banyan.proxy.domain.tutor.words import is_function_word

_ASKED_FOR_LISTED = """
    contain produce provide control regulate support protect store transport carry cause include connect cover
    surround release receive stimulate inhibit absorb require perform separate secrete detect filter convert
    generate prevent enclose supply transmit conduct measure represent
"""
_ASKED_FOR = frozenset(_ASKED_FOR_LISTED.split())
"""Verbs that take a thing, so that "What does it ...?" is a whole question."""
_LOCATED = re.compile(
    r"^(?P<article>The|An?) (?P<subject>[\w'’ -]{3,60}?) (?P<be>is|are) (?P<where>located|found|situated) (?:in|on|at|within|between|above|behind|near|along|under|inside|beneath|over)\b(?! (?:addition|general|fact))"
)


def about_deed(one: Statement, salient: Salient) -> StudyQuestion | None:
    """ "What does the small intestine absorb?", "Where is the heart located?": where the sentence surely answers it."""
    text = one.plain
    where = _LOCATED.match(text)
    if where is not None and _is_subject(where["subject"], salient, plural=where["be"] == "are"):
        asked = f"Where {where['be']} {where['article'].lower()} {where['subject']} {where['where']}?"
        return StudyQuestion("short_answer", asked, text, (), one.cite(), text)
    tokens = text.split()
    for at in range(1, min(6, len(tokens) - 3)):
        verb = tokens[at]
        base = DOES.get(verb, verb if verb in _ASKED_FOR else "")
        consists = base == "" and verb in ("consists", "consist") and tokens[at + 1] == "of"
        if base not in _ASKED_FOR and not consists:
            continue
        article = tokens[0].lower() if tokens[0].lower() in ("the", "a", "an", "each") else ""
        subject = " ".join(tokens[bool(article) : at])
        plural = verb in _ASKED_FOR or verb == "consist"
        if not _is_subject(subject, salient, plural=plural) or tokens[at + 1].lower() in (
            "that",
            "by",
            "as",
            "and",
            "or",
        ):
            return None
        if not article:
            subject = one.capitals.small(subject.split()[0], "english") + subject[len(subject.split()[0]) :]
        named = f"{article} {subject}".strip()
        asked = f"What {'do' if plural else 'does'} {named} {'consist of' if consists else base}?"
        return StudyQuestion("short_answer", asked, text, (), one.cite(), text)
    return None


def _is_subject(name: str, salient: Salient, *, plural: bool) -> bool:
    """Whether it is a plain noun phrase of that number that the text uses elsewhere too."""
    present = name.lower().split()
    if not present or len(present) > 3 or any(is_function_word(word) or not word.isalpha() for word in present):
        return False
    return is_plural(present[-1]) == plural and salient.is_noun(name)

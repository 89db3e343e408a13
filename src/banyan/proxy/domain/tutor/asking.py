# ruff: noqa: E501
"""Questions about terms: a sentence with its term blanked, what a term means, which term is meant, and why."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from banyan.proxy.domain.tutor.asking_words import AskingWords
from banyan.proxy.domain.tutor.intents import GAP
from banyan.proxy.domain.tutor.naming import Naming
from banyan.proxy.domain.tutor.statements import Statement
from banyan.proxy.domain.tutor.study_forms import StudyQuestion
from banyan.proxy.domain.tutor.words import is_function_word, stems, words
from banyan.proxy.domain.tutor.wrong_answers import Term, Terms

_AROUND = re.compile(rf"(?:(?P<before>[\w'’-]*)\s)?{GAP}(?:[\s](?P<after>[\w'’-]*)|(?P<end>[.,;:!?)]|$))")
_IN_A_LIST = re.compile(
    rf"\b(?:and|or) (?:an? |the )?{GAP}|{GAP} (?:and|or)\b|{GAP}, .*\b(?:and|or)\b|, (?:an? |the )?{GAP},",
    re.IGNORECASE,
)
"""What is one of several things said together could be any of them."""
_ARTICLE = re.compile(rf"\b(an?)(?= {GAP})", re.IGNORECASE)
_ABBREVIATED = re.compile(rf"{GAP}\s\([^\s()]{{1,12}}\)")
_OPENING = re.compile(rf"(\w+['’]?)\s?(?={GAP})")
_GENDERS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "german": (("der", "die", "das"), ("ein", "eine")),
    "french": (("le", "la", "l'"), ("un", "une")),
    "spanish": (("el", "la"), ("un", "una"), ("los", "las")),
    "portuguese": (("o", "a"), ("um", "uma"), ("os", "as")),
}
_LEAST_SAID = 4
"""Content words besides the term, below which a gap could be filled with anything."""
_LEAST_SAID_ASIDE = 6
"""The same for sentences that do not say what the term is."""
_LEAST_WORDS = 5
_OFTEN = 4
"""Sentences that have a term from which on it matters to the text, even if none says what it is."""
_CLAUSE_ENDS = re.compile(
    r"^(?:in|at|for|with|on|from|to|by|during|under|among|within|while|although|though|if|when|since|as|because|unless|after|before|perhaps|maybe|si|quand|cuando|quando|embora|aunque)\b|[;:–—]|, (?:which|who|where|whereas|while|but|so)\b",
    re.IGNORECASE,
)
_NO_SUBJECT = re.compile(r"(?:only|just|simply|not|probably|partly|mainly|largely|perhaps|, )\s*$", re.IGNORECASE)


def about_term(one: Statement, explained: Naming, terms: Terms, asking: AskingWords | None) -> Iterator[StudyQuestion]:
    """Questions whose answer is the term that the statement explains, or what it says of it."""
    right = terms.term(explained, one)
    known = terms.own.get(right.stems)
    if known is not None and known.clear:
        right = replace(right, clear=True)
    gapped = blanked(one.plain, explained.term)
    said = one.stems - right.stems
    citation = one.cite()
    says = " ".join(explained.says.split())
    telling = len(said) >= (_LEAST_SAID_ASIDE if explained.how == "described" else _LEAST_SAID)
    known_well = explained.how != "described" or right.clear or terms.mentions(right.stems) >= _OFTEN
    if telling and known_well and 1 <= gapped.count(GAP) <= 2 and not right.stems <= set(stems(gapped, one.language)):
        wrong = tuple(term.text for term in terms.wrong(right, said, one))
        if len(wrong) >= 3:
            prompt = _with_article(gapped, one.language)
            yield StudyQuestion("cloze", prompt, right.text, wrong, citation, one.plain)
            fits = explained.how == "defined" and not right.stems & set(stems(says, one.language))
            if asking is not None and fits and len(words(says)) >= _LEAST_WORDS:
                asked = asking.meant.format(says[:1].upper() + says[1:])
                yield StudyQuestion("definition", asked, right.text, wrong, citation, one.plain)
    clear = explained.how == "defined" or (explained.how == "called" and telling)
    if asking is not None and clear and len(words(one.plain)) >= _LEAST_WORDS + 2:
        asked, points = _what(explained, right, one, asking), _points(says) if says else ()
        yield StudyQuestion("short_answer", asked, one.plain, (), citation, one.plain, points)


def about_mention(one: Statement, terms: Terms) -> StudyQuestion | None:
    """A gap for a term that the text explains elsewhere: where it stands whole, between words that bind."""
    if one.language in _GENDERS:
        return None  # the words around the gap would tell the answer's gender
    for right in terms.clearest:
        if not right.stems < one.stems:
            continue
        gapped = blanked(one.plain, right.text)
        said = one.stems - right.stems
        around = _AROUND.search(gapped)
        if gapped.count(GAP) != 1 or around is None or len(said) < _LEAST_SAID_ASIDE:
            continue
        if _IN_A_LIST.search(gapped):
            continue
        before, after = ((around[side] or "").casefold() for side in ("before", "after"))
        if (before and not is_function_word(before, one.language)) or (
            after and not is_function_word(after, one.language)
        ):
            continue
        wrong = tuple(term.text for term in terms.wrong(right, said, one))
        if len(wrong) >= 3:
            return StudyQuestion("cloze", _with_article(gapped, one.language), right.text, wrong, one.cite(), one.plain)
    return None


def about_reason(one: Statement, asking: AskingWords) -> StudyQuestion | None:
    """Of "A because B": why A. The answer is the sentence; the key point is B."""
    if not asking.because or one.plain.count(asking.because) != 1 or not one.stands_alone:
        return None
    what, reason = one.plain.split(asking.because)
    reason = reason.rstrip(".!")
    fair = 3 <= len(words(what)) <= 18 and len(words(reason)) >= 3
    if not fair or _CLAUSE_ENDS.search(what) or _NO_SUBJECT.search(what) or reason.startswith("of "):
        return None
    first = what.split()[0]
    clause = one.capitals.small(first, one.language) + what.strip().rstrip(",")[len(first) :]
    return StudyQuestion("short_answer", asking.why.format(clause), one.plain, (), one.cite(), one.plain, (reason,))


def _with_article(gapped: str, language: str) -> str:
    """With an article that does not tell how the answer begins, or which gender it has."""
    if language == "english":
        return _ARTICLE.sub(lambda article: f"{article[1][0]}(n)", gapped)
    opening = _OPENING.match(gapped)
    fitting = next((each for each in _GENDERS.get(language, ()) if opening and opening[1].lower() in each), None)
    if opening is None or fitting is None:
        return gapped
    return f"{'/'.join(one.capitalize() for one in fitting)} {gapped[opening.end() :]}"


def blanked(text: str, term: str) -> str:
    """The sentence with a gap wherever the term stands, and without its abbreviation, which would tell it."""
    whole = term if re.match(r"[\u3040-\u9fff]", term) else rf"\b{re.escape(term)}\b"
    return _ABBREVIATED.sub(GAP, re.sub(whole, GAP, text, flags=re.IGNORECASE))


def _what(explained: Naming, right: Term, one: Statement, asking: AskingWords) -> str:
    """ "What is a neuron?" where the sentence shows how the term is used; else a form that fits any term."""
    if one.language != "english" or explained.how == "called":
        return asking.means.format(right.text)
    if explained.plural:
        return f"What are {'the ' if explained.article == 'the' else ''}{right.text}?"
    if explained.article in ("a", "an", "the"):
        return f"What is {explained.article} {right.text}?"
    return f"What is {right.text}?" if explained.plural is False else asking.means.format(right.text)


def _points(says: str) -> tuple[str, ...]:
    """The parts of what is said, three at most; whole clauses, so that each can be looked for in an answer."""
    parts = [
        part.strip()
        for part in re.split(r";|, (?:which|who|and|but|so|where|whose)\b|, (?=\w+ing\b)", says.rstrip(".!"))
    ]
    return tuple(part for part in parts if len(words(part)) >= 2)[:3]

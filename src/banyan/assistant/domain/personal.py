"""Finds what says who somebody is: e-mail addresses, phone numbers, places of living, ids, and names of the roster."""

# ruff: noqa: E501
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from banyan.assistant.domain.secret_text import secrets_in

_EMAIL = re.compile(r"(?:[\w.+-]{1,64}|\A)@(?:[\w-]{1,63}\.){1,5}[^\W\d_]{2,24}")
"""A stream may have let go of what stands before the at sign: then the text begins with it."""
_PHONE = re.compile(
    r"(?<![\w.,/+-])(?:(?:\+|00)[1-9]\d{0,2}(?:[ ./()-]{0,2}\d){6,13}"
    r"|\(\d{2,5}\)[ -]?\d(?:[ -]?\d){5,9}|[2-9]\d{2}[-. ]\d{3}[-. ]\d{4}|0[1-9]\d{1,4}[ /-]\d(?:[ -]?\d){4,9})(?![\d\w]|[.,]\d)"
)
_SAID_PHONE = re.compile(
    r"\b(?:phone|mobile|cell|whatsapp|telefon\w*|handy\w*|tel|telephone|telefono|telefone|celular|cellulare|numaram)\b"
    r"[^\d\n+]{0,20}(\+?\d(?:[ ./()-]{0,2}\d){5,13})",
    re.IGNORECASE,
)
_STREET = re.compile(
    r"\b\d{1,5}[a-z]? (?:[A-Z][\w'.-]{1,30} ){1,3}(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Square|Terrace|"
    r"Close|Crescent)\b\.?"
    r"|\b[A-ZÄÖÜ][\wäöüß-]{2,40}(?:straße|strasse|str\.|weg|gasse|allee|platz|ufer|damm) \d{1,4} ?[a-z]?\b"
    r"|\b\d{1,4}(?: bis| ter)?,? (?:rue|avenue|boulevard|chemin|impasse|quai) (?:d[eu]s? |de la |de l'|du )?[A-ZÀ-Ý][\w'’-]{2,30}(?: [A-ZÀ-Ý][\w'’-]{2,30}){0,2}"
    r"|\b(?:Calle|Avenida|Av\.|Plaza|Paseo|Rua|Travessa|Praça|Via|Viale|Piazza|Corso) (?:d[aeo]s? |del |della |de la )?"
    r"[A-ZÀ-Ý][\w'’.-]{1,30}(?: [A-ZÀ-Ý][\w'’.-]{1,30}){0,3},? (?:n[ºo°.]{1,2} ?)?\d{1,4}\b"
    r"|\bул(?:ица|\.) ?[А-ЯЁ][\w-]{2,30}, ?(?:д(?:ом|\.) ?)?\d{1,4}"
    r"|\b[A-ZÇĞİÖŞÜ]\w{2,30} (?:Caddesi|Sokağı|Sokak|Cad\.|Sok\.)[ ,]{0,2}(?:No: ?)?\d{1,4}"
)
_ID = re.compile(
    r"(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)"
    r"|\b(?:(?:passport|student|personal|social security|national|tax|matriculation|insurance|driver'?s licen[cs]e)(?: id)? ?(?:no\.?|number|id|nr\.?)|"
    r"(?:matrikel|ausweis|steuer|versicherungs|personal)nummer|num[eé]ro (?:d'étudiant|de passeport|de sécurité sociale)|DNI|NIE|CPF|"
    r"codice fiscale|TC kimlik(?: no)?|ИНН|СНИЛС|паспорт)[ :#]{1,3}(?:is |ist |es |est |é |è |lautet )?(?P<id>[A-Z]{0,3}[\d][\dA-Z./-]{4,18})",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_COMMON = frozenset(
    re.findall(
        r"\w+",
        "will mark may rose grace faith hope joy art bill rob pat sue dawn eve ray gene june april august summer autumn "
        "young king white black brown green gray grey long short small little wood stone field hill rivers bush rice "
        "price love day moon star west north south east church bishop pope cook baker miller smith taylor fisher "
        "hunter carter mason page read reed law case cross power strong wise best good new noble major general "
        "newton kelvin ohm watt darwin mendel euler gauss pascal celsius fahrenheit",
    )
)
"""Words that are names as well; alone they are left, a full name is found all the same."""


class Person(NamedTuple):
    """kind: `EMAIL`, `PHONE`, `ADDRESS`, `ID`, `ACCOUNT`, `SECRET` or `PERSON`."""

    kind: str
    start: int
    end: int


def personal_in(text: str, names: tuple[str, ...] = ()) -> list[Person]:
    """What identifies somebody, in order; nothing overlaps. names: full names of the roster."""
    found = sorted(_all(text, names), key=lambda one: (one.start, -one.end))
    kept: list[Person] = []
    for one in found:
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def begins_name(beginning: str, names: tuple[str, ...]) -> bool:
    """Whether the last word, which may be cut, or any before it belongs to a name of the roster."""
    if not names:
        return False
    known = _roster(names)
    words = [_folded(word[0]) for word in _WORD.finditer(beginning)]
    if any(word in known.parts for word in words):
        return True
    return bool(words) and beginning[-1:].isalpha() and words[-1] in known.beginnings


def _all(text: str, names: tuple[str, ...]) -> Iterator[Person]:
    if "@" in text:
        yield from (Person("EMAIL", *found.span()) for found in _EMAIL.finditer(text))
    if any(map(str.isdigit, text)):
        yield from (Person("PHONE", *found.span()) for found in _PHONE.finditer(text))
        yield from (Person("PHONE", *found.span(1)) for found in _SAID_PHONE.finditer(text))
        yield from (Person("ADDRESS", *found.span()) for found in _STREET.finditer(text))
        yield from (Person("ID", *(found.span("id") if found["id"] else found.span())) for found in _ID.finditer(text))
        for secret in secrets_in(text):
            kind = "ACCOUNT" if secret.kind in ("card number", "account number") else "SECRET"
            yield Person(kind, secret.start, secret.end)
    if names:
        yield from _names(text, _roster(names))


class _Roster(NamedTuple):
    """first: first word of a full name to the names that begin with it. parts: single names. beginnings: of parts."""

    first: Mapping[str, tuple[tuple[str, ...], ...]]
    parts: frozenset[str]
    beginnings: frozenset[str]


@lru_cache(maxsize=64)
def _roster(names: tuple[str, ...]) -> _Roster:
    first: dict[str, tuple[tuple[str, ...], ...]] = {}
    parts: set[str] = set()
    for name in names:
        words = tuple(_folded(word) for word in _WORD.findall(name))
        if not words:
            continue
        for order in {words, words[-1:] + words[:-1]}:
            first[order[0]] = (*first.get(order[0], ()), order)
        parts.update(word for word in words if len(word) > 2 or not word.isascii())
    known = frozenset(parts)
    return _Roster(first, known, frozenset(word[:length] for word in known for length in range(1, len(word) + 1)))


def _names(text: str, roster: _Roster) -> Iterator[Person]:
    words = [(found, _folded(found[0])) for found in _WORD.finditer(text)]
    for place, (found, word) in enumerate(words):
        for name in roster.first.get(word, ()):
            if len(name) > 1 and tuple(folded for _, folded in words[place : place + len(name)]) == name:
                yield Person("PERSON", found.start(), words[place + len(name) - 1][0].end())
        bare = word.removesuffix("'s")
        if (word in roster.parts or bare in roster.parts) and bare not in _COMMON and not found[0].islower():
            yield Person("PERSON", found.start(), found.end() - (len(word) - len(bare)))


def _folded(word: str) -> str:
    if word.isascii():
        return word.lower()
    folded = unicodedata.normalize("NFKD", word.casefold().replace("’", "'"))
    return "".join(c for c in folded if not unicodedata.combining(c))

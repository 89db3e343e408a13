"""Anki packages, written with the standard library by Anki's schema 11.

Ids follow from the cards and the title, so that a second import updates what the first one brought. No schedule is
in the file: whoever imports it keeps their own. Source: https://github.com/ankidroid/Anki-Android/wiki/Database-Structure
"""

import hashlib
import json
import re
import sqlite3
from collections.abc import Sequence
from typing import Any

from banyan.adapters.exports._html import inline
from banyan.adapters.exports._package import archive
from banyan.assistant.domain.material import Card, Cards
from banyan.assistant.domain.taking_away import source_of
from banyan.assistant.ports.export import About, ExportFormat
from banyan.kernel.ids import content_id

_FIELDS = ("Front", "Back", "Source")
_SEPARATOR = "\x1f"
_MODEL = 1_785_000_000_011
"""Of the one note type; a change of its fields or templates takes a new one."""
_MEANT = re.compile(r"\[(?=/?(?:sound:|latex\]|\$\$?\]|anki:))", re.IGNORECASE)
"""Beginnings of what Anki plays or hands to LaTeX."""
_SCHEMA = """
CREATE TABLE col (id integer PRIMARY KEY, crt integer NOT NULL, mod integer NOT NULL, scm integer NOT NULL,
  ver integer NOT NULL, dty integer NOT NULL, usn integer NOT NULL, ls integer NOT NULL, conf text NOT NULL,
  models text NOT NULL, decks text NOT NULL, dconf text NOT NULL, tags text NOT NULL);
CREATE TABLE notes (id integer PRIMARY KEY, guid text NOT NULL, mid integer NOT NULL, mod integer NOT NULL,
  usn integer NOT NULL, tags text NOT NULL, flds text NOT NULL, sfld integer NOT NULL, csum integer NOT NULL,
  flags integer NOT NULL, data text NOT NULL);
CREATE TABLE cards (id integer PRIMARY KEY, nid integer NOT NULL, did integer NOT NULL, ord integer NOT NULL,
  mod integer NOT NULL, usn integer NOT NULL, type integer NOT NULL, queue integer NOT NULL, due integer NOT NULL,
  ivl integer NOT NULL, factor integer NOT NULL, reps integer NOT NULL, lapses integer NOT NULL, left integer NOT NULL,
  odue integer NOT NULL, odid integer NOT NULL, flags integer NOT NULL, data text NOT NULL);
CREATE TABLE revlog (id integer PRIMARY KEY, cid integer NOT NULL, usn integer NOT NULL, ease integer NOT NULL,
  ivl integer NOT NULL, lastIvl integer NOT NULL, factor integer NOT NULL, time integer NOT NULL,
  type integer NOT NULL);
CREATE TABLE graves (usn integer NOT NULL, oid integer NOT NULL, type integer NOT NULL);
CREATE INDEX ix_notes_usn ON notes (usn);
CREATE INDEX ix_cards_usn ON cards (usn);
CREATE INDEX ix_revlog_usn ON revlog (usn);
CREATE INDEX ix_cards_nid ON cards (nid);
CREATE INDEX ix_cards_sched ON cards (did, queue, due);
CREATE INDEX ix_revlog_cid ON revlog (cid);
CREATE INDEX ix_notes_csum ON notes (csum);
"""
_CSS = (
    ".card { font-family: sans-serif; font-size: 20px; text-align: center; } .source { font-size: 14px; color: #666; }"
)
_QUESTION = "{{Front}}"
_ANSWER = '{{FrontSide}}<hr id="answer">{{Back}}{{#Source}}<p class="source">{{Source}}</p>{{/Source}}'


def _write(cards: Cards, about: About) -> tuple[bytes, Sequence[str]]:
    deck, made = _number("deck", about.title), int(about.made.timestamp())
    with sqlite3.connect(":memory:") as base:
        base.executescript(_SCHEMA)
        base.execute(
            "INSERT INTO col VALUES (1, ?, ?, ?, 11, 0, 0, 0, ?, ?, ?, ?, '{}')",
            (
                made,
                made * 1000,
                made * 1000,
                *map(json.dumps, (_settings(deck), _models(made), _decks(deck, about, made), _options())),
            ),
        )
        for place, card in enumerate(cards.cards, 1):
            note = _number("note", card.id)
            base.execute("INSERT INTO notes VALUES (?, ?, ?, ?, -1, ?, ?, ?, ?, 0, '')", _note(note, card, made))
            base.execute(
                "INSERT INTO cards VALUES (?, ?, ?, 0, ?, -1, 0, 0, ?, 0, 0, 0, 0, 0, 0, 0, 0, '')",
                (_number("card", card.id), note, deck, made, place),
            )
        base.commit()
        content = base.serialize()
    base.close()
    return archive([("collection.anki2", content), ("media", b"{}")]), ()


def _note(id: int, card: Card, made: int) -> tuple[Any, ...]:
    fields = [_field(card.front), _field(card.back), _field(source_of(card.citation))]
    # Tags are words with spaces around them.
    tags = " ".join(re.sub(r"\s+", "_", tag.strip()) for tag in (*card.tags, card.kind, card.difficulty) if tag.strip())
    return (id, _guid(card), _MODEL, made, f" {tags} ", _SEPARATOR.join(fields), fields[0], _checksum(fields[0]))


def _guid(card: Card) -> str:
    """The same for the same card on every machine and in every export."""
    return content_id("anki", card.id)


def _number(kind: str, name: str) -> int:
    """An id that follows from a name, between 2^40 and 2^50, which JavaScript can still hold."""
    digest = hashlib.blake2b(f"{kind}\n{name}".encode(), digest_size=8).digest()
    return (1 << 40) + int.from_bytes(digest, "big") % ((1 << 50) - (1 << 40))


def _field(text: str) -> str:
    return _MEANT.sub("&#91;", inline(text))


def _checksum(field: str) -> int:
    """As Anki finds notes with the same first field; it protects nothing."""
    return int(hashlib.sha1(re.sub(r"<[^>]*>", "", field).encode(), usedforsecurity=False).hexdigest()[:8], 16)


def _settings(deck: int) -> dict[str, Any]:
    return {"activeDecks": [deck], "curDeck": deck, "curModel": str(_MODEL), "nextPos": 1, "sortType": "noteFld"}


def _models(made: int) -> dict[str, Any]:
    fields = [
        {"name": name, "ord": place, "font": "Arial", "size": 20, "media": [], "rtl": False, "sticky": False}
        for place, name in enumerate(_FIELDS)
    ]
    template = {"name": "Card 1", "ord": 0, "qfmt": _QUESTION, "afmt": _ANSWER, "bqfmt": "", "bafmt": "", "did": None}
    model = {
        **{"id": _MODEL, "name": "Banyan card", "type": 0, "did": 1, "usn": -1, "sortf": 0, "mod": made, "tags": []},
        **{"vers": [], "css": _CSS, "latexPre": "", "latexPost": "", "req": [[0, "any", [0]]]},
        **{"flds": fields, "tmpls": [template]},
    }
    return {str(_MODEL): model}


def _decks(deck: int, about: About, made: int) -> dict[str, Any]:
    today = {name: [0, 0] for name in ("newToday", "revToday", "lrnToday", "timeToday")}
    plain = {
        "desc": "",
        "dyn": 0,
        "conf": 1,
        "usn": -1,
        "mod": made,
        "collapsed": False,
        "extendNew": 10,
        "extendRev": 50,
    }
    # Two colons in a name would make a deck within a deck.
    title = about.title.replace("::", ": :")
    return {
        "1": {"id": 1, "name": "Default", **plain, **today},
        str(deck): {"id": deck, "name": title, **plain, **today},
    }


def _options() -> dict[str, Any]:
    new = {
        "delays": [1, 10],
        "ints": [1, 4, 7],
        "initialFactor": 2500,
        "perDay": 20,
        "order": 1,
        "bury": True,
        "separate": True,
    }
    review = {"perDay": 100, "ease4": 1.3, "fuzz": 0.05, "minSpace": 1, "ivlFct": 1, "maxIvl": 36500, "bury": True}
    lapse = {"delays": [10], "mult": 0, "minInt": 1, "leechFails": 8, "leechAction": 0}
    rest = {"maxTaken": 60, "timer": 0, "autoplay": False, "replayq": True, "mod": 0, "usn": 0, "dyn": False}
    return {"1": {"id": 1, "name": "Default", "new": new, "rev": review, "lapse": lapse, **rest}}


ENTRY = ExportFormat(
    title="Anki package",
    takes=("cards",),
    suffix=".apkg",
    media_type="application/apkg",
    write=_write,
    limits="No schedule: whoever imports the cards keeps their own.",
)

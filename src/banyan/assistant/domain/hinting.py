"""Hints made from what the course says, so that nothing in them is made up: each gives away a little more."""

from dataclasses import dataclass, replace

from banyan.assistant.domain.words import content, is_common, language, plain, stem
from banyan.kernel.messages import Citation

STEPS = 4
_GAP = "____"


@dataclass(frozen=True, slots=True)
class _Wording:
    look: str
    look_plain: str
    gaps: str
    begins: str
    whole: str
    nothing: str
    ask: tuple[str, str, str]


_WORDINGS = {
    "english": _Wording(
        "Look at “{}” in “{}” [1]. What of it has to do with your task?",
        "Look at “{}” [1]. What of it has to do with your task?",
        "Fill the gaps, with the passage open [1]:",
        "This is how the decisive sentence begins [1]:",
        "This is what the lesson says [1]:",
        "I found nothing in this course that leads to it. Ask your teacher.",
        (
            "What do you know already about {}?",
            "Which part of “{}” [1] is about this, and what does it say in your own words?",
            "How would you check your own answer with it?",
        ),
    ),
    "german": _Wording(
        "Sieh dir „{}“ in „{}“ an [1]. Was davon hat mit deiner Aufgabe zu tun?",
        "Sieh dir „{}“ an [1]. Was davon hat mit deiner Aufgabe zu tun?",
        "Fülle die Lücken, mit der Stelle vor dir [1]:",
        "So beginnt der entscheidende Satz [1]:",
        "Das steht in der Lektion [1]:",
        "In diesem Kurs steht nichts, was dahin führt. Frag deine Lehrkraft.",
        (
            "Was weißt du schon über {}?",
            "Welcher Teil von „{}“ [1] handelt davon, und was steht da in deinen Worten?",
            "Wie könntest du deine eigene Antwort damit prüfen?",
        ),
    ),
}


def steps_of(*, reveals: bool) -> int:
    """How many hints there are. reveals: whether the last one may be the whole sentence."""
    return STEPS if reveals else STEPS - 1


def place_of(citation: Citation, text: str) -> Citation:
    """A citation of where something stands, and not of what it says: the heading above it, or the first words there."""
    title = citation.heading[-1] if citation.heading else ""
    at = text.rfind(title, 0, citation.start) if title else -1
    if at >= 0:
        return replace(citation, quote=title, start=at, end=at + len(title))
    first = citation.quote.split(maxsplit=2)[:2]
    quote = citation.quote[: citation.quote.find(first[-1]) + len(first[-1])] if first else ""
    return replace(citation, quote=quote, end=citation.start + len(quote))


def hint(question: str, step: int, best: Citation | None, text: str) -> tuple[str, tuple[Citation, ...]]:
    """The words of a hint and what they cite. best: what a full answer would quote first; text: of its source."""
    said = _WORDINGS.get(language(question), _WORDINGS["english"])
    if best is None:
        return said.nothing, ()
    place = replace(place_of(best, text), index=1)
    if step <= 1:
        if best.heading:
            return said.look.format(best.heading[-1], best.title), (place,)
        return said.look_plain.format(best.title), (place,)
    if step == 2:
        return f"{said.gaps}\n\n> {gapped(best.quote, question)}", (place,)
    if step == 3:
        part = beginning(best)
        return f"{said.begins}\n\n> {part.quote} …", (replace(part, index=1),)
    return f"{said.whole}\n\n> {best.quote}", (replace(best, index=1),)


def questions_on(question: str, best: Citation | None, text: str) -> tuple[str, tuple[Citation, ...]]:
    """Questions that lead to the passage and never state what it says."""
    said = _WORDINGS.get(language(question), _WORDINGS["english"])
    if best is None:
        return said.nothing, ()
    place = replace(place_of(best, text), index=1)
    subject = best.heading[-1] if best.heading else best.title
    first, second, third = said.ask
    return "\n".join((f"- {first.format(subject)}", f"- {second.format(subject)}", f"- {third}")), (place,)


def gapped(sentence: str, question: str) -> str:
    """The sentence with a gap for every word that says something and does not stand in the question."""
    asked = frozenset(content(question))
    kept: list[str] = []
    for word in sentence.split():
        bare = plain(word.strip(".,;:!?()[]“”„\"'"))
        says_nothing = is_common(bare) or stem(bare) in asked
        kept.append(word if says_nothing else _GAP + (word[-1] if word[-1] in ".,;:!?" else ""))
    return " ".join(kept)


def beginning(citation: Citation) -> Citation:
    """The first half of what is quoted, up to a word."""
    quote = citation.quote
    words = quote.split()
    cut = quote.find(" ", len(" ".join(words[: max(1, len(words) // 2)])) - 1)
    part = quote[:cut] if cut > 0 else quote[: len(quote) // 2]
    return replace(citation, quote=part, end=citation.start + len(part))

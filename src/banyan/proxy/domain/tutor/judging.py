"""Whether a question belongs to a course: what the tutor goes by, without an answer."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

from banyan.kernel.messages import Message
from banyan.proxy.domain.tutor.blocks import without_kind
from banyan.proxy.domain.tutor.coverage import coverage
from banyan.proxy.domain.tutor.intents import understand
from banyan.proxy.domain.tutor.phrases import Intent
from banyan.proxy.domain.tutor.sentences import candidates
from banyan.proxy.domain.tutor.tutor import Material, Need, ReadLesson, Search
from banyan.proxy.domain.tutor.words import language_of, stems

_PASSAGES, _OF_LESSON = 15, 8
_COVERED = 0.5
_FOREIGN = 0.2
"""Below this the course has nothing to do with it. Between the two nobody can tell: see `docs/explanation`."""
_LITTLE = 2
"""Content words of a remark within a conversation that may be about what was said before."""
_SAMPLE = 3

LanguageOf = Callable[[str], str]
"""A text to an ISO 639-1 code, "" where it cannot be told."""
_READ = frozenset({"en", "de", "fr", "es", "pt"})
"""Languages in which words can be compared."""

Judging = Generator[Need, Material, bool | None]


@dataclass(frozen=True, slots=True)
class _Look:
    covered: float
    sample: str


def judged(messages: Sequence[Message], lesson: str | None, language_of_text: LanguageOf) -> Judging:
    """Whether the course covers the last question; None where it asks nothing of a subject, or nobody can tell.

    Nobody can where question and course are in different languages, or in one whose words are not compared.
    """
    ask = understand(messages)
    if ask.intent in (Intent.CHAT, Intent.ANSWER):
        return None
    asked = messages[-1].content
    earlier = any(message.role == "assistant" for message in messages)
    topics = [topic for topic in (ask.topic, ask.other) if stems(topic, ask.language)]
    if not topics or (earlier and len(set(stems(asked, language_of(asked)))) <= _LITTLE):
        return None
    looks = []
    for topic in topics:
        looks.append((yield from _look(without_kind(topic), lesson, ask.language)))
    best = max(looks, key=lambda look: look.covered)
    if best.covered >= _COVERED:
        return True
    sample = best.sample
    if not sample and lesson is not None:  # nothing was found, as by words of another language
        sample = _sample((yield ReadLesson(lesson)))
    written = language_of_text(sample)
    if written not in _READ or language_of_text(asked) != written:
        return None
    return False if best.covered < _FOREIGN else None


def _look(topic: str, lesson: str | None, language: str) -> Generator[Need, Material, _Look]:
    material = yield Search(topic, _PASSAGES, lesson, _OF_LESSON)
    sentences = candidates(material.passages, language)
    covered = coverage(topic, material.question, material.passages, sentences, language)
    return _Look(covered, _sample(material))


def _sample(material: Material) -> str:
    return " ".join(passage.text for passage in material.passages[:_SAMPLE])

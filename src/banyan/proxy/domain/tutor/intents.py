"""What a message wants, and what it is about; follow-ups are resolved with the conversation before them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from banyan.kernel.messages import Message
from banyan.proxy.domain.tutor.phrases import (
    ANAPHORA,
    ASKED,
    ELLIPSIS,
    GUESS,
    MORE,
    ORDINALS,
    POLITE,
    REVEAL,
    THIS_LESSON,
    Intent,
)
from banyan.proxy.domain.tutor.words import ENGLISH, is_function_word, language_of, stems, words

GAP = "_____"
"""Stands for the term that a quiz question asks for."""

_RECOGNISED_LENGTH = 300
_SEARCHED_LENGTH = 2_000
_REMEMBERED = 8
_TERM_WORDS = 3
_BLANK = re.compile(r"\(?\b(?:an?)?\(?[a-z]?\)?\s*_{2,}|\.{4,}|…")
_MARKER = re.compile(r"\[\d{1,3}\]")
_BOILERPLATE = re.compile(
    r"\b(?:which (?:one )?of the following(?: (?:is|are|was|were|statements?|best|would|does|do))*"
    r"|all of the (?:above|following)|none of the above|true or false|choose the (?:best|correct) (?:answer|option)"
    r"|(?:please )?(?:can|could|would) you (?:please )?(?:explain|tell me|describe)(?: to me)?"
    r"|(?:i (?:want|would like|need) to (?:know|understand)|tell me|explain to me)(?: about)?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Ask:
    """A message understood.

    topic: what to look for, self-contained; "" means the lesson at hand.
    other: the second term of a comparison.
    gapped: the quiz question that is being answered, with `GAP` in it.
    guess: the learner's answer to it; "" asks for the answer.
    asked_before: gapped sentences already asked in this conversation.
    named: whether the message itself names the topic of an example; else it is the topic of the question before.
    said: earlier answers, whose sentences a follow-up should not repeat.
    """

    intent: Intent
    topic: str = ""
    other: str = ""
    gapped: str = ""
    guess: str = ""
    asked_before: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    named: bool = True
    language: str = ENGLISH


def focus(question: str) -> str:
    """The question without blanks and without the phrases that every question has."""
    plain = _BOILERPLATE.sub(" ", _BLANK.sub(" ", question[:_SEARCHED_LENGTH]))
    plain = re.sub(r"\s+", " ", plain).strip()
    return plain or question[:_SEARCHED_LENGTH].strip()


def understand(messages: Sequence[Message]) -> Ask:
    """What the last user message wants."""
    at = max((i for i, message in enumerate(messages) if message.role == "user"), default=-1)
    if at < 0:
        return Ask(Intent.CHAT)
    return _resolve(messages[: at + 1])


def _resolve(messages: Sequence[Message]) -> Ask:
    question, before = messages[-1].content.strip(), messages[:-1]
    language = language_of(question[:_SEARCHED_LENGTH])
    asked_before = tuple(line for message in before if message.role == "assistant" for line in _gapped_lines(message))
    folded = _fold(question)
    if not words(question):
        return Ask(Intent.CHAT, language=language)
    answering = _answer_to_quiz(folded, before)
    if answering is not None:
        gapped, guess = answering
        return Ask(Intent.ANSWER, gapped=gapped, guess=guess, asked_before=asked_before, language=language)
    previous = _previous_ask(before[-_REMEMBERED:])
    if "__" not in question and len(folded) <= _RECOGNISED_LENGTH:
        intent, topic, other = _match(folded, language)
    else:
        intent, topic, other = Intent.EXPLAIN, "", ""
    if intent is Intent.CHAT:
        return Ask(intent, language=language)
    if intent is Intent.COMPARE:
        terms = previous if previous is not None and _points_back(topic, language) else None
        return Ask(intent, topic=terms.topic if terms else _with_head(topic, other), other=other, language=language)
    if intent in (Intent.SUMMARISE, Intent.QUIZ):
        if intent is Intent.QUIZ and previous is not None and topic in ANAPHORA:
            topic = previous.topic
        topic = "" if re.fullmatch(THIS_LESSON, topic) else topic
        return Ask(intent, topic=topic, asked_before=asked_before, language=language)
    if intent is Intent.EXAMPLE:
        named = bool(topic)
        if (not topic or _points_back(topic, language)) and previous is not None:
            topic = _pointed_at(topic, previous, before) or previous.topic
        said = tuple(message.content for message in before if message.role == "assistant")
        return Ask(intent, topic=topic, said=said, named=named, language=language)
    if previous is None and before and re.fullmatch(MORE, folded):
        # Only the open lesson has been spoken of.
        said = tuple(message.content for message in before if message.role == "assistant")
        return Ask(Intent.SUMMARISE, said=said, language=language)
    if previous is not None:
        followed = _follow_up(folded, question, previous, before, language)
        if followed is not None:
            return followed
    if intent is Intent.DEFINE or _is_term(question, language):
        return Ask(Intent.DEFINE, topic=topic or folded, language=language)
    return Ask(intent, topic=focus(question), language=language)


def _is_term(question: str, language: str) -> bool:
    """Whether a message is nothing but a term ("Bootstrap?", "standard deviation")."""
    present = words(question)
    return len(present) <= _TERM_WORDS and not any(is_function_word(word, language) for word in present)


def _follow_up(folded: str, question: str, previous: Ask, before: Sequence[Message], language: str) -> Ask | None:
    subject = f"{previous.topic} {previous.other}".strip()
    if re.fullmatch(MORE, folded):
        said = tuple(message.content for message in before if message.role == "assistant")
        return Ask(Intent.EXPLAIN, topic=f"{_asking_word(folded)} {subject}".strip(), said=said, language=language)
    pointed = _pointed_at(folded, previous, before)
    if pointed is not None and len(stems(folded, language)) <= 2:
        return Ask(Intent.EXPLAIN, topic=pointed, language=language)
    elliptic = re.fullmatch(ELLIPSIS, folded)
    if elliptic is not None and not _points_back(elliptic["topic"], language):
        topic = _term(elliptic["topic"])
        if elliptic["within"] is None and previous.intent in (Intent.DEFINE, Intent.EXAMPLE):
            return Ask(previous.intent, topic=topic, language=language)
        return Ask(Intent.EXPLAIN, topic=f"{topic} {subject}", language=language)
    if _points_back(folded, language):
        return Ask(Intent.EXPLAIN, topic=f"{focus(question)} {subject}", language=language)
    return None


def _with_head(topic: str, other: str) -> str:
    """The first term of "type I and type II errors", whose noun stands with the second one only."""
    first, second = topic.split(), other.split()
    return f"{topic} {second[-1]}" if len(second) > len(first) > 1 and first[0] == second[0] else topic


def _asking_word(folded: str) -> str:
    """The question word of "and why?", which says what kind of sentence is wanted."""
    match = re.search(r"\b(?:why|how|when|where|who)\b", folded)
    return match[0] if match is not None else ""


def _points_back(text: str, language: str) -> bool:
    """Whether the text needs the conversation: a pronoun, or an ordinal, and little else to go by."""
    present = words(text)
    return (
        any(w in ANAPHORA or w in ORDINALS for w in present) and len(set(stems(text, language)) - ORDINALS.keys()) <= 3
    )


def _pointed_at(text: str, previous: Ask, before: Sequence[Message]) -> str | None:
    """What "the second one" means: a term of the comparison before, else a sentence of the answer before."""
    ordinal = next((ORDINALS[word] for word in words(text) if word in ORDINALS), None)
    if ordinal is None:
        return None
    if previous.other:
        return (previous.topic, previous.other)[min(ordinal, 1)]
    answer = next((message.content for message in reversed(before) if message.role == "assistant"), "")
    quoted = [part.strip() for part in _MARKER.split(answer)[:-1]]
    return quoted[ordinal][:_SEARCHED_LENGTH] if -len(quoted) <= ordinal < len(quoted) else None


def _previous_ask(before: Sequence[Message]) -> Ask | None:
    """The nearest earlier message of the user's that has a topic of its own."""
    users = [i for i, message in enumerate(before) if message.role == "user"]
    for at in reversed(users):
        ask = _resolve(before[: at + 1])
        if ask.topic and stems(ask.topic, ask.language):
            return ask
    return None


def _answer_to_quiz(folded: str, before: Sequence[Message]) -> tuple[str, str] | None:
    """The open quiz question and the guess, if the message answers one."""
    last = next((message for message in reversed(before) if message.role == "assistant"), None)
    lines = _gapped_lines(last) if last is not None else []
    if not lines or len(folded) > _RECOGNISED_LENGTH:
        return None
    guessed = re.fullmatch(GUESS, folded)
    if guessed is not None:
        return lines[-1], guessed["topic"]
    if re.fullmatch(REVEAL, folded):
        return lines[-1], ""
    intent, _, _ = _match(folded, ENGLISH)
    asks_something = re.match(r"(?:what|why|how|when|where|who|which|can|could|explain|define|give)\b", folded)
    if intent in (Intent.EXPLAIN, Intent.CHAT) and not asks_something and len(folded.split()) <= 6:
        return lines[-1], folded
    return None


def _gapped_lines(message: Message) -> list[str]:
    return [line.strip() for line in message.content.splitlines() if GAP in line]


def _fold(message: str) -> str:
    """Lower case, single-spaced, without politeness at the ends and closing punctuation."""
    text = re.sub(r"\s+", " ", message.replace("’", "'").lower()[: _RECOGNISED_LENGTH + 1]).strip(' ?!.,;:¿¡"“”')
    text = re.sub(rf"^(?:{POLITE}[ ,]+)+|(?:[ ,]+{POLITE})+$", "", text)
    return text.strip(" ?!.,;:")


@lru_cache(maxsize=8)
def _patterns(language: str) -> tuple[tuple[Intent, re.Pattern[str]], ...]:
    rows = ASKED[language] + (ASKED[ENGLISH] if language != ENGLISH else ())
    return tuple((intent, re.compile(pattern)) for intent, pattern in rows)


def _match(folded: str, language: str) -> tuple[Intent, str, str]:
    for intent, pattern in _patterns(language):
        match = pattern.fullmatch(folded)
        if match is not None:
            found = match.groupdict()
            return intent, _term(found.get("topic")), _term(found.get("other"))
    return Intent.EXPLAIN, "", ""


def _term(text: str | None) -> str:
    """A captured term without what trails it and without its article."""
    term = re.split(r"[,;:?!]| in terms of | and (?:give|provide|explain|describe|why|how) ", text or "")[0]
    term = re.sub(rf"(?: {POLITE})+$", "", term.strip())
    return re.sub(
        r"^(?:an?|the|der|die|das|ein|eine|le|la|les|l'|un|une|el|los|las|una|os|as|um|uma) ", "", term
    ).strip()

"""A learner in need gets a humane answer with help lines instead of tutor talk, and the named contact is told."""

import re

from banyan.assistant.domain.circumstances import Circumstances
from banyan.assistant.domain.crisis_rules import GATES, HARMLESS, SPACED, UNSPACED
from banyan.assistant.domain.guarding import Action, Finding, Guardrail, Stage
from banyan.assistant.domain.help_lines import words_of_help
from banyan.assistant.domain.language_of import language_of
from banyan.assistant.domain.notices import Notice, NoticeCode
from banyan.assistant.domain.plain_text import plain, plain_pattern
from banyan.assistant.domain.snippets import snippet

_SPACED = {language: tuple(re.compile(plain_pattern(one)) for one in lines) for language, lines in SPACED.items()}
_GATES = {
    language: tuple(plain_pattern(words).replace("_", " ") for words in line.split())
    for language, line in GATES.items()
}
_UNSPACED = re.compile(plain_pattern("|".join(UNSPACED)))
_HARMLESS = re.compile(plain_pattern(HARMLESS))
_QUOTED = re.compile(r"[\"“„«「『]([^\"“”„«»「」『』]{4,200})[\"”“»」』]")


def check(stage: Stage, text: str, about: Circumstances) -> Finding | None:
    """The answer is in the question's language, with lines of the policy's country."""
    if not in_need(text):
        return None
    answer = words_of_help(language_of(text), about.effective.policy.crisis_country)
    notice = Notice(NoticeCode.CRISIS, answer.partition("\n")[0])
    return Finding(Action.ANSWER, "Crisis", snippet(text), notice, answer, alert=True)


def in_need(text: str) -> bool:
    """Whether somebody speaks of harm to themselves, or done to them or to somebody near."""
    shown = plain(text)
    if _QUOTED.search(shown) and _HARMLESS.search(shown):
        shown = _QUOTED.sub(" ", shown)
    for language, rules in _SPACED.items():
        if any(word in shown for word in _GATES[language]) and any(rule.search(shown) for rule in rules):
            return True
    return not shown.isascii() and _UNSPACED.search(shown) is not None


ENTRY = Guardrail(
    "crisis",
    "Self-harm, suicide, abuse, violence at home and acute danger: help lines, and word to the contact.",
    frozenset({Stage.QUESTION}),
    check,
    order=10,
    required=True,
)

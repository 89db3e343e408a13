"""Runs the guardrails over what is asked, cited and answered, and notes what they find."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec import structs

from banyan.assistant.domain.circumstances import Circumstances
from banyan.assistant.domain.guarding import Action, Finding, Guardrail, Stage
from banyan.assistant.domain.notices import Notice
from banyan.assistant.domain.snippets import LONGEST
from banyan.assistant.ports.model_gateway import Screened
from banyan.assistant.ports.turn_log import GuardrailEvent, TurnLog
from banyan.kernel.clock import Clock
from banyan.kernel.ids import new_id
from banyan.kernel.messages import Citation

_INJECTION = "injection"
_MOST_TOLD = 1000
_TOLD_AGAIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Guarded:
    """What is left of a text. notice: what the learner is told, if anything. stopped: the text goes no further.

    answer: what is said instead, where a guardrail answers by itself. alerts: findings that somebody is to be told of.
    """

    text: str
    notice: Notice | None = None
    stopped: bool = False
    answer: str = ""
    alerts: tuple[GuardrailEvent, ...] = ()


class Guard:
    """The use case. guardrails: all there are; policy says which of them look, and in which order."""

    def __init__(self, guardrails: Iterable[Guardrail], log: TurnLog, clock: Clock) -> None:
        self._guardrails = sorted(guardrails, key=lambda one: (one.order, one.name))
        self._log = log
        self._told: dict[tuple[str, ...], datetime] = {}
        self._clock = clock

    def logging_to(self, log: TurnLog) -> "Guard":
        """The same guardrails, with their events in that log."""
        return Guard(self._guardrails, log, self._clock)

    def question(self, about: Circumstances, text: str, *, source: str = "chat", closed: bool = False) -> Guarded:
        """A learner's words before anybody else sees them. closed: there is no answer, so only the required look."""
        return self._look(Stage.QUESTION, text, about, source, only_required=closed)

    def subject(self, about: Circumstances, text: str) -> Guarded:
        """A learner's words, once it is known whether the course covers them (`about.covered`)."""
        return self._look(Stage.SUBJECT, text, about, "chat")

    def material(self, about: Circumstances, text: str, *, source: str = "external") -> Guarded:
        """A text that may come to be cited, such as a page that was fetched; no user is behind it."""
        return self._look(Stage.PASSAGE, text, about, source)

    def looks(self, name: str, stage: Stage, about: Circumstances) -> bool:
        """Whether that guardrail is in force there."""
        return any(one.name == name for one in self._in_force(stage, about))

    def note(self, name: str, stage: Stage, about: Circumstances, finding: Finding, *, source: str = "chat") -> None:
        """Keeps what a guardrail did outside of its own look."""
        named = next((one for one in self._guardrails if one.name == name), None)
        if named is not None:
            self._log.events([self._event(named, stage, about, finding, source)])

    def suspects(self, about: Circumstances, beginning: str) -> bool:
        """Whether the beginning of a sentence of an answer has to wait for the sentence's end."""
        looking = self._in_force(Stage.ANSWER, about)
        return any(one.suspects is None or one.suspects(beginning, about) for one in looking)

    def passages(self, about: Circumstances, citations: Sequence[Citation]) -> tuple[Citation, ...]:
        """Those citations that may be shown and told to a model."""
        return tuple(one for one in citations if not self._material(about, one).stopped)

    def _material(self, about: Circumstances, one: Citation) -> Guarded:
        """The event says where the passage stands, which need not be where the learner asks."""
        return self.material(structs.replace(about, lesson=one.lesson), one.quote, source=_source(one.url))

    def screened(self, about: Circumstances, found: Sequence[Screened]) -> None:
        """Notes passages that the proxy has kept from the model; the same one again only after an hour."""
        for one in found:
            place = (about.tenant, one.course, one.lesson, one.source, one.snippet)
            now = self._clock.now()
            if place in self._told and now < self._told[place]:
                continue
            self._told = {**dict(list(self._told.items())[-_MOST_TOLD:]), place: now + _TOLD_AGAIN}
            where = structs.replace(about, course=one.course, lesson=one.lesson)
            finding = Finding(Action.WITHHOLD, "Injection", f"{one.url or one.source}: {one.snippet}"[:LONGEST])
            self.note(_INJECTION, Stage.PASSAGE, where, finding, source=_source(one.url))

    def answer(self, about: Circumstances, text: str, *, source: str = "chat") -> Guarded:
        """A piece of the tutor's own words: whole sentences."""
        return self._look(Stage.ANSWER, text, about, source)

    def _look(
        self, stage: Stage, text: str, about: Circumstances, source: str, *, only_required: bool = False
    ) -> Guarded:
        events: list[GuardrailEvent] = []
        notice: Notice | None = None
        try:
            for guardrail in self._in_force(stage, about):
                if only_required and not guardrail.required:
                    continue
                finding = guardrail.check(stage, text, about)
                if finding is None:
                    continue
                events.append(self._event(guardrail, stage, about, finding, source))
                notice = finding.notice or notice
                if finding.action in (Action.WITHHOLD, Action.ANSWER):
                    answer = finding.text if finding.action is Action.ANSWER else ""
                    return Guarded("", notice, stopped=True, answer=answer, alerts=_alerts(events))
                if finding.action is Action.MASK:
                    text = finding.text
            return Guarded(text, notice, alerts=_alerts(events))
        finally:
            if events:
                self._log.events(events)

    def _in_force(self, stage: Stage, about: Circumstances) -> list[Guardrail]:
        policy = about.effective.policy
        place = {name: number for number, name in enumerate(policy.guardrail_order)}
        looking = [
            one
            for one in self._guardrails
            if stage in one.stages and (one.required or one.name not in policy.guardrails_off)
        ]
        return sorted(looking, key=lambda one: (not one.required, place.get(one.name, len(place))))

    def _event(
        self, guardrail: Guardrail, stage: Stage, about: Circumstances, finding: Finding, source: str
    ) -> GuardrailEvent:
        return GuardrailEvent(
            about.tenant,
            new_id("gev"),
            self._clock.now(),
            about.user,
            about.course,
            about.lesson,
            source,
            guardrail.name,
            stage,
            finding,
            about.request_id,
        )


def _alerts(events: Sequence[GuardrailEvent]) -> tuple[GuardrailEvent, ...]:
    return tuple(event for event in events if event.finding.alert)


def _source(url: str | None) -> str:
    return "passage" if url is None else "external"

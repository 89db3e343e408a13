"""What drafts have in common with turns: kept solutions stay kept, and the guardrails look at all that is said."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from msgspec import structs

from banyan.assistant.domain.circumstances import Circumstances
from banyan.assistant.domain.drafts import LessonBody, QuizQuestion
from banyan.assistant.domain.leaks import Heard, Secret, gives_away
from banyan.assistant.ports.model_gateway import LessonText, ModelGateway
from banyan.assistant.usecases.guard import Guard
from banyan.assistant.usecases.keep_solutions import KeepSolutions, texts_of
from banyan.kernel.identity import Identity
from banyan.kernel.messages import Citation

SOURCE = "draft"
"""Where events of guardrails say that they come from."""


class Sieve:
    """One draft on its way past solutions and guardrails. What was let through before counts for what comes after.

    kept: how often a solution would have been given away. withheld: how often a guardrail said no.
    """

    def __init__(self, guard: Guard, about: Circumstances, secrets: Sequence[Secret], surface: str = SOURCE) -> None:
        self._guard = guard
        self._surface = surface
        self._about = about
        self._secrets = secrets
        self._before = Heard()
        self.kept = 0
        self.withheld = 0

    @property
    def withhold(self) -> tuple[str, ...]:
        """Texts of which no sentence may be found or quoted."""
        return texts_of(self._secrets)

    def may_say(self, *texts: str, asked: str = "") -> bool:
        """Whether this gives no solution away. asked: the question that it answers."""
        said, questions = "\n".join(texts), [asked] if asked else []
        return not any(gives_away(one, said, before=self._before, questions=questions) for one in self._secrets)

    def let_through(self, *texts: str, asked: str = "", citations: Sequence[Citation] = ()) -> tuple[str, ...] | None:
        """The texts as they may stand in the draft, in their order; None, and counted, where they may not.

        citations: what they rest on, which is shown with them.
        """
        quotes = [one.quote for one in citations]
        if not self.may_say(*texts, *quotes, asked=asked):
            self.kept += 1
            return None
        seen = [self._guard.answer(self._about, text, source=self._surface) for text in texts]
        if any(one.stopped for one in seen) or len(self._guard.passages(self._about, citations)) < len(citations):
            self.withheld += 1
            return None
        if self._secrets:
            self._before.add("\n".join(texts))
        return tuple(one.text for one in seen)

    def notes(self, what: str) -> list[str]:
        """What a teacher is to know of it, as sentences. what: `questions`, say."""
        notes = []
        if self.kept:
            notes.append(f"{self.kept} of the {what} were left out: they give away a solution that is kept.")
        if self.withheld:
            notes.append(f"{self.withheld} of the {what} were left out: a guardrail withheld them.")
        return notes


@dataclass(frozen=True, slots=True)
class DraftCare:
    """The use case. solutions: None where no teacher can mark any."""

    guard: Guard
    solutions: KeepSolutions | None = None

    async def sieve(
        self,
        gateway: ModelGateway,
        about: Circumstances,
        reader: Identity,
        material: str = "",
        surface: str = SOURCE,
    ) -> Sieve:
        """For one draft. material: what it is made of. surface: for the events of guardrails.

        Raises: Unavailable, and what the gateway raises.
        """
        kept = () if self.solutions is None else await self.solutions.secrets(gateway, reader, about.course)
        return Sieve(self.guard, structs.replace(about, material=material), kept, surface)

    async def open_text(self, text: LessonText, tenant: str) -> LessonText:
        """The lesson with its kept solutions blacked out; every span stays where it is."""
        if self.solutions is None:
            return text
        return replace(text, text=await self.solutions.shown(tenant, text.course, text.text))


def sifted_quiz(sieve: Sieve, questions: Sequence[QuizQuestion]) -> list[QuizQuestion]:
    """Those that may stand in a draft."""
    kept = []
    for one in questions:
        said = sieve.let_through(one.question, *one.options, asked=one.question, citations=_of(one.citation))
        if said is not None:
            asked, *options = said
            right = options[one.answer - 1]
            kept.append(structs.replace(one, question=asked, options=tuple(options), answer_text=right))
    return kept


def sifted_lesson(sieve: Sieve, body: LessonBody) -> LessonBody:
    """What of it may stand in a draft."""
    summary, glossary = [], []
    for sentence in body.summary:
        if (said := sieve.let_through(sentence.text, citations=_of(sentence.citation))) is not None:
            summary.append(structs.replace(sentence, text=said[0]))
    for term in body.glossary:
        if (said := sieve.let_through(term.term, term.definition, citations=_of(term.citation))) is not None:
            glossary.append(structs.replace(term, term=said[0], definition=said[1]))
    return LessonBody(tuple(summary), tuple(glossary))


def _of(citation: Citation | None) -> tuple[Citation, ...]:
    return () if citation is None else (citation,)

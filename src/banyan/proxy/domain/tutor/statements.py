# ruff: noqa: E501
"""The sentences of a text as study material reads them: once, with their plain words and what they explain."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from banyan.kernel.messages import Citation
from banyan.proxy.domain.grounding import citation_of
from banyan.proxy.domain.knowledge import Passage
from banyan.proxy.domain.tutor.capitals import Capitals
from banyan.proxy.domain.tutor.naming import Naming, naming
from banyan.proxy.domain.tutor.plain import plain
from banyan.proxy.domain.tutor.reading import read
from banyan.proxy.domain.tutor.sentences import Candidate
from banyan.proxy.domain.tutor.words import words

_TO_DO = re.compile(
    r"\b(?:(?:review|critical thinking|interactive link|discussion|practice|self[- ]?check|quiz|test|exam|study|check your|comprehension)"
    r" (?:questions?|understanding|problems?|exercises?|items?)|questions?|exercises?|problems?|multiple choice|quiz|assignments?|homework|self[- ]?test|try it"
    r"|übungen|übung|aufgaben?|fragen|exercices?|ejercicios?|preguntas|exercícios?|perguntas)\b(?! (?:of|about|with|in)\b)",
    re.IGNORECASE,
)
_OBJECTIVES = re.compile(
    r"\b(?:(?:learning|chapter|course|section|lesson|module)? ?(?:objectives|outcomes|goals)|what you(?:'|’)ll learn|you will learn"
    r"|lernziele|objectifs|objetivos)\b",
    re.IGNORECASE,
)
_REFERENCES = re.compile(
    r"^\s*(?:references?|bibliography|works cited|further reading|sources?|citations?|credits?|acknowledge?ments?|licen[cs]e|index|table of contents|contents"
    r"|answer key|answers|solutions?|literatur(?:verzeichnis)?|quellen|références|bibliographie|referencias|bibliografía|referências|bibliografia)\s*$",
    re.IGNORECASE,
)
_LEANING = re.compile(
    r"\b(?:such|this|these|those|above|below|aforementioned|former|latter|earlier|previously|as (?:mentioned|described|noted|discussed|explained|shown|seen)|following)\b|^(?:here|there|one|for (?:example|instance)|in (?:this|that|these)|one (?:of|is)|the (?:first|second|third|last|next|other|same|result|reason|former|latter)|in (?:other words|fact|general)|(?:each|both|all|some|most|many|others?|neither|either) (?:is|are|was|were|can|has|have|may|of|do|does))\b",
    re.IGNORECASE,
)
_LEANING_ELSEWHERE = re.compile(
    r"\b(?:dieser|diese[sm]?|oben|unten|obige[nrs]?|folgende[nrs]?|cette|ces|ci-dessus|ci-dessous|suivante?s?|est[aeo]s?|ess[ae]s?|siguientes?|seguintes?)\b"
    r"|^(?:hier|dort|zum beispiel|beispielsweise|ici|par exemple|aquí|por ejemplo|aqui|por exemplo|également|también|também|auch|dabei|dadurch|daher)\b",
    re.IGNORECASE,
)
_PERSONAL = re.compile(
    r"\b(?:I|[Yy]ou|[Yy]our|[Ww]e|[Oo]ur|us|[Ll]et[’']s|[Rr]emember|[Rr]ecall|[Nn]ote that|[Kk]eep in mind|wir|uns|nous|vous|nosotros|vosotros|ustedes?)\b"
)
_POINTING = re.compile(
    r"\([^()]{0,40}\b(?:figure|fig\.|table|image|chapter|section|see|link|equation|abbildung|abb\.|figura|tabla|tabela|tableau)[^()]{0,60}\)"
    r"|\b(?:figures?|fig\.|tables?|box|equations?|eq\.|exhibit|panel|appendix|abbildung|abb\.|tabelle|tableau|figura|tabla|tabela) \(?\d"
    r"|\b(?:pictured|depicted|illustrated|shown|listed|summari[sz]ed) (?:here|above|below|in|on)\b|\b(?:link|video|website|animation|diagram)\b|\bpage \d"
    r"|\b(?:in|of|see|by) (?:an?|the|this|another|later|separate|next|previous|earlier) (?:\w+ )?(?:chapters?|sections?|units?|lessons?|modules?|textbooks?)\b",
    re.IGNORECASE,
)
_SETS_A_TASK = re.compile(
    r"^(?:explain|describe|discuss|identify|list|define|compare|contrast|summarize|outline|give|state|predict|calculate) (?:the|an?|how|why|what|and|each|at|two|three|your)\b",
    re.IGNORECASE,
)
_LISTING = re.compile(r"^(?:[-*•]|\d+[.)])|:$|;.*;|^[^.]{0,80}:\s|\|")
_ODD = re.compile(
    r"\([a-z]\)|\([\s,;]*(?:and|or|to)?[\s,;]*\)|\b(?:of|the|an?) called\b|[a-z][.!?][A-Z]|[a-z]{4}\. [a-z]{4}|_{3,}|https?:|[=<>{}\\^]|\bcredit\b|^[^\w\"“«¿¡‚„(]|^[a-zß-ÿ]|^(?:[A-Z][\w-]+ ){1,4}(?:During|In|The|When|While|As|After|If|For|On|At|Because|Each|There|This|These) "
)
_OWN_SUMMARY = re.compile(
    r"^(?:(?:chapter|section|lesson|unit|module) )?(?:reviews?|summary|summaries|recap|key (?:points|takeaways|ideas|concepts)|conclusions?|in short|takeaways?|zusammenfassung|fazit|résumé|conclusion|resumen|conclusión|resumo|conclusão)(?: chapter)?$",
    re.IGNORECASE,
)
_LEAST_WORDS, _MOST_WORDS = 7, 38


@dataclass(frozen=True, eq=False)
class Statement:
    """One sentence. at: its place in the text; section: in the list of sections."""

    candidate: Candidate
    language: str
    capitals: Capitals
    at: int = 0
    section: int = 0

    @cached_property
    def plain(self) -> str:
        """What is shown."""
        return plain(self.candidate.text)

    @cached_property
    def naming(self) -> Naming | None:
        """What it explains."""
        return naming(self.plain, self.language)

    @cached_property
    def is_fair(self) -> bool:
        """Whether it speaks about the subject: it is no caption or question and speaks about no page or link."""
        reading = self.candidate.reading
        captioned = self.language == "english" and self.capitals.is_captioned(self.plain)
        return not (captioned or reading.points or reading.asks or reading.directs)

    @cached_property
    def stands_alone(self) -> bool:
        """Whether it may be shown by itself: a whole plain sentence that points at nothing around it."""
        reading, text = self.candidate.reading, self.plain
        return (
            self.is_fair
            and reading.is_prose
            and not reading.dangles
            and _LEAST_WORDS <= reading.length <= _MOST_WORDS
            and text[-1:] not in ":;,"
            and text.count("(") == text.count(")")
            and (text.count("“") == text.count("”") or self.language == "german")
            and text.count('"') % 2 == 0
            and not (_LEANING if self.language == "english" else _LEANING_ELSEWHERE).search(text)
            and not any(pattern.search(text) for pattern in (_POINTING, _PERSONAL, _SETS_A_TASK, _LISTING, _ODD))
        )

    @property
    def repeats(self) -> bool:
        """Whether it stands where the text sums itself up."""
        return bool(self.passage.heading) and _OWN_SUMMARY.match(self.passage.heading[-1].strip()) is not None

    @property
    def stems(self) -> frozenset[str]:
        """Of its content words."""
        return self.candidate.stem_set

    @property
    def passage(self) -> Passage:
        """Where it stands."""
        return self.candidate.passage

    def cite(self, index: int = 1) -> Citation:
        """The sentence as it stands in the source."""
        return citation_of(index, self.passage, self.candidate.text, self.candidate.sentence.span)


@dataclass(frozen=True, slots=True)
class Material:
    """told: what the text explains. to_do: what it sets as exercises. objectives: where it says what is to be learned."""

    told: Sequence[Candidate]
    to_do: Sequence[Candidate]
    objectives: Sequence[Candidate]


def sorted_out(sentences: Iterable[Candidate]) -> Material:
    """The sentences by what their heading says they are for; references and answer keys are left out."""
    told: list[Candidate] = []
    to_do: list[Candidate] = []
    objectives: list[Candidate] = []
    kinds: dict[tuple[str, ...], list[Candidate] | None] = {}
    for one in sentences:
        heading = one.passage.heading
        if heading not in kinds:
            inner = heading[-1] if heading else ""
            if _REFERENCES.match(inner):
                kinds[heading] = None
            elif _OBJECTIVES.search(inner) and len(words(inner)) < 6:
                kinds[heading] = objectives
            else:
                kinds[heading] = to_do if _TO_DO.search(inner) and len(words(inner)) < 6 else told
        place = kinds[heading]
        if place is not None:
            place.append(one)
    return Material(told, to_do, objectives)


def candidates_of(passages: Iterable[Passage], language: str, *, explaining: bool = False) -> list[Candidate]:
    """Every sentence once, read by its plain words, so that marks of Markdown do not make it another one.

    explaining: only those that explain a term.
    """
    found: list[Candidate] = []
    seen: set[str] = set()
    for passage in passages:
        for at, sentence in enumerate(passage.sentences):
            shown = plain(sentence.text)
            if explaining and naming(shown, language) is None:
                continue
            reading = read(shown, language)
            if reading.key and reading.key not in seen:
                seen.add(reading.key)
                found.append(Candidate(passage, sentence, at, reading))
    return found

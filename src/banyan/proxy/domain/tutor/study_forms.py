"""The values that study material consists of; everything cited is quoted from the text."""

from dataclasses import dataclass
from typing import Literal

from banyan.kernel.messages import Citation

QuestionKind = Literal["cloze", "definition", "true_false", "short_answer", "scenario", "problem_solving"]
TaskKind = Literal["exercise", "question", "apply", "compare", "explain"]


@dataclass(frozen=True, slots=True)
class StudyTerm:
    """A term, and the sentence that says what it is."""

    term: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class StudyQuestion:
    """wrong: other answers, those nearest to the right one first; at least three where the kind has options.

    prompt, answer, explanation, key_points: plain words, without the marks of Markdown or HTML that a quotation keeps.
    citation: the sentence that has the answer; of a false statement the true one. hardness: 0 to 1, within the text.
    """

    kind: QuestionKind
    prompt: str
    answer: str
    wrong: tuple[str, ...]
    citation: Citation
    explanation: str = ""
    key_points: tuple[str, ...] = ()
    hardness: float = 0.5


@dataclass(frozen=True, slots=True)
class StudySentence:
    """rank: 1 for the sentence that says most about the whole, down to 0. section: its place among the sections."""

    citation: Citation
    rank: float
    section: int


@dataclass(frozen=True, slots=True)
class StudySection:
    """title: a heading, or the words that tell the part from the others. level: 1 for the outermost.

    start, end: of its own text, or where it has none of that below it, in the source (of a text that came in chunks: in
    the chunk where it begins). summary: two sentences at most. terms: those that it explains first.
    """

    title: str
    level: int
    start: int
    end: int
    summary: tuple[Citation, ...]
    terms: tuple[str, ...]
    anchor: str = ""
    page_start: int | None = None
    page_end: int | None = None


@dataclass(frozen=True, slots=True)
class StudyExample:
    """of: the term that it shows; "" where that is unclear. citations: its sentences in reading order."""

    of: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class StudyTask:
    """found: whether the text itself sets it; else it is made from the citation. expected: what an answer says."""

    kind: TaskKind
    prompt: str
    expected: tuple[Citation, ...]
    citation: Citation
    found: bool


@dataclass(frozen=True, slots=True)
class StudyMaterial:
    """summary, terms, sections, sentences, examples, tasks, objectives: in reading order. questions: best first.

    language: one that the tutor has words of, or "other"; then nothing is asked or told in any words but the text's.
    """

    title: str
    language: str
    summary: tuple[Citation, ...]
    terms: tuple[StudyTerm, ...]
    questions: tuple[StudyQuestion, ...]
    sections: tuple[StudySection, ...] = ()
    sentences: tuple[StudySentence, ...] = ()
    examples: tuple[StudyExample, ...] = ()
    tasks: tuple[StudyTask, ...] = ()
    objectives: tuple[Citation, ...] = ()

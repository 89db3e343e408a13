"""What a text offers for learning it, found without a model; content types put their items together from it.

Everything is quoted: each citation's `quote` stands in the source from `start` to `end`. The source is a lesson, or a
text that the caller brought; then course and lesson are "", `source` is "content", spans are measured in the caller's
own string, and `chunk_id` names the caller's chunk where the text came in chunks.
"""

from dataclasses import dataclass

from banyan.kernel.messages import Citation


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of a text that a caller brought. id: the caller's; "" where it came in one piece."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class StudyTerm:
    """A term, and the citation of the sentence that says what it is."""

    term: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class StudyQuestion:
    """A question without a model.

    kind: `cloze`, `definition`, `true_false` (answer "True" or "False"), `short_answer`, `scenario` or
    `problem_solving`. wrong: the nearest first; at least three where the kind has options, else empty.
    citation: what has the answer. explanation: one sentence or two, quoted or made from the quotation.
    hardness: 0 to 1, within the text.
    """

    kind: str
    prompt: str
    answer: str
    wrong: tuple[str, ...]
    citation: Citation
    explanation: str = ""
    key_points: tuple[str, ...] = ()
    hardness: float = 0.5


@dataclass(frozen=True, slots=True)
class StudySentence:
    """A sentence with its rank: 1 for the one that says most about the whole, down to 0. section: index of its own."""

    citation: Citation
    rank: float
    section: int


@dataclass(frozen=True, slots=True)
class StudySection:
    """A part of the text under a heading, or between two shifts of topic where it has none.

    title: the heading, or the words that tell the part from the others. level: 1 for the outermost.
    summary: the sentences that stand for it, in reading order, best two at most. terms: what it explains.
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
    """An example that the text gives: its sentences in reading order. of: the term that it shows; "" if unclear."""

    of: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class StudyTask:
    """Something to do. found: whether the text itself sets it; else it is made from the citation.

    kind: `exercise`, `question`, `apply`, `compare` or `explain`. expected: what a good answer says, quoted.
    """

    kind: str
    prompt: str
    expected: tuple[Citation, ...]
    citation: Citation
    found: bool


@dataclass(frozen=True, slots=True)
class LessonStudy:
    """sections: in reading order, levels nested by `level`. sentences: in reading order. questions: best first."""

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

"""What the tools take and give; their schemas are made from it."""

from typing import Any

from pydantic import BaseModel, Field

from banyan.assistant.usecases.quiz_learner import MOST
from banyan.edge.http.assistant_bodies import CitationBody, HintBody, NoticeBody, UnsupportedBody
from banyan.edge.http.fields import Id

MOST_PASSAGES = 20
_COURSE = "Id of a course, as list_courses names it. May be left out where the connection is for one course."
_LESSON = "Id of a lesson, as list_lessons names it."


class NoArguments(BaseModel):
    """Nothing."""


class CourseArguments(BaseModel):
    """One course."""

    course: Id | None = Field(None, description=_COURSE)


class SearchArguments(CourseArguments):
    """What is looked for."""

    query: str = Field(description="What to look for, in the words of the course's language.")
    lesson: Id | None = Field(None, description=f"{_LESSON} The whole course where it is left out.")
    top_k: int = Field(5, ge=1, le=MOST_PASSAGES, description="How many passages at most.")


class AskArguments(CourseArguments):
    """A question."""

    question: str = Field(description="The learner's question, in their own words.")
    lesson: Id | None = Field(None, description=f"{_LESSON} The whole course where it is left out.")
    session: Id | None = Field(
        None, description="A session from an earlier answer on the same lesson; else the current one goes on."
    )


class QuizArguments(CourseArguments):
    """Which questions."""

    lesson: Id = Field(description=_LESSON)
    count: int = Field(3, ge=1, le=MOST, description="How many questions.")


class CheckArguments(BaseModel):
    """A learner's choice."""

    quiz: str = Field(max_length=2000, description="The `quiz` that quiz_me returned, unchanged.")
    item: int = Field(ge=1, description="Number of the question.")
    choice: int = Field(ge=1, description="Number of the option that the learner chose.")


class CoursesFound(BaseModel):
    """Ids of courses, sorted."""

    courses: list[str]


class LessonFound(BaseModel):
    """A lesson in a course's list."""

    lesson: str
    title: str
    chapter: str


class LessonsFound(BaseModel):
    """Lessons in course order."""

    course: str
    lessons: list[LessonFound]


class PassagesFound(BaseModel):
    """Passages, best first; each `quote` stands in its source word for word."""

    course: str
    passages: list[CitationBody]


class AnswerGiven(BaseModel):
    """An answer with the citations that it uses."""

    answer: str
    session: str | None = None
    message_id: str | None = None
    model: str = ""
    citations: list[CitationBody] = []
    notice: NoticeBody | None = Field(None, description="What the learner has to be told beside the answer.")
    unsupported: list[UnsupportedBody] | None = Field(
        None, description="What a model's answer states and nothing cited contains."
    )
    covered: bool | None = Field(None, description="Whether the course supports the answer.")
    hint: HintBody | None = Field(None, description="Where the answer is a hint: which of how many.")


class QuestionAsked(BaseModel):
    """A question without its answer."""

    item: int
    question: str
    options: list[str] = Field(description="The first has the number 1.")


class QuizGiven(BaseModel):
    """A quiz; check_answer tells whether a choice is right."""

    quiz: str
    course: str
    lesson: str
    title: str
    items: list[QuestionAsked]


class AnswerChecked(BaseModel):
    """Whether the choice was right, the right option, and the sentence of the lesson that has it."""

    correct: bool
    answer: str
    citation: CitationBody


class Fault(BaseModel):
    """Why a tool did not do it."""

    code: str
    message: str
    param: str | None = None
    retry_after: float | None = None
    resets_at: str | None = None


class Failed(BaseModel):
    """What a failed call carries as its structured content."""

    error: Fault


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """As tools show it."""
    return model.model_json_schema()

"""What a draft has to be, whoever wrote it."""

from collections.abc import Iterator

from banyan.assistant.domain.drafts import Body, FaqBody, LessonBody, QuizBody, QuizQuestion
from banyan.assistant.domain.item_gate import folded
from banyan.kernel.errors import InvalidInput
from banyan.kernel.messages import Citation


def question_fault(question: QuizQuestion) -> str | None:
    """Why it is no good question; None where it is one. To be read after its number."""
    options = [folded(option) or option.strip() for option in question.options]
    if len(set(options)) < len(options):
        return "has the same option twice"
    if question.answer > len(options):
        return f"names option {question.answer} as right, but has {len(options)}"
    if question.answer_text != question.options[question.answer - 1]:
        return "has an answer that is not the option it names"
    if question.kind == "cloze" and options[question.answer - 1] in folded(question.question).split():
        return "gives its answer away"
    return None


def check_quiz(body: QuizBody) -> None:
    """Raises: InvalidInput (`quiz_faulty`), naming the question counted from 1."""
    seen: dict[str, int] = {}
    for number, question in enumerate(body.questions, 1):
        fault = question_fault(question)
        asked = folded(question.question)
        if fault is None and asked in seen:
            fault = f"asks the same as question {seen[asked]}"
        if fault is not None:
            raise InvalidInput(f"Question {number} {fault}; correct it.", code="quiz_faulty", param="questions")
        seen[asked] = number


def citations_in(body: Body) -> Iterator[Citation]:
    """Everything that the body rests on."""
    match body:
        case FaqBody(items):
            for item in items:
                yield from item.citations
        case LessonBody(summary, glossary):
            yield from (sentence.citation for sentence in summary if sentence.citation is not None)
            yield from (term.citation for term in glossary if term.citation is not None)
        case QuizBody(questions):
            yield from (question.citation for question in questions if question.citation is not None)


def check_edit(before: Body, after: Body) -> None:
    """An edit may drop citations, not make them up. Raises: InvalidInput (`citation_unknown`, `quiz_faulty`)."""
    known = {(one.lesson, one.source, one.start, one.end, one.quote) for one in citations_in(before)}
    for one in citations_in(after):
        if (one.lesson, one.source, one.start, one.end, one.quote) not in known:
            raise InvalidInput(
                "A citation is not one of the draft's own; leave it out, or take it over as it was.",
                code="citation_unknown",
            )
    if isinstance(after, QuizBody):
        check_quiz(after)

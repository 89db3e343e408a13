"""What counts as a question, and how a session is called after it."""

from banyan.kernel.errors import InvalidInput

MAX_QUESTION = 8_000
"""Characters: four printed pages, more than any question; several of them still fit a model's window."""

MAX_TITLE = 80
"""Characters: one line of a list of sessions."""


def clean_text(text: str) -> str:
    """The text as every database and model can take it: lone surrogates and NUL become U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\x00", "\ufffd")


def clean_question(text: str) -> str:
    """The learner's words without blanks around them.

    Raises: InvalidInput (`question_empty`, `question_too_long`).
    """
    question = clean_text(text).strip()
    if not question:
        raise InvalidInput("The question is empty; write one.", code="question_empty", param="messages")
    if len(question) > MAX_QUESTION:
        raise InvalidInput(
            f"The question has {len(question):,} characters; shorten it to {MAX_QUESTION:,} at most.",
            code="question_too_long",
            param="messages",
        )
    return question


def title_of(question: str) -> str:
    """The first line's beginning, cut at a word."""
    line = question.partition("\n")[0].strip()
    if len(line) <= MAX_TITLE:
        return line
    cut = line[: MAX_TITLE - 1]
    return (cut[: cut.rfind(" ")] if " " in cut[MAX_TITLE // 2 :] else cut).rstrip() + "…"

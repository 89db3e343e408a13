"""What the server says beside the tools' own words."""

import mcp_types as types
import structlog

from banyan.edge.mcp.bodies import Failed, Fault
from banyan.edge.mcp.tools import Closed
from banyan.kernel.errors import BanyanError

INSTRUCTIONS = (
    "Banyan is the tutor of the user's courses. Answer questions about a course with its tools, not from what you know "
    "yourself: `ask` for an answer with citations, `search_course` for passages, `quiz_me` and `check_answer` to "
    "practise. Show the citations. When a tool refuses, tell the user its reason and stop: while an exam is open, or "
    "where a teacher lets the tutor give hints alone, completing the answer yourself would do what the teacher "
    "decided against."
)
_BROKEN = Fault(code="internal_error", message="Something inside the service broke; try again.")
log = structlog.get_logger(__name__)


def failed(error: Exception, tool: str) -> types.CallToolResult:
    """The outcome of a call that failed: one sentence, and its code for programs."""
    if isinstance(error, BanyanError):
        resets_at = error.notice.resets_at if isinstance(error, Closed) else None
        fault = Fault(
            code=error.code,
            message=_sendable(error.message),
            param=error.param,
            retry_after=error.retry_after,
            resets_at=None if resets_at is None else resets_at.isoformat(),
        )
    else:
        log.error("mcp-tool-failed", tool=tool, exc_info=error)
        fault = _BROKEN
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=fault.message)],
        structured_content=Failed(error=fault).model_dump(mode="json", exclude_none=True),
        is_error=True,
    )


def study_prompt(course: str, lesson: str) -> str:
    """What the user says by choosing the prompt."""
    return (
        f"Help me to study lesson {lesson!r} of course {course!r} with the Banyan tools. First sum up in five "
        "sentences what it says, from passages that you find with search_course, and cite them. Then quiz me with "
        "quiz_me: show one question at a time, wait for my choice, check it with check_answer, and show me the "
        "quoted sentence."
    )


def _sendable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()

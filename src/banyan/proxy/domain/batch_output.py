"""The lines of output and error files, in OpenAI's shape."""

import msgspec

from banyan.kernel.ids import new_id
from banyan.proxy.domain.batches import BatchStatus

_REASONS = {
    BatchStatus.EXPIRED: (
        "batch_expired",
        "This request was not answered within the completion window; send it in a new batch.",
    ),
    BatchStatus.CANCELLED: (
        "batch_cancelled",
        "The batch was cancelled before this request was answered; send it in a new batch.",
    ),
}


def answered(custom_id: str, status_code: int, request_id: str, body: bytes) -> bytes:
    """The line of a request that got an answer, good or bad. body: JSON."""
    response = {"status_code": status_code, "request_id": request_id, "body": msgspec.Raw(body)}
    return _line(custom_id, response, None)


def unanswered(custom_id: str, outcome: BatchStatus) -> bytes:
    """The line of a request that was never answered, because the batch ended so."""
    code, message = _REASONS[outcome]
    return _line(custom_id, None, {"code": code, "message": message})


def _line(custom_id: str, response: dict[str, object] | None, error: dict[str, str] | None) -> bytes:
    fields = {"id": new_id("batch_req"), "custom_id": custom_id, "response": response, "error": error}
    return msgspec.json.encode(fields) + b"\n"

"""What providers in the wild say no with, and what that is called here; what is known of OpenAI's families."""

import json
from typing import Any

import pytest
from multidict import CIMultiDict

from banyan.adapters.providers._dialects.http_errors import Secret, retry_after
from banyan.adapters.providers._dialects.openai_models import capabilities_of, wants_completion_tokens
from banyan.adapters.providers._dialects.sse import EventReader
from banyan.kernel.errors import RateLimited


def said(message: str, **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, **more}}


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, said("This model's maximum context length is 2048 tokens.", type="BadRequestError", code=400), "long"),
        (400, {"object": "error", "message": "This model's maximum context length is 16 tokens.", "code": 400}, "long"),
        (400, said("Please reduce the length of the messages or completion.", param="messages"), "long"),
        (400, said("the request exceeds the available context size", type="exceed_context_size_error"), "long"),
        (400, said("The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."), "long"),
        (400, said("This model's maximum prompt length is 131072 but the request contains 140000 tokens."), "long"),
        (400, said("Prompt contains 40000 tokens, too large for model with 32768 maximum context length"), "long"),
        (400, said("input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000"), "long"),
        (
            413,
            said("Request too large for tokens per minute", code="rate_limit_exceeded"),
            "request_too_large",
        ),
        (402, said("Insufficient Balance"), "insufficient_quota"),
        (429, said("You exceeded your current quota, please check your plan."), "insufficient_quota"),
        (400, said("rejected as a result of our safety system", code="content_policy_violation"), "content_filter"),
        (404, said("no such model", type="not_found_error"), "model_not_found"),
        (404, {"detail": "Not Found"}, "model_not_found"),
        (403, said("no", type="permission_error"), "permission_denied"),
        (403, said("no", code="unsupported_country_region_territory"), "unsupported_country_region_territory"),
        (400, said("Invalid value", code="unsupported_parameter"), "unsupported_parameter"),
        (422, {"message": "Extra inputs are not permitted", "code": "3051"}, "invalid_request"),
        (500, said("context length", code="context_length_exceeded"), "upstream_failed"),
        (503, {}, "upstream_failed"),
    ],
)
def test_each_refusal_has_one_name(status: int, body: dict[str, Any], code: str) -> None:
    """Whoever says it and however."""
    error = Secret(None).failure(json.dumps(body).encode(), status=status)
    assert error.code == {"long": "context_length_exceeded"}.get(code, code)


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (said("x", code=502), 502, "upstream_failed"),
        (said("x", type="overloaded_error"), 529, "upstream_failed"),
        (said("x", code=429), None, "rate_limited"),
        (said("too long", code="context_length_exceeded"), 400, "context_length_exceeded"),
        ({"error": "plain words"}, None, "upstream_failed"),
    ],
)
def test_an_error_within_an_answer_says_its_own_status(body: dict[str, Any], status: int | None, kind: str) -> None:
    """OpenRouter and Anthropic tell in the middle of a stream what the status would have been."""
    error = Secret(None).failure(json.dumps(body).encode())
    assert (getattr(error, "status", None), error.code) == (status, kind)
    assert isinstance(error, RateLimited) == (kind == "rate_limited")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "Retry-After": "1"}, 0.25),
        ({"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
def test_how_long_to_wait_is_read_from_any_form(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds, a date, or the milliseconds that Azure and OpenAI add; the finest wins."""
    assert retry_after(CIMultiDict(headers)) == seconds


def test_an_event_with_an_id_that_was_there_is_left_out() -> None:
    """Also later in the stream; where one id stands on different events, ids mean nothing."""
    one, two = b"id: 1\ndata: a\n\n", b"id: 2\ndata: b\n\n"
    assert list(EventReader().feed(one + two + one + two + b"data: a\n\n")) == [b"a", b"b", b"a"]
    same = b"id: x\ndata: a\n\nid: x\ndata: b\n\nid: x\ndata: b\n\n"
    assert list(EventReader().feed(same)) == [b"a", b"b", b"b"]


def test_snapshots_belong_to_their_family_and_strangers_to_none() -> None:
    """A date changes nothing; a number that is not in the list is not guessed."""
    assert capabilities_of("gpt-4o-2024-08-06") == capabilities_of("gpt-4o")
    assert capabilities_of("gpt-4-0613").context_window == 8_192
    assert capabilities_of("gpt-5.9").context_window is None
    assert not capabilities_of("text-embedding-3-small").chat
    reasons = [name for name in ("o1", "gpt-5-mini", "gpt-5-chat-latest", "gpt-4.1") if wants_completion_tokens(name)]
    assert reasons == ["o1", "gpt-5-mini"]

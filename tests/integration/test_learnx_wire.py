"""Every endpoint that the unmodified clients of LEARN-X call, with the requests that they send."""

import json
import math
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from assistant_world import ANA, Reply, World, assistant
from content_house import TEXT, open_room

from banyan.app.reference import described

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with open_room(tmp_path_factory.mktemp("learnx"), tutor=True) as room:
        yield room.world


NOBODY: dict[str, str] = {}
"""The singletons of the older clients send no credentials."""
AXIOS = {"Content-Type": "application/json", "Accept": "application/json"}
GENERATE = {"content": TEXT, "topic": "Cells", "difficulty": "intermediate", "model": "gpt-4o", "user_id": "ana"}
OUTLINE = f"""Please analyze the following document and create a structured outline with about 4 sections.

Document content:
{TEXT}...

For each section, provide:
1. A clear, descriptive title
2. A brief summary (2-3 sentences)
3. Key topics or concepts covered (3-5 items)
4. The approximate share of the content

Format your response as JSON:
{{
  "sections": [
    {{
      "id": "section-1",
      "title": "Section Title",
      "summary": "Brief summary",
      "topics": ["topic1", "topic2"]
    }}
  ]
}}"""
PERSONA = {"userId": "ana", "currentRole": "nurse", "primaryInterests": ["football"], "communicationTone": "casual"}


def events_of(reply: Reply, *, comments: bool = True) -> list[Any]:
    """As PythonAIClient reads a stream: `\\n` alone, six characters, JSON."""
    assert reply.status == 200, reply.body
    headers = {name.lower(): value for name, value in reply.headers.items()}
    assert headers["content-type"].startswith("text/event-stream")
    assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-cache", "no")
    text = reply.body.decode()
    assert "\r" not in text
    assert text.endswith("data: [DONE]\n\n")
    lines = [line for line in text.split("\n") if line]
    assert comments or all(line.startswith("data: ") for line in lines)
    data = [line[6:] for line in lines if line.startswith("data: ")]
    assert data.count("[DONE]") == 1
    return [json.loads(one) for one in data[:-1]]


async def test_health_is_any_2xx_with_the_names_of_the_older_service(world: World) -> None:
    """W1."""
    reply = await world.get("/api/v1/health", {})
    assert (reply.status, reply.json["status"]) == (200, "healthy")
    assert set(reply.json) == {"status", "service", "version", "environment", "timestamp"}


async def test_root_health_says_healthy_and_a_version(world: World) -> None:
    """W17: `testConnectivity` asks for exactly this word."""
    reply = await world.get("/health", {"Content-Type": "application/json", "X-Source-Service": "learn-x-api"})
    assert (reply.status, reply.json["status"]) == (200, "healthy")
    assert reply.json["version"]


async def test_metrics_are_json_for_clients_and_text_for_prometheus(world: World) -> None:
    """W18: by `Accept`, without a redirect, measured, and finite."""
    before = (await world.get("/metrics", {"Accept": "application/json"})).json
    await world.get("/health", {})
    reply = await world.get("/metrics", {"Accept": "application/json"})
    assert reply.json["requests_total"] == before["requests_total"] + 2
    assert reply.json["requests_per_minute"] >= 2
    assert set(reply.json) == {
        "requests_total",
        "requests_per_minute",
        "average_response_time",
        "error_rate",
        "cache_hit_rate",
    }
    assert all(math.isfinite(value) for value in reply.json.values())
    for accept in ("*/*", "text/plain", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5,*/*;q=0.1"):
        text = await world.get("/metrics", {"Accept": accept})
        assert (text.status, text.headers["Content-Type"].split(";")[0]) == (200, "text/plain")
        assert b"# HELP" in text.body


@pytest.mark.parametrize("part", ["ai", "queue", "embeddings"])
async def test_scripts_ask_about_single_parts(part: str, world: World) -> None:
    """W26."""
    reply = await world.get(f"/health/{part}", {})
    assert (reply.status, reply.json) == (200, {"status": "healthy", "service": part, "reason": ""})


async def test_what_is_down_is_said_with_503_by_readiness_and_with_200_in_detail(tmp_path: Path) -> None:
    """A5: the older service said 200 to whoever asked whether it was ready."""
    async with assistant(tmp_path) as world:
        assert (await world.get("/api/v1/ready", {})).json == {"ready": True}
        world.gateway.is_healthy = False
        ready = await world.get("/api/v1/ready", {})
        assert (ready.status, ready.json) == (503, {"ready": False})
        detailed = await world.get("/api/v1/health/detailed", {})
        assert (detailed.status, detailed.json["status"]) == (200, "degraded")
        assert detailed.json["components"]["ai_provider"]["status"] == "unhealthy"
        assert set(detailed.json["components"]) == {"database", "queue", "ai_provider"}
        assert (await world.get("/health/ai", {})).status == 503
        assert (await world.get("/health", {})).json["status"] == "healthy"


async def test_errors_have_the_fields_of_both_clients(world: World) -> None:
    """1.7: `message` for the content client, `detail` for others, and code and request id for people."""
    reply = await world.get("/nowhere-at-all", {})
    assert reply.status == 404
    assert {"message", "detail", "code", "request_id", "error"} <= set(reply.json)
    assert reply.json["code"] == reply.json["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    "content_type", ["explanation", "summary", "quiz", "flashcards", "examples", "practice", "something-else"]
)
async def test_content_streams_pieces_and_then_its_end(world: World, content_type: str) -> None:
    """W2, as the explain route asks: text with its type, then the end with model and usage."""
    metadata = {"max_tokens": 4000, "input_length": 900, "complexity": 4, "estimated_output": 3000}
    body = {**GENERATE, "content_type": content_type, "stream": True, "persona": PERSONA, "content_metadata": metadata}
    *pieces, end = events_of(await world.post("/api/v1/ai/generate-content", body, NOBODY))
    assert pieces
    assert {one["type"] for one in pieces} == {content_type}
    text = "".join(one["content"] for one in pieces)
    assert (end["done"], end["total_length"]) == (True, len(text))
    assert set(end["metadata"]["usage"]) == {"prompt_tokens", "completion_tokens", "total_tokens"}
    assert not text.lstrip().startswith(("{", "```"))
    plain = await world.post("/api/v1/ai/generate-content", {**body, "stream": False}, NOBODY)
    assert plain.json["content"] == text
    assert {"content", "content_type", "model", "usage"} <= set(plain.json)


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("persona", [None, PERSONA])
async def test_an_outline_in_sections_is_one_bare_json_object(world: World, stream: bool, persona: Any) -> None:
    """W2 and A3: the prompt of PythonOutlineService, of which the orders are no part of the document."""
    body = {
        "content": OUTLINE,
        "content_type": "outline",
        "topic": "Document: cells.pdf",
        "difficulty": "intermediate",
        "model": "gpt-4o",
        "temperature": 0.3,
        "max_tokens": 2000,
        "stream": stream,
        "user_id": "ana",
        "persona": persona,
    }
    reply = await world.post("/api/v1/ai/generate-content", body, NOBODY)
    text = "".join(one.get("content", "") for one in events_of(reply)) if stream else reply.json["content"]
    sections = json.loads(text)["sections"]
    assert [one["title"] for one in sections] == ["Cells that signal", "Sheaths", "Support"]
    assert all(one["id"] and one["summary"] and one["topics"] for one in sections)
    assert "approximate share" not in text


@pytest.mark.parametrize("content", [TEXT, "One sentence alone.", "?", "{}"])
async def test_an_outline_without_a_skeleton_is_in_topics(world: World, content: str) -> None:
    """W2, as the outline route asks: five steps for each topic; always something to parse."""
    body = {**GENERATE, "content": content, "content_type": "outline", "stream": True}
    *pieces, _ = events_of(await world.post("/api/v1/ai/generate-content", body, NOBODY))
    topics = json.loads("".join(one["content"] for one in pieces))["topics"]
    assert topics
    for number, one in enumerate(topics, 1):
        assert (one["id"], one["progress"]) == (f"topic-{number}", 0)
        assert [step["type"] for step in one["subtopics"]] == ["intro", "concepts", "examples", "practice", "summary"]
        assert not any(step["completed"] for step in one["subtopics"])


async def test_messages_are_answered_by_what_they_bring_where_there_is_no_model(world: World) -> None:
    """W3 with the built-in tutor: quoted from the messages."""
    messages = [{"role": "system", "content": TEXT}, {"role": "user", "content": "What does myelin do?"}]
    body = {"messages": messages, "model": "banyan/extractive", "temperature": 0.7, "stream": False, "user_id": "ana"}
    reply = await world.post("/api/v1/ai/complete", body, NOBODY)
    assert reply.status == 200, reply.body
    assert {"id", "model", "content", "finish_reason", "usage", "created"} <= set(reply.json)
    assert "yelin" in reply.json["content"]


async def test_messages_are_answered_by_a_model_without_a_course(world: World) -> None:
    """W3 through the proxy's chat: nothing is added; plain and streamed are the same."""
    body = {"messages": [{"role": "user", "content": "Say it back."}], "model": "banyan/echo", "stream": False}
    plain = await world.post("/api/v1/ai/complete", body, NOBODY)
    assert (plain.status, plain.json["model"], plain.json["content"]) == (200, "banyan/echo", "Say it back.")
    *pieces, end = events_of(await world.post("/api/v1/ai/complete", {**body, "stream": True}, NOBODY))
    assert "".join(one["content"] for one in pieces) == "Say it back."
    assert all("type" not in one for one in pieces)
    assert (end["done"], end["metadata"]["model"]) == (True, "banyan/echo")


@pytest.mark.parametrize("texts", ["one", ["one", "two"]])
@pytest.mark.parametrize("dimensions", [None, 1536, 8, 3072])
async def test_vectors_have_the_wanted_width(world: World, texts: Any, dimensions: int | None) -> None:
    """W4: whatever the model has, one per text, of length 1, and 1536 wide where nobody says."""
    body = {"texts": texts, "model": "text-embedding-3-small", "user_id": "ana"}
    reply = await world.post(
        "/api/v1/ai/embeddings", {**body, **({"dimensions": dimensions} if dimensions else {})}, NOBODY
    )
    assert reply.status == 200, reply.body
    rows = reply.json["embeddings"]
    assert len(rows) == (1 if isinstance(texts, str) else 2)
    assert {len(row) for row in rows} == {dimensions or 1536}
    assert all(math.isclose(sum(number**2 for number in row), 1, abs_tol=1e-4) for row in rows)
    assert (reply.json["model"], reply.json["usage"]["total_tokens"] > 0) == ("banyan/tiny", True)


async def test_items_keep_their_ids_and_metadata(world: World) -> None:
    """W5: in order; numbers as ids are strings, an absent id is its position; M18."""
    metadata = {"originalRequestId": "r1", "position": 0, "deep": {"list": [1, None]}}
    items = [
        {"id": "r1_0", "text": "one", "metadata": metadata},
        {"id": 7, "text": "two"},
        {"id": None, "text": "three"},
    ]
    reply = await world.post("/api/v1/ai/embeddings/batch", {"items": items, "batch_size": 3, "model": "x"}, NOBODY)
    assert [one["id"] for one in reply.json["embeddings"]] == ["r1_0", "7", "item_2"]
    assert [one["metadata"] for one in reply.json["embeddings"]] == [metadata, {}, {}]
    assert {len(one["embedding"]) for one in reply.json["embeddings"]} == {1536}
    assert reply.json["total_items"] == 3


async def test_models_are_nested_by_provider(world: World) -> None:
    """W6, M5."""
    models = (await world.get("/api/v1/ai/models", NOBODY)).json["models"]
    chat = models["banyan"]["banyan/echo"]
    assert chat["supported"] is True
    assert set(chat["info"]) == {"context_window", "max_output", "input_cost_per_1k", "output_cost_per_1k"}
    assert models["banyan"]["banyan/tiny"]["info"]["dimensions"] == 32


async def test_stats_of_a_fresh_process_are_finite(tmp_path: Path) -> None:
    """W7, A5: no `error`, both objects that clients read, and a line for every provider."""
    async with open_room(tmp_path) as room:
        reply = await room.world.get("/api/v1/ai/stats", NOBODY)
    assert reply.status == 200
    assert "error" not in reply.json
    assert {"costs", "embeddings", "cache"} <= set(reply.json)
    numbers = [value for value in _leaves(reply.json) if isinstance(value, int | float)]
    assert all(math.isfinite(value) for value in numbers)
    echo = reply.json["banyan/echo"]
    assert echo == {
        "available": True,
        "success_rate": 1.0,
        "average_latency": 0.0,
        "total_requests": 0,
        "circuit_breaker_state": "closed",
    }
    assert set(reply.json["costs"]) == {
        "total_cost",
        "total_tokens",
        "total_requests",
        "unique_users",
        "by_provider",
        "by_model",
        "period",
    }


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for one in value.values() for leaf in _leaves(one)]
    return [value]


CONTENT = {"user_id": "ana", "use_cache": True, "personalization_level": "high", "temperature": 0.7}
CHUNKS = [{"id": "c1", "content": TEXT, "metadata": {}, "score": 1}]


async def test_an_explanation_streams_texts_alone(world: World) -> None:
    """W8: the client takes every other line for text."""
    body = {**CONTENT, "chunks": CHUNKS, "topic": "Myelin", "current_level": "foundation", "model": "gpt-4o"}
    body |= {"include_examples": True, "include_practice": False, "stream": True}
    accept = {"Content-Type": "application/json", "Accept": "text/plain"}
    pieces = events_of(await world.post("/content/explanation/stream", body, accept), comments=False)
    assert pieces
    assert all(set(one) == {"content"} for one in pieces)


@pytest.mark.parametrize("format", ["key-points", "comprehensive", "visual-map", "no-such-format"])
async def test_a_summary_says_how_it_was_made(world: World, format: str) -> None:
    """W9."""
    body = {**CONTENT, "content": TEXT, "format": format, "purpose": "review", "temperature": 0.5, "max_tokens": 1000}
    reply = await world.post("/content/summary", body, AXIOS)
    assert reply.status == 200, reply.body
    assert reply.json["content"].strip()
    assert 0 <= reply.json["personalization_score"] <= 1
    assert {"quality_metrics", "cached", "cost_info"} <= set(reply.json)


@pytest.mark.parametrize("count", [1, 5])
async def test_cards_are_exactly_as_many_as_asked_for(world: World, count: int) -> None:
    """W10, A4."""
    body = {"user_id": "anonymous", "content": TEXT, "topic": "General", "count": count, "temperature": 0.7}
    body |= {"max_tokens": 1500, "use_cache": True, "personalization_level": "medium", "contextual_examples": True}
    cards = (await world.post("/content/flashcards", {**body, "difficulty_mix": True}, AXIOS)).json["flashcards"]
    assert len(cards) == count
    for card in cards:
        assert set(card) == {"front", "back", "difficulty"}
        assert card["difficulty"] in {"easy", "medium", "hard"}


@pytest.mark.parametrize("quiz_type", ["multiple_choice", "true_false", "short_answer", "scenario_analysis", "odd"])
async def test_a_quiz_has_options_by_letter_and_the_letter_of_the_right_one(world: World, quiz_type: str) -> None:
    """W11, M16: options only where the type is exactly `multiple_choice`."""
    body = {"user_id": "ana", "content": TEXT, "topic": "General", "quiz_type": quiz_type, "count": 3}
    body |= {"temperature": 0.6, "max_tokens": 2000, "adaptive_difficulty": True, "include_explanations": True}
    reply = await world.post("/content/quiz", body, AXIOS)
    assert reply.status == 200, reply.body
    questions = reply.json["questions"]
    assert len(questions) == 3 or reply.json["notes"]
    for one in questions:
        assert {"question", "type", "answer", "explanation", "difficulty"} <= set(one)
        if quiz_type in ("multiple_choice", "odd"):
            assert one["type"] == "multiple_choice"
            assert list(one["options"]) == ["A", "B", "C", "D"]
            assert one["answer"] in one["options"]
        if quiz_type == "true_false":
            assert (one["type"], one["answer"] in {"True", "False"}) == ("true_false", True)


async def test_a_chat_streams_texts_alone(world: World) -> None:
    """W12."""
    body = {"user_id": "ana", "message": "What does myelin do?", "context": [TEXT], "conversation_history": []}
    body |= {
        "temperature": 0.7,
        "max_tokens": 1000,
        "use_cache": False,
        "personalization_level": "high",
        "stream": True,
    }
    pieces = events_of(await world.post("/content/chat/stream", body, AXIOS), comments=False)
    assert "yelin" in "".join(one["content"] for one in pieces)


async def test_an_introduction_leads_into_the_text(world: World) -> None:
    """W13."""
    body = {"topic": "Cells", "content": TEXT, "user_id": "ana"}
    assert (await world.post("/content/introduction", body, AXIOS)).json["content"].strip()


async def test_examples_are_exactly_as_many_as_asked_for(world: World) -> None:
    """W14, A4: what nobody wrote is not made up, but left to the learner to find."""
    reply = await world.post("/content/examples", {"concept": "zebu", "user_id": "ana", "count": 3}, AXIOS)
    assert len(reply.json["examples"]) == 3
    assert all("zebu" in one for one in reply.json["examples"])


@pytest.mark.parametrize(
    ("operation", "fields", "key"),
    [
        ("summary", {"content": TEXT}, "content"),
        ("generate-content", {"content": TEXT, "content_type": "quiz"}, "content"),
        ("embeddings", {"text": "one"}, "embeddings"),
        ("complete", {"prompt": "Say it back.", "model": "banyan/echo"}, "content"),
    ],
)
async def test_the_traced_client_reaches_everything_by_one_path(
    world: World, operation: str, fields: dict[str, Any], key: str
) -> None:
    """W19: JSON in every case, because it parses whatever comes."""
    reply = await world.post(f"/ai/{operation}", fields, {"X-Source-Service": "learn-x-api"})
    assert (reply.status, reply.json["operation"]) == (200, operation)
    assert reply.json[key]
    unknown = await world.post("/ai/fly", {}, NOBODY)
    assert (unknown.status, unknown.json["code"]) == (404, "unknown_operation")


async def test_one_text_has_one_vector(world: World) -> None:
    """W20."""
    reply = await world.post("/embeddings/generate", {"text": "one", "model": "any"}, NOBODY)
    assert len(reply.json["embedding"]) == 1536
    assert reply.json["embeddings"] == [reply.json["embedding"]]


async def test_the_endpoints_that_no_client_calls_keep_their_shapes(world: World) -> None:
    """1.5."""
    ai = "/api/v1/ai"
    outline = await world.post(f"{ai}/generate-outline", {"file_id": "f", "user_id": "ana", "content": TEXT}, NOBODY)
    *topics, complete = events_of(outline)
    assert {one["type"] for one in topics} == {"topic"}
    assert complete == {"type": "complete"}
    plain = {"file_id": "f", "user_id": "ana", "content": TEXT, "stream": False}
    assert (await world.post(f"{ai}/generate-outline", plain, NOBODY)).json["outline"]["topics"]
    chat = {"message": "What does myelin do?", "user_id": "ana", "context": {"file_content": TEXT}}
    start, *said, complete = events_of(await world.post(f"{ai}/chat/start", chat, NOBODY))
    assert start["type"] == "conversation_start"
    assert {(one["type"], one["conversation_id"]) for one in said} == {("message", start["conversation_id"])}
    quiz = (
        await world.post(f"{ai}/quiz/generate", {"content": TEXT, "user_id": "ana", "num_questions": 3}, NOBODY)
    ).json
    assert len(quiz["quiz"]["questions"]) == 3
    for one in quiz["quiz"]["questions"]:
        assert {"id", "type", "question", "options", "correct_answer", "explanation"} <= set(one)
        assert not one["options"] or one["correct_answer"] in one["options"]
    summary = (await world.post(f"{ai}/summary/generate", {"content": TEXT, "user_id": "ana"}, NOBODY)).json
    assert summary["summary"]["word_count"] == len(summary["summary"]["content"].split())
    body = {"content": TEXT, "user_id": "ana", "num_cards": 5}
    cards = (await world.post(f"{ai}/flashcards/generate", body, NOBODY)).json["flashcards"]
    assert [set(one) for one in cards] == [{"id", "type", "front", "back", "difficulty", "tags"}] * 5
    explained = await world.post(f"{ai}/explain/stream", {**GENERATE, "content_type": "explanation"}, NOBODY)
    assert events_of(explained)[-1]["done"] is True
    cache = (await world.get(f"{ai}/cache/stats", NOBODY)).json
    assert cache["misses"] > 0
    assert 0 < cache["total_entries"] <= cache["max_size"]
    gone = await world.post(f"{ai}/cache/invalidate?user_id=ana", {}, NOBODY)
    assert (gone.json["user_id"], gone.json["status"]) == ("ana", "success")


BAD: list[tuple[str, dict[str, Any], set[int]]] = [
    ("/api/v1/ai/generate-content", {"content": "", "content_type": "quiz"}, {400}),
    ("/api/v1/ai/generate-content", {"content": "x", "content_type": "quiz", "difficulty": "whatever"}, {422}),
    ("/api/v1/ai/generate-content", {"content": "x", "content_type": "quiz", "persona": "no object"}, {422}),
    ("/api/v1/ai/generate-content", {"content_type": "quiz"}, {422}),
    ("/api/v1/ai/complete", {"messages": [{"role": "user"}]}, {422}),
    ("/api/v1/ai/complete", {"messages": []}, {422}),
    ("/api/v1/ai/complete", {"messages": [{"role": "system", "content": "x"}]}, {400}),
    ("/api/v1/ai/embeddings", {"texts": [""]}, {422}),
    ("/api/v1/ai/embeddings", {"texts": "one", "dimensions": 0}, {422}),
    ("/content/quiz", {"content": TEXT, "topic": "x", "user_id": "ana", "count": 0}, {422}),
    ("/content/quiz", {"content": "", "topic": "x", "user_id": "ana"}, {400}),
    ("/content/flashcards", {"content": TEXT, "topic": "x", "user_id": "a/b"}, {400}),
    ("/content/chat/stream", {"user_id": "ana", "message": ""}, {400}),
    ("/ai/summary", {"content": 7, "temperature": "hot"}, {422}),
]


@pytest.mark.parametrize(("path", "body", "statuses"), BAD)
async def test_bad_input_is_a_status_before_the_first_byte(
    world: World, path: str, body: dict[str, Any], statuses: set[int]
) -> None:
    """M8, M15: also where a stream was asked for; the message is for people."""
    reply = await world.post(path, body, NOBODY)
    assert reply.status in statuses, reply.body
    assert {"message", "detail", "code", "request_id"} <= set(reply.json)
    assert isinstance(reply.json["message"], str)


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/content/quiz", {"topic": "x", "count": 500}),
        ("/content/flashcards", {"topic": "<script>alert(1)</script>", "count": 500}),
        ("/content/summary", {"format": "<b>"}),
    ],
)
@pytest.mark.parametrize("content", ["!!! ??? 123", "Ein Satz ohne Fragen.", "\u200b\ufeff x"])
async def test_a_text_with_little_in_it_gives_little_and_says_so(
    world: World, path: str, fields: dict[str, Any], content: str
) -> None:
    """M10: one status of 4xx or 5xx would shut the client's breaker for half a minute."""
    reply = await world.post(path, {"content": content, "user_id": "anonymous", **fields}, AXIOS)
    assert reply.status == 200, reply.body
    assert reply.json.get("notes") or reply.json.get("content")


async def test_difficulty_is_read_leniently(world: World) -> None:
    """M12."""
    for word in ("expert", "hard", "easy", "medium", "Advanced"):
        body = {**GENERATE, "content_type": "quiz", "difficulty": word, "stream": False}
        assert (await world.post("/api/v1/ai/generate-content", body, NOBODY)).status == 200


async def test_a_learner_speaks_for_nobody_else(world: World) -> None:
    """The name in the body holds for a backend alone; whoever comes as a learner stays who they are."""
    lock = {"learners": ["eve"]}
    teacher = {"X-Banyan-User": "tess", "X-Banyan-Roles": "instructor"}
    assert (await world.send("PUT", "/api/v1/courses/biology/lock", teacher, lock)).status == 200
    body = {**GENERATE, "content_type": "summary", "stream": False}
    assert (await world.post("/api/v1/ai/generate-content", {**body, "user_id": "eve"}, NOBODY)).status == 403
    assert (await world.post("/api/v1/ai/generate-content", {**body, "user_id": "eve"}, ANA)).status == 200
    eve = {"X-Banyan-User": "eve"}
    assert (await world.post("/api/v1/ai/generate-content", {**body, "user_id": "ana"}, eve)).status == 403
    complete = {"messages": [{"role": "user", "content": "Hello."}], "model": "banyan/echo", "user_id": "eve"}
    assert (await world.post("/api/v1/ai/complete", complete, NOBODY)).status == 403
    assert (await world.send("DELETE", "/api/v1/courses/biology/lock", teacher)).status == 200


async def test_a_batch_answers_every_request_by_itself(world: World) -> None:
    """1.5: mixed types, partial results, in order; submitted ones are fetched; a 51st request is too many."""
    items = [
        {"type": "completion", "data": {"messages": [{"role": "user", "content": "Hi."}], "model": "banyan/echo"}},
        {"type": "embedding", "data": {"text": "one", "dimensions": 8}, "user_id": "ana"},
        {"type": "generation", "data": {"content": TEXT, "content_type": "summary"}},
        {"type": "generation", "data": {"content": ""}},
    ]
    place = "/api/v1/ai/batch"
    done = (await world.post(f"{place}/process?priority=high", items, NOBODY)).json
    assert [one["success"] for one in done["results"]] == [True, True, True, False]
    assert done["results"][0]["result"]["content"] == "Hi."
    assert len(done["results"][1]["result"]["embedding"]) == 8
    assert done["results"][3]["error"]
    assert (done["total_requests"], done["status"], done["stats"]["failed"]) == (4, "completed", 1)
    submitted = (await world.post(f"{place}/process?wait_for_results=false", items[:1], NOBODY)).json
    assert (submitted["status"], len(submitted["request_ids"])) == ("submitted", 1)
    assert submitted["batch_id"] != done["batch_id"]
    found = await world.get(f"{place}/{submitted['batch_id']}", NOBODY)
    assert (found.status, found.json["durable"]) == (200, False)
    assert (await world.get(f"{place}/{submitted['batch_id']}", ANA)).status == 404
    for wrong in ([], [items[0]] * 51, [{"type": "moderation", "data": {}}]):
        assert (await world.post(f"{place}/process", wrong, NOBODY)).status == 422
    stats = (await world.get(f"{place}/stats", NOBODY)).json
    assert (stats["total_requests"], stats["total_batches"]) == (5, 2)
    assert stats["priority_distribution"]["high"] == 4


async def test_the_table_of_the_wire_is_what_is_served() -> None:
    """Every row names a path that the assistant describes."""
    page = (Path(__file__).parents[2] / "docs" / "reference" / "learnx.md").read_text("utf-8")
    rows = re.findall(r"^\| (W\d+) \| (\w+) `([^`]+)`", page, re.MULTILINE)
    assert [row[0] for row in rows] == [f"W{number}" for number in range(1, 27)]
    paths = described("assistant")["paths"]
    assert [row for row in rows if row[1].lower() not in paths.get(row[2], {})] == []

"""OpenAI's own clients, for Python and for Node, against a running `banyan serve proxy`."""

import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import OpenAI
from scripted_openai import scripted_openai
from services import serving
from threaded import in_a_thread

NODE = Path(__file__).parent / "node"
MODEL = "openai/gpt-a"
LINE_BYTES = 143
"""Of a line of the batches, which both clients write without spaces."""
EXPECTED = {
    "chat": "hello",
    "chatStream": "hello after user ",
    "tool": {"name": "weather", "arguments": '{"city": "Paris"}'},
    "json": {"answer": 42},
    "embeddings": [2, 2],
    "models": True,
    "oneModel": "banyan/echo",
    "response": ["completed", "one"],
    "events": [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ],
    "continued": "two after user assistant user ",
    "responseTool": ["Let me look. ", '{"city": "Paris"}'],
    "responseJson": {"answer": 42},
    "retrieved": "one",
    "inputItems": ["one"],
    "deleted": [404, "response_not_found"],
    "broken": ["error", "response.failed"],
    "moderation": [False, True],
    "file": ["file", "batch", "lines.jsonl", 2 * LINE_BYTES + 1],
    "fileContent": True,
    "batch": ["batch", "validating", "spring"],
    "batchDone": ["completed", 2, 2, None],
    "output": [[f"q-{number}", 200, "hello after user"] for number in (0, 1)],
    "late": [409, "batch_not_cancellable"],
    "cancelling": "cancelling",
    "cancelled": "cancelled",
    "listed": True,
    "deletedFile": True,
    "goneFile": 404,
}
"""What a client finds, whatever its language."""


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the proxy, in front of an upstream that answers by rules."""
    with in_a_thread(scripted_openai()) as upstream:
        keys = {"OPENAI_BASE_URL": upstream, "OPENAI_API_KEY": "sk-test"}
        with serving(tmp_path_factory.mktemp("sdk") / "data", "proxy", more=keys) as service:
            yield service.proxy


def test_the_node_client_finds_what_it_expects(proxy: str) -> None:
    """Chat, tools, JSON, embeddings, models, responses, moderation, files and batches, plain and streamed."""
    if shutil.which("node") is None or not (NODE / "node_modules").is_dir():
        pytest.skip("not tested: OpenAI's Node client (npm is missing, or scripts/setup-test.sh has not run)")
    done = subprocess.run(["node", "check.mjs", proxy], cwd=NODE, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == EXPECTED


def test_the_python_client_finds_what_it_expects(proxy: str) -> None:
    """The same list."""
    with OpenAI(base_url=f"{proxy}/v1", api_key="none", max_retries=0) as client:
        assert {**chats(client), **lists(client), **responses(client), **batches(client)} == EXPECTED


def test_the_python_client_gets_the_vectors_of_deployments(proxy: str) -> None:
    """By the names of a deployment and of an alias, as base64, which the client asks for by itself, and as floats."""
    table = {"model": "openai/embed", "price": {"input": 1, "output": 0}}
    for path, body in (("deployments/small", table), ("aliases/vectors", {"targets": ["small"]})):
        data, kind = json.dumps(body).encode(), {"Content-Type": "application/json"}
        asked = urllib.request.Request(f"{proxy}/admin/{path}", data, kind, method="PUT")
        with urllib.request.urlopen(asked, timeout=10) as answer:
            assert answer.status == 200
    with OpenAI(base_url=f"{proxy}/v1", api_key="none", max_retries=0) as client:
        create = client.embeddings.create
        for name in ("small", "vectors"):
            packed = create(model=name, input=["a", "b"])
            plain = create(model=name, input=["a", "b"], encoding_format="float")
            found = [[list(row.embedding) for row in answer.data] for answer in (packed, plain)]
            assert found == [[[1.0, 0.0]] * 2] * 2
        raw = client.embeddings.with_raw_response.create(model="vectors", input="c")
        assert raw.headers["x-banyan-deployment"] == "small"


def chats(client: OpenAI) -> dict[str, Any]:
    """Chat completions."""
    ask: Any = [{"role": "user", "content": "hello"}]
    create = client.chat.completions.create
    tool: Any = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
    schema: Any = {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}, "strict": True}}
    called: Any = create(model=MODEL, messages=ask, tools=[tool]).choices[0].message.tool_calls
    chunks = [chunk for chunk in create(model=MODEL, messages=ask, stream=True) if chunk.choices]
    return {
        "chat": create(model="banyan/echo", messages=ask).choices[0].message.content,
        "chatStream": "".join(chunk.choices[0].delta.content or "" for chunk in chunks),
        "tool": called[0].function.model_dump(),
        "json": json.loads(create(model=MODEL, messages=ask, response_format=schema).choices[0].message.content or ""),
    }


def lists(client: OpenAI) -> dict[str, Any]:
    """Embeddings, models and moderation."""
    names = {model.id for model in client.models.list()}
    rows = client.embeddings.create(model="openai/embed", input=["a", "b"]).data
    judged = client.moderations.create(model="banyan/rules", input=["hello", "I want to kill myself"])
    return {
        "embeddings": [len(row.embedding) for row in rows],
        "models": {"banyan/echo", MODEL} <= names,
        "oneModel": client.models.retrieve("banyan/echo").id,
        "moderation": [result.flagged for result in judged.results],
    }


def responses(client: OpenAI) -> dict[str, Any]:
    """Responses."""
    api: Any = client.responses
    tool = {"type": "function", "name": "weather", "parameters": {"type": "object"}, "strict": False}
    schema = {"type": "json_schema", "name": "n", "schema": {"type": "object"}, "strict": True}
    first = api.create(model="banyan/echo", input="one")
    events = list(api.create(model=MODEL, input="two", previous_response_id=first.id, stream=True))
    with api.stream(model=MODEL, input="talk", tools=[tool]) as stream:
        message, call = stream.get_final_response().output
    found = {
        "response": [first.status, first.output_text],
        "events": list(dict.fromkeys(event.type for event in events)),
        "continued": events[-1].response.output_text,
        "responseTool": [message.content[0].text, call.arguments],
        "responseJson": json.loads(api.create(model=MODEL, input="x", text={"format": schema}).output_text),
        "retrieved": api.retrieve(first.id).output_text,
        "inputItems": [item.content[0].text for item in api.input_items.list(first.id)],
        "broken": [event.type for event in api.create(model=MODEL, input="cut", stream=True)][-2:],
    }
    api.delete(first.id)
    with pytest.raises(openai.NotFoundError) as gone:
        api.retrieve(first.id)
    return {**found, "deleted": [gone.value.status_code, gone.value.code]}


def batches(client: OpenAI) -> dict[str, Any]:
    """Files and batches."""

    def begun(count: int, name: str) -> tuple[Any, Any, bytes]:
        body = {"model": MODEL, "messages": [{"role": "user", "content": "hello"}]}
        asked = {"method": "POST", "url": "/v1/chat/completions", "body": body}
        lines = [json.dumps({"custom_id": f"q-{n}", **asked}, separators=(",", ":")) for n in range(count)]
        data = "\n".join(lines).encode()
        file = client.files.create(file=(name, data), purpose="batch")
        batch = client.batches.create(
            input_file_id=file.id,
            endpoint="/v1/chat/completions",
            completion_window="24h",
            metadata={"term": "spring"},
        )
        return file, batch, data

    def ended(id: str) -> Any:
        until = time.monotonic() + 30
        while (batch := client.batches.retrieve(id)).status not in ("completed", "failed", "cancelled"):
            assert time.monotonic() < until, batch
            time.sleep(0.05)
        return batch

    file, batch, data = begun(2, "lines.jsonl")
    found: dict[str, Any] = {
        "file": [file.object, file.purpose, file.filename, file.bytes],
        "fileContent": client.files.content(file.id).content == data,
        "batch": [batch.object, batch.status, batch.metadata["term"]],
    }
    done = ended(batch.id)
    counts = done.request_counts
    found["batchDone"] = [done.status, counts.total, counts.completed, done.errors]
    output = [json.loads(line) for line in client.files.content(done.output_file_id).text.splitlines()]
    answers = [one["response"] for one in output]
    found["output"] = [
        [one["custom_id"], answer["status_code"], answer["body"]["choices"][0]["message"]["content"]]
        for one, answer in zip(output, answers, strict=True)
    ]
    with pytest.raises(openai.ConflictError) as late:
        client.batches.cancel(batch.id)
    large, stopped, _ = begun(400, "large.jsonl")
    found["late"] = [late.value.status_code, late.value.code]
    found["cancelling"] = client.batches.cancel(stopped.id).status
    found["cancelled"] = ended(stopped.id).status
    found["listed"] = [one.id for one in client.batches.list(limit=1)][:2] == [stopped.id, batch.id]
    found["deletedFile"] = client.files.delete(file.id).deleted
    client.files.delete(large.id)
    with pytest.raises(openai.NotFoundError) as gone:
        client.files.retrieve(file.id)
    return {**found, "goneFile": gone.value.status_code}

"""OpenTelemetry spans, as a collector receives them."""

import gzip
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from fake_openai import fake_openai
from http_server import served
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from banyan.app.settings import load_settings
from banyan.app.wiring import open_services

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
QUESTION = "Why is the sky blue and not green?"
ASK = {"model": "openai/gpt-4o", "messages": [{"role": "user", "content": QUESTION}]}


@dataclass
class Collector:
    """What an OTLP/HTTP collector was sent: the bodies, and the spans in them by name."""

    url: str = ""
    bodies: list[bytes] = field(default_factory=list)

    @property
    def spans(self) -> dict[str, Any]:
        requests = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        return {
            span.name: span
            for request in requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        }

    async def receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.bodies.append(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)
        return web.Response(
            body=ExportTraceServiceResponse().SerializeToString(), content_type="application/x-protobuf"
        )


@pytest.fixture
async def collector() -> AsyncIterator[Collector]:
    collector = Collector()
    application = web.Application()
    application.router.add_post("/v1/traces", collector.receive)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    collector.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield collector
    await runner.cleanup()


def words(span: Any) -> dict[str, Any]:
    """The attributes, as plain values."""
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in span.attributes}


async def test_a_call_is_a_span_and_each_try_one_below_it(
    tmp_path: Path, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the words of the conventions, within the caller's trace, which goes on; no word of the content."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    monkeypatch.setenv("OTEL_SERVICE_NAME", "tutor")
    async with fake_openai() as upstream:
        settings = load_settings(data=tmp_path, openai_base_url=upstream.base_url, openai_api_key="sk-secret")
        async with (
            open_services(settings, ("proxy",), frozenset(), "local") as services,
            served(services.applications["proxy"]) as url,
            aiohttp.ClientSession(url) as client,
        ):
            headers = {"traceparent": f"00-{TRACE}-{CALLER}-01"}
            async with client.post("/v1/chat/completions", json=ASK, headers=headers) as answer:
                assert answer.status == 200
            async with client.get("/health") as answer:
                assert answer.status == 200
            sent = upstream.seen[-1][0]["traceparent"]
    call, attempt = collector.spans["POST /v1/chat/completions"], collector.spans["chat gpt-4o"]
    assert len(collector.spans) == 2
    assert (call.trace_id.hex(), call.parent_span_id.hex()) == (TRACE, CALLER)
    assert (attempt.trace_id.hex(), attempt.parent_span_id) == (TRACE, call.span_id)
    assert sent == f"00-{TRACE}-{call.span_id.hex()}-01"
    said = words(attempt)
    assert said["gen_ai.operation.name"] == "chat"
    assert said["gen_ai.provider.name"] == "openai"
    assert (said["gen_ai.request.model"], said["gen_ai.response.model"]) == ("gpt-4o", "gpt-4o")
    assert said["gen_ai.usage.input_tokens"] > 0
    assert words(call)["http.response.status_code"] == 200
    assert words(call)["gen_ai.usage.output_tokens"] == said["gen_ai.usage.output_tokens"]
    assert attempt.start_time_unix_nano >= call.start_time_unix_nano - 10_000_000
    assert not any(QUESTION.encode() in body for body in collector.bodies)


async def test_a_collector_that_is_gone_harms_no_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls answer, and the stop is not held up."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    async with (
        open_services(load_settings(data=tmp_path), ("proxy",), frozenset(), "local") as services,
        served(services.applications["proxy"]) as url,
        aiohttp.ClientSession(url) as client,
    ):
        ask = {"model": "banyan/echo", "messages": [{"role": "user", "content": "Hello"}]}
        async with client.post("/v1/chat/completions", json=ask) as answer:
            assert answer.status == 200


def test_without_an_endpoint_nothing_is_loaded() -> None:
    """Spans cost nothing where nobody collects them: their library is not even imported."""
    program = "import sys, banyan.app.wiring; print('opentelemetry.sdk' in sys.modules, 'sentry_sdk' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["False", "False"]

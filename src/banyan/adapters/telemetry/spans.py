"""OpenTelemetry spans by the semantic conventions for generative AI; what people write is never in them.

One span a request, and one below it for every try of a deployment. A caller's `traceparent` is honoured, and providers
are sent one. Nothing of this is imported unless an endpoint is configured.
Source: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
"""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from opentelemetry import trace
from opentelemetry.context import attach, detach
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from banyan.kernel.money import dollars
from banyan.kernel.tracing import outgoing
from banyan.proxy.domain.accounting import Attempt, Status

_Application = Callable[[Any, Any, Any], Awaitable[None]]
_QUIET = ("/health", "/metrics", "/docs", "/openapi.json")
_WRONG = 500
_OPERATIONS = {"chat": "chat", "embeddings": "embeddings", "embedding": "embeddings", "responses": "chat"}
_PROVIDERS = {"azure": "azure.ai.openai", "bedrock": "aws.bedrock", "gemini": "gcp.gemini", "mistral": "mistral_ai"}
_propagator = TraceContextTextMapPropagator()


class Spans:
    """Implements the part of `Telemetry` that spans are made from, and wraps applications. Close it last."""

    def __init__(self, service: str, version: str) -> None:
        resource = Resource.create({SERVICE_NAME: service, "service.version": version})
        self._provider = TracerProvider(resource=resource)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("banyan", version)

    def around(self, application: _Application, service: str) -> _Application:
        """The application, with a span for every request but those of monitors."""

        async def traced(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
            if scope["type"] != "http" or scope["path"].startswith(_QUIET):
                await application(scope, receive, send)
                return
            parent = _propagator.extract(_carrier(scope["headers"]))
            attributes = {"http.request.method": scope["method"], "url.path": scope["path"], "banyan.service": service}
            name = f"{scope['method']} {scope['path']}"
            span = self._tracer.start_span(name, parent, kind=SpanKind.SERVER, attributes=attributes)
            token = attach(trace.set_span_in_context(span, parent))
            headers: dict[str, str] = {}
            _propagator.inject(headers)
            passed = outgoing.set(headers)

            async def answer(message: MutableMapping[str, Any]) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= _WRONG:
                        span.set_status(StatusCode.ERROR)
                await send(message)

            try:
                await application(scope, receive, answer)
            finally:
                outgoing.reset(passed)
                detach(token)
                span.end()

        return traced

    def attempt_finished(self, attempt: Attempt) -> None:
        """A span that is over already, below that of the request; the request's span says what answered."""
        operation = _OPERATIONS.get(attempt.kind, attempt.kind)
        began = int(attempt.at * 1e9)
        name = f"{operation} {attempt.model}"
        span = self._tracer.start_span(name, kind=SpanKind.CLIENT, start_time=began, attributes=_attributes(attempt))
        if attempt.error or attempt.status in (Status.FAILED, Status.CUT):
            span.set_status(StatusCode.ERROR)
            span.set_attribute("error.type", attempt.error or attempt.status.value)
        span.end(began + int(attempt.seconds * 1e9))
        if attempt.status in (Status.OK, Status.CACHED, Status.CUT):
            trace.get_current_span().set_attributes(_attributes(attempt))

    def breaker_changed(self, deployment: str, state: str) -> None:
        """Of no call."""

    def in_flight(self, deployment: str, delta: int) -> None:
        """Seen by the spans themselves."""

    def cache(self, result: str, task: str) -> None:
        """Told with the attempt."""

    def refused(self, kind: str, tenant: str) -> None:
        """Marks the request's span."""
        trace.get_current_span().set_attribute("banyan.refused", kind)

    def embedded(self, texts: int) -> None:
        """Of no single call."""

    def close(self) -> None:
        """Sends what is left; blocks for some seconds at most when the collector is gone."""
        self._provider.shutdown()


def _attributes(attempt: Attempt) -> dict[str, Any]:
    tokens = attempt.tokens
    attributes = {
        "gen_ai.operation.name": _OPERATIONS.get(attempt.kind, attempt.kind),
        "gen_ai.provider.name": _PROVIDERS.get(attempt.provider, attempt.provider),
        "gen_ai.request.model": attempt.model,
        "gen_ai.response.model": attempt.model,
        "gen_ai.usage.input_tokens": tokens.input,
        "gen_ai.usage.output_tokens": tokens.output,
        "banyan.deployment": attempt.deployment,
        "banyan.status": attempt.status.value,
        "banyan.reason": attempt.reason,
        "banyan.tenant": attempt.caller.tenant,
        "banyan.request_id": attempt.caller.request_id,
        "banyan.cost_dollars": "unknown" if attempt.cost is None else f"{dollars(attempt.cost):f}",
    }
    if attempt.caller.course is not None:
        attributes["banyan.course"] = attempt.caller.course
    if attempt.first_token is not None:
        attributes["gen_ai.response.time_to_first_chunk"] = attempt.first_token
    if attempt.cache:
        attributes["banyan.cache"] = attempt.cache
    return attributes


def _carrier(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    wanted = (b"traceparent", b"tracestate")
    return {name.decode(): value.decode("latin-1") for name, value in headers if name in wanted}

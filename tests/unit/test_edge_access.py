"""Who may come in, and what the refused are told."""

import pytest
from fastapi import FastAPI

from banyan.app.reference import described
from banyan.edge.http.access import (
    ANYONE,
    PUBLIC,
    STAFF,
    Gate,
    RuledRoute,
    refuse_nothing_characters,
    refuse_strangers,
    trust_headers,
)
from banyan.edge.http.errors import error_response, install_error_handlers, status_of
from banyan.kernel.errors import BanyanError, InvalidInput, NotAllowed, RateLimited, UpstreamFailed
from banyan.kernel.identity import Identity, Role
from banyan.proxy.domain.model_name import ModelRoute, find_route

OWN_PORTS = frozenset({8001, 8002})


def headers(**values: str) -> list[tuple[bytes, bytes]]:
    return [(name.replace("_", "-").encode(), value.encode()) for name, value in values.items()]


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1:8001", None),
        ("localhost", None),
        ("[::1]:8001", None),
        ("LOCALHOST:9", "http://LOCALHOST:9"),
        ("127.0.0.1:8002", "http://127.0.0.1:8001"),
        ("127.0.0.1:8002", "http://localhost:8001"),
    ],
)
def test_our_own_pages_and_local_programs_come_in(host: str, origin: str | None) -> None:
    """A loopback name with no origin, or with the origin of a page that we serve, passes."""
    given = headers(host=host) + ([] if origin is None else headers(origin=origin))
    refuse_strangers(given, OWN_PORTS)


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("evil.example", None),
        ("127.0.0.1.evil.example", None),
        ("localhost.evil.example:8001", None),
        ("10.0.0.5:8001", None),
        ("", None),
        ("127.0.0.1:8001", "null"),
        ("127.0.0.1:8001", "https://evil.example"),
        ("127.0.0.1:8001", "http://localhost:3000"),
        ("127.0.0.1:8001", "http://127.0.0.1.evil.example:8001"),
        ("127.0.0.1:8001", "http://127.0.0.1:99999999"),
        ("127.0.0.1:8001", "file://127.0.0.1:8001"),
    ],
)
def test_foreign_names_and_pages_stay_out(host: str, origin: str | None) -> None:
    """A name that points here by DNS, another site's page and an unknown page are refused."""
    given = headers(host=host) + ([] if origin is None else headers(origin=origin))
    with pytest.raises(NotAllowed):
        refuse_strangers(given, OWN_PORTS)


@pytest.mark.parametrize("name", ["host", "origin"])
@pytest.mark.parametrize("order", [1, -1])
def test_two_different_senders_are_nobody(name: str, order: int) -> None:
    """A second Host or Origin is refused, whichever of the two is ours."""
    ours, foreign = ("127.0.0.1:8001", "evil.example") if name == "host" else ("http://127.0.0.1:8001", "null")
    twice = [(name.encode(), value.encode()) for value in (ours, foreign)][::order]
    with pytest.raises(NotAllowed):
        refuse_strangers([*twice, *(headers(host="127.0.0.1:8001") if name == "origin" else [])], OWN_PORTS)


@pytest.mark.parametrize("name", ["x_banyan_user", "x_banyan_roles"])
async def test_an_identity_that_is_named_twice_is_refused(name: str) -> None:
    """One of the two may have come through a backend from a learner, so neither is believed."""
    with pytest.raises(InvalidInput, match="is there twice"):
        await trust_headers([*headers(**{name: "learner"}), *headers(**{name: "admin"})])


async def test_without_a_named_user_the_local_caller_is_the_operator() -> None:
    """The open mode trusts the machine; a backend that names a learner asks as that learner."""
    assert await trust_headers([]) == Identity("default", "local", frozenset({Role.ADMIN, Role.SERVICE}))
    assert await trust_headers(headers(x_banyan_user="zoë")) == Identity("default", "zoë", frozenset({Role.LEARNER}))
    named = headers(x_banyan_user="ann", x_banyan_roles="Instructor, moderator")
    assert await trust_headers(named) == Identity("default", "ann", frozenset({Role.INSTRUCTOR, Role.MODERATOR}))


@pytest.mark.parametrize("given", [{"x_banyan_user": " "}, {"x_banyan_user": "x" * 201}, {"x_banyan_roles": "king"}])
async def test_unusable_identities_are_refused(given: dict[str, str]) -> None:
    """An empty or endless user and an unknown role are the caller's mistake."""
    with pytest.raises(InvalidInput):
        await trust_headers(headers(**given))


def test_a_route_without_a_rule_cannot_be_registered() -> None:
    """Forgetting the rule is noticed when the application is built."""
    app = FastAPI()
    app.router.route_class = RuledRoute
    with pytest.raises(TypeError, match="declares no access rule"):

        @app.get("/secret")
        async def secret() -> None: ...


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UpstreamFailed("No."), 502),
        (UpstreamFailed("No.", status=404), 404),
        (UpstreamFailed("No.", status=500), 502),
        (RateLimited("Wait."), 429),
    ],
)
def test_a_provider_s_own_refusal_keeps_its_status(error: BanyanError, status: int) -> None:
    """What the caller can mend is passed on; everything else of a provider is a bad gateway."""
    assert status_of(error) == status


def test_waiting_time_is_told_in_whole_seconds() -> None:
    """Retry-After is rounded up, so that nobody comes back too early."""
    assert error_response(RateLimited("Wait.", retry_after=1.2), "req_1").headers["retry-after"] == "2"


SCOPELESS = {"/v1/models", "/v1/models/{id}", "/v1/usage"}
"""What every key may read, whatever it is for."""


@pytest.mark.parametrize("service", ["proxy", "assistant"])
def test_every_route_names_the_scope_that_a_key_needs(service: str) -> None:
    """A key that is narrowed to one kind of use must not find a route that forgot to ask."""
    missing = [
        f"{method.upper()} {path}"
        for path, operations in described(service)["paths"].items()
        for method, operation in operations.items()
        if operation["x-banyan-access"] != "public" and "x-banyan-scope" not in operation and path not in SCOPELESS
    ]
    assert missing == [], 'Declare openapi_extra=within(ANYONE, "chat") or another of kernel.identity.SCOPES.'


async def ask(app: FastAPI, path: str, method: str = "GET", **given: str) -> tuple[int, dict[str, str], bytes]:
    """One request through the gate, as (status, headers, body)."""
    gate = Gate(app, trust_headers, open_ports=OWN_PORTS)
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": headers(host="127.0.0.1", **given),
    }
    await gate(scope, receive, send)
    answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return int(str(sent[0]["status"])), answered, b"".join(bytes(part["body"]) for part in sent[1:])


def small_app() -> FastAPI:
    app = FastAPI()
    app.router.route_class = RuledRoute
    install_error_handlers(app)

    @app.get("/open", openapi_extra=PUBLIC)
    async def open_to_all() -> str:
        return "open"

    @app.get("/known", openapi_extra=ANYONE)
    async def known() -> str:
        return "known"

    @app.get("/staff", openapi_extra=STAFF)
    async def staff() -> str:
        return "staff"

    @app.get("/broken", openapi_extra=PUBLIC)
    async def broken() -> str:
        raise RuntimeError("the password is 1234")

    return app


async def test_rules_let_in_whom_they_name() -> None:
    """A learner gets what anyone gets; only staff get the rest."""
    app = small_app()
    reached = {path: (await ask(app, path, x_banyan_user="ann"))[0] for path in ("/open", "/known", "/staff")}
    assert reached == {"/open": 200, "/known": 200, "/staff": 403}
    assert (await ask(app, "/staff", x_banyan_user="ann", x_banyan_roles="instructor"))[0] == 200


async def test_failures_inside_are_told_without_their_details() -> None:
    """An unexpected exception is a 500 with a request id, and nothing of its message."""
    status, answered, body = await ask(small_app(), "/broken", x_request_id="mine-1")
    assert (status, answered["x-request-id"]) == (500, "mine-1")
    assert b"1234" not in body
    assert b'"request_id":"mine-1"' in body
    assert b'"type":"server_error"' in body


async def test_unknown_paths_and_methods_are_told_in_the_one_shape() -> None:
    """The router's own refusals look like every other error."""
    assert b'"code":"not_found"' in (await ask(small_app(), "/nothing"))[2]
    status, answered, body = await ask(small_app(), "/open", "DELETE")
    assert (status, answered["allow"]) == (405, "GET")
    assert b'"code":"method_not_allowed"' in body


@pytest.mark.parametrize(("path", "query"), [("/v1/files/\0", b""), ("/v1/files", b"after=%00")])
def test_an_address_with_nothing_characters_is_refused(path: str, query: bytes) -> None:
    """PostgreSQL cannot be asked for them, and nothing is called so."""
    with pytest.raises(InvalidInput):
        refuse_nothing_characters({"path": path, "query_string": query})
    refuse_nothing_characters({"path": "/v1/files/0", "query_string": b"after=%20"})


def test_a_model_s_name_has_no_control_characters() -> None:
    """The ledger could not keep it, and what it cost would be lost."""
    assert find_route("openai/gpt\0", ("openai",)) is None
    assert find_route("openai/gpt ü", ("openai",)) == ModelRoute("openai", "gpt ü")

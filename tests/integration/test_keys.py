"""Virtual keys as callers and admins meet them: over HTTP, and from the command line beside a running service."""

import asyncio
import base64
import json
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from proxy_house import Proxy, open_proxy
from services import banyan, serving
from sqlalchemy import Connection, inspect, text

from banyan.adapters.storage.keys import SqlKeys
from banyan.kernel.clock import SystemClock
from banyan.proxy.usecases.key_ring import LOOK_SECONDS, KeyRing

ASK = {"model": "banyan/echo", "messages": [{"role": "user", "content": "hello"}]}


@pytest.fixture
async def proxy(tmp_path: Path, house_url: str) -> AsyncIterator[Proxy]:
    async with open_proxy(tmp_path, database_url=house_url) as opened:
        yield opened


def bearer(key: str, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}", **{name.replace("_", "-"): value for name, value in more.items()}}


async def made(proxy: Proxy, by: str = "", **wish: Any) -> str:
    """The secret of a new key."""
    headers = bearer(by) if by else {}
    status, key = await proxy.ask("POST", "/admin/keys", json={"name": "a key", **wish}, headers=headers)
    assert status == 201, key
    return str(key["key"])


async def refused(proxy: Proxy, method: str, path: str, **more: Any) -> tuple[int, str]:
    status, answer = await proxy.ask(method, path, **more)
    return status, answer["error"]["code"] if status >= 400 else ""


def everything(folder: Path) -> bytes:
    """All that lies in the folder: SQLite's files, and whatever else is there by mistake."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def every_row(connection: Connection) -> bytes:
    """All that stands in any table."""
    tables = inspect(connection).get_table_names()
    return repr([connection.execute(text(f'SELECT * FROM "{table}"')).all() for table in tables]).encode()


async def test_the_first_key_closes_the_service_for_everybody_else(proxy: Proxy) -> None:
    """Open until then; from then on a request without a key, or with an unknown one, is a 401."""
    assert (await proxy.chat(ASK))[0] == 200
    key = await made(proxy, roles=["admin"])
    assert await refused(proxy, "POST", "/v1/chat/completions", json=ASK) == (401, "not_authenticated")
    assert (await refused(proxy, "GET", "/v1/models", headers=bearer("bk_guess")))[1] == "invalid_api_key"
    assert (await proxy.ask("GET", "/health"))[0] == 200
    assert (await proxy.chat(ASK, **bearer(key)))[0] == 200
    assert (await proxy.ask("GET", "/v1/models", headers={"X-API-Key": key}))[0] == 200


async def test_two_different_credentials_are_refused_and_two_equal_ones_are_not(proxy: Proxy) -> None:
    """Nobody can tell which of the two was meant."""
    admin = await made(proxy, roles=["admin"])
    other = await made(proxy, admin)
    assert await refused(proxy, "GET", "/v1/models", headers={**bearer(admin), "X-API-Key": other}) == (
        401,
        "two_credentials",
    )
    assert (await proxy.ask("GET", "/v1/models", headers={**bearer(admin), "X-API-Key": admin}))[0] == 200


async def test_a_secret_is_shown_once_and_never_stored(proxy: Proxy, tmp_path: Path) -> None:
    """No later answer has it, and neither has the database or a file."""
    key = await made(proxy, roles=["admin"])
    listed = (await proxy.ask("GET", "/admin/keys", headers=bearer(key)))[1]
    assert [one["prefix"] for one in listed["keys"]] == [key[:10]]
    assert key not in json.dumps(listed)
    stored = await asyncio.to_thread(everything, tmp_path) + await proxy.house.database.read(every_row)
    assert key.encode() not in stored
    assert key[:10].encode() in stored


async def test_scopes_models_and_courses_narrow_a_key(proxy: Proxy) -> None:
    """Each refusal says what is missing; lists show only what the key may use."""
    await proxy.index("biology", "leaf", markdown="Leaves make sugar from light.")
    await proxy.index("history", "rome", markdown="Rome was not built in a day.")
    admin = await made(proxy, roles=["admin"])
    chat = bearer(await made(proxy, admin, scopes=["chat"], models=["openai/*"]))
    assert await refused(proxy, "POST", "/v1/chat/completions", json=ASK, headers=chat) == (403, "model_not_allowed")
    assert (await proxy.chat({**ASK, "model": "openai/gpt-x"}, **chat))[0] == 200
    search = {"course": "history", "query": "day"}
    assert await refused(proxy, "POST", "/v1/rag/search", json=search, headers=chat) == (403, "scope_missing")
    models = (await proxy.ask("GET", "/v1/models", headers=chat))[1]["data"]
    assert all(model["id"].startswith("openai/") for model in models)

    biology = bearer(await made(proxy, admin, courses=["biology"]))
    forbidden: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/v1/rag/search", {"json": search}),
        ("POST", "/v1/rag/index", {"json": {"course": "history", "lesson": "x", "content": "y"}}),
        ("DELETE", "/v1/rag/index", {"params": {"course": "history"}}),
        ("GET", "/v1/rag/text", {"params": {"course": "history", "lesson": "rome"}}),
        ("GET", "/v1/rag/runs", {"params": {"course": "history"}}),
        ("GET", "/v1/rag/lessons", {"params": {"course": "history"}}),
        ("POST", "/v1/chat/completions", {"json": {**ASK, "course": "history"}}),
    ]
    for method, path, more in forbidden:
        assert await refused(proxy, method, path, headers=biology, **more) == (403, "course_not_allowed"), path
    assert (await proxy.ask("GET", "/v1/rag/courses", headers=biology))[1] == {"courses": ["biology"]}
    runs = (await proxy.ask("GET", "/v1/rag/runs", headers=biology))[1]["runs"]
    assert {run["course"] for run in runs} == {"biology"}


async def test_only_a_backend_s_key_speaks_for_others_and_never_above_itself(proxy: Proxy) -> None:
    """A service names learners and teachers but no admin; a learner's key is one learner; tenants stay apart."""
    admin = await made(proxy, roles=["admin"], all_tenants=True)
    service = await made(proxy, admin)
    learner = await made(proxy, admin, roles=["learner"], user="ana")
    staff = ("GET", "/v1/rag/runs")

    async def status(key: str, **headers: str) -> int:
        return (await proxy.ask(*staff, headers=bearer(key, **headers)))[0]

    assert await status(service, X_Banyan_User="tess", X_Banyan_Roles="instructor") == 200
    assert await status(service, X_Banyan_User="ana") == 403
    assert await status(service, X_Banyan_User="eve", X_Banyan_Roles="admin") == 403
    assert await status(service, X_Banyan_Tenant="elsewhere") == 403
    assert await status(learner) == 403
    assert (await proxy.ask("GET", "/v1/models", headers=bearer(learner, X_Banyan_User="ben")))[0] == 403
    assert (await proxy.ask("GET", "/v1/models", headers=bearer(learner, X_Banyan_User="ana")))[0] == 200
    elsewhere = bearer(admin, X_Banyan_Tenant="elsewhere")
    assert (await proxy.ask("GET", "/admin/keys", headers=elsewhere))[1] == {"keys": []}
    assert (await refused(proxy, "POST", "/admin/keys", json={"name": "x"}, headers=bearer(service)))[0] == 403


async def test_rotation_lets_the_old_secret_live_for_its_overlap(proxy: Proxy) -> None:
    """With an overlap both work; without one the old ends at once; revoking ends both."""
    admin = await made(proxy, roles=["admin"])
    _, key = await proxy.ask("POST", "/admin/keys", json={"name": "lms"}, headers=bearer(admin))
    path = f"/admin/keys/{key['id']}"
    _, second = await proxy.ask("POST", f"{path}/rotate", json={"overlap_hours": 1}, headers=bearer(admin))
    works = [(await proxy.chat(ASK, **bearer(one["key"])))[0] for one in (key, second)]
    _, third = await proxy.ask("POST", f"{path}/rotate", json={"overlap_hours": 0}, headers=bearer(admin))
    works += [(await proxy.chat(ASK, **bearer(one["key"])))[0] for one in (key, second, third)]
    assert works == [200, 200, 401, 401, 200]
    _, shown = await proxy.ask("DELETE", path, headers=bearer(admin))
    assert shown["status"] == "revoked"
    assert await refused(proxy, "GET", "/v1/models", headers=bearer(third["key"])) == (401, "key_revoked")


async def test_an_update_is_in_force_at_once(proxy: Proxy) -> None:
    """What the change names is different, all else stays; a role cannot be taken that one has not oneself."""
    admin = await made(proxy, roles=["admin"])
    _, key = await proxy.ask("POST", "/admin/keys", json={"name": "lms", "models": ["banyan/*"]}, headers=bearer(admin))
    path = f"/admin/keys/{key['id']}"
    past = {"expires_at": (datetime.now(UTC) - timedelta(hours=1)).isoformat()}
    assert (await refused(proxy, "PATCH", path, json=past, headers=bearer(admin)))[0] == 400
    _, shown = await proxy.ask("PATCH", path, json={"models": ["openai/m"]}, headers=bearer(admin))
    assert (shown["models"], shown["name"], shown["roles"]) == (["openai/m"], "lms", ["service"])
    assert await refused(proxy, "POST", "/v1/chat/completions", json=ASK, headers=bearer(key["key"])) == (
        403,
        "model_not_allowed",
    )


async def test_a_change_by_another_process_is_in_force_within_a_second(proxy: Proxy) -> None:
    """The table in memory looks for changes by itself, and an unknown key costs the database nothing."""
    other = KeyRing(SqlKeys(proxy.house.database), SystemClock())
    async with other.running():
        assert other.is_open
        key = await made(proxy, roles=["admin"])
        async with asyncio.timeout(LOOK_SECONDS + 1):
            while other.is_open:  # noqa: ASYNC110 - what is waited for happens in a database
                await asyncio.sleep(0.01)
        assert other.find(key).user == "a key"


def status_of(url: str, body: Any = None, **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **named})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return int(error.code)


def test_the_command_line_makes_keys_beside_a_running_service(tmp_path: Path) -> None:
    """Within a second both services want it; a browser's token comes from it and ends with it; commands still work."""
    data = tmp_path / "data"
    with serving(data) as service:
        models, courses = f"{service.proxy}/v1/models", f"{service.assistant}/api/v1/courses"
        assert (status_of(models), status_of(courses)) == (200, 200)
        created = json.loads(banyan(data, "keys", "create", "lms", "--json").stdout)
        deadline = time.monotonic() + 5
        while status_of(models) != 401 or status_of(courses) != 401:
            assert time.monotonic() < deadline
        headers = {"Authorization": f"Bearer {created['key']}"}
        assert (status_of(models, **headers), status_of(courses, **headers)) == (200, 200)

        request = urllib.request.Request(
            f"{service.assistant}/api/v1/tokens",
            json.dumps({"user": "ana", "courses": ["c"]}).encode(),
            {**headers, "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            token = {"Authorization": f"Bearer {json.load(answer)['token']}"}
        assert status_of(courses, **token) == 200
        assert status_of(f"{service.assistant}/api/v1/courses/other/lessons", **token) == 403
        assert status_of(f"{service.assistant}/api/v1/tokens", {"user": "eve"}, **token) == 403
        assert status_of(models, **token) == 401

        lesson = tmp_path / "leaf.md"
        lesson.write_text("Leaves make sugar from light.")
        assert banyan(data, "index", str(lesson), "--course", "c", "--no-wait").returncode == 0
        assert (data / "serve.json").stat().st_mode & 0o077 == 0

        assert banyan(data, "keys", "revoke", created["id"]).returncode == 0
        deadline = time.monotonic() + 5
        while status_of(courses, **token) != 401 or status_of(models, **headers) != 401:
            assert time.monotonic() < deadline
        assert status_of(models) == 401


def test_a_service_with_a_key_may_listen_to_others(tmp_path: Path) -> None:
    """Every address is allowed once there is a key, of the table or of the settings, and only then."""
    data = tmp_path / "data"
    refused_start = banyan(data, "serve", "--host", "0.0.0.0")
    assert (refused_start.returncode, "banyan keys create" in refused_start.stderr) == (1, True)
    admin = {"BANYAN_ADMIN_KEY": "an-admin-key-of-the-settings"}
    with serving(data, "--host", "0.0.0.0", more=admin) as service:
        models = service.proxy.replace("0.0.0.0", "127.0.0.1") + "/v1/models"
        assert status_of(models) == 401
        assert status_of(models, X_API_Key=admin["BANYAN_ADMIN_KEY"]) == 200
    assert banyan(data, "keys", "create", "ops", "--role", "admin").stdout.startswith("bk_")
    with serving(data, "--host", "0.0.0.0") as service:
        assert status_of(service.proxy.replace("0.0.0.0", "127.0.0.1") + "/v1/models") == 401


def test_a_key_fetches_a_token_for_itself_and_no_token_fetches_another(tmp_path: Path) -> None:
    """As one person with the roles of the key at most; never for others; and a token of whatever role ends."""
    data = tmp_path / "data"
    with serving(data) as service:
        tokens = f"{service.assistant}/api/v1/tokens"

        def key(name: str, *options: str) -> dict[str, str]:
            made = json.loads(banyan(data, "keys", "create", name, *options, "--json").stdout)
            headers = {"Authorization": f"Bearer {made['key']}"}
            deadline = time.monotonic() + 5
            while status_of(f"{service.assistant}/api/v1/courses", **headers) != 200:
                assert time.monotonic() < deadline
            return headers

        def token(headers: dict[str, str], **wish: Any) -> dict[str, str]:
            request = urllib.request.Request(
                tokens, json.dumps(wish).encode(), {**headers, "Content-Type": "application/json"}
            )
            with urllib.request.urlopen(request, timeout=10) as answer:
                return {"Authorization": f"Bearer {json.load(answer)['token']}"}

        learner, lms = key("key of ana", "--role", "learner", "--user", "ana"), key("lms")
        for wish in ({}, {"user": "ana"}, {"roles": ["learner"]}):
            claims = token(learner, **wish)["Authorization"].split(".")[1]
            found = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
            assert (found["sub"], found["roles"]) == ("ana", ["learner"])
        assert status_of(tokens, {"user": "ben"}, **learner) == 403
        assert status_of(tokens, {"roles": ["instructor"]}, **learner) == 403
        for issued in (token(learner), token(lms), token(lms, user="tess", roles=["service"])):
            assert status_of(f"{service.assistant}/api/v1/courses", **issued) == 200
            assert status_of(tokens, {}, **issued) == 403
        narrow = key("batcher", "--scope", "batches", "--scope", "tutor", "--course", "c")
        assert status_of(tokens, {"courses": ["other"]}, **narrow) == 403
        assert status_of(f"{service.assistant}/api/v1/courses/other/lessons", **token(narrow)) == 403

"""Deciding about the tutor over HTTP, and how it acts on those who ask."""

import json
import time
import urllib.request
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from assistant_world import ANA, STRANGER, TEACHER, Reply, World, assistant
from scripted_gateway import until
from services import serving

from banyan.adapters.storage.engine import open_database
from banyan.adapters.storage.policies import SqlPolicies
from banyan.app.assisting_policy import installation
from banyan.app.settings import load_settings
from banyan.assistant.domain.policy_versions import Key, Kind, Version
from banyan.assistant.domain.standing import Standing
from banyan.assistant.ports.platform import Look
from banyan.assistant.usecases.policy_book import LOOK_SECONDS
from banyan.kernel.clock import SystemClock
from banyan.kernel.errors import Unavailable
from banyan.kernel.identity import Identity

ADMIN = {"X-Banyan-User": "ann", "X-Banyan-Roles": "admin"}
TENANT = "/api/v1/config"
COURSE = "/api/v1/courses/stats/config"
LESSON = "/api/v1/courses/stats/lessons/mean/config"


@pytest.fixture
async def world(tmp_path: Path, house_url: str) -> AsyncIterator[World]:
    async with assistant(tmp_path, database_url=house_url) as world:
        yield world


async def send(
    world: World, method: str, path: str, body: object = None, asker: dict[str, str] = ANA, **headers: str
) -> Reply:
    return await world.send(method, path, asker, body, **headers)


async def put(world: World, path: str, body: object, asker: dict[str, str] = ADMIN, **headers: str) -> Any:
    reply = await send(world, "PUT", path, body, asker, **headers)
    assert reply.status == 200, reply.json
    return reply.json


async def effective(world: World, path: str = LESSON) -> Any:
    reply = await world.get(f"{path}/effective", ADMIN)
    assert reply.status == 200, reply.json
    return reply.json


async def notices(world: World, asker: dict[str, str] = ANA) -> set[str | None]:
    """The code of the notice of a plain and of a streamed question; None where there was an answer."""
    plain = (await world.ask(asker=asker)).json
    events = (await world.ask(asker=asker, stream=True)).events
    streamed = [event["notice"] for event in events[:-1] if event.get("notice")]
    return {(plain.get("notice") or {}).get("code"), streamed[0]["code"] if streamed else None}


@pytest.mark.parametrize("path", [TENANT, COURSE, LESSON])
async def test_switched_off_at_any_level_is_no_answer_at_once(world: World, path: str) -> None:
    """Plain and streamed, for learners and teachers, with nothing stored; and on again is on again."""
    assert await notices(world) == {None}
    await put(world, path, {"enabled": False})
    assert await notices(world) == {"assistant_off"}
    assert await notices(world, TEACHER) == {"assistant_off"}
    assert len(await world.history()) == 4
    await put(world, path, {})
    assert await notices(world) == {None}


async def test_a_paused_course_answers_nobody_until_its_staff_end_the_pause(world: World) -> None:
    """With reason, time and name for the staff; the learner is told of a break; other courses go on."""
    pause = "/api/v1/courses/stats/pause"
    made = await put(world, pause, {"reason": "too many errors"}, TEACHER)
    assert (made["paused"], made["reason"], made["by"]) == (True, "too many errors", "tess")
    assert (await world.get(pause, TEACHER)).json == made
    assert await notices(world) == {"assistant_paused"}
    found = await effective(world)
    assert (found["enabled"], found["paused"]) == (False, made)
    assert (await world.get(COURSE, ADMIN)).json["legacy"]["paused_by_alert"] == 1
    assert (await send(world, "DELETE", pause, asker=TEACHER)).json == {
        "paused": False,
        "reason": None,
        "since": None,
        "by": None,
    }
    assert await notices(world) == {None}
    assert (await send(world, "DELETE", pause, asker=TEACHER)).status == 200
    assert (await put(world, pause, {}))["reason"] == "Paused by the course's staff."


async def test_mode_model_and_prompt_act_on_the_next_question(world: World) -> None:
    """What the model is asked with is what is in force for the lesson."""
    await put(world, COURSE, {"default_model": "openai/gpt-x", "system_prompt": "Be brief."}, TEACHER)
    await world.ask()
    await put(world, LESSON, {"mode": "Heuristic", "system_prompt": ""}, TEACHER)
    await world.ask(model="openai/other", stream=True)
    first, second = world.gateway.asked
    assert (first.model, first.instructions.startswith("Be brief.")) == ("openai/gpt-x", True)
    assert (second.model, "Be brief." in second.instructions) == ("banyan/extractive", False)


async def test_every_effective_value_says_where_it_comes_from(world: World) -> None:
    """Level, who, when and lock; what nobody set is built in."""
    await put(world, TENANT, {"values": {"rag_top_k": 5}, "locks": ["rag_top_k"]})
    await put(world, COURSE, {"max_messages_per_user_per_day": 0, "cost_per_message": 0.1}, TEACHER)
    found = await effective(world)
    values = found["values"]
    at = values["rag_top_k"].pop("at")
    assert values["rag_top_k"] == {
        "value": 5,
        "level": "tenant",
        "by": "ann",
        "locked": True,
        "lock": {"level": "tenant", "by": "ann", "at": at},
    }
    assert (values["max_messages_per_user_per_day"]["value"], values["max_messages_per_user_per_day"]["by"]) == (
        0,
        "tess",
    )
    assert values["cost_per_message"]["value"] == 0.1
    assert values["help_level"] == {
        "value": "explain",
        "level": "built_in",
        "by": None,
        "at": None,
        "locked": False,
        "lock": None,
    }
    version = found["version"]
    await put(world, "/api/v1/courses/other/config", {"rag_snippet_chars": 90})
    assert (await effective(world))["version"] == version
    await put(world, LESSON, {"rag_snippet_chars": 90})
    assert (await effective(world))["version"] != version


async def test_a_locked_field_is_refused_below_and_counts_no_more(world: World) -> None:
    """With the level and who; all or nothing. What was set before is kept, and is back when the lock is gone."""
    await put(world, COURSE, {"rag_top_k": 3}, TEACHER)
    await put(world, TENANT, {"locks": ["rag_top_k"]})
    refused = await send(world, "PUT", LESSON, {"rag_top_k": 4, "mode": "Proxy"}, TEACHER)
    assert (refused.status, refused.code) == (403, "field_locked")
    assert "at the level tenant by ann" in refused.json["message"]
    assert (await world.get(LESSON, TEACHER)).json["values"] == {}
    assert (await effective(world))["values"]["rag_top_k"]["value"] == 10
    course = (await world.get(COURSE, TEACHER)).json
    assert (await put(world, COURSE, course, TEACHER))["values"] == {"rag_top_k": 3}
    await put(world, TENANT, {"locks": []})
    assert (await effective(world))["values"]["rag_top_k"]["value"] == 3
    of_lesson = await send(world, "PUT", LESSON, {"locks": ["mode"]}, TEACHER)
    assert of_lesson.status == 400


async def test_what_if_says_what_would_change_where_and_changes_nothing(world: World) -> None:
    """Lessons that decide for themselves are not among them; what would be refused is named with its reason."""
    await put(world, TENANT, {"locks": ["mode"]})
    await put(world, LESSON, {"rag_top_k": 5}, TEACHER)
    wish = {"rag_top_k": 7, "mode": "heuristic", "enabeld": True, "assistant_rag_chunk_chars": 600}
    seen = await world.post(f"{COURSE}/what-if", wish, TEACHER)
    assert seen.status == 200
    assert seen.json["changes"] == [
        {
            "field": "rag_top_k",
            "before": 10,
            "after": 7,
            "before_level": "built_in",
            "after_level": "course",
            "course": "stats",
            "itself": True,
            "lessons": ["mode"],
        }
    ]
    assert [(one["field"], one["code"]) for one in seen.json["refused"]] == [
        ("enabeld", "unknown_field"),
        ("mode", "field_locked"),
    ]
    assert list(seen.json["notes"]) == ["assistant_rag_chunk_chars"]
    assert (await world.get(COURSE, TEACHER)).json["version"] == 0
    locked = (await world.post(f"{TENANT}/what-if", {"locks": ["rag_top_k"]}, ADMIN)).json
    assert [(one["field"], one["before"], one["after"], one["lessons"]) for one in locked["changes"]] == [
        ("rag_top_k", 5, 10, ["mean"])
    ]
    assert (await world.post(f"{COURSE}/what-if?merge=true", {}, TEACHER)).json["changes"] == []


async def test_what_if_shows_the_prompt_that_a_preset_would_bring(world: World) -> None:
    """The words count, not only the title."""
    await world.post("/api/v1/presets", {"title": "Socratic", "prompt": "Ask back."}, ADMIN)
    seen = (await world.post(f"{LESSON}/what-if", {"prompt_preset": "Socratic"}, TEACHER)).json["changes"]
    assert [(one["field"], one["before"], one["after"]) for one in seen] == [
        ("prompt_preset", None, "Socratic"),
        ("prompt", "", "Ask back."),
    ]


async def test_every_version_is_kept_with_who_and_when_and_can_come_back(world: World) -> None:
    """Going back is a new version; version 0 is nothing set."""
    await put(world, COURSE, {"rag_top_k": 3}, TEACHER)
    await put(world, COURSE, {"rag_top_k": 4, "locks": ["rag_top_k"]}, ADMIN)
    await put(world, COURSE, {"rag_top_k": 4}, ADMIN)
    back = await world.post(f"{COURSE}/rollback", {"version": 1}, TEACHER)
    assert (back.status, back.json["version"], back.json["values"], back.json["locks"]) == (
        200,
        3,
        {"rag_top_k": 3},
        {},
    )
    history = (await world.get(f"{COURSE}/history", TEACHER)).json["data"]
    assert [(one["version"], one["by"], one["note"]) for one in history] == [
        (3, "tess", "back to version 1"),
        (2, "ann", "put"),
        (1, "tess", "put"),
    ]
    assert history[1]["locks"]["rag_top_k"]["by"] == "ann"
    nothing = await world.post(f"{COURSE}/rollback", {"version": 0}, TEACHER)
    assert (nothing.json["version"], nothing.json["values"]) == (4, {})
    missing = await world.post(f"{COURSE}/rollback", {"version": 9}, TEACHER)
    assert (missing.status, missing.code) == (404, "no_version")


async def test_two_who_change_the_same_version_do_not_overwrite_each_other(world: World) -> None:
    """By `If-Match`, or by the version within what was read."""
    first = await send(world, "PUT", COURSE, {"rag_top_k": 3}, TEACHER, **{"If-Match": '"0"'})
    assert (first.status, first.headers["Etag"]) == (200, '"1"')
    late = await send(world, "PUT", COURSE, {"rag_top_k": 4}, TEACHER, **{"If-Match": '"0"'})
    assert (late.status, late.code) == (409, "version_conflict")
    await put(world, COURSE, {**first.json, "values": {"rag_top_k": 5}}, TEACHER)
    stale = await send(world, "PUT", COURSE, first.json, TEACHER)
    assert (stale.status, stale.code) == (409, "version_conflict")
    patched = await send(world, "PATCH", COURSE, {"rag_snippet_chars": 90}, TEACHER)
    assert patched.json["values"] == {"rag_top_k": 5, "rag_snippet_chars": 90}
    patched = await send(world, "PATCH", COURSE, {"rag_top_k": None}, TEACHER)
    assert patched.json["values"] == {"rag_snippet_chars": 90}


async def test_older_records_are_accepted_and_shown(world: World) -> None:
    """LMS Settings for the tenant, AI Assistant Config for a course; without its master switch nothing counts."""
    tenant = await put(world, TENANT, {"enable_lesson_assistant": 1, "assistant_mode": "Demo Mode"})
    assert (tenant["values"], tenant["legacy"]["assistant_mode"]) == (
        {"enabled": True, "mode": "heuristic"},
        "Demo Mode",
    )
    record = {"course": "stats", "enable_overrides": 0, "enabled": 0, "mode": "Proxy", "cost_cap_per_user": "0.30"}
    course = await put(world, COURSE, record, TEACHER)
    assert course["enable_overrides"] is False
    assert course["values"] == {"enabled": False, "mode": "provider", "cost_cap_per_user_per_day": 0.3}
    assert course["legacy"]["mode"] == "Proxy"
    assert await notices(world) == {None}
    assert {question.model for question in world.gateway.asked} == {"banyan/extractive"}
    await send(world, "PATCH", COURSE, {"enable_overrides": 1}, TEACHER)
    assert await notices(world) == {"assistant_off"}


@pytest.mark.parametrize("path", [TENANT, COURSE, LESSON])
async def test_what_was_read_can_be_written_back(world: World, path: str) -> None:
    """The whole answer as it is: an explicit empty text stays one, and nothing is decided anew."""
    body = {"system_prompt": "", "languages": ["de"], "cost_per_message": "0.10", "assistant_rag_chunk_chars": 600}
    made = await put(world, path, body)
    assert made["values"] == {"system_prompt": "", "languages": ["de"], "cost_per_message": 0.1}
    assert (made["kept"], list(made["notes"])) == ({"assistant_rag_chunk_chars": 600}, ["assistant_rag_chunk_chars"])
    assert await put(world, path, made, TEACHER if path != TENANT else ADMIN) == made


async def test_secrets_are_refused_and_stand_nowhere(world: World) -> None:
    """Neither in the answer nor in the history; empty ones do no harm."""
    for name in ("assistant_chat_api_key", "proxy_api_key", "proxy_base_url", "assistant_chat_custom_headers"):
        refused = await send(world, "PUT", TENANT, {name: "sk-live-987", "mode": "Proxy"}, ADMIN)
        assert (refused.status, refused.code) == (400, "belongs_to_providers")
        assert "sk-live-987" not in refused.body.decode()
    assert (await world.get(f"{TENANT}/history", ADMIN)).json == {"data": []}
    await put(world, TENANT, {"assistant_chat_api_key": "", "assistant_mode": "Demo Mode"})
    assert "api_key" not in json.dumps((await world.get(TENANT, ADMIN)).json)


async def test_presets_are_written_chosen_changed_and_kept_while_in_use(world: World) -> None:
    """The explicit prompt wins, then the chosen preset, then the default one."""
    made = (await world.post("/api/v1/presets", {"title": "Socratic", "prompt": "Ask back."}, ADMIN)).json
    house = (
        await world.post("/api/v1/presets", {"title": "House", "description": "Ours", "prompt": "Kind."}, ADMIN)
    ).json
    assert house["preview"] == "Ours\nKind."
    twice = await world.post("/api/v1/presets", {"title": "House", "prompt": "x"}, ADMIN)
    assert (twice.status, twice.code) == (409, "preset_exists")
    unknown = await send(world, "PUT", COURSE, {"prompt_preset": "Nobody's"}, TEACHER)
    assert (unknown.status, unknown.code) == (404, "unknown_preset")
    await put(world, TENANT, {"default_preset": "House"})
    assert ((await effective(world))["prompt"], (await effective(world))["prompt_from"]) == ("Kind.", "default_preset")
    course = await put(world, COURSE, {"prompt_preset": "Socratic"}, TEACHER)
    assert course["legacy"]["preset_description"] == "Ask back."
    await world.ask()
    assert world.gateway.asked[-1].instructions.startswith("Ask back.")
    path = f"/api/v1/presets/{made['id']}"
    changed = await send(
        world, "PUT", path, {"title": "Socratic", "prompt": "Ask twice."}, ADMIN, **{"If-Match": '"1"'}
    )
    assert changed.json["version"] == 2
    assert (await effective(world))["prompt"] == "Ask twice."
    renamed = await send(world, "PUT", path, {"title": "Other", "prompt": "Ask twice."}, ADMIN)
    assert (renamed.status, renamed.code) == (409, "preset_in_use")
    kept = await send(world, "DELETE", path, asker=ADMIN)
    assert (kept.status, kept.code) == (409, "preset_in_use")
    assert "course 'stats'" in kept.json["message"]
    await put(world, COURSE, {}, TEACHER)
    assert (await send(world, "DELETE", path, asker=ADMIN)).status == 204
    assert [one["title"] for one in (await world.get("/api/v1/presets", TEACHER)).json["presets"]] == ["House"]
    history = (await world.get(f"{path}/history", TEACHER)).json["data"]
    assert [(one["version"], one["note"], one["prompt"]) for one in history] == [
        (3, "delete", None),
        (2, "put", "Ask twice."),
        (1, "create", "Ask back."),
    ]


async def test_anybody_may_know_whether_the_tutor_answers_and_nothing_more(world: World) -> None:
    """Switches, pauses and unreadable policies are all a no, in words that a learner understands."""
    path = "/api/v1/courses/stats/assistant"
    on = {"course": "stats", "enabled": True, "code": None, "reason": None, "streaming": True, "mode": "provider"}
    assert (await world.get(path)).json == on
    await put(world, COURSE, {"system_prompt": "A secret.", "enabled": False, "enable_streaming": False})
    off = (await world.get(path)).json
    assert (off["enabled"], off["code"], off["streaming"]) == (False, "assistant_off", False)
    assert "A secret." not in json.dumps(off)
    await put(world, COURSE, {})
    await put(world, "/api/v1/courses/stats/pause", {"reason": "internal words"}, TEACHER)
    paused = (await world.get(path)).json
    assert (paused["enabled"], paused["code"]) == (False, "assistant_paused")
    assert "internal words" not in json.dumps(paused)


async def test_what_cannot_be_found_out_is_a_no(tmp_path: Path) -> None:
    """A platform that does not answer: no tutor in the view for all, and no answer in the chat."""
    async with assistant(tmp_path, platform=Taught(away=True)) as world:
        shown = (await world.get("/api/v1/courses/stats/assistant")).json
        assert (shown["enabled"], shown["code"]) == (False, "unavailable")
        assert ((await world.ask()).status, world.gateway.asked) == (503, [])


async def test_a_policy_that_cannot_be_read_switches_off_and_can_be_rolled_back(tmp_path: Path, house_url: str) -> None:
    """Nobody knows any more what was meant, so nobody is answered until somebody decides."""
    database = await open_database(house_url)
    key = Key("default", Kind.POLICY, "stats")
    body = {"values": {"rag_top_k": "many"}, "locks": {}, "marks": {}, "in_force": True, "kept": {}}
    await SqlPolicies(database).add(Version(key, 1, body, SystemClock().now(), "gremlin"), 0)
    await database.close()
    async with assistant(tmp_path, database_url=house_url) as world:
        assert await notices(world) == {"assistant_off"}
        assert (await world.get("/api/v1/courses/stats/assistant")).json["enabled"] is False
        assert (await world.get(f"{COURSE}/history", TEACHER)).json["data"][0]["by"] == "gremlin"
        assert (await world.post(f"{COURSE}/rollback", {"version": 0}, TEACHER)).status == 200
        assert await notices(world) == {None}


SURFACES: list[tuple[str, str, Any]] = [
    *(
        (method, path + tail, body)
        for path in (TENANT, COURSE, LESSON)
        for method, tail, body in (
            ("GET", "", None),
            ("PUT", "", {}),
            ("PATCH", "", {}),
            ("GET", "/effective", None),
            ("POST", "/what-if", {}),
            ("GET", "/history", None),
            ("POST", "/rollback", {"version": 0}),
        )
    ),
    ("GET", "/api/v1/courses/stats/pause", None),
    ("PUT", "/api/v1/courses/stats/pause", {}),
    ("DELETE", "/api/v1/courses/stats/pause", None),
    ("GET", "/api/v1/presets", None),
    ("POST", "/api/v1/presets", {"title": "T", "prompt": "P"}),
]
ROLES = ["learner", "other_course", "instructor", "moderator", "admin", "service"]


def expected(role: str, method: str, path: str) -> bool:
    """Whether the role may: the whole tenant's staff all, instructors in their courses, learners nothing."""
    if role in {"moderator", "admin", "service"}:
        return True
    if role == "learner":
        return False
    if path.startswith("/api/v1/presets"):
        return method == "GET"
    return role == "instructor" and path.startswith("/api/v1/courses/")


@pytest.mark.parametrize("role", ROLES)
async def test_each_surface_is_open_to_those_whom_it_concerns(tmp_path: Path, role: str) -> None:
    """Role by surface; a refusal is 403 and changes nothing."""
    async with assistant(tmp_path, platform=Taught()) as world:
        asker = {"X-Banyan-User": "tess" if role == "instructor" else "someone", "X-Banyan-Roles": role}
        if role == "other_course":
            asker["X-Banyan-Roles"] = "instructor"
        wrong: list[tuple[str, str, int]] = []
        for method, path, body in SURFACES:
            reply: Reply = await send(world, method, path, body, asker)
            if (reply.status < 300) != expected(role, method, path) or reply.status not in {200, 201, 403}:
                wrong.append((method, path, reply.status))
        assert wrong == []


class Taught:
    """A platform where tess alone teaches, or one that is away."""

    def __init__(self, *, away: bool = False) -> None:
        self._away = away

    async def standing(self, asker: Identity, course: str, lesson: str | None = None) -> Standing:
        if self._away:
            raise Unavailable("The platform does not answer; try again.")
        return Standing(asker, teaches=asker.user == "tess")

    async def names(self, tenant: str, course: str) -> tuple[str, ...]:
        return ()

    async def look(self) -> Look:
        return Look()

    async def close(self) -> None:
        return None


async def test_nothing_of_one_tenant_is_seen_or_changed_from_another(world: World) -> None:
    """Policies, pauses and presets of the same names."""
    await put(world, TENANT, {"system_prompt": "Ours."})
    await put(world, COURSE, {"enabled": False})
    await put(world, "/api/v1/courses/stats/pause", {})
    made = (await world.post("/api/v1/presets", {"title": "T", "prompt": "P"}, ADMIN)).json
    assert (await world.get(TENANT, STRANGER)).json["values"] == {}
    assert (await world.get(COURSE, STRANGER)).json["version"] == 0
    assert (await world.get(f"{COURSE}/history", STRANGER)).json == {"data": []}
    found = (await world.get(f"{COURSE}/effective", STRANGER)).json
    assert (found["enabled"], found["prompt"], found["paused"]["paused"]) == (True, "", False)
    assert (await world.get("/api/v1/presets", STRANGER)).json == {"presets": []}
    for method, body in (("GET", None), ("PUT", {"title": "T", "prompt": "Q"}), ("DELETE", None)):
        assert (await send(world, method, f"/api/v1/presets/{made['id']}", body, STRANGER)).status == 404


async def test_the_installation_s_settings_are_above_all_tenants(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`[policy]` for every tenant, `[tenants.NAME.policy]` for one, with locks."""
    file = tmp_path / "banyan.toml"
    file.write_text(
        '[policy]\nmax_question_chars = 500\nrag_top_k = 4\nlocks = ["rag_top_k"]\n'
        "[tenants.elsewhere.policy]\nmax_question_chars = 700\n"
    )
    monkeypatch.setenv("BANYAN_CONFIG", str(file))
    async with assistant(tmp_path, installation=installation(load_settings())) as world:
        ours = (await effective(world))["values"]
        theirs = (await world.get(f"{LESSON}/effective", STRANGER)).json["values"]
        assert (ours["max_question_chars"]["value"], theirs["max_question_chars"]["value"]) == (500, 700)
        assert ours["max_question_chars"]["level"] == "installation"
        refused = await send(world, "PUT", TENANT, {"rag_top_k": 9}, ADMIN)
        assert (refused.status, refused.code) == (403, "field_locked")
        assert "at the level installation" in refused.json["message"]


async def test_what_one_process_changes_another_sees_within_a_second(tmp_path: Path, house_url: str) -> None:
    """Two services on one database, each with its own memory: values, pauses and presets."""
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(assistant(tmp_path, database_url=house_url))
        other = await stack.enter_async_context(assistant(tmp_path, database_url=house_url))
        made = (await one.post("/api/v1/presets", {"title": "Socratic", "prompt": "Ask back."}, ADMIN)).json
        await put(other, COURSE, {"prompt_preset": "Socratic", "locks": ["rag_top_k"]}, TEACHER)
        refused = await send(one, "PUT", LESSON, {"rag_top_k": 4}, TEACHER)
        assert refused.code == "field_locked"
        assert (await send(one, "DELETE", f"/api/v1/presets/{made['id']}", asker=ADMIN)).code == "preset_in_use"
        await put(one, COURSE, {"enabled": False}, TEACHER)

        async def off() -> bool:
            return await notices(other) == {"assistant_off"}

        await until(off, 2 * LOOK_SECONDS + 0.2)


def test_two_running_programs_agree_within_a_second(tmp_path: Path) -> None:
    """`banyan serve assistant` twice on one database: what is switched off in one is off in the other."""
    shared = {"DATABASE_URL": f"sqlite:///{tmp_path / 'shared.db'}"}
    with (
        serving(tmp_path / "one", "assistant", more=shared) as one,
        serving(tmp_path / "two", "assistant", more=shared) as two,
    ):
        view = f"{two.assistant}/api/v1/courses/stats/assistant"
        assert fetched("GET", view)["enabled"] is True
        fetched("PUT", f"{one.assistant}{COURSE}", {"enabled": False})
        began = time.monotonic()
        while fetched("GET", view)["enabled"]:
            assert time.monotonic() - began < 1


def fetched(method: str, url: str, body: object = None) -> Any:
    sent = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, sent, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


async def test_versions_are_kept_on_both_databases(database_url: str) -> None:
    """Only after what was seen, each with a change of its own; a late look gets the newest of each key at least."""
    database = await open_database(database_url)
    store, now = SqlPolicies(database), SystemClock().now()
    course, preset = Key("school", Kind.POLICY, "stats"), Key("school", Kind.PRESET, item="prs_1")
    made = [Version(course, number, {"n": number}, now, "ann", "put") for number in (1, 2)]
    gone = Version(preset, 1, None, now, "ben", "delete")
    try:
        assert await store.changes(-1) == (0, [])
        assert [await store.add(version, seen) for seen, version in enumerate([*made, gone])] == [True] * 3
        assert await store.add(Version(course, 3, {}, now, "late"), 2) is False
        assert await store.changes(-1) == (3, [made[1], gone])
        assert await store.changes(2) == (3, [gone])
        assert await store.changes(3) == (3, [])
        assert await store.history(course, 10) == [made[1], made[0]]
        assert await store.history(Key("other", Kind.POLICY, "stats"), 10) == []
    finally:
        await database.close()

"""Who may ask, as a Frappe LMS says it: from its wire to what a learner is told."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from assistant_world import ANA, BEN, TEACHER, World, assistant, deciding
from fake_frappe import KEY, SECRET, FrappeServer, fake_frappe
from services import Service, banyan, serving

from banyan.adapters.platforms import PLATFORMS
from banyan.assistant.domain.policy import Mode, Policy
from banyan.assistant.domain.roster import Roster
from banyan.assistant.ports.platform import LmsAccess, PlatformNeeds

COURSE, LESSON = "stats", "mean"
ADMIN = {"X-Banyan-User": "ada", "X-Banyan-Roles": "admin"}
OTTO = {"X-Banyan-User": "otto", "X-Banyan-Roles": "instructor"}
METHOD = "/api/method/lms.lms.api"


class NoRosters:
    async def roster(self, tenant: str, course: str) -> Roster | None:
        return None


@dataclass
class School:
    lms: FrappeServer
    world: World
    time: float = 0.0


@asynccontextmanager
async def school(folder: Path, **access: Any) -> AsyncIterator[School]:
    """The assistant beside a Frappe LMS: ana is enrolled, ben is not, tess teaches, otto teaches something else."""
    async with fake_frappe() as lms:
        for name, roles in (("ana", ()), ("ben", ()), ("tess", ("Course Creator",)), ("otto", ("Course Creator",))):
            lms.user(name, f"{name.title()} Lovelace", roles=roles)
        lms.course(COURSE, "tess")
        lms.lesson(LESSON, COURSE)
        lms.enrol("ana", COURSE)
        made: list[School] = []
        known = LmsAccess(lms.url, KEY, SECRET, now=lambda: made[0].time if made else 0.0, **access)
        with_platform = PLATFORMS["frappe"].open(PlatformNeeds(NoRosters(), known))
        async with assistant(folder, platform=with_platform) as world:
            made.append(School(lms, world))
            yield made[0]
        await with_platform.close()


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[School]:
    async with school(tmp_path) as found:
        yield found


async def notice(here: School, asker: dict[str, str], **fields: Any) -> str | None:
    answer = (await here.world.ask(asker=asker, **fields)).json
    code: str | None = answer.get("notice", {}).get("code")
    return code


async def test_a_learner_is_answered_once_the_lms_has_enrolled_them(here: School) -> None:
    """D-07: before, they are told why, and nothing costs; within seconds after, they are answered."""
    refused = (await here.world.ask(asker=BEN)).json
    assert refused["notice"]["code"] == "lesson_not_visible"
    assert "not enrolled" in refused["notice"]["message"]
    assert (await notice(here, ANA), await notice(here, TEACHER)) == (None, None)
    here.lms.enrol("ben", COURSE)
    here.time += 5.1
    assert await notice(here, BEN) is None
    assert len(here.world.gateway.asked) == 3


async def test_every_way_of_asking_goes_through_the_same_door(here: School) -> None:
    """Streamed or not, a lesson of no course and a course of no LMS are closed as well."""
    events = (await here.world.ask(asker=BEN, stream=True)).events
    assert "lesson_not_visible" in json.dumps(events)
    assert await notice(here, ANA, lesson="0099 Nothing") == "lesson_not_visible"
    assert await notice(here, ANA, course="nowhere") == "lesson_not_visible"
    assert here.world.gateway.asked == []


async def test_lessons_are_read_by_those_alone_who_see_them(here: School) -> None:
    """The tutor's page shows the text of a lesson: to strangers no more of it than the LMS does."""
    for path in ("lessons", f"lessons/{LESSON}"):
        for asker, status in ((ANA, 200), (TEACHER, 200), (BEN, 403), (OTTO, 403)):
            assert (await here.world.get(f"/api/v1/courses/{COURSE}/{path}", asker)).status == status, path
    refused = await here.world.get(f"/api/v1/courses/{COURSE}/lessons/{LESSON}", BEN)
    assert refused.code == "lesson_not_visible"


async def test_teachers_of_other_courses_are_strangers(here: School) -> None:
    """D-26: to decide, to read and to pause is for the instructors of the course."""
    for path in ("config", "pause"):
        assert (await here.world.get(f"/api/v1/courses/{COURSE}/{path}", OTTO)).status == 403
        assert (await here.world.get(f"/api/v1/courses/{COURSE}/{path}", TEACHER)).status == 200
    assert await notice(here, OTTO) == "lesson_not_visible"


async def test_names_in_the_course_are_kept_from_providers(here: School) -> None:
    """They come from the enrolments and the instructors."""
    admit = here.world.services.ask.parts.admit
    about, _ = await admit.judged(await here.world.identity(ANA), COURSE, LESSON)
    assert set(about.names) == {"Ana Lovelace", "Tess Lovelace"}
    assert about.standing.name == "Ana Lovelace"


@pytest.mark.parametrize("behaviour", ["500", "page", "429", "hang"])
async def test_an_lms_that_is_down_closes_the_door_and_says_so(tmp_path: Path, behaviour: str) -> None:
    """503 with a plain reason; who was let in stays for the grace, and our admins see what there is to see."""
    async with school(tmp_path, deadline=0.3) as here:
        assert await notice(here, ANA) is None
        here.lms.behaviour = behaviour
        here.time += 60
        assert await notice(here, ANA) is None
        reply = await here.world.ask(asker=BEN)
        assert (reply.status, reply.code) == (503, "unavailable")
        assert reply.json["message"].startswith("The learning platform ")
        assert ("Retry-After" in reply.headers) == (behaviour == "429")
        here.time += 300
        assert (await here.world.ask(asker=ANA)).status == 503
        assert (await here.world.get(f"/api/v1/courses/{COURSE}/config", ADMIN)).status == 200
        shown = (await here.world.get(f"/api/v1/courses/{COURSE}/assistant")).json
        assert shown["enabled"] is False or shown["code"] is None


async def test_fifty_questions_at_once_ask_the_lms_each_thing_once(here: School) -> None:
    """Counted where they arrive."""
    replies = await asyncio.gather(*(here.world.ask(f"What is a mean, {number}?") for number in range(50)))
    assert {reply.status for reply in replies} <= {200, 409}
    assert max(here.lms.asked.values()) <= 2, here.lms.asked
    assert here.lms.asked.total() <= 7, here.lms.asked


async def test_the_monoliths_page_finds_its_two_flags(here: School) -> None:
    """By POST as its page asks and by GET, for guests too; false where it is off, paused or closed to who asks."""
    world, flag = here.world, f"{METHOD}.is_assistant_enabled"
    for asker, expected in ((ANA, True), (BEN, False), (TEACHER, True)):
        assert (await world.get(f"{flag}?course={COURSE}", asker)).json == {"message": expected}
        assert (await world.post(flag, {"course": COURSE}, asker)).json == {"message": expected}
    deciding(world, Policy(enabled=False))
    assert (await world.get(f"{flag}?course={COURSE}")).json == {"message": False}
    deciding(world, Policy(), paused="by an alert")
    assert (await world.get(f"{flag}?course={COURSE}")).json == {"message": False}


async def test_the_flag_is_false_where_nothing_can_be_found_out(here: School) -> None:
    """D-02: the monolith's said true then."""
    here.lms.behaviour = "500"
    assert (await here.world.get(f"{METHOD}.is_assistant_enabled?course={COURSE}")).json == {"message": False}


async def test_three_settings_are_told_and_no_other(here: School) -> None:
    """In the monolith's words; nothing of LMS Settings, such as its prompt, is read out."""
    world, path = here.world, f"{METHOD}.get_lms_setting"
    for policy, told in (
        (Policy(), (1, "External AI Service", 1)),
        (
            Policy(enabled=False, enable_streaming=False, mode=Mode.HEURISTIC, system_prompt="secret"),
            (0, "Demo Mode", 0),
        ),
    ):
        deciding(world, policy)
        fields = ("enable_lesson_assistant", "assistant_mode", "assistant_enable_streaming")
        assert tuple([(await world.get(f"{path}?field={field}")).json["message"] for field in fields]) == told
        assert tuple([(await world.post(path, {"field": field})).json["message"] for field in fields]) == told
    for field in ("assistant_system_prompt", "unsplash_access_key", ""):
        reply = await world.get(f"{path}?field={field}")
        assert (reply.status, "secret" in reply.body.decode()) == (400, False)


async def test_a_course_inherits_nothing_from_the_flags_of_another_tenant(here: School) -> None:
    """A guest is shown the tenant `default`; whoever names another sees that one's."""
    elsewhere = {"X-Banyan-User": "eve", "X-Banyan-Roles": "admin", "X-Tenant": "elsewhere"}
    assert (await here.world.send("PUT", "/api/v1/config", elsewhere, {"enabled": False})).status == 200
    path = f"{METHOD}.get_lms_setting?field=enable_lesson_assistant"
    assert (await here.world.get(path)).json == {"message": 1}
    assert (await here.world.get(path, elsewhere)).json == {"message": 0}


def settings_for(lms: FrappeServer) -> dict[str, str]:
    return {
        "BANYAN_PLATFORM": "frappe",
        "LMS_API_URL": lms.url,
        "LMS_API_KEY": KEY,
        "LMS_API_SECRET": SECRET,
        "BANYAN_LMS_TTL": "0",
    }


async def checked(data: Path, more: dict[str, str]) -> tuple[int, dict[str, str]]:
    """What `banyan doctor` says of the platform, and its exit code."""
    done = await asyncio.to_thread(banyan, data, "doctor", "--json", more=more)
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert SECRET not in done.stdout + done.stderr
    return done.returncode, checks["learning platform"]


async def test_doctor_says_whether_the_lms_can_be_asked(tmp_path: Path) -> None:
    """Well, with a wrong secret, with a key that sees too little, not there, and set without being chosen."""
    async with fake_frappe() as lms:
        lms.course(COURSE, "tess")
        lms.lesson(LESSON, COURSE)
        lms.enrol("ana", COURSE)
        data, more = tmp_path / "data", settings_for(lms)
        code, check = await checked(data, more)
        assert (code, check["state"], "banyan@lms.test" in check["found"]) == (0, "ok", True)
        code, check = await checked(data, {**more, "LMS_API_SECRET": "wrong"})
        assert (code, check["state"], "LMS_API_SECRET" in check["found"]) == (1, "fail", True)
        lms.own = {"LMS Enrollment"}
        code, check = await checked(data, more)
        assert (code, check["state"], "no enrolment" in check["found"]) == (0, "warn", True)
        code, check = await checked(data, {**more, "LMS_API_URL": "http://127.0.0.1:9"})
        assert (code, check["state"], "cannot be reached" in check["found"]) == (1, "fail", True)
        code, check = await checked(data, {**more, "BANYAN_PLATFORM": "roster"})
        assert (code, check["state"], "BANYAN_PLATFORM" in check["advice"]) == (0, "warn", True)


async def test_a_service_asks_the_lms_that_its_settings_name(tmp_path: Path) -> None:
    """From the environment to the door; readiness names it, and how it is."""
    async with fake_frappe() as lms:
        lms.user("ana", "Ana")
        lms.course("thinking-with-data", "tess")
        lms.lesson("mean", "thinking-with-data")
        running = serving(tmp_path / "data", more=settings_for(lms))
        service: Service = await asyncio.to_thread(running.__enter__)
        try:
            async with aiohttp.ClientSession() as client:
                url = f"{service.assistant}{METHOD}.is_assistant_enabled?course=thinking-with-data"

                async def told() -> Any:
                    async with client.get(url, headers=ANA) as answer:
                        return (await answer.json())["message"]

                async def ready() -> tuple[str, str]:
                    async with client.get(f"{service.assistant}/health/ready") as answer:
                        found = (await answer.json())["dependencies"]["learning platform"]
                    return found["status"], found["reason"]

                assert await told() is False
                lms.enrol("ana", "thinking-with-data")
                assert await told() is True
                assert (await ready())[0] == "ok"
                lms.behaviour = "500"
                assert await ready() == (
                    "degraded",
                    "The learning platform failed (500); try again, or look at its log.",
                )
        finally:
            await asyncio.to_thread(running.__exit__, None, None, None)


async def test_a_service_without_its_key_does_not_start(tmp_path: Path) -> None:
    """It says which setting is missing, instead of refusing everybody later."""
    more = {"BANYAN_PLATFORM": "frappe", "LMS_API_URL": "http://127.0.0.1:9"}
    running = serving(tmp_path / "data", more=more)
    with pytest.raises(AssertionError, match="LMS_API_KEY and LMS_API_SECRET"):
        await asyncio.to_thread(running.__enter__)


def test_an_unknown_platform_is_refused_with_those_there_are(tmp_path: Path) -> None:
    """By every command that reads the settings."""
    done = banyan(tmp_path / "data", "doctor", more={"BANYAN_PLATFORM": "moodle"})
    assert done.returncode == 1
    assert "believing, frappe, http, roster" in done.stdout

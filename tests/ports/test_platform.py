"""One suite for every platform that is asked, against servers that speak its wire."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest
from fake_frappe import KEY, READER, SECRET, FrappeServer, fake_frappe
from fake_lms import fake_lms

from banyan.adapters.platforms import PLATFORMS
from banyan.assistant.domain.roster import Member, Roster
from banyan.assistant.domain.standing import Standing
from banyan.assistant.ports.platform import LearningPlatform, LmsAccess, PlatformNeeds
from banyan.kernel.errors import InvalidInput, Unavailable
from banyan.kernel.identity import Identity, Role

SERVERS: dict[str, Callable[[], AbstractAsyncContextManager[FrappeServer]]] = {"frappe": fake_frappe, "http": fake_lms}
COURSE, OTHER, DRAFT = "biology", "chemistry", "new biology"
LESSON, PREVIEW, ELSEWHERE, UNPUBLISHED = "0001 Cells", "0000 Welcome", "0009 Atoms", "0011 Draft"
QUOTED = 'math/1 & 2: "sets" 100% \\ Ä+b?#'


@dataclass
class NoRosters:
    """Rosters of which there are none, but one in the tenant `elsewhere`."""

    async def roster(self, tenant: str, course: str) -> Roster | None:
        return {"ana": Member("ana", "Ana Elsewhere")} if tenant == "elsewhere" else None


@dataclass
class School:
    """A platform, the server behind it, and a clock that stands still."""

    server: FrappeServer
    platform: LearningPlatform
    time: float = field(default=1000.0)

    async def standing(
        self, user: str, course: str = COURSE, lesson: str | None = LESSON, *roles: Role, tenant: str = "default"
    ) -> Standing:
        asker = Identity(tenant, user, frozenset(roles or (Role.LEARNER,)))
        return await self.platform.standing(asker, course, lesson)

    async def sees(self, user: str, course: str = COURSE, lesson: str | None = LESSON) -> bool:
        return (await self.standing(user, course, lesson)).sees

    @property
    def asked(self) -> int:
        return self.server.asked.total()


def filled(server: FrappeServer) -> None:
    for name in ("ana", "ben"):
        server.user(f"{name}@x.org", name.title())
    server.user("tess@x.org", "Tess", roles=("Course Creator",))
    server.user("otto@x.org", "Otto", roles=("Course Creator",))
    server.user("mo@x.org", "Mo", roles=("Moderator",))
    server.user("gone@x.org", "Gone", enabled=0)
    server.course(COURSE, "tess@x.org")
    server.course(OTHER, "otto@x.org")
    server.course(DRAFT, "tess@x.org", published=0)
    server.course(QUOTED, "tess@x.org")
    server.lesson(LESSON, COURSE)
    server.lesson(PREVIEW, COURSE, preview=1)
    server.lesson(ELSEWHERE, OTHER)
    server.lesson(UNPUBLISHED, DRAFT, preview=1)
    server.lesson("0020 a/b & 'c' \"d\"", QUOTED)
    for name in ("ana@x.org", "gone@x.org"):
        server.enrol(name, COURSE)


@asynccontextmanager
async def school(name: str, **access: float) -> AsyncIterator[School]:
    async with SERVERS[name]() as server:
        filled(server)
        made: list[School] = []
        lms = LmsAccess(server.url, KEY, SECRET, now=lambda: made[0].time if made else 1000.0)
        lms = replace(lms, **access)  # type: ignore[arg-type]
        platform = PLATFORMS[name].open(PlatformNeeds(NoRosters(), lms))
        made.append(School(server, platform))
        try:
            yield made[0]
        finally:
            await platform.close()


@pytest.fixture(params=[name for name in PLATFORMS if PLATFORMS[name].asks])
def kind(request: pytest.FixtureRequest) -> Iterator[str]:
    name: str = request.param
    return name


async def test_every_platform_that_is_asked_has_a_server_here(kind: str) -> None:
    """A new one in the catalogue brings its server along."""
    assert kind in SERVERS


async def test_a_stranger_sees_nothing_but_previews(kind: str) -> None:
    """Somebody of whom the platform has never heard; of an unpublished course, not even that."""
    async with school(kind) as here:
        found = await here.standing("nobody@x.org")
        assert (found.sees, found.teaches, found.enrolled) == (False, False, False)
        assert "not enrolled" in found.reason
        assert await here.sees("nobody@x.org", COURSE, PREVIEW)
        assert not await here.sees("nobody@x.org", DRAFT, UNPUBLISHED)


async def test_the_enrolled_see_the_lessons_of_their_course_alone(kind: str) -> None:
    """A lesson of another course is not opened by naming the own one with it, and no lesson by naming none."""
    async with school(kind) as here:
        found = await here.standing("ana@x.org")
        assert (found.sees, found.teaches, found.enrolled, found.name) == (True, False, True, "Ana")
        assert not await here.sees("ana@x.org", OTHER, ELSEWHERE)
        assert not await here.sees("ana@x.org", COURSE, ELSEWHERE)
        assert not await here.sees("ana@x.org", COURSE, "0404 Nothing")
        assert not await here.sees("ana@x.org", "no such course", LESSON)
        assert not await here.sees("ana@x.org", COURSE, "")


async def test_who_is_not_enrolled_sees_a_preview_and_is_not_taken_for_enrolled(kind: str) -> None:
    """So a course that requires enrolment stays closed to them all the same."""
    async with school(kind) as here:
        assert not await here.sees("ben@x.org")
        found = await here.standing("ben@x.org", COURSE, PREVIEW)
        assert (found.sees, found.enrolled) == (True, False)


async def test_a_course_without_a_lesson_is_open_where_one_of_its_lessons_is(kind: str) -> None:
    """To the enrolled always, to others where there is a preview in a published course."""
    async with school(kind) as here:
        assert await here.sees("ana@x.org", COURSE, None)
        assert await here.sees("ben@x.org", COURSE, None)
        assert not await here.sees("ben@x.org", OTHER, None)
        assert not await here.sees("ben@x.org", DRAFT, None)


async def test_instructors_teach_their_own_courses_alone(kind: str) -> None:
    """D-26: creating courses gives nobody rights in those of others; a teacher who looks as a learner is none."""
    async with school(kind) as here:
        own = await here.standing("tess@x.org", COURSE, LESSON, Role.INSTRUCTOR)
        assert (own.sees, own.teaches, own.enrolled) == (True, True, True)
        assert (await here.standing("tess@x.org", DRAFT, UNPUBLISHED, Role.INSTRUCTOR)).teaches
        other = await here.standing("otto@x.org", COURSE, LESSON, Role.INSTRUCTOR)
        assert (other.sees, other.teaches) == (False, False)
        as_learner = await here.standing("tess@x.org")
        assert (as_learner.sees, as_learner.teaches) == (True, False)
        assert not (await here.standing("ana@x.org", COURSE, LESSON, Role.INSTRUCTOR)).teaches


async def test_a_moderator_is_one_where_the_platform_says_so(kind: str) -> None:
    """In every course, published or not; what a token alone says of moderators is not enough."""
    async with school(kind) as here:
        for course, lesson in ((COURSE, LESSON), (OTHER, ELSEWHERE), (DRAFT, UNPUBLISHED)):
            assert (await here.standing("mo@x.org", course, lesson, Role.MODERATOR)).teaches
        assert not (await here.standing("ben@x.org", COURSE, LESSON, Role.MODERATOR)).teaches


async def test_a_closed_account_sees_nothing(kind: str) -> None:
    """Its enrolment is still there; previews are closed to it too."""
    async with school(kind) as here:
        assert not await here.sees("gone@x.org")
        assert not await here.sees("gone@x.org", COURSE, PREVIEW)


async def test_admins_and_services_of_ours_are_let_in_unasked(kind: str) -> None:
    """The platform does not know them, and they mend what is broken while it is down."""
    async with school(kind) as here:
        here.server.behaviour = "500"
        for role in (Role.ADMIN, Role.SERVICE):
            assert (await here.standing("ada", COURSE, LESSON, role)).teaches
        assert here.asked == 0


async def test_other_tenants_have_their_rosters(kind: str) -> None:
    """Whose platform it is not, learns nothing of who is in it."""
    async with school(kind) as here:
        found = await here.standing("ana", tenant="elsewhere")
        assert (found.enrolled, found.name) == (True, "Ana Elsewhere")
        assert not (await here.standing("ana@x.org", tenant="elsewhere")).enrolled
        assert list(await here.platform.names("elsewhere", COURSE)) == ["Ana Elsewhere"]
        assert here.asked == 0


@pytest.mark.parametrize(
    ("user", "course", "lesson"),
    [
        ("ANA@X.org", COURSE, LESSON),
        ("ana@x.org ", COURSE, LESSON),
        ("ána@x.org", COURSE, LESSON),
        ("ana@x.org", "Biology", LESSON),
        ("ana@x.org", COURSE, "0001 cells"),
    ],
)
async def test_a_name_is_the_same_only_sign_by_sign(kind: str, user: str, course: str, lesson: str) -> None:
    """Caps, locks and policies hang on names: BIOLOGY with the enrolments of biology would escape its exam."""
    async with school(kind) as here:
        assert await here.sees("ana@x.org")
        assert not await here.sees(user, course, lesson)


@pytest.mark.parametrize("name", ["0020 a/b & 'c' \"d\"", "../../x", "🌱 ü %2F", "a,b] or 1=1"])
async def test_names_are_quoted(kind: str, name: str) -> None:
    """Slashes, quotes, signs of queries and what is no ASCII arrive as they are."""
    async with school(kind) as here:
        user = f"o'neil+{name}@x.org"
        here.server.user(user, "O'Neil")
        here.server.enrol(user, QUOTED)
        here.server.lesson(name, QUOTED)
        found = await here.standing(user, QUOTED, name)
        assert (found.sees, found.enrolled, found.name) == (True, True, "O'Neil")


async def test_names_of_everybody_are_read_page_after_page(kind: str) -> None:
    """Of the enrolled and the instructors; nobody's twice, and none that is empty."""
    async with school(kind) as here:
        for number in range(2500):
            here.server.user(f"u{number}", f"Name {number}")
        users = {row["name"]: row["full_name"] for row in here.server.tables["User"]}
        rows = [
            {"name": f"n{number:05d}", "member": f"u{number}", "member_name": users[f"u{number}"], "course": OTHER}
            for number in range(2500)
        ]
        here.server.tables["LMS Enrollment"] += [*rows, {**rows[0], "name": "x", "member_name": None}][
            : 2501 if kind == "frappe" else 2500
        ]
        names = list(await here.platform.names("default", OTHER))
        assert len(names) == len(set(names)) == 2501
        assert {"Name 0", "Name 2499", "Otto"} <= set(names)
        assert list(await here.platform.names("default", "no such course")) == []


async def test_fifty_questions_at_once_ask_each_thing_once(kind: str) -> None:
    """And questions within the time that answers hold ask nothing at all."""
    async with school(kind) as here:
        here.server.wait = asyncio.Event()
        asking = [asyncio.create_task(here.standing("ana@x.org")) for _ in range(50)]
        names = [asyncio.create_task(_names(here)) for _ in range(50)]
        asking[0].cancel()  # whoever goes away takes nothing from the others
        await asyncio.sleep(0)
        here.server.wait.set()
        found = await asyncio.gather(*asking, return_exceptions=True)
        assert all(isinstance(one, Standing) and one.sees for one in found[1:])
        assert {len(one) for one in await asyncio.gather(*names)} == {3}
        assert max(here.server.asked.values()) <= 2, here.server.asked  # two different lists of users
        assert here.asked <= 8
        before = here.asked
        here.time += 29
        await here.standing("ana@x.org")
        assert here.asked == before


async def _names(here: School) -> list[str]:
    return list(await here.platform.names("default", COURSE))


async def test_an_enrolment_is_seen_within_seconds_and_its_end_within_the_ttl(kind: str) -> None:
    """A no holds for five seconds, a yes for thirty."""
    async with school(kind) as here:
        assert not await here.sees("ben@x.org")
        here.server.enrol("ben@x.org", COURSE)
        assert not await here.sees("ben@x.org")
        here.time += 5.1
        assert await here.sees("ben@x.org")
        here.server.leave("ben@x.org", COURSE)
        here.time += 29
        assert await here.sees("ben@x.org")
        here.time += 2
        assert not await here.sees("ben@x.org")


DOWN = ["500", "page", "no site", "redirect", "empty", "429", "hang"]


@pytest.mark.parametrize("behaviour", DOWN)
async def test_a_platform_that_cannot_be_asked_lets_nobody_in(kind: str, behaviour: str) -> None:
    """Whatever it says instead of an answer: Unavailable, in plain words, without its page or our key."""
    async with school(kind, deadline=0.2) as here:
        here.server.behaviour = behaviour
        with pytest.raises(Unavailable, match=r"^The learning platform [^<>]+\.$") as raised:
            await here.standing("ana@x.org")
        assert KEY not in raised.value.message
        assert SECRET not in raised.value.message
        with pytest.raises(Unavailable):
            await _names(here)
        with pytest.raises(Unavailable):
            await here.platform.look()


async def test_nobody_there_is_said(kind: str) -> None:
    """A refused connection is no different."""
    needs = PlatformNeeds(NoRosters(), LmsAccess("http://127.0.0.1:9", KEY, SECRET))
    platform = PLATFORMS[kind].open(needs)
    with pytest.raises(Unavailable, match="cannot be reached"):
        await platform.standing(Identity("default", "ana", frozenset({Role.LEARNER})), COURSE)
    await platform.close()


@pytest.mark.parametrize("behaviour", ["500", "page", "429", "hang"])
async def test_who_was_let_in_stays_for_the_grace_and_nobody_is_thrown_out(kind: str, behaviour: str) -> None:
    """After it, and for anybody else, nothing is known; somebody who was refused is told that nobody can know now."""
    async with school(kind, deadline=0.5 if behaviour == "hang" else 5) as here:
        assert await here.sees("ana@x.org")
        assert not await here.sees("ben@x.org")
        names = await _names(here)
        here.server.behaviour = behaviour
        here.time += 299
        assert await here.sees("ana@x.org")
        assert await _names(here) == names
        with pytest.raises(Unavailable):
            await here.standing("ben@x.org")
        here.time += 2
        with pytest.raises(Unavailable):
            await here.standing("ana@x.org")
        here.server.behaviour = "well"
        here.time += 10
        assert await here.sees("ana@x.org")


async def test_there_is_no_grace_where_none_is_wanted(kind: str) -> None:
    """Zero means that every answer is as new as it should be."""
    async with school(kind, grace=0) as here:
        assert await here.sees("ana@x.org")
        here.server.behaviour = "500"
        here.time += 31
        with pytest.raises(Unavailable):
            await here.standing("ana@x.org")


async def test_a_platform_that_is_down_is_not_asked_by_everybody(kind: str) -> None:
    """One question in two seconds finds out whether it is back."""
    async with school(kind) as here:
        here.server.behaviour = "500"
        for _ in range(20):
            with pytest.raises(Unavailable):
                await here.standing("ana@x.org")
        assert max(here.server.asked.values()) <= 2
        before = here.asked
        here.time += 2.1
        with pytest.raises(Unavailable):
            await here.standing("ana@x.org")
        assert here.asked > before


@pytest.mark.parametrize(("said", "seconds"), [("7", 7), (None, 5), ("soon", 5), ("99999", 300)])
async def test_a_platform_that_asks_us_to_wait_is_left_alone(kind: str, said: str | None, seconds: int) -> None:
    """For as long as it says, in reason; whoever asks is told how long."""
    async with school(kind) as here:
        here.server.behaviour, here.server.retry_after = "429", said
        with pytest.raises(Unavailable) as raised:
            await here.standing("ana@x.org")
        assert raised.value.retry_after == seconds
        here.server.behaviour = "well"
        before = here.asked
        here.time += seconds - 0.5
        with pytest.raises(Unavailable):
            await here.standing("ana@x.org")
        assert here.asked == before
        here.time += 3
        assert await here.sees("ana@x.org")


async def test_a_refused_key_ends_every_grace(kind: str) -> None:
    """Whoever withdrew it meant it."""
    async with school(kind) as here:
        assert await here.sees("ana@x.org")
        here.server.secret = "changed"
        here.time += 31
        with pytest.raises(Unavailable) as raised:
            await here.standing("ana@x.org")
        assert raised.value.code == "lms_key_refused"
        with pytest.raises(Unavailable, match="LMS_API"):
            await here.platform.look()


async def test_a_look_says_that_all_is_well(kind: str) -> None:
    """And nothing of the key."""
    async with school(kind) as here:
        look = await here.platform.look()
        assert look.complete
        assert KEY not in look.sentence
        assert SECRET not in look.sentence


@pytest.mark.parametrize("name", [name for name in PLATFORMS if PLATFORMS[name].asks])
def test_without_an_address_it_is_not_opened(name: str) -> None:
    """The setting is named."""
    with pytest.raises(InvalidInput, match="LMS_API_URL"):
        PLATFORMS[name].open(PlatformNeeds(NoRosters()))


def test_a_frappe_lms_wants_a_key_and_its_secret() -> None:
    """A guest would see nothing, and everybody would be taken for a stranger."""
    with pytest.raises(InvalidInput, match="LMS_API_SECRET"):
        PLATFORMS["frappe"].open(PlatformNeeds(NoRosters(), LmsAccess("http://127.0.0.1:9", KEY)))


@pytest.mark.parametrize("doctype", ["LMS Course", "Course Lesson", "LMS Enrollment", "User"])
async def test_what_the_key_may_not_read_is_named(doctype: str) -> None:
    """403 is never "not enrolled": it says what the key's user lacks, to learners as to the operator."""
    async with school("frappe") as here:
        here.server.closed = {doctype}
        for question in (here.standing("ana@x.org"), here.platform.look()):
            with pytest.raises(Unavailable, match=f"read ({doctype}|Has Role) .403."):
                await question


async def test_a_key_of_a_student_is_found_out() -> None:
    """It reads its own enrolments alone, without any error: everybody would be a stranger."""
    async with school("frappe") as here:
        here.server.own = {"LMS Enrollment"}
        look = await here.platform.look()
        assert (look.complete, READER in look.sentence, "no enrolment" in look.sentence) == (False, True, True)


async def test_no_cookie_is_kept() -> None:
    """A site sends a guest's session with every answer; a client that returned it would be that guest."""
    async with school("frappe") as here:
        await here.standing("ana@x.org")
        here.time += 31
        assert await here.sees("ana@x.org")

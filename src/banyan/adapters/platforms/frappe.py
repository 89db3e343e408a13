"""A Frappe LMS, asked over REST: it decides as its own lesson page does.

Open is a lesson to the course's instructors, to moderators, to whoever is enrolled, and to everybody where it is a
preview and the course is published. Somebody who creates courses has no part in those of others.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any

import msgspec

from banyan.adapters.platforms._asked import AskedPlatform
from banyan.adapters.platforms._frappe_wire import FrappeSite
from banyan.adapters.platforms._lms import Lms, needed_url
from banyan.adapters.platforms._remembered import Known, Remembered
from banyan.assistant.domain.standing import Standing
from banyan.assistant.ports.platform import LearningPlatform, Look, PlatformEntry, PlatformNeeds
from banyan.kernel.errors import InvalidInput
from banyan.kernel.identity import Identity

_SAME_NAME = 10
"""Rows that MariaDB may take for one and the same name; the right one is picked here."""
_MODERATOR = "Moderator"


class _User(msgspec.Struct, frozen=True):
    name: str
    full_name: str | None = None
    enabled: int = 1


class _Role(msgspec.Struct, frozen=True):
    parent: str
    role: str


class _Instructor(msgspec.Struct, frozen=True):
    instructor: str | None = None


class _Course(msgspec.Struct, frozen=True):
    name: str
    published: int = 0
    instructors: list[_Instructor] = []


class _CourseName(msgspec.Struct, frozen=True):
    name: str


class _Lesson(msgspec.Struct, frozen=True):
    name: str
    course: str | None = None
    include_in_preview: int = 0


class _Enrolment(msgspec.Struct, frozen=True):
    member: str
    course: str
    member_name: str | None = None


class _Person(msgspec.Struct, frozen=True):
    name: str
    enabled: bool
    moderates: bool


class FrappeLms:
    """Implements `Judge`."""

    def __init__(self, site: FrappeSite, memory: Remembered) -> None:
        self._site = site
        self._memory = memory

    async def standing(self, asker: Identity, course: str, lesson: str | None) -> Known[Standing]:
        """Four questions at once, each of which is remembered by itself."""
        user, get = asker.user, self._memory.get
        person, place, enrolment, opened = await _all(
            get(("person", user), lambda: self._person(user)),
            get(("course", course), lambda: self._course(course)),
            get(("enrolment", user, course), lambda: self._enrolment(user, course)),
            get(("lesson", course, lesson), lambda: self._lesson(course, lesson)),
        )
        fault = next((known.fault for known in (person, place, enrolment, opened) if known.fault is not None), None)
        found = judged(asker, person.value, place.value, enrolment.value, lesson, opened.value)
        return Known(found, fault)

    async def names(self, course: str) -> Sequence[str]:
        """Of the enrolled and of the instructors."""
        place = (await self._memory.get(("course", course), lambda: self._course(course))).value
        if place is None:
            return ()
        enrolled = await self._site.all_rows("LMS Enrollment", {"course": course}, _Enrolment)
        teaching = [one.instructor for one in place.instructors if one.instructor]
        teachers = await self._site.rows("User", {"name": teaching}, _User) if teaching else []
        names = [row.member_name for row in enrolled if row.course == course] + [row.full_name for row in teachers]
        return tuple(dict.fromkeys(name for name in names if name))

    async def look(self) -> Look:
        """Everything that is ever asked for, once."""
        user = await self._site.user()
        courses, enrolments, lessons, _, _ = await _all(
            self._site.rows("LMS Course", {}, _CourseName, most=1),
            self._site.rows("LMS Enrollment", {}, _Enrolment, most=1),
            self._site.rows("Course Lesson", {}, _Lesson, most=1),
            self._site.rows("User", {}, _User, most=1),
            self._site.rows("Has Role", {}, _Role, parent="User", most=1),
        )
        if courses:  # a list may be read by who may not read what is in it
            await self._site.document("LMS Course", courses[0].name, _Course)
        seen = {"course": courses, "lesson": lessons, "enrolment": enrolments}
        unseen = [name for name, rows in seen.items() if not rows]
        if unseen:
            what = ", no ".join(unseen)
            return Look(f"Signed in as {user}, which sees no {what}; where there are some, it lacks the right.", False)
        return Look(f"Signed in as {user}, which sees courses, lessons, enrolments and people.")

    async def _person(self, user: str) -> _Person | None:
        users, roles = await _all(
            self._site.rows("User", {"name": user}, _User, most=_SAME_NAME),
            self._site.rows("Has Role", {"parent": user, "role": _MODERATOR}, _Role, parent="User", most=_SAME_NAME),
        )
        for found in users:
            if found.name == user:
                moderates = any(role.parent == user and role.role == _MODERATOR for role in roles)
                return _Person(found.full_name or "", bool(found.enabled), moderates)
        return None

    async def _course(self, course: str) -> _Course | None:
        found = await self._site.document("LMS Course", course, _Course)
        return found if found is not None and found.name == course else None

    async def _enrolment(self, user: str, course: str) -> _Enrolment | None:
        filters = {"member": user, "course": course}
        rows = await self._site.rows("LMS Enrollment", filters, _Enrolment, most=_SAME_NAME)
        return next((row for row in rows if row.member == user and row.course == course), None)

    async def _lesson(self, course: str, lesson: str | None) -> _Lesson | None:
        """Without a lesson, any that everybody may see."""
        filters = {"course": course, "include_in_preview": 1} if lesson is None else {"name": lesson}
        rows = await self._site.rows("Course Lesson", filters, _Lesson, most=_SAME_NAME)
        return next((row for row in rows if row.course == course and lesson in (None, row.name)), None)


def judged(
    asker: Identity,
    person: _Person | None,
    course: _Course | None,
    enrolment: _Enrolment | None,
    lesson: str | None,
    opened: _Lesson | None,
) -> Standing:
    """opened: the lesson; where none is asked about, one that everybody may see. Each is None where there is none.

    Staff are those whom both the platform and their token call so: a teacher who looks as a learner sees as one.
    """
    if person is not None and not person.enabled:
        return Standing(asker, sees=False, reason="Your account is closed on the learning platform.", enrolled=False)
    if course is None:
        return Standing(asker, sees=False, reason="The learning platform has no such course.", enrolled=False)
    instructs = person is not None and any(one.instructor == asker.user for one in course.instructors)
    runs = person is not None and (person.moderates or instructs)
    enrolled = instructs or (person is not None and enrolment is not None)
    reason = _why_closed(course, runs or enrolled, lesson, opened)
    name = "" if person is None else person.name
    return Standing(
        asker, sees=not reason, teaches=runs and asker.is_staff, name=name, reason=reason, enrolled=enrolled
    )


def _why_closed(course: _Course, is_of_course: bool, lesson: str | None, opened: _Lesson | None) -> str:
    """ "" where it is open."""
    if lesson is not None and opened is None:
        return "The learning platform has no such lesson in this course."
    if is_of_course:
        return ""
    if not course.published:
        return "This course is not published yet."
    if opened is None or not opened.include_in_preview:
        return "You are not enrolled in this course, so its assistant is closed to you."
    return ""


async def _all(*questions: Awaitable[Any]) -> Any:
    """The answers in order. All are waited for before the first failure is told, so that none is left behind."""
    answers = await asyncio.gather(*questions, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return answers


def _open(needs: PlatformNeeds) -> LearningPlatform:
    needed_url(needs.lms)
    if not (needs.lms.key and needs.lms.secret):
        raise InvalidInput("A Frappe LMS wants to know who asks; set LMS_API_KEY and LMS_API_SECRET of a user there.")
    lms = Lms(needs.lms, f"token {needs.lms.key}:{needs.lms.secret}")
    memory = Remembered(needs.lms)
    return AskedPlatform(needs, lms, memory, FrappeLms(FrappeSite(lms), memory))


ENTRY = PlatformEntry("frappe", "Frappe LMS, asked over REST at `LMS_API_URL`.", _open, asks=True)

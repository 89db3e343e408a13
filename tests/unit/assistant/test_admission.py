"""The tutor fails closed: switched off, paused, not visible or in an exam means no answer, and says why."""

from datetime import UTC, datetime, timedelta

import pytest

from banyan.assistant.domain.admission import ExamLock, refusal
from banyan.assistant.domain.policy import Effective, Level, Origin, Policy
from banyan.assistant.domain.standing import Standing
from banyan.kernel.identity import Identity, Role

ANA = Identity("default", "ana", frozenset({Role.LEARNER}))
SAID = {"minors": Origin(Level.TENANT, "tess")}
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
EXAM = ExamLock("exam_1", NOW, NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    ("effective", "standing", "lock", "code"),
    [
        (Effective(), Standing(ANA), None, None),
        (Effective(Policy(enabled=False)), Standing(ANA, teaches=True), None, "assistant_off"),
        (Effective(paused="errors"), Standing(ANA), None, "assistant_paused"),
        (Effective(), Standing(ANA, sees=False), None, "lesson_not_visible"),
        (Effective(), Standing(ANA, sees=False, teaches=True), None, None),
        (Effective(), Standing(ANA), EXAM, "exam_lock"),
        (Effective(origins=SAID), Standing(ANA), None, "no_tutor_for_minors"),
        (Effective(origins=SAID), Standing(ANA, minor=False), None, None),
        (Effective(), Standing(ANA, minor=True), None, "no_tutor_for_minors"),
        (Effective(Policy(crisis_contact="care@school.org"), SAID), Standing(ANA, minor=True), None, None),
        (Effective(), Standing(ANA, teaches=True), EXAM, None),
    ],
)
def test_the_first_thing_that_is_in_the_way_is_named(
    effective: Effective, standing: Standing, lock: ExamLock | None, code: str | None
) -> None:
    """A course's own staff are let in where its learners are not, but not where the tutor is off."""
    notice = refusal(effective, standing, lock)
    assert (notice and notice.code) == code


@pytest.mark.parametrize(
    ("learners", "at", "closed"),
    [
        (None, NOW, True),
        (None, NOW + timedelta(hours=1), False),
        (None, NOW - timedelta(seconds=1), False),
        (frozenset({"ana"}), NOW, True),
        (frozenset({"ben"}), NOW, False),
    ],
)
def test_an_exam_closes_the_course_to_its_learners_from_its_first_to_its_last_moment(
    learners: frozenset[str] | None, at: datetime, closed: bool
) -> None:
    """The end itself is outside."""
    assert ExamLock("exam_1", NOW, NOW + timedelta(hours=1), learners).closes("ana", at) is closed

"""The statements of reports on what turns cost, what FAQs save, and how much help is given."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, and_, case, func, or_, select

from banyan.adapters.storage.ladders import hint_ladders
from banyan.adapters.storage.report_log import FAQ
from banyan.adapters.storage.report_parts import in_full_weeks, within
from banyan.adapters.storage.solution_tables import solution_tries
from banyan.adapters.storage.teaching_tables import faq_savings
from banyan.adapters.storage.turn_tables import guardrail_events, turn_log
from banyan.assistant.domain.reporting import Row, Wanted

Statement = Callable[[Connection, Wanted, int], Sequence[Row]]
_SUMS = [func.sum(turn_log.c[name]) for name in ("prompt_tokens", "completion_tokens", "cost")]


def by_course(connection: Connection, wanted: Wanted, limit: int) -> Sequence[Row]:
    """The dearest first."""
    query = (
        select(turn_log.c.course, func.count(), func.count(turn_log.c.user.distinct()), *_SUMS)
        .where(*within(turn_log, wanted), *in_full_weeks(connection, wanted))
        .group_by(turn_log.c.course)
        .order_by(_SUMS[-1].desc(), turn_log.c.course)
        .limit(limit)
    )
    return [(row[0], *map(int, row[1:])) for row in connection.execute(query)]


def by_learner(connection: Connection, wanted: Wanted, limit: int) -> Sequence[Row]:
    """Course by course, the dearest person first."""
    query = (
        select(turn_log.c.course, turn_log.c.user, func.count(), *_SUMS)
        .where(*within(turn_log, wanted), *in_full_weeks(connection, wanted))
        .group_by(turn_log.c.course, turn_log.c.user)
        .order_by(turn_log.c.course, _SUMS[-1].desc(), turn_log.c.user)
        .limit(limit)
    )
    return [(*row[:2], *map(int, row[2:])) for row in connection.execute(query)]


def deflection(connection: Connection, wanted: Wanted, limit: int) -> Sequence[Row]:
    """Answers and savings by lesson, most answers from FAQs first."""
    log, saved = turn_log.c, faq_savings.c
    from_faq = func.sum(case((or_(log.model == FAQ, log.notice == "faq"), 1), else_=0))
    answers = (
        select(log.course, log.lesson, func.count(), from_faq)
        .where(*within(turn_log, wanted), log.surface == "chat", log.outcome == "answered")
        .group_by(log.course, log.lesson)
    )
    found = {(row[0], row[1]): [int(row[2]), int(row[3]), 0, 0, 0, 0] for row in connection.execute(answers)}
    days = []
    if wanted.since is not None:
        days.append(saved.day >= f"{wanted.since:%Y-%m-%d}")
    if wanted.until is not None:
        days.append(saved.day < f"{wanted.until:%Y-%m-%d}")
    sums = [func.sum(saved.calls), func.sum(saved.prompt_tokens + saved.completion_tokens)]
    savings = (
        select(saved.course, saved.lesson, *sums, func.sum(saved.cost), func.sum(saved.unpriced))
        .where(*within(faq_savings, wanted, ""), *days)
        .group_by(saved.course, saved.lesson)
    )
    for course, lesson, *figures in connection.execute(savings):
        row = found.setdefault((course, lesson), [0, 0, 0, 0, 0, 0])
        row[2:] = map(int, figures)
    rows = [(*place, *figures) for place, figures in found.items()]
    return sorted(rows, key=lambda row: (-row[3], -row[2], row[0], row[1]))[:limit]


def help_levels(connection: Connection, wanted: Wanted, limit: int) -> Sequence[Row]:
    """Four grouped queries, joined by course and level."""
    log, level = turn_log.c, (turn_log.c.course, turn_log.c.help_level)
    here = within(turn_log, wanted)
    found: dict[tuple[str, str], list[int]] = {}

    def put(place: tuple[str, str], at: int, *figures: Any) -> None:
        row = found.setdefault(place, [0, 0, 0, 0, 0, 0])
        row[at : at + len(figures)] = map(int, figures)

    turns = select(*level, func.count(), func.count(log.user.distinct())).where(*here).group_by(*level)
    for course, name, *figures in connection.execute(turns):
        put((course, name), 0, *figures)
    steps = select(hint_ladders.c.course, func.sum(hint_ladders.c.step)).group_by(hint_ladders.c.course)
    for course, given in connection.execute(steps.where(*within(hint_ladders, wanted, "used"))):
        put((course, "hints"), 2, given)
    tries = and_(solution_tries.c.tenant == log.tenant, solution_tries.c.message == log.message)
    withheld = func.count(case((solution_tries.c.withheld, solution_tries.c.message)).distinct())
    kept = select(*level, func.count(solution_tries.c.message.distinct()), withheld).join(solution_tries, tries)
    for course, name, *figures in connection.execute(kept.where(*here).group_by(*level)):
        put((course, name), 3, *figures)
    event = guardrail_events.c
    same = and_(event.tenant == log.tenant, event.request_id == log.request_id, event.event_type == "Leak")
    leaks = select(*level, func.count(event.id.distinct())).join(guardrail_events, same)
    for course, name, count in connection.execute(leaks.where(*here, log.request_id != "").group_by(*level)):
        put((course, name), 5, count)
    return [(*place, *figures) for place, figures in sorted(found.items())][:limit]


STATEMENTS: Mapping[str, Statement] = {
    "cost-by-course": by_course,
    "cost-by-learner": by_learner,
    "faq-deflection": deflection,
    "help-levels": help_levels,
}

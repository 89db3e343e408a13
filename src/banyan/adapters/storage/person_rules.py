"""Where each table names people, and what becomes of it when a person is erased.

A column that names people must stand here: a test looks at all tables. Rows that are the person's own are deleted; rows
that others need for their sums or as proof keep their figures and lose the name; what a person merely did as staff
keeps a pseudonym, so that it can still be told from the acts of others.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Table, select, true

from banyan.adapters.storage.alert_tables import alert_outbox, alerts
from banyan.adapters.storage.batch_tables import batches, lines
from banyan.adapters.storage.budget_tables import budget_accounts, budget_slices, budgets
from banyan.adapters.storage.conversation_tables import charges, messages, sessions, turns
from banyan.adapters.storage.dependents import dependents
from banyan.adapters.storage.exam_tables import exam_locks
from banyan.adapters.storage.external_source_tables import attachments, external_sources
from banyan.adapters.storage.file_tables import files, pieces
from banyan.adapters.storage.job_tables import job_files, jobs
from banyan.adapters.storage.key_tables import keys, rate_limits
from banyan.adapters.storage.ladders import hint_ladders
from banyan.adapters.storage.persona_tables import personas
from banyan.adapters.storage.policy_tables import policy_versions
from banyan.adapters.storage.registry_tables import course_zones, registry_versions
from banyan.adapters.storage.response_tables import responses
from banyan.adapters.storage.review_tables import card_reviews, review_cards
from banyan.adapters.storage.roster_tables import rosters
from banyan.adapters.storage.solution_tables import solutions
from banyan.adapters.storage.tables import metadata
from banyan.adapters.storage.teaching_tables import drafts, feedback
from banyan.adapters.storage.turn_tables import guardrail_events, turn_log
from banyan.adapters.storage.usage_tables import usage

Where = Callable[[Connection, str, str], ColumnElement[bool]]
"""A connection, a tenant and a person to the rows that are meant."""


class Fate(StrEnum):
    """delete: the row. rename: the name becomes a pseudonym. member: the name is taken out of a list in JSON."""

    DELETE = "delete"
    RENAME = "rename"
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class Rule:
    """What becomes of one column. where: None for rows whose column is the person.

    cleared: columns that are emptied with it, since they may hold what was written. hidden: columns that nobody is
    shown. topic: what processes keep in memory of it and have to look at again. shown: whether the rows are about the
    person, and are shown to them.
    """

    table: Table
    column: str
    fate: Fate
    where: Where | None = None
    cleared: Mapping[str, Any] = field(default_factory=dict)
    hidden: Sequence[str] = ()
    topic: str = ""
    shown: bool = True

    def rows(self, connection: Connection, tenant: str, user: str) -> ColumnElement[bool]:
        """The rows that are about the person."""
        if self.where is not None:
            return (self.table.c.tenant == tenant) & self.where(connection, tenant, user)
        return (self.table.c.tenant == tenant) & (self.table.c[self.column] == user)


def owned(table: Table) -> Where:
    """Rows of owners, which are a key, a colon and the person."""

    def where(connection: Connection, tenant: str, user: str) -> ColumnElement[bool]:
        like = table.c.owner.endswith(f":{user}", autoescape=True)
        found = connection.execute(select(table.c.owner).where(table.c.tenant == tenant, like).distinct()).scalars()
        # A person may have a colon in their name; a key has none.
        return table.c.owner.in_([owner for owner in found if owner.partition(":")[2] == user])

    return where


def below(table: Table, column: str, parent: Table, rule: Where) -> Where:
    """Rows that belong to such rows of another table."""

    def where(connection: Connection, tenant: str, user: str) -> ColumnElement[bool]:
        own = select(parent.c.id).where(parent.c.tenant == tenant, rule(connection, tenant, user))
        return table.c[column].in_(own)

    return where


def _sessions(connection: Connection, tenant: str, user: str) -> ColumnElement[bool]:
    return sessions.c.user == user


def _budget_of(table: Table) -> Where:
    """A budget is told apart by who has it; names of keys and courses are other people's words."""

    def where(connection: Connection, tenant: str, user: str) -> ColumnElement[bool]:
        personal = select(budgets.c.id).where(budgets.c.tenant == tenant, budgets.c.kind == "user")
        return (table.c.who == user) & table.c.budget.in_(personal)

    return where


def _of_users(table: Table) -> Where:
    return lambda connection, tenant, user: (table.c.kind == "user") & (table.c.subject == user)


def _listed(table: Table, column: str) -> Where:
    """Lists are short and few; the exact comparison is made when they are read."""
    return lambda connection, tenant, user: table.c[column].contains(user, autoescape=True)


def _named_in(table: Table, column: str) -> Where:
    """Rows whose JSON has the name as a value."""
    return lambda connection, tenant, user: table.c[column].contains(
        msgspec.json.encode(user).decode(), autoescape=True
    )


def _job_of(column: str) -> Where:
    # The job that erases a person is the proof that it was done; it goes when jobs are trimmed.
    return lambda connection, tenant, user: (jobs.c[column] == user) & (jobs.c.kind != "erase_person")


def _exports(column: str) -> Where:
    """Reports that were ordered as tables."""
    rows = _named_in(jobs, column) if column == "args_json" else lambda connection, tenant, user: jobs.c[column] == user
    return lambda connection, tenant, user: (jobs.c.kind == "reports_export") & rows(connection, tenant, user)


_own_messages = below(messages, "session", sessions, _sessions)


def _answers_of(connection: Connection, tenant: str, user: str) -> ColumnElement[bool]:
    """What answers given to the person rest on."""
    own = select(messages.c.id).where(messages.c.tenant == tenant, _own_messages(connection, tenant, user))
    return (dependents.c.kind == "answer") & dependents.c.item.in_(own)


RULES = (
    Rule(dependents, "item", Fate.DELETE, _answers_of),
    Rule(dependents, "dismissed_by", Fate.RENAME),
    Rule(hint_ladders, "user", Fate.DELETE),
    Rule(card_reviews, "user", Fate.DELETE),
    Rule(review_cards, "user", Fate.DELETE),
    Rule(solutions, "by", Fate.RENAME, topic="solutions"),
    Rule(messages, "session", Fate.DELETE, _own_messages),
    Rule(feedback, "user", Fate.DELETE),
    Rule(personas, "user", Fate.DELETE),
    Rule(personas, "by", Fate.RENAME, hidden=("user", "body_json")),
    Rule(feedback, "resolved_by", Fate.RENAME),
    Rule(drafts, "created_by", Fate.RENAME),
    Rule(drafts, "updated_by", Fate.RENAME),
    Rule(turns, "user", Fate.DELETE, hidden=("request_hash",)),
    Rule(sessions, "user", Fate.DELETE),
    Rule(charges, "user", Fate.DELETE),
    Rule(guardrail_events, "user", Fate.DELETE),
    Rule(turn_log, "user", Fate.RENAME, cleared={"error": "", "session": "", "message": "", "request_id": ""}),
    Rule(usage, "user", Fate.RENAME, cleared={"error": "", "request_id": ""}),
    Rule(responses, "owner", Fate.DELETE),
    Rule(lines, "batch", Fate.DELETE, below(lines, "batch", batches, owned(batches))),
    Rule(batches, "owner", Fate.DELETE, owned(batches)),
    Rule(pieces, "file", Fate.DELETE, below(pieces, "file", files, owned(files))),
    Rule(files, "owner", Fate.DELETE, owned(files)),
    Rule(budget_accounts, "who", Fate.RENAME, _budget_of(budget_accounts)),
    Rule(budget_slices, "who", Fate.DELETE, _budget_of(budget_slices)),
    Rule(alert_outbox, "body_json", Fate.DELETE, _named_in(alert_outbox, "body_json")),
    Rule(budgets, "subject", Fate.RENAME, _of_users(budgets), topic="budgets"),
    Rule(budgets, "created_by", Fate.RENAME),
    Rule(rate_limits, "subject", Fate.DELETE, _of_users(rate_limits), topic="keys"),
    Rule(keys, "user", Fate.DELETE, hidden=("hash", "old_hash"), topic="keys"),
    Rule(keys, "created_by", Fate.RENAME, hidden=("hash", "old_hash"), topic="keys"),
    Rule(registry_versions, "by", Fate.RENAME, hidden=("body_json",)),
    Rule(course_zones, "by", Fate.RENAME),
    Rule(rosters, "members_json", Fate.MEMBER, _listed(rosters, "members_json"), topic="rosters"),
    Rule(rosters, "by", Fate.RENAME, hidden=("members_json",)),
    Rule(exam_locks, "learners_json", Fate.MEMBER, _listed(exam_locks, "learners_json"), topic="exam_locks"),
    Rule(exam_locks, "by", Fate.RENAME, hidden=("learners_json",), topic="exam_locks"),
    Rule(exam_locks, "lifted_by", Fate.RENAME, hidden=("learners_json",)),
    Rule(policy_versions, "by", Fate.RENAME, topic="policies"),
    Rule(external_sources, "created_by", Fate.RENAME),
    Rule(attachments, "created_by", Fate.RENAME),
    Rule(alerts, "acknowledged_by", Fate.RENAME),
    Rule(jobs, "args_json", Fate.DELETE, _exports("args_json"), hidden=("load_json",)),
    Rule(jobs, "by", Fate.DELETE, _exports("by"), hidden=("load_json",)),
    Rule(job_files, "by", Fate.DELETE, hidden=("content",)),
    # What reports quote has no name, so that nobody can tell whose words a table holds: none is kept.
    Rule(job_files, "job", Fate.DELETE, lambda connection, tenant, user: true(), shown=False),
    Rule(jobs, "about", Fate.DELETE, _job_of("about")),
    Rule(jobs, "by", Fate.RENAME, _job_of("by"), hidden=("load_json",)),
)

NAMES_OF_PEOPLE = frozenset(
    {
        *("user", "owner", "by", "about", "who", "subject", "author", "student", "learner", "teacher", "reviewer"),
        *("created_by", "lifted_by", "acknowledged_by", "approved_by", "reviewed_by", "changed_by", "updated_by"),
        *("members_json", "learners_json"),
    }
)
"""Columns of these names name people in any table."""


def without_rule() -> list[str]:
    """Columns that name people and stand nowhere above."""
    known = {(rule.table.name, rule.column) for rule in RULES}
    return sorted(
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if (column.name in NAMES_OF_PEOPLE or column.name.endswith("_by"))
        and (table.name, column.name) not in known
        and column.name != "embedded_by"
    )

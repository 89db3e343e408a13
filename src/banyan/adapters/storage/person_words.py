"""Takes a person's own words out of what was made of many people's: FAQs from chats, and jobs that make them."""

from sqlalchemy import Connection, delete, select, update

from banyan.adapters.storage.conversation_tables import messages, sessions
from banyan.adapters.storage.drafts import drafts_where, put_draft
from banyan.adapters.storage.job_tables import jobs
from banyan.adapters.storage.person_rules import RULES
from banyan.adapters.storage.teaching_tables import drafts
from banyan.assistant.domain.drafts import DraftKind, FaqBody, without_questions
from banyan.jobs.domain.job import JobState
from banyan.kernel.same_question import plainly

_MINING = "mine_faqs"
_OWN_MESSAGES = next(rule for rule in RULES if rule.table is messages)


def take_out_words(connection: Connection, tenant: str, user: str) -> dict[str, int]:
    """What the person asked goes, and with it questions of FAQs in just these words that nobody else has asked so.

    In one transaction: without the messages nobody could tell any more whose words they were. Counts by table.
    """
    count = _out_of_drafts(connection, tenant, user)
    gone = connection.execute(delete(messages).where(_OWN_MESSAGES.rows(connection, tenant, user))).rowcount
    return {"drafts": count, "messages": gone, "jobs": _begin_mining_anew(connection, tenant)}


def _out_of_drafts(connection: Connection, tenant: str, user: str) -> int:
    mine = (sessions.c.tenant == tenant) & (sessions.c.user == user)
    said = select(sessions.c.course, messages.c.content).join_from(
        messages, sessions, (messages.c.tenant == sessions.c.tenant) & (messages.c.session == sessions.c.id)
    )
    asked: dict[str, set[str]] = {}
    for course, content in connection.execute(said.where(mine, messages.c.role == "user")):
        asked.setdefault(course, set()).add(plainly(content))
    count = 0
    for course, words in sorted(asked.items()):
        about = (drafts.c.tenant == tenant) & (drafts.c.course == course) & (drafts.c.kind == DraftKind.FAQ.value)
        for draft in drafts_where(connection, about, None):
            if not isinstance(draft.body, FaqBody):
                continue
            theirs = {
                one
                for one in (*(item.question for item in draft.body.items), *draft.body.open)
                if plainly(one) in words
                and connection.execute(
                    said.where(
                        sessions.c.tenant == tenant,
                        sessions.c.course == course,
                        sessions.c.user != user,
                        messages.c.role == "user",
                        messages.c.content == one,
                    ).limit(1)
                ).first()
                is None
            }
            if theirs:
                put_draft(connection, without_questions(draft, theirs))
                count += len(theirs)
    return count


def _begin_mining_anew(connection: Connection, tenant: str) -> int:
    """Jobs that make an FAQ at this moment forget what they have read."""
    mine = (jobs.c.tenant == tenant) & (jobs.c.kind == _MINING) & (jobs.c.checkpoint_json != "{}")
    freed = {"state": JobState.QUEUED.value, "holder": None, "lease": None, "checkpoint_json": "{}"}
    # Whoever is at it notices at its next note that the job is no longer its own, and stops.
    return connection.execute(update(jobs).where(mine).values(freed)).rowcount

"""What is counted against the caps of a learner in a course. Each function works in its caller's transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import structs
from sqlalchemy import Connection, and_, case, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from banyan.adapters.storage.conversation_tables import charges
from banyan.adapters.storage.engine import lock
from banyan.assistant.domain.quotas import WINDOW, Charge, Exhausted, Hold, exhausted
from banyan.assistant.domain.sessions import Session
from banyan.kernel.money import NOTHING, Money


class NoPlace(Exception):
    """Undoes a transaction whose question is one too many."""

    def __init__(self, exhausted: Exhausted) -> None:
        super().__init__(exhausted.code)
        self.exhausted = exhausted


def take_place(connection: Connection, session: Session, question: str, hold: Hold, now: datetime) -> None:
    """Counts the question from now on, once, however often it is tried. Raises: NoPlace."""
    allowed = hold.allowance
    if allowed.messages or (allowed.cost and allowed.price):
        lock(connection, "charges", session.tenant, session.user, session.course)
        tried = connection.scalar(select(charges.c.counted).where(_of(session.tenant, question)))
        if tried and allowed.messages:  # it stands among those that are counted
            allowed = structs.replace(allowed, messages=allowed.messages + 1)
        rows = charges_of(connection, session.tenant, session.user, session.course, now, anew=question)
        if (none_left := exhausted(allowed, rows)) is not None:
            raise NoPlace(none_left)
    insert: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    connection.execute(
        insert(charges)
        .values(
            tenant=session.tenant,
            question=question,
            user=session.user,
            course=session.course,
            at=now,
            counted=False,
            price=NOTHING,
            held=allowed.price,
            expires=hold.expires,
        )
        .on_conflict_do_update(
            index_elements=["tenant", "question"], set_={"at": now, "held": allowed.price, "expires": hold.expires}
        )
    )


def keep_places(connection: Connection, tenant: str, questions: Sequence[str], expires: datetime) -> None:
    """Puts off the end of tries that run."""
    running = and_(charges.c.tenant == tenant, charges.c.question.in_(questions), charges.c.expires.is_not(None))
    connection.execute(update(charges).where(running).values(expires=expires))


def settle_place(connection: Connection, tenant: str, question: str, price: Money) -> None:
    """The try has ended, and costs so much."""
    settled = {"counted": True, "price": charges.c.price + price, "held": NOTHING, "expires": None}
    connection.execute(update(charges).where(_of(tenant, question)).values(settled))


def give_back(connection: Connection, tenant: str, question: str) -> None:
    """The try has failed; what earlier ones cost stays."""
    connection.execute(update(charges).where(_of(tenant, question)).values(held=NOTHING, expires=None))
    connection.execute(delete(charges).where(_of(tenant, question), charges.c.counted.is_(False)))


def charges_of(
    connection: Connection, tenant: str, user: str, course: str, now: datetime, *, anew: str = ""
) -> Sequence[Charge]:
    """What counts now, oldest first. A try whose process died counts until its place expires.

    anew: a question that is tried again, whose earlier try does not run any more.
    """
    running = and_(charges.c.expires > now, charges.c.question != anew)
    query = (
        select(charges.c.at, charges.c.price + case((running, charges.c.held), else_=0))
        .where(
            charges.c.tenant == tenant,
            charges.c.user == user,
            charges.c.course == course,
            charges.c.at > now - WINDOW,
            or_(charges.c.counted.is_(True), running),
        )
        .order_by(charges.c.at, charges.c.question)
    )
    return [Charge(at, Money(price)) for at, price in connection.execute(query)]


def _of(tenant: str, question: str) -> Any:
    return and_(charges.c.tenant == tenant, charges.c.question == question)

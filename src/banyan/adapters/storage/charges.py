"""What is counted against the caps of a learner in a course. Each function works in its caller's transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import structs
from sqlalchemy import Connection, and_, bindparam, case, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from banyan.adapters.storage.conversation_tables import charges
from banyan.adapters.storage.engine import lock
from banyan.assistant.domain.quotas import WINDOW, Charge, Exhausted, Hold, exhausted, fits
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
        place = (session.tenant, session.user, session.course, now)
        if not fits(allowed, *_sums(connection, *place, question)):
            # Only who is refused is told when there is a place again, for which every charge is looked at.
            none_left = exhausted(allowed, charges_of(connection, *place, anew=question))
            if none_left is not None:
                raise NoPlace(none_left)
    connection.execute(
        _TAKE[connection.dialect.name],
        {
            "tenant": session.tenant,
            "question": question,
            "user": session.user,
            "course": session.course,
            "at": now,
            "counted": False,
            "price": NOTHING,
            "held": allowed.price,
            "expires": hold.expires,
        },
    )


def _taking(insert: Any) -> Any:
    fresh = insert(charges)
    again = {name: fresh.excluded[name] for name in ("at", "held", "expires")}
    return fresh.on_conflict_do_update(index_elements=["tenant", "question"], set_=again)


_TAKE = {"sqlite": _taking(sqlite.insert), "postgresql": _taking(postgresql.insert)}
_RUNNING = and_(charges.c.expires > bindparam("now"), charges.c.question != bindparam("anew"))
_PRICE = charges.c.price + case((_RUNNING, charges.c.held), else_=0)
_COUNTING = and_(
    charges.c.tenant == bindparam("tenant"),
    charges.c.user == bindparam("user"),
    charges.c.course == bindparam("course"),
    charges.c.at > bindparam("since"),
    or_(charges.c.counted.is_(True), _RUNNING),
)
_SUMS = select(func.count(), func.coalesce(func.sum(_PRICE), 0)).where(_COUNTING)
_EACH = select(charges.c.at, _PRICE).where(_COUNTING).order_by(charges.c.at, charges.c.question)


def _sums(connection: Connection, tenant: str, user: str, course: str, now: datetime, anew: str) -> tuple[int, Money]:
    asked = {"tenant": tenant, "user": user, "course": course, "now": now, "since": now - WINDOW, "anew": anew}
    count, price = connection.execute(_SUMS, asked).one()
    return int(count), Money(int(price))


_SETTLE = (
    update(charges)
    .where(charges.c.tenant == bindparam("of_tenant"), charges.c.question == bindparam("of_question"))
    .values(counted=True, price=charges.c.price + bindparam("paid"), held=NOTHING, expires=None)
)


def keep_places(connection: Connection, tenant: str, questions: Sequence[str], expires: datetime) -> None:
    """Puts off the end of tries that run."""
    running = and_(charges.c.tenant == tenant, charges.c.question.in_(questions), charges.c.expires.is_not(None))
    connection.execute(update(charges).where(running).values(expires=expires))


def settle_place(connection: Connection, tenant: str, question: str, price: Money) -> None:
    """The try has ended, and costs so much."""
    connection.execute(_SETTLE, {"of_tenant": tenant, "of_question": question, "paid": price})


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
    asked = {"tenant": tenant, "user": user, "course": course, "now": now, "since": now - WINDOW, "anew": anew}
    return [Charge(at, Money(price)) for at, price in connection.execute(_EACH, asked)]


def _of(tenant: str, question: str) -> Any:
    return and_(charges.c.tenant == tenant, charges.c.question == question)

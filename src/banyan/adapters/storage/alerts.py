"""Alerts, the figures that they are made of, and the outbox, in SQL."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from banyan.adapters.storage.alert_tables import alert_outbox, alerts
from banyan.adapters.storage.engine import Database, lock
from banyan.adapters.storage.turn_tables import turn_log
from banyan.assistant.domain.alerts import Alert, AlertKind, AlertState, Tally
from banyan.assistant.ports.notifier import Notification
from banyan.kernel.clock import Clock
from banyan.kernel.ids import new_id
from banyan.kernel.money import Money

_MOST = 20_000
"""Latencies of one window that are looked at, the newest."""
_KEEP = timedelta(days=30)


class SqlAlerts:
    """Implements `AlertStore` and `TurnFigures`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, tenant: str | None, *, course: str | None = None, closed: bool | None = None, limit: int
    ) -> Sequence[Alert]:
        """As the port says."""
        query = select(alerts).order_by(alerts.c.opened.desc(), alerts.c.id.desc()).limit(limit)
        if tenant is not None:
            query = query.where(alerts.c.tenant == tenant)
        if course is not None:
            query = query.where(alerts.c.course == course)
        if closed is not None:
            over = alerts.c.state == AlertState.CLOSED.value
            query = query.where(over if closed else ~over)
        return await self._database.read(lambda connection: [_alert(row) for row in connection.execute(query)])

    async def get(self, tenant: str, id: str) -> Alert | None:
        """As the port says."""
        return await self._database.read(_get, tenant, id)

    async def put(self, alert: Alert) -> None:
        """As the port says."""
        await self._database.write(_put, alert)

    async def acknowledge(self, tenant: str, id: str, by: str, now: datetime) -> None:
        """As the port says."""
        mine = (alerts.c.tenant == tenant, alerts.c.id == id, alerts.c.acknowledged_at.is_(None))
        change = update(alerts).where(*mine).values(acknowledged_by=by, acknowledged_at=now)
        await self._database.write(lambda connection: connection.execute(change) and None)

    async def courses(self, since: datetime) -> Sequence[tuple[str, str]]:
        """As the port says."""
        query = select(turn_log.c.tenant, turn_log.c.course).where(turn_log.c.at >= since).distinct()
        return await self._database.read(lambda connection: [(row[0], row[1]) for row in connection.execute(query)])

    async def tally(self, tenant: str, course: str | None, since: datetime, until: datetime) -> Tally:
        """As the port says."""
        return await self._database.read(_tally, tenant, course, since, until)

    async def cost(self, tenant: str, since: datetime, until: datetime) -> Money:
        """As the port says."""
        query = select(func.coalesce(func.sum(turn_log.c.cost), 0)).where(*_within(tenant, since, until))
        return Money(int(await self._database.read(lambda connection: connection.execute(query).scalar_one())))

    async def turns(self, tenant: str, since: datetime, until: datetime) -> int:
        """As the port says."""
        query = select(func.count()).select_from(turn_log).where(*_within(tenant, since, until))
        return int(await self._database.read(lambda connection: connection.execute(query).scalar_one()))


class Letter(msgspec.Struct, frozen=True):
    """Something on its way. target: `mailto:ADDRESS` or the address of a web hook."""

    tenant: str
    id: str
    target: str
    body: dict[str, Any]
    created: datetime
    tries: int


class SqlOutbox:
    """Implements `AlertTeller` and `Notifier`.

    targets: of every alert that names none. quiet: within it nothing is told twice.
    """

    def __init__(self, database: Database, clock: Clock, targets: Sequence[str], quiet: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._targets = tuple(targets)
        self._quiet = quiet

    async def tell(self, alert: Alert, to: str = "") -> bool:
        """As the port says."""
        if to and "://" not in to and not to.startswith("mailto:"):
            to = f"mailto:{to}"
        targets = (to,) if to else self._targets
        return await self._database.write(_tell, alert, targets, self._clock.now(), self._quiet)

    async def notify(self, notification: Notification) -> None:
        """As the port says; the same message to the same contact is sent once.

        The operator's web hooks are told that there is something, and not about whom.
        """
        # Contacts come from policies, which teachers write; web hooks are the operator's alone to name.
        target = f"mailto:{notification.contact}"
        body = {
            "id": notification.id,
            "tenant": notification.tenant,
            "kind": notification.kind,
            "state": "open",
            "subject": notification.subject,
            "message": notification.text,
            **notification.facts,
        }
        key = f"{notification.kind}:{notification.id}:{target}"
        await self._database.write(_post, notification.tenant, key, target, body, self._clock.now(), _KEEP)
        for hook in self._targets:
            if hook.startswith("mailto:"):
                continue
            nameless = {name: value for name, value in body.items() if name not in ("user", "message")}
            key = f"{notification.kind}:{notification.id}:{hook}"
            await self._database.write(_post, notification.tenant, key, hook, nameless, self._clock.now(), _KEEP)

    async def waiting(self, limit: int) -> list[Letter]:
        """What is to be sent by now, oldest first."""
        return await self._database.read(_waiting, self._clock.now(), limit)

    async def settle(self, letter: Letter, error: str | None, again: datetime | None) -> None:
        """How sending it went. again: when to try once more; None where it arrived, or never will."""
        await self._database.write(_settle, letter, error, again, self._clock.now())


def _alert(row: Row[Any]) -> Alert:
    fields = dict(row._mapping)
    return Alert(**{**fields, "kind": AlertKind(fields["kind"]), "state": AlertState(fields["state"])})


def _get(connection: Connection, tenant: str, id: str) -> Alert | None:
    row = connection.execute(select(alerts).where(alerts.c.tenant == tenant, alerts.c.id == id)).first()
    return None if row is None else _alert(row)


def _put(connection: Connection, alert: Alert) -> None:
    values = {**msgspec.structs.asdict(alert), "kind": alert.kind.value, "state": alert.state.value}
    lock(connection, "alerts", alert.tenant, alert.key)
    mine = (alerts.c.tenant == alert.tenant, alerts.c.id == alert.id)
    kept = {name: value for name, value in values.items() if not name.startswith("acknowledged")}
    if connection.execute(update(alerts).where(*mine).values(kept)).rowcount == 0:
        connection.execute(insert(alerts).values(values))


def _within(tenant: str, since: datetime, until: datetime) -> tuple[Any, ...]:
    return turn_log.c.tenant == tenant, turn_log.c.at >= since, turn_log.c.at < until


def _tally(connection: Connection, tenant: str, course: str | None, since: datetime, until: datetime) -> Tally:
    where = (*_within(tenant, since, until), turn_log.c.outcome.in_(("answered", "failed")))
    if course is not None:
        where = (*where, turn_log.c.course == course)
    counts = select(turn_log.c.outcome, func.count()).where(*where).group_by(turn_log.c.outcome)
    found = {row[0]: row[1] for row in connection.execute(counts)}
    newest = select(turn_log.c.latency_ms).where(*where).order_by(turn_log.c.at.desc()).limit(_MOST)
    latencies = tuple(connection.execute(newest).scalars())
    return Tally(found.get("answered", 0), found.get("failed", 0), latencies)


def _tell(connection: Connection, alert: Alert, targets: Sequence[str], now: datetime, quiet: timedelta) -> bool:
    told = False
    # A course that is paused anew after a probe is the same trouble; its end is another.
    stage = "closed" if alert.state is AlertState.CLOSED else "open"
    for target in targets:
        key = f"{alert.key}:{stage}:{target}"
        body = {
            "id": alert.id,
            "tenant": alert.tenant,
            "kind": alert.kind.value,
            "course": alert.course or None,
            "state": alert.state.value,
            "message": alert.message,
            "reason": alert.reason or None,
            "at": (alert.closed or alert.opened).isoformat(),
        }
        told = _post(connection, alert.tenant, key, target, body, now, quiet) or told
    connection.execute(delete(alert_outbox).where(alert_outbox.c.created < now - _KEEP))
    return told


def _post(
    connection: Connection, tenant: str, key: str, target: str, body: dict[str, Any], now: datetime, quiet: timedelta
) -> bool:
    lock(connection, "outbox", tenant, key)
    recent = (alert_outbox.c.tenant == tenant, alert_outbox.c.key == key, alert_outbox.c.created > now - quiet)
    if connection.execute(select(alert_outbox.c.id).where(*recent).limit(1)).first() is not None:
        return False
    row = {
        "tenant": tenant,
        "id": new_id("letter"),
        "key": key,
        "target": target,
        "body_json": msgspec.json.encode(body).decode(),
        "created": now,
        "tries": 0,
        "not_before": now,
    }
    connection.execute(insert(alert_outbox).values(row))
    return True


def _waiting(connection: Connection, now: datetime, limit: int) -> list[Letter]:
    columns = (alert_outbox.c.tenant, alert_outbox.c.id, alert_outbox.c.target, alert_outbox.c.body_json)
    query = (
        select(*columns, alert_outbox.c.created, alert_outbox.c.tries)
        .where(alert_outbox.c.sent.is_(None), alert_outbox.c.not_before <= now)
        .order_by(alert_outbox.c.created)
        .limit(limit)
    )
    return [
        Letter(tenant, id, target, msgspec.json.decode(body), created, tries)
        for tenant, id, target, body, created, tries in connection.execute(query)
    ]


def _settle(connection: Connection, letter: Letter, error: str | None, again: datetime | None, now: datetime) -> None:
    mine = (alert_outbox.c.tenant == letter.tenant, alert_outbox.c.id == letter.id)
    values: dict[str, Any] = {"error": error, "tries": letter.tries + 1}
    values |= {"sent": now} if again is None else {"not_before": again}
    connection.execute(update(alert_outbox).where(*mine).values(values))

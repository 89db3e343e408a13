"""Looks at the last minutes of every course and tenant, raises alerts, and ends them."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from decimal import Decimal

from msgspec import structs

from banyan.assistant.domain.alerts import (
    Alert,
    AlertKind,
    AlertState,
    Step,
    costs_more,
    is_silent,
    step,
    trouble,
)
from banyan.assistant.ports.alert_store import AlertStore, TurnFigures
from banyan.assistant.ports.alert_teller import AlertTeller
from banyan.assistant.ports.pauses import Pauses
from banyan.assistant.ports.policies import Policies
from banyan.kernel.clock import Clock
from banyan.kernel.ids import new_id

BY = "alerts"
"""Who pauses and resumes."""
SLOW_MS, ERROR_PCT, LEAST = Decimal(10_001), Decimal("5.01"), 20
"""More than 10 s, more than 5 %: over an hour of a whole tenant, from 20 answers on."""
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_LONGEST_WINDOW = timedelta(days=1)
_REMEMBERED = timedelta(days=35)
"""A tenant where nobody asked for so long is left alone: four weeks are compared with, and one is under way."""
_UNANSWERED = timedelta(minutes=15)
_FEW = 5


class CheckAlerts:
    """pauses: None where nobody can pause a course. healthy: whether the proxy answers."""

    def __init__(
        self,
        store: AlertStore,
        figures: TurnFigures,
        policies: Policies,
        teller: AlertTeller,
        clock: Clock,
        healthy: Callable[[], Awaitable[bool]],
        pauses: Pauses | None = None,
    ) -> None:
        self._store = store
        self._figures = figures
        self._policies = policies
        self._teller = teller
        self._clock = clock
        self._healthy = healthy
        self._pauses = pauses
        self._turn = asyncio.Lock()
        self._seen: set[str] = set()
        self._seen_in: datetime | None = None

    async def check(self, tenant: str | None = None) -> int:
        """One look; says how many alerts are not closed after it. tenant: None for all. Raises: Unavailable."""
        async with self._turn:
            now = self._clock.now()
            open_ones = {(one.tenant, one.key): one for one in await self._open(tenant)}
            busy = {place for place in await self._figures.courses(now - _LONGEST_WINDOW) if tenant in (None, place[0])}
            courses = busy | {(one.tenant, one.course) for one in open_ones.values() if one.kind is AlertKind.HEALTH}
            for place in sorted(courses):
                await self._look_at_course(*place, open_ones.get((place[0], f"health:{place[1]}")), now)
            tenants = {one for one, _ in courses} | {one for one, _ in open_ones} | ({tenant} if tenant else set())
            tenants |= {one for one in await self._remembered(now) if tenant in (None, one)}
            well = await self._healthy()
            for one in sorted(tenants):
                await self._look_at_tenant(one, open_ones, now, well=well)
            return len(await self._open(tenant))

    async def _open(self, tenant: str | None) -> list[Alert]:
        return list(await self._store.page(tenant, closed=False, limit=10_000))

    async def _remembered(self, now: datetime) -> set[str]:
        """Tenants that may have fallen silent. Found once an hour: five weeks of the log are long."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        if self._seen_in != hour:
            self._seen = {one for one, _ in await self._figures.courses(now - _REMEMBERED)}
            self._seen_in = hour
        return self._seen

    async def _look_at_course(self, tenant: str, course: str, before: Alert | None, now: datetime) -> None:
        policy = (await self._policies.effective(tenant, course)).policy
        if self._pauses is None:
            policy = structs.replace(policy, auto_pause_on_alert=False)
        window = timedelta(minutes=policy.alert_window_min)
        since = now - window
        if before is not None and before.state is AlertState.PROBING and before.until is not None:
            since = max(since, before.until - window)
        tally = await self._figures.tally(tenant, course, since, now + timedelta(seconds=1))
        born = Alert(tenant, new_id("alert"), f"health:{course}", AlertKind.HEALTH, course, "", now)
        await self._do(step(now, policy, before, tally, born), before)

    async def _do(self, found: Step, before: Alert | None) -> None:
        """The pause comes first: a crash in between repeats it."""
        alert = found.alert
        if alert is None:
            return
        if self._pauses is not None:
            if found.pause:
                await self._pauses.pause(alert.tenant, alert.course, f"Paused by an alert: {alert.message}", BY)
            elif found.resume:
                await self._pauses.resume(alert.tenant, alert.course, BY)
        if alert != before:
            await self._store.put(alert)
        if found.tell:
            await self._teller.tell(alert)

    async def _look_at_tenant(
        self, tenant: str, open_ones: dict[tuple[str, str], Alert], now: datetime, *, well: bool
    ) -> None:
        hour = await self._figures.tally(tenant, None, now - _HOUR, now)
        recent = await self._figures.tally(tenant, None, now - _UNANSWERED, now)
        unanswered = recent.failed if recent.failed >= _FEW and not recent.answered else 0
        found = {
            AlertKind.SLOW: trouble(hour, Decimal(101), SLOW_MS, LEAST),
            AlertKind.ERRORS: trouble(hour, ERROR_PCT, Decimal("Infinity"), LEAST),
            AlertKind.DOWN: "" if well else "the AI Proxy does not answer",
            AlertKind.UNANSWERED: f"{unanswered} questions in 15 minutes and not one answer" if unanswered else "",
            AlertKind.COST: await self._cost(tenant, now),
            AlertKind.SILENCE: await self._silence(tenant, now),
        }
        for kind, words in found.items():
            before = open_ones.get((tenant, kind.value))
            if words and before is None:
                alert = Alert(tenant, new_id("alert"), kind.value, kind, "", words[:1].upper() + words[1:] + ".", now)
                await self._do(Step(alert, tell=True), None)
            elif before is not None and not words and not await self._still_silent(before, now):
                closed = structs.replace(before, state=AlertState.CLOSED, closed=now, reason="It is over.")
                await self._do(Step(closed, tell=True), before)

    async def _still_silent(self, alert: Alert, now: datetime) -> bool:
        """Silence is over when somebody asks, not when an hour comes in which nobody does anyway."""
        if alert.kind is not AlertKind.SILENCE or now - alert.opened > _REMEMBERED:
            return False
        return await self._figures.turns(alert.tenant, alert.opened, now + timedelta(seconds=1)) == 0

    async def _cost(self, tenant: str, now: datetime) -> str:
        days = [await self._figures.cost(tenant, now - (n + 1) * _DAY, now - n * _DAY) for n in range(8)]
        return costs_more(days[0], days[1:])

    async def _silence(self, tenant: str, now: datetime) -> str:
        until = now.replace(minute=0, second=0, microsecond=0)
        hours = [
            await self._figures.turns(tenant, until - 7 * n * _DAY - _HOUR, until - 7 * n * _DAY) for n in range(5)
        ]
        if not is_silent(hours[0], [count for count in hours[1:] if count]):
            return ""
        return "nobody asked anything in the last full hour, though this hour of the week always had questions"

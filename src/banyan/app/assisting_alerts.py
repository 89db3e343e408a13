"""Wires alerts: who looks for trouble, who is told, and how."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from banyan.adapters.notices.smtp import mail
from banyan.adapters.notices.webhook import post
from banyan.adapters.storage.alerts import Letter, SqlAlerts, SqlOutbox
from banyan.adapters.storage.engine import Database
from banyan.app.settings import Settings
from banyan.assistant.ports.model_gateway import ModelGateway
from banyan.assistant.ports.pauses import Pauses
from banyan.assistant.ports.platform import LearningPlatform
from banyan.assistant.ports.policies import Policies
from banyan.assistant.usecases.change_policy import ChangePolicy
from banyan.assistant.usecases.check_alerts import CheckAlerts
from banyan.assistant.usecases.policy_book import PolicyBook
from banyan.edge.http.alert_routes import AlertServices
from banyan.kernel.clock import Clock, SystemClock
from banyan.kernel.errors import BanyanError, UpstreamFailed

_CLOCK = SystemClock()
_AT_ONCE = 50
_TRIES = 12
_LONGEST_PAUSE = 3600
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Alerts:
    """notifier: for whoever else has something to tell. tools: what kinds of jobs need."""

    services: AlertServices
    notifier: SqlOutbox
    tools: dict[str, object]


def open_alerts(
    settings: Settings,
    database: Database,
    policies: Policies,
    platform: LearningPlatform,
    gateway: ModelGateway,
    pauses: Pauses | None = None,
    clock: Clock = _CLOCK,
) -> Alerts:
    """Of the assistant of one process."""
    store = SqlAlerts(database)
    outbox = SqlOutbox(database, clock, targets(settings), timedelta(minutes=settings.alerts_quiet_minutes))
    check = CheckAlerts(store, store, policies, outbox, clock, gateway.healthy, pauses)
    services = AlertServices(store, check, platform, clock)
    return Alerts(services, outbox, {"alerts": check, "postman": Postman(settings, outbox, clock)})


class AlertPauses:
    """Implements `Pauses`. What a person has paused is left alone, and so is what a person has let go on."""

    def __init__(self, book: PolicyBook, clock: Clock) -> None:
        self._book = book
        self._change = ChangePolicy(book, clock)

    async def pause(self, tenant: str, course: str, reason: str, by: str) -> None:
        """As the port says."""
        await self._book.refresh()
        if self._book.pause_of(tenant, course) is None:
            await self._change.pause(tenant, course, reason, by)

    async def resume(self, tenant: str, course: str, by: str) -> None:
        """As the port says."""
        await self._book.refresh()
        paused = self._book.pause_of(tenant, course)
        if paused is not None and paused.by == by:
            await self._change.resume(tenant, course, by)


def targets(settings: Settings) -> Sequence[str]:
    """Who is told of everything."""
    hook = [settings.alerts_webhook_url] if settings.alerts_webhook_url else []
    return [*hook, *(f"mailto:{one}" for one in settings.alerts_mail_to)]


class Postman:
    """The tool of `send_alerts`."""

    def __init__(self, settings: Settings, outbox: SqlOutbox, clock: Clock) -> None:
        self._settings = settings
        self._outbox = outbox
        self._clock = clock

    async def deliver(self) -> int:
        """Each letter by itself: one that cannot be sent does not keep others back.

        What was sent is marked afterwards: who dies in between sends it again, under the same id.
        """
        sent = 0
        for letter in await self._outbox.waiting(_AT_ONCE):
            try:
                await self._send(letter)
            except BanyanError as error:
                pause = min(10 * 2**letter.tries, _LONGEST_PAUSE)
                last = not error.passing or letter.tries + 1 >= _TRIES
                log.warning("alert-not-sent", id=letter.id, error=error.message, given_up=last)
                again = None if last else self._clock.now() + timedelta(seconds=pause)
                await self._outbox.settle(letter, error.message, again)
            else:
                sent += 1
                await self._outbox.settle(letter, None, None)
        return sent

    async def _send(self, letter: Letter) -> None:
        settings = self._settings
        if not letter.target.startswith("mailto:"):
            secret = settings.alerts_webhook_secret
            await post(letter.target, secret.get_secret_value() if secret else "", letter.id, letter.body)
            return
        if settings.smtp_url is None:
            raise UpstreamFailed("No mail server is named; set smtp_url.")
        server, to = settings.smtp_url.get_secret_value(), letter.target.removeprefix("mailto:")
        await mail(server, settings.alerts_mail_from, to, letter.id, letter.body)

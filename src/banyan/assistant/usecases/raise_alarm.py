"""Tells the named contact of a learner in need."""

import asyncio

import structlog

from banyan.assistant.domain.circumstances import Circumstances
from banyan.assistant.ports.notifier import Notification, Notifier
from banyan.assistant.ports.turn_log import GuardrailEvent
from banyan.kernel.errors import BanyanError

_SECONDS = 2.0
"""What a learner in need waits at most for the message to be kept; they get their answer in any case."""
_log = structlog.get_logger(__name__)


class NobodyTold:
    """A `Notifier` where nothing can be sent."""

    async def notify(self, notification: Notification) -> None:
        """Nothing, but the log says so."""
        _log.warning("nobody-told", kind=notification.kind, id=notification.id)


NOBODY = NobodyTold()


async def raise_alarm(notifier: Notifier, about: Circumstances, alerts: tuple[GuardrailEvent, ...]) -> None:
    """One message for each alert, where the policy names a contact. Never raises: the learner's answer comes first.

    The learner's words are not in it: a mail is read by others; who is told looks them up in the event log.
    """
    contact = about.effective.policy.crisis_contact
    for alert in alerts:
        if not contact:
            _log.warning("no-crisis-contact", tenant=about.tenant, course=about.course, alert=alert.id)
            continue
        facts = {
            "event": alert.id,
            "user": about.user,
            "course": about.course,
            "lesson": about.lesson,
            "at": alert.at.isoformat(timespec="seconds"),
        }
        text = (
            f"A learner wrote something to the course assistant that may mean that they are in need.\n\n"
            f"Learner: {about.user}\nCourse: {about.course}\nLesson: {about.lesson}\nTime: {facts['at']}\n"
            f"Event: {alert.id}\n\nThey were shown help lines. Please look after them; the words are in the event log."
        )
        message = Notification(
            about.tenant, f"ntf_{alert.id}", "crisis", contact, "A learner may be in need", text, facts
        )
        try:
            async with asyncio.timeout(_SECONDS):
                await notifier.notify(message)
        except (BanyanError, TimeoutError) as error:
            _log.error("alert-not-kept", alert=alert.id, error=str(error))

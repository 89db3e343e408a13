"""Sends an alert by e-mail."""

import asyncio
import smtplib
from collections.abc import Mapping
from email.message import EmailMessage
from typing import Any
from urllib.parse import unquote, urlsplit

from banyan.kernel.errors import UpstreamFailed

SECONDS = 10


async def mail(server: str, sender: str, to: str, id: str, alert: Mapping[str, Any]) -> None:
    """Returns once the server has taken it. server: `smtp://user:password@host:587`, or `smtps://` for TLS at once.

    Raises: UpstreamFailed.
    """
    message = EmailMessage()
    message["From"], message["To"] = sender, to
    where = alert.get("course") or alert.get("tenant")
    subject = alert.get("subject") or f"{alert['kind']} {alert['state']}: {where}"
    message["Subject"] = " ".join(f"[Banyan] {subject}".split())
    message["Message-ID"] = f"<{id}@banyan>"
    lines = [f"{name}: {value}" for name, value in alert.items() if value is not None]
    message.set_content("\n".join(lines) + "\n")
    try:
        await asyncio.to_thread(_send, server, message)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise UpstreamFailed(
            f"The mail server did not take it ({type(error).__name__}); check the settings."
        ) from error


def _send(server: str, message: EmailMessage) -> None:
    parts = urlsplit(server)
    kind = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
    port = parts.port or (465 if parts.scheme == "smtps" else 587)
    with kind(parts.hostname or "", port, timeout=SECONDS) as connection:
        if parts.scheme == "smtp" and connection.has_extn("starttls"):
            connection.starttls()
        if parts.username:
            connection.login(unquote(parts.username), unquote(parts.password or ""))
        connection.send_message(message)

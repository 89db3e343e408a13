"""Sends an alert by e-mail."""

import asyncio
import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from typing import Any
from urllib.parse import unquote, urlsplit

from banyan.kernel.errors import InvalidInput, UpstreamFailed

SECONDS = 10
_FOR_GOOD = 500
"""Replies from here on mean: not this one, however often."""
_LONGEST_REPLY = 200


async def mail(server: str, sender: str, to: str, id: str, alert: Mapping[str, Any]) -> None:
    """Returns once the server has taken it. server: `smtp://user:password@host:587`, or `smtps://` for TLS at once.

    One letter keeps its Message-ID however often it is tried, so that a mailbox can tell doubles.
    Raises: UpstreamFailed for what may pass; InvalidInput where the server refuses this letter for good.
    """
    message = EmailMessage()
    message["From"], message["To"] = sender, to
    where = alert.get("course") or alert.get("tenant")
    subject = alert.get("subject") or f"{alert['kind']} {alert['state']}: {where}"
    message["Subject"] = " ".join(f"[Banyan] {subject}".split())
    message["Message-ID"] = f"<{id}@banyan>"
    # Names of courses are written by others: none of them begins a line of its own.
    told = {name: value for name, value in alert.items() if value is not None and name != "message"}
    lines = [f"{name}: {' '.join(str(value).split())}" for name, value in told.items()]
    message.set_content("\n".join([*lines, "", str(alert.get("message", ""))]) + "\n")
    try:
        await asyncio.to_thread(_send, server, message)
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        code, words = _reply(error)
        if code >= _FOR_GOOD:
            raise InvalidInput(f"The mail server refuses it for good: {words}. Correct the address.") from error
        raise UpstreamFailed(f"The mail server does not take it now: {words}. It is tried again.") from error
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise UpstreamFailed(
            f"The mail server did not take it ({type(error).__name__}); check the settings."
        ) from error


def _reply(
    error: smtplib.SMTPRecipientsRefused | smtplib.SMTPSenderRefused | smtplib.SMTPDataError,
) -> tuple[int, str]:
    """Code, and code with the server's words on one line."""
    code: int
    said: bytes | str
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()))
    else:
        code, said = error.smtp_code, error.smtp_error
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return code, f"{code} {' '.join(words.split())}"[:_LONGEST_REPLY]


def _is_here(host: str) -> bool:
    return host in ("localhost", "127.0.0.1", "::1")


def _send(server: str, message: EmailMessage) -> None:
    parts = urlsplit(server)
    host, tls = parts.hostname or "", ssl.create_default_context()
    if _is_here(host):  # it has no name that anybody could vouch for
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    with _connected(parts.scheme, host, parts.port, tls) as connection:
        connection.ehlo_or_helo_if_needed()
        if parts.scheme == "smtp" and connection.has_extn("starttls"):
            connection.starttls(context=tls)
        elif parts.scheme == "smtp" and parts.username and not _is_here(host):
            raise UpstreamFailed("The mail server offers no encryption, so it is not told the password; use smtps://.")
        if parts.username:
            connection.login(unquote(parts.username), unquote(parts.password or ""))
        connection.send_message(message)


def _connected(scheme: str, host: str, port: int | None, tls: ssl.SSLContext) -> smtplib.SMTP:
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port or 465, timeout=SECONDS, context=tls)
    return smtplib.SMTP(host, port or 587, timeout=SECONDS)

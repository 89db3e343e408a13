"""A small mail server that speaks SMTP over a real socket, well and badly."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class MailServer:
    """url: once it runs. replies: instead of the usual ones, by verb. extensions: what it says it can.

    letters: what it took. logins: users that gave their password. taken: called before a letter is acknowledged.
    """

    url: str = ""
    replies: dict[str, str] = field(default_factory=dict)
    extensions: tuple[str, ...] = ()
    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    taken: Callable[[], None] = lambda: None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""

        def say(words: str) -> None:
            writer.write(words.encode() + b"\r\n")

        say("220 mail.test")
        try:
            while line := (await reader.readline()).decode().strip():
                verb = line.split()[0].upper()
                if verb in self.replies:
                    say(self.replies[verb])
                elif verb == "EHLO":
                    words = ["mail.test", *self.extensions]
                    for number, word in enumerate(words):
                        say(f"250{' ' if number == len(words) - 1 else '-'}{word}")
                elif verb == "AUTH":
                    self.logins.append(base64.b64decode(line.split()[2]).split(b"\0")[1].decode())
                    say("235 welcome")
                elif verb == "DATA":
                    say("354 go on")
                    raw = await reader.readuntil(b"\r\n.\r\n")
                    letter = message_from_bytes(raw[:-5].replace(b"\r\n..", b"\r\n."), policy=policy.default)
                    assert isinstance(letter, EmailMessage)
                    self.letters.append(letter)
                    self.taken()
                    say(self.replies.get("END", "250 taken"))
                elif verb == "QUIT":
                    say("221 bye")
                    break
                else:
                    if verb == "RCPT":
                        self.recipients.append(line)
                    say("250 fine")
        finally:
            writer.close()


@asynccontextmanager
async def mail_server() -> AsyncIterator[MailServer]:
    """On a free port."""
    mails = MailServer()
    server = await asyncio.start_server(mails.serve, "127.0.0.1", 0)
    mails.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield mails

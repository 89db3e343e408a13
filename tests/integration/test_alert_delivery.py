"""How letters reach people: over a real mail server and a real web hook, well, badly, and twice at most by accident."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from assistant_world import ANA, assistant
from mail_server import MailServer, mail_server

from banyan.adapters.notices.smtp import mail
from banyan.adapters.storage.alerts import SqlOutbox
from banyan.adapters.storage.engine import open_database
from banyan.app.assisting_alerts import Postman
from banyan.app.settings import Settings
from banyan.assistant.domain.policy import Effective, Policy
from banyan.assistant.ports.notifier import Notification
from banyan.kernel.clock import SystemClock
from banyan.kernel.errors import InvalidInput, UpstreamFailed

LETTER = {
    "kind": "health",
    "state": "paused",
    "course": "Größe\r\nBcc: eve@private.example\nkind: fine",
    "message": "Paused.",
}
NEED = Notification(
    "default", "ntf_1", "crisis", "care@school.example", "A learner may be in need", "Look.", {"event": "e1"}
)


@pytest.fixture
async def mails() -> AsyncIterator[MailServer]:
    async with mail_server() as server:
        yield server


@dataclass
class Hook:
    """A web hook that takes everything."""

    url: str = ""
    seen: list[tuple[str, bytes]] = field(default_factory=list)


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    found = Hook()

    async def take(request: web.Request) -> web.Response:
        found.seen.append((request.headers["X-Banyan-Id"], await request.read()))
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield found
    await runner.cleanup()


def send(server: str, id: str = "letter_1") -> Any:
    return mail(server, "banyan@school.example", "tutor@school.example", id, LETTER)


async def test_a_letter_has_one_recipient_whatever_a_course_is_called(mails: MailServer) -> None:
    """A name with line breaks begins neither a header nor a line of the text, and other alphabets stay whole."""
    await send(mails.url)
    [letter] = mails.letters
    assert (letter["To"], letter["Bcc"], letter["Message-ID"]) == ("tutor@school.example", None, "<letter_1@banyan>")
    assert letter["Subject"] == "[Banyan] health paused: Größe Bcc: eve@private.example kind: fine"
    lines = letter.get_content().splitlines()
    assert "course: Größe Bcc: eve@private.example kind: fine" in lines
    assert not any(line.startswith(("Bcc", "kind: fine")) for line in lines)
    assert len(mails.recipients) == 1


async def test_the_password_is_given_to_a_server_of_this_machine(mails: MailServer) -> None:
    """Elsewhere only over TLS."""
    mails.extensions = ("AUTH PLAIN",)
    await send(mails.url.replace("//", "//ada:secret%20word@"))
    assert mails.logins == ["ada"]


@pytest.mark.parametrize(
    ("extensions", "replies", "error"),
    [
        (("STARTTLS", "AUTH PLAIN"), {"STARTTLS": "454 no TLS just now"}, UpstreamFailed),
        (("AUTH PLAIN",), {"AUTH": "535 wrong"}, UpstreamFailed),
        ((), {"RCPT": "450 mailbox busy"}, UpstreamFailed),
        ((), {"END": "451 try later"}, UpstreamFailed),
        ((), {"RCPT": "550 no such user"}, InvalidInput),
        ((), {"MAIL": "553 not from you"}, InvalidInput),
        ((), {"END": "554 looks like spam"}, InvalidInput),
    ],
)
async def test_what_a_mail_server_refuses_passes_or_does_not(
    mails: MailServer, extensions: tuple[str, ...], replies: dict[str, str], error: type[Exception]
) -> None:
    """No TLS, a wrong password and 4xx are tried again; a 5xx to this letter is not."""
    mails.extensions, mails.replies = extensions, replies
    with pytest.raises(error):
        await send(mails.url.replace("//", "//ada:secret@") if extensions else mails.url)
    assert mails.logins == []


@dataclass
class Office:
    """An outbox with a postman."""

    outbox: SqlOutbox
    postman: Postman


@pytest.fixture
async def office(house_url: str, mails: MailServer, hook: Hook) -> AsyncIterator[Office]:
    database = await open_database(house_url)
    outbox = SqlOutbox(database, SystemClock(), [hook.url], timedelta(hours=1))
    settings = Settings(smtp_url=mails.url, alerts_webhook_url=hook.url, alerts_webhook_secret="any long secret")
    yield Office(outbox, Postman(settings, outbox, SystemClock()))
    await database.close()


async def test_a_refusal_for_good_is_stated_and_not_tried_again(office: Office, mails: MailServer, hook: Hook) -> None:
    """What passes is tried later; either way the other letters go out."""
    mails.replies = {"RCPT": "550 no such user"}
    await office.outbox.notify(NEED)
    assert await office.postman.deliver() == 1
    assert (len(hook.seen), mails.letters) == (1, [])
    mails.replies = {}
    assert await office.postman.deliver() == 0
    assert mails.letters == []


async def test_who_dies_after_sending_sends_again_under_the_same_id(office: Office, mails: MailServer) -> None:
    """At least once, and the reader can tell."""
    await office.outbox.notify(NEED)
    delivering = asyncio.create_task(office.postman.deliver())
    mails.taken = lambda: delivering.cancel() and None
    with suppress(asyncio.CancelledError):
        await delivering
    mails.taken = lambda: None
    await office.postman.deliver()
    await office.postman.deliver()
    assert len(mails.letters) == 2
    assert len({letter["Message-ID"] for letter in mails.letters}) == 1


async def test_a_learner_in_need_is_told_of_by_mail_and_web_hook_without_their_words(
    tmp_path: Path, office: Office, mails: MailServer, hook: Hook, house_url: str
) -> None:
    """The named contact learns who it is; the operator's hook that there is something; neither what was written."""
    async with assistant(tmp_path, database_url=house_url) as world:
        world.policies.effective_now = Effective(Policy(crisis_contact="care@school.example"))
        parts = replace(world.services.ask.parts, notifier=office.outbox)
        world.services.ask._parts = parts
        reply = await world.ask("I want to kill myself, and nobody at home knows", ANA)
    assert "findahelpline.com" in reply.body.decode()
    assert await office.postman.deliver() == 2
    [letter], [(_, told)] = mails.letters, hook.seen
    assert letter["To"] == "care@school.example"
    assert "user: ana" in letter.get_content()
    assert b'"kind":"crisis"' in told
    assert b"ana" not in told.replace(b"banyan", b"")
    for words in ("kill", "nobody at home"):
        assert words not in letter.get_content()
        assert words not in told.decode()

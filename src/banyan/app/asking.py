"""The tutor for `banyan ask`: opened here, over the index of this folder or of the service that holds it."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from banyan.app.data_folder import held, is_held
from banyan.app.gateway_workspace import person
from banyan.app.logs import set_up_logs
from banyan.app.settings import load_settings
from banyan.app.workspace import service_addresses
from banyan.assistant.usecases.ask import Answering, Ask, Withheld
from banyan.assistant.usecases.open_turn import AskRequest
from banyan.kernel.identity import Identity
from banyan.kernel.ids import COURSE_WIDE, check_id


class Tutor:
    """One person's turns at a terminal, each in a session of its own."""

    def __init__(self, ask: Ask, asker: Identity) -> None:
        self._ask = ask
        self._asker = asker

    async def ask(self, course: str, lesson: str | None, question: str) -> Answering | Withheld:
        """As the port says."""
        request = AskRequest(
            check_id(course, "course"),
            COURSE_WIDE if lesson is None else check_id(lesson, "lesson"),
            question,
            surface="cli",
            stream=True,
            fresh=True,
        )
        return await self._ask(self._asker, request)


@asynccontextmanager
async def open_tutor(data: Path | None, user: str) -> AsyncIterator[Tutor]:
    """user: "" for the operator. Raises: Conflict when another command uses the folder."""
    if user:
        check_id(user, "--user")
    settings = load_settings(data=data)
    set_up_logs(logging.WARNING)
    from banyan.app import wiring

    if is_held(settings.data, "proxy"):
        addresses = await service_addresses(settings.data)
        assert addresses.proxy is not None
        async with wiring.open_tutor(settings, addresses.proxy, addresses.key) as services:
            yield Tutor(services.ask, person(user))
        return
    with held(settings.data, "proxy"):
        async with wiring.open_tutor(settings) as services:
            yield Tutor(services.ask, person(user))

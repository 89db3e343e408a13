"""Asking: what is stored when, who may ask where, and what is answered once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from scripted_gateway import CITATION, ScriptedGateway, says, until

from banyan.adapters.storage.conversations import SqlConversations
from banyan.adapters.storage.engine import open_database
from banyan.assistant.domain.sessions import StoredMessage, Turn
from banyan.assistant.ports.model_gateway import CitationsFound, TextDelta
from banyan.assistant.usecases.ask import Answering, Ask
from banyan.assistant.usecases.open_turn import AskRequest, AskSettings
from banyan.assistant.usecases.start_session import start_session
from banyan.kernel.clock import SystemClock
from banyan.kernel.errors import (
    Conflict,
    DeadlineExceeded,
    InvalidInput,
    NotFound,
    Unavailable,
    UpstreamFailed,
)
from banyan.kernel.identity import Identity, Role
from banyan.kernel.messages import Message

ANA = Identity("school", "ana", frozenset({Role.LEARNER}))
BEN = Identity("school", "ben", frozenset({Role.LEARNER}))
TEACHER = Identity("school", "tess", frozenset({Role.INSTRUCTOR}))
STRANGER = Identity("elsewhere", "ana", frozenset({Role.ADMIN}))
SETTINGS = AskSettings(model="banyan/extractive", lease=timedelta(seconds=0.6), patience=timedelta(seconds=5))


class WatchedConversations(SqlConversations):
    """Counts how often somebody looked for the turn behind a key."""

    looks = 0

    async def turn(self, tenant: str, user: str, key: str) -> Turn | None:
        self.looks += 1
        return await super().turn(tenant, user, key)


@dataclass
class World:
    store: "WatchedConversations"
    gateway: ScriptedGateway
    ask: Ask

    async def begin(self, question: str = "What is a mean?", asker: Identity = ANA, **options: str) -> Answering:
        request = AskRequest("stats", "mean", question, fingerprint=question)
        return await self.ask(asker, replace(request, **options))

    async def answer(self, question: str = "What is a mean?", asker: Identity = ANA, **options: str) -> str:
        return await spoken(await self.begin(question, asker, **options))

    async def kept(self, asker: Identity = ANA) -> list[StoredMessage]:
        session = await self.store.current_session(asker.tenant, asker.user, "stats", "mean")
        return [] if session is None else list(await self.store.messages(asker.tenant, session.id, limit=1000))


@pytest.fixture
async def world(house_url: str) -> AsyncIterator[World]:
    database = await open_database(house_url)
    store, gateway = WatchedConversations(database), ScriptedGateway()
    async with Ask(store, gateway, SystemClock(), SETTINGS) as ask:
        yield World(store, gateway, ask)
    await database.close()


async def spoken(answering: Answering) -> str:
    """The whole answer as text."""
    return "".join([event.text async for event in answering.events if isinstance(event, TextDelta)])


def told(messages: list[StoredMessage]) -> list[tuple[str, str, str]]:
    return [(message.role, message.content, message.status) for message in messages]


async def test_the_question_is_on_disk_before_the_model_is_asked_and_the_answer_before_its_end(world: World) -> None:
    """A reader of the database sees the question first, and the answer when the end is announced."""
    answering = await world.begin()
    assert world.gateway.asked == []
    assert told(await world.kept()) == [("user", "What is a mean?", "complete")]
    events = []
    async for event in answering.events:
        events.append(event)
        assert len(await world.kept()) == (2 if isinstance(event, StoredMessage) else 1)
    assert events == [CitationsFound((CITATION,)), TextDelta("A "), TextDelta("mean [1]."), (await world.kept())[1]]
    answer = (await world.kept())[1]
    assert (answer.id, answer.content, answer.citations) == (answering.turn.answer_id, "A mean [1].", (CITATION,))
    assert (answer.model, answer.finish_reason, answer.prompt_tokens, answer.completion_tokens) == (
        "test/model",
        "stop",
        5,
        7,
    )


async def test_the_model_is_reminded_of_the_conversation_as_the_server_kept_it(world: World) -> None:
    """The second question comes with the first exchange, and with the model that was asked for."""
    await world.answer("What is a mean?")
    await world.answer("And a mode?", model="openai/gpt-4o")
    assert world.gateway.asked[1].messages == (
        Message("user", "What is a mean?"),
        Message("assistant", "A mean [1]."),
        Message("user", "And a mode?"),
    )
    assert [question.model for question in world.gateway.asked] == ["banyan/extractive", "openai/gpt-4o"]


async def test_a_learner_stays_in_one_session_until_a_new_one_is_asked_for(world: World) -> None:
    """A new session starts empty; the old one can still be continued by its id."""
    first = await world.begin("one?")
    await spoken(first)
    new = await start_session(world.store, world.gateway, SystemClock(), ANA, "stats", "mean")
    second = await world.begin("two?")
    await spoken(second)
    assert second.turn.session.id == new.id != first.turn.session.id
    assert len(world.gateway.asked[1].messages) == 1
    third = await world.begin("three?", session=first.turn.session.id)
    assert third.turn.question.position == 2


async def test_nobody_writes_into_the_session_of_another(world: World) -> None:
    """The stranger, the neighbour and the teacher find nothing, the owner may."""
    session = (await world.begin()).turn.session.id
    for asker in (STRANGER, BEN, TEACHER):
        with pytest.raises(NotFound) as hidden:
            await world.begin(asker=asker, session=session)
        assert hidden.value.code == "unknown_session"
    await world.begin(session=session)


async def test_a_session_answers_for_its_own_lesson_only(world: World) -> None:
    """A question about another lesson does not land in it."""
    session = (await world.begin()).turn.session.id
    with pytest.raises(InvalidInput) as refused:
        await world.begin(session=session, lesson="mode")
    assert refused.value.code == "session_of_another_lesson"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"course": "alchemy"}, "unknown_course"),
        ({"lesson": "median"}, "unknown_lesson"),
        ({"session": "ses_unknown"}, "unknown_session"),
    ],
)
async def test_what_is_not_there_is_refused_by_name_and_leaves_no_trace(
    world: World, options: dict[str, str], code: str
) -> None:
    """An unknown course, lesson or session is an error of its own, and no session is opened."""
    with pytest.raises(NotFound) as refused:
        await world.begin(**options)
    assert refused.value.code == code
    assert await world.store.sessions("school", "ana", limit=9) == []


async def test_a_learner_who_leaves_stops_the_model_and_keeps_the_part_that_was_said(world: World) -> None:
    """The model is cancelled at once, the part is stored as interrupted, and is not quoted to the model later."""
    world.gateway.scripts = [[*says("Half [1] ")[:2], asyncio.Event()], says("Whole.")]
    answering = await world.begin("one?")
    heard = asyncio.Event()

    async def listen() -> None:
        async with aclosing(answering.events) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    heard.set()

    listener = asyncio.create_task(listen())
    await heard.wait()
    listener.cancel()
    await asyncio.gather(listener, return_exceptions=True)
    assert world.gateway.cancelled == 1
    assert told(await world.kept()) == [("user", "one?", "complete"), ("assistant", "Half [1] ", "interrupted")]
    assert (await world.kept())[1].citations == (CITATION,)
    await world.answer("two?")
    assert world.gateway.asked[1].messages == (Message("user", "two?"),)


async def test_a_listener_who_stops_between_two_pieces_interrupts_as_well(world: World) -> None:
    """Closing the answer while nothing is awaited stores what was said."""
    answering = await world.begin()
    async with aclosing(answering.events) as events:
        await anext(events)
        await anext(events)
    assert world.gateway.cancelled == 1
    assert told(await world.kept())[1] == ("assistant", "A ", "interrupted")


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ([Unavailable("Away; come back.")], Unavailable),
        ([*says("Half [1] ")[:2], UpstreamFailed("Broke; ask again.")], UpstreamFailed),
        (says("Half [1] ")[:2], UpstreamFailed),
        ([RuntimeError("a mistake of ours")], RuntimeError),
    ],
)
async def test_a_model_that_fails_leaves_the_question_and_a_failed_answer(
    world: World, script: list[object], error: type[Exception]
) -> None:
    """The error reaches the caller, what was said is kept as failed, and the next question is answered."""
    world.gateway.scripts = [script, says("Whole.")]  # type: ignore[list-item]
    with pytest.raises(error):
        await world.answer("one?")
    assert [entry[::2] for entry in told(await world.kept())] == [("user", "complete"), ("assistant", "failed")]
    assert await world.answer("two?") == "Whole."
    assert len(world.gateway.asked[1].messages) == 1


async def test_two_hundred_asks_at_once_are_all_answered_in_one_session(world: World) -> None:
    """No question or answer is lost or out of place."""
    answers = await asyncio.gather(*(world.answer(f"{n}?") for n in range(200)))
    assert set(answers) == {"A mean [1]."}
    kept = await world.kept()
    assert [message.position for message in kept] == list(range(400))
    assert {message.content for message in kept[::2]} == {f"{n}?" for n in range(200)}
    assert len(await world.store.sessions("school", "ana", limit=9)) == 1


async def test_many_learners_at_once_have_a_session_each(world: World) -> None:
    """Learners do not meet in one session."""
    learners = [replace(ANA, user=f"learner-{n}") for n in range(60)]
    await asyncio.gather(*(world.answer(f"from {learner.user}", learner) for learner in learners))
    for learner in learners:
        assert told(await world.kept(learner)) == [
            ("user", f"from {learner.user}", "complete"),
            ("assistant", "A mean [1].", "complete"),
        ]


async def test_a_question_that_is_sent_again_is_answered_once(world: World) -> None:
    """The same ids, text and citations come back, and the model is asked once."""
    first = await world.begin(key="k1")
    said = [event async for event in first.events]
    again = await world.begin(key="k1")
    repeated = [event async for event in again.events]
    assert (again.replayed, again.turn.answer_id, again.turn.question.id) == (
        True,
        first.turn.answer_id,
        first.turn.question.id,
    )
    assert repeated == [said[0], TextDelta("A mean [1]."), said[-1]]
    assert len(world.gateway.asked) == 1
    assert len(await world.kept()) == 2


async def test_a_key_belongs_to_its_tenant_and_user(world: World) -> None:
    """The same key of another learner is another question."""
    await world.answer(key="k1")
    await world.answer("mine?", BEN, key="k1")
    assert len(world.gateway.asked) == 2


async def test_a_key_with_another_question_is_refused(world: World) -> None:
    """Whether the first is answered or still under way."""
    world.gateway.scripts = [[asyncio.Event()]]
    await world.begin("one?", key="k1")
    with pytest.raises(Conflict) as refused:
        await world.begin("two?", key="k1")
    assert refused.value.code == "idempotency_key_reused"
    assert len(await world.kept()) == 1


async def test_a_repetition_waits_for_the_first(world: World) -> None:
    """Ten equal requests at once are one question to the model, answered ten times, however long it takes."""
    ready = asyncio.Event()
    world.gateway.scripts = [[ready, *says("Slow.")]]
    asking = [asyncio.create_task(world.answer(key="k1")) for _ in range(10)]
    begun = SystemClock().now()

    async def outlived_its_lease_several_times() -> bool:
        turn = await world.store.turn("school", "ana", "k1")
        return turn is not None and turn.claim is not None and turn.claim.expires > begun + 3 * SETTINGS.lease

    await until(outlived_its_lease_several_times)
    ready.set()
    assert await asyncio.gather(*asking) == ["Slow."] * 10
    assert len(world.gateway.asked) == 1
    assert len(await world.kept()) == 2


async def test_a_repetition_that_waited_for_a_failure_is_told_so_and_the_next_is_answered(world: World) -> None:
    """A failure is not repeated once for each that waits, and does not block the key."""
    broken = asyncio.Event()
    world.gateway.scripts = [[broken, UpstreamFailed("Broke; ask again.")], says("Whole.")]
    asking = [asyncio.create_task(world.answer(key="k1")) for _ in range(3)]

    async def two_are_waiting() -> bool:
        return bool(world.gateway.asked) and world.store.looks > 6

    await until(two_are_waiting)
    broken.set()
    assert [type(end) for end in await asyncio.gather(*asking, return_exceptions=True)] == [UpstreamFailed] * 3
    assert await world.answer(key="k1") == "Whole."
    assert len(world.gateway.asked) == 2
    assert told(await world.kept()) == [("user", "What is a mean?", "complete"), ("assistant", "Whole.", "complete")]


async def test_an_interrupted_question_may_be_sent_again(world: World) -> None:
    """The learner whose connection broke gets a whole answer in the place of the half one."""
    first = await world.begin(key="k1")
    async with aclosing(first.events) as events:
        await anext(events)
        await anext(events)
    again = await world.begin(key="k1")
    assert await spoken(again) == "A mean [1]."
    assert again.turn.answer_id == first.turn.answer_id
    assert told(await world.kept()) == [
        ("user", "What is a mean?", "complete"),
        ("assistant", "A mean [1].", "complete"),
    ]


async def test_a_turn_whose_process_died_is_taken_over(world: World) -> None:
    """A claim that nobody renews expires; of several repetitions one answers, and the late first one is shut out."""
    first = await world.begin(key="k1")  # never fetched, as after a kill: nobody renews its claim
    answers = await asyncio.gather(*(world.answer(key="k1") for _ in range(3)))
    assert answers == ["A mean [1]."] * 3
    assert len(world.gateway.asked) == 1
    with pytest.raises(Conflict):
        await spoken(first)
    assert told(await world.kept()) == [
        ("user", "What is a mean?", "complete"),
        ("assistant", "A mean [1].", "complete"),
    ]


async def test_patience_ends(house_url: str) -> None:
    """A repetition does not wait for ever for a first that never ends."""
    database = await open_database(house_url)
    gateway = ScriptedGateway([[asyncio.Event()]])
    settings = replace(SETTINGS, lease=timedelta(minutes=1), patience=timedelta(seconds=0.2))
    async with Ask(SqlConversations(database), gateway, SystemClock(), settings) as ask:
        request = AskRequest("stats", "mean", "one?", key="k1")
        await ask(ANA, request)
        with pytest.raises(DeadlineExceeded):
            await ask(ANA, request)
    await database.close()

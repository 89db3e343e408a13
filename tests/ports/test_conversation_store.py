"""The suite of the conversation store."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from banyan.adapters.storage.conversations import SqlConversations
from banyan.adapters.storage.engine import open_database
from banyan.assistant.domain.notices import Notice, NoticeCode
from banyan.assistant.domain.sessions import Claim, MessageStatus, Session, StoredMessage, Turn
from banyan.assistant.ports.store import ConversationStore
from banyan.kernel.messages import Citation

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
CITATION = Citation(
    1, "stats", "mean", "c1", "Mean", ("Averages",), "averages", "A mean.", 3, 10, "lesson", "text", 0.5
)


@pytest.fixture
async def store(house_url: str) -> AsyncIterator[ConversationStore]:
    database = await open_database(house_url)
    yield SqlConversations(database)
    await database.close()


def claim(key: str = "key", attempt: str = "try_1") -> Claim:
    return Claim(key, "hash", attempt, "running", LATER)


def answer_to(turn: Turn, content: str, status: MessageStatus = "complete") -> StoredMessage:
    return StoredMessage(
        turn.answer_id,
        turn.session.id,
        turn.question.position + 1,
        "assistant",
        content,
        LATER,
        status,
        (CITATION,),
        "m/1",
        "stop",
        3,
        4,
        Notice(NoticeCode.FALLBACK, "Quoted.", LATER),
    )


async def anas(store: ConversationStore) -> Session:
    return await store.ensure_session("school", "ana", "stats", "mean", now=NOW)


async def begin(store: ConversationStore, session: Session, question: str, held: Claim | None = None) -> Turn:
    turn = await store.begin_turn(session, question, held, now=NOW)
    assert isinstance(turn, Turn)
    return turn


async def test_two_hundred_callers_at_once_get_one_session(store: ConversationStore) -> None:
    """However many ask first at the same time, the learner has one session on the lesson."""
    found = await asyncio.gather(*(anas(store) for _ in range(200)))
    assert len({session.id for session in found}) == 1
    assert await store.sessions("school", "ana", limit=10) == [found[0]]


async def test_a_new_session_becomes_the_current_one(store: ConversationStore) -> None:
    """The older one stays readable."""
    first = await anas(store)
    second = await store.new_session("school", "ana", "stats", "mean", now=LATER)
    assert (second.number, second.id != first.id) == (2, True)
    assert await store.current_session("school", "ana", "stats", "mean") == second
    assert await anas(store) == second
    assert await store.sessions("school", "ana", limit=10) == [second, first]
    assert await store.session("school", first.id) == first


async def test_sessions_are_found_by_their_own_tenant_and_user_alone(store: ConversationStore) -> None:
    """The stranger finds nothing, the neighbour finds nothing, the owner finds the session."""
    session = await anas(store)
    turn = await begin(store, session, "What is a mean?", claim())
    assert await store.session("elsewhere", session.id) is None
    assert await store.messages("elsewhere", session.id, limit=9) == []
    assert await store.turn("elsewhere", "ana", "key") is None
    assert await store.answer("elsewhere", session.id, turn.answer_id) is None
    assert await store.current_session("elsewhere", "ana", "stats", "mean") is None
    assert await store.sessions("elsewhere", "ana", limit=9) == []
    assert await store.current_session("school", "ben", "stats", "mean") is None
    assert await store.turn("school", "ben", "key") is None
    assert await store.sessions("school", "ben", limit=9) == []
    assert (await store.turn("school", "ana", "key")) == replace(
        turn, session=replace(session, title="What is a mean?")
    )


async def test_sessions_are_listed_last_used_first_and_by_place(store: ConversationStore) -> None:
    """A question moves its session to the top; course and lesson narrow the list."""
    mean = await anas(store)
    mode = await store.ensure_session("school", "ana", "stats", "mode", now=NOW + timedelta(seconds=1))
    await store.begin_turn(mean, "What is a mean?", None, now=LATER)
    assert [session.lesson for session in await store.sessions("school", "ana", limit=9)] == ["mean", "mode"]
    assert [
        session.id for session in await store.sessions("school", "ana", course="stats", lesson="mode", limit=9)
    ] == [mode.id]
    assert await store.sessions("school", "ana", course="other", limit=9) == []
    assert len(await store.sessions("school", "ana", limit=1)) == 1


async def test_an_answer_stands_behind_its_question_whichever_was_ready_first(store: ConversationStore) -> None:
    """Two questions in flight keep their places, and citations come back as they were."""
    session = await anas(store)
    first = await begin(store, session, "one?")
    second = await begin(store, session, "two?")
    assert await store.finish_turn(second, answer_to(second, "Two."))
    assert await store.finish_turn(first, answer_to(first, "One."))
    kept = await store.messages("school", session.id, limit=10)
    assert [(message.position, message.content) for message in kept] == [
        (0, "one?"),
        (1, "One."),
        (2, "two?"),
        (3, "Two."),
    ]
    assert kept[1] == answer_to(first, "One.")
    assert kept[0] == first.question


async def test_messages_are_the_newest_in_order(store: ConversationStore) -> None:
    """A limit drops the oldest; `before` hides a question and what follows it."""
    session = await anas(store)
    for word in ("one", "two", "three"):
        await begin(store, session, word)
    assert [m.content for m in await store.messages("school", session.id, limit=2)] == ["two", "three"]
    assert [m.content for m in await store.messages("school", session.id, limit=9, before=4)] == ["one", "two"]


async def test_the_first_question_gives_the_session_its_title(store: ConversationStore) -> None:
    """Later questions do not change it."""
    session = await anas(store)
    await begin(store, session, "What is a mean?")
    await begin(store, session, "And a median?")
    assert [found.title for found in await store.sessions("school", "ana", limit=1)] == ["What is a mean?"]


async def test_of_many_turns_with_one_key_one_is_stored(store: ConversationStore) -> None:
    """The others store nothing, not even their question."""
    session = await anas(store)
    begun = await asyncio.gather(
        *(store.begin_turn(session, "one?", claim(attempt=f"try_{n}"), now=NOW) for n in range(20))
    )
    assert sum(turn is not None for turn in begun) == 1
    assert len(await store.messages("school", session.id, limit=50)) == 1


async def test_a_try_that_was_taken_over_cannot_store_its_answer(store: ConversationStore) -> None:
    """One of two rivals takes the turn over, and the earlier try is shut out from then on."""
    first = await begin(store, await anas(store), "one?", claim())
    second = await store.take_over(first, claim(attempt="try_2"), now=LATER)
    assert isinstance(second, Turn)
    assert second.answer_id == first.answer_id
    assert await store.take_over(first, claim(attempt="try_3"), now=LATER) is None
    assert not await store.finish_turn(first, answer_to(first, "Too late."))
    assert await store.finish_turn(second, answer_to(second, "In time."))
    kept = await store.answer("school", first.session.id, first.answer_id)
    assert kept == answer_to(second, "In time.")


async def test_a_later_answer_takes_the_place_of_a_broken_one(store: ConversationStore) -> None:
    """After a try that was interrupted, the message keeps its id and its place and gets the new text."""
    turn = await begin(store, await anas(store), "one?", claim())
    assert await store.finish_turn(turn, answer_to(turn, "Ha", "interrupted"))
    held = await store.turn("school", "ana", "key")
    assert held is not None
    assert held.claim == replace(claim(), state="interrupted")
    again = await store.take_over(held, claim(attempt="try_2"), now=LATER)
    assert isinstance(again, Turn)
    assert await store.finish_turn(again, answer_to(again, "Whole."))
    kept = await store.messages("school", turn.session.id, limit=9)
    assert [(m.id, m.content, m.status) for m in kept[1:]] == [(turn.answer_id, "Whole.", "complete")]


async def test_renewal_reaches_only_claims_that_are_still_held(store: ConversationStore) -> None:
    """A try that was taken over does not prolong its successor's claim."""
    first = await begin(store, await anas(store), "one?", claim())
    await store.renew([first], LATER + timedelta(hours=1))
    held = await store.turn("school", "ana", "key")
    assert held is not None
    assert held.claim == replace(claim(), expires=LATER + timedelta(hours=1))
    await store.take_over(held, claim(attempt="try_2"), now=LATER)
    await store.renew([first], LATER + timedelta(hours=2))
    held = await store.turn("school", "ana", "key")
    assert held is not None
    assert held.claim == claim(attempt="try_2")

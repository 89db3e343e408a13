"""The suite of the model gateway: the direct call and HTTP are the same to the tutor."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from fake_openai import WORDS, Upstream
from knowledge_house import House, document
from proxy_house import open_proxy

from banyan.adapters.gateways.http import HttpGateway, Timeouts
from banyan.assistant.domain.studying import Chunk
from banyan.assistant.ports.model_gateway import (
    AnswerDone,
    AnswerEvent,
    CitationsFound,
    ModelGateway,
    Question,
    Sampling,
    TextDelta,
)
from banyan.kernel.errors import (
    BanyanError,
    DeadlineExceeded,
    NotAllowed,
    NotFound,
    RateLimited,
    Unavailable,
    UpstreamFailed,
)
from banyan.kernel.identity import DEFAULT_TENANT, Identity, Role
from banyan.kernel.messages import Message
from banyan.proxy.domain.knowledge import Scope
from banyan.proxy.usecases.index import Order

ANA = Identity(DEFAULT_TENANT, "ana", frozenset({Role.LEARNER}))
TESS = Identity(DEFAULT_TENANT, "tess", frozenset({Role.INSTRUCTOR}))
LEAVES = "Leaves make sugar from light."
ROOTS = "Roots drink water."


@dataclass
class World:
    gateway: ModelGateway
    upstream: Upstream
    house: House

    async def answer(self, *said: str, model: str = "banyan/echo", course: str = "botany") -> list[AnswerEvent]:
        roles = ["user", "assistant"] * len(said)
        messages = [Message(role, text) for role, text in zip(roles, said, strict=False)]  # type: ignore[arg-type]
        async with aclosing(self.gateway.answer(Question(ANA, course, "leaves", messages, model))) as events:
            return [event async for event in events]


@pytest.fixture(params=["embedded", "http"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    # Told to wait 7 seconds, a call that has 5 fails at once.
    hurried = {"model": "openai/m", "patience": {"total": 5}}
    async with open_proxy(tmp_path, deployments={"hurried": hurried}) as proxy:
        await proxy.house.index(Scope(DEFAULT_TENANT, "botany", "leaves"), "# Sugar", LEAVES, title="Leaves")
        await proxy.house.index(Scope(DEFAULT_TENANT, "botany", "roots"), ROOTS, title="Roots")
        await proxy.house.index(Scope(DEFAULT_TENANT, "algebra", "sums"), "A sum adds.", title="Sums")
        gateway: ModelGateway = proxy.gateway
        if request.param == "http":
            gateway = HttpGateway(proxy.url)
        yield World(gateway, proxy.upstream, proxy.house)
        await gateway.close()


def text_of(events: list[AnswerEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


async def test_an_answer_is_citations_then_text_then_its_end(world: World) -> None:
    """Citations come once and first, and quote the lesson character for character."""
    events = await world.answer("what do leaves make")
    found, *pieces, done = events
    assert isinstance(found, CitationsFound)
    lesson = await world.gateway.lesson(ANA, "botany", "leaves")
    first = found.citations[0]
    assert (first.index, first.lesson, first.title, first.heading) == (1, "leaves", "Leaves", ("Sugar",))
    assert first.quote == LEAVES == lesson.text[first.start : first.end]
    assert all(isinstance(piece, TextDelta) for piece in pieces)
    assert text_of(events) == "what do leaves make"
    assert done == AnswerDone("stop", "banyan/echo", done.prompt_tokens, 4)  # type: ignore[union-attr]


async def test_a_model_sees_the_conversation_and_is_named_by_its_own_name(world: World) -> None:
    """The history arrives in order, and the pieces come as the provider sent them."""
    events = await world.answer("one", "two", "what do leaves make", model="openai/gpt-4o")
    assert [event.text for event in events if isinstance(event, TextDelta)] == WORDS
    assert isinstance(events[-1], AnswerDone)
    sent = world.upstream.seen[0][1]
    assert sent["model"] == "gpt-4o"
    said = [(m["role"], m["content"]) for m in sent["messages"] if m["role"] != "system"]
    assert said == [("user", "one"), ("assistant", "two"), ("user", "what do leaves make")]


async def test_a_search_quotes_whole_passages(world: World) -> None:
    """Numbered from 1, each as it stands in its source; in a lesson, of it alone; nothing of an unknown course."""
    found = await world.gateway.search(ANA, "botany", None, "what do leaves and roots do", 5)
    assert [one.index for one in found] == [1, 2]
    assert {one.lesson for one in found} == {"leaves", "roots"}
    for one in found:
        text = (await world.gateway.lesson(ANA, "botany", one.lesson)).text
        assert text[one.start : one.end] == one.quote
    assert [one.lesson for one in await world.gateway.search(ANA, "botany", "roots", "leaves and water", 5)] == [
        "roots"
    ]
    assert list(await world.gateway.search(ANA, "nowhere", None, "leaves", 5)) == []


async def test_closing_an_answer_cancels_the_model(world: World) -> None:
    """The provider sees its caller leave at once."""
    world.upstream.behaviour = "hang-midway"
    question = Question(ANA, "botany", "leaves", [Message("user", "what do leaves make")], "openai/m")
    async with aclosing(world.gateway.answer(question)) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                break
    async with asyncio.timeout(5):
        await world.upstream.gone.wait()


@pytest.mark.parametrize(
    ("behaviour", "kind"), [("500", UpstreamFailed), ("401", UpstreamFailed), ("429", RateLimited)]
)
async def test_a_refusal_of_the_provider_keeps_its_kind(world: World, behaviour: str, kind: type[BanyanError]) -> None:
    """Before the first event, with the time to wait where there is one."""
    world.upstream.behaviour = behaviour
    with pytest.raises(kind) as failed:
        await world.answer("what do leaves make", model="hurried")
    assert failed.value.retry_after == (7 if behaviour == "429" else None)
    assert getattr(failed.value, "status", None) in (None, int(behaviour), 502)


@pytest.mark.parametrize("behaviour", ["cut", "ends-early", "error-midway"])
async def test_an_answer_that_breaks_off_does_not_end(world: World, behaviour: str) -> None:
    """The first piece arrives, then the failure, and never the event that says it is complete."""
    world.upstream.behaviour = behaviour
    question = Question(ANA, "botany", "leaves", [Message("user", "what do leaves make")], "openai/m")
    events: list[AnswerEvent] = []

    async def listen() -> None:
        async for event in world.gateway.answer(question):
            events.append(event)

    with pytest.raises(UpstreamFailed):
        await listen()
    assert text_of(events) == WORDS[0]
    assert not any(isinstance(event, AnswerDone) for event in events)


async def test_an_unknown_model_is_not_found(world: World) -> None:
    """With the code that OpenAI's clients know."""
    with pytest.raises(NotFound) as refused:
        await world.answer("what do leaves make", model="nobody/nothing")
    assert refused.value.code == "model_not_found"


async def test_courses_and_lessons_are_listed(world: World) -> None:
    """Courses sorted, lessons in course order, nothing for a course that is not there."""
    assert await world.gateway.courses(ANA) == ["algebra", "botany"]
    lessons = await world.gateway.lessons(ANA, "botany")
    assert [(line.course, line.lesson, line.title, line.chunks) for line in lessons] == [
        ("botany", "leaves", "Leaves", 1),
        ("botany", "roots", "Roots", 1),
    ]
    assert list(await world.gateway.lessons(ANA, "alchemy")) == []


async def test_a_lesson_is_its_text_and_its_blocks(world: World) -> None:
    """Every block's span lies in the text; an unknown lesson is not found."""
    lesson = await world.gateway.lesson(ANA, "botany", "leaves")
    assert (lesson.title, lesson.text, lesson.version) == ("Leaves", f"Sugar\n\n{LEAVES}", 1)
    assert [(block["kind"], lesson.text[block["start"] : block["end"]]) for block in lesson.blocks] == [
        ("heading", "Sugar"),
        ("paragraph", LEAVES),
    ]
    assert lesson.blocks[1]["heading"] == ["Sugar"]
    with pytest.raises(NotFound):
        await world.gateway.lesson(ANA, "botany", "gold")


async def test_a_running_proxy_is_healthy(world: World) -> None:
    """Whether it is asked by a call or over HTTP."""
    assert await world.gateway.healthy()


async def test_a_proxy_that_is_not_there_is_unavailable() -> None:
    """The next step is named, and nothing waits."""
    gateway = HttpGateway("http://127.0.0.1:1")
    assert not await gateway.healthy()
    with pytest.raises(Unavailable, match="check that it runs"):
        await gateway.courses(ANA)
    with pytest.raises(Unavailable):
        await anext(gateway.answer(Question(ANA, "botany", "leaves", [Message("user", "why")], "banyan/echo")))
    await gateway.close()


async def test_a_proxy_that_does_not_answer_runs_out_of_time() -> None:
    """Every call has a deadline."""
    with socket.create_server(("127.0.0.1", 0)) as silent:  # connects, and nobody ever reads
        gateway = HttpGateway(f"http://127.0.0.1:{silent.getsockname()[1]}", timeouts=Timeouts(0.2, 0.2, 0.2, 0.2))
        assert not await gateway.healthy()
        with pytest.raises(DeadlineExceeded):
            await gateway.courses(ANA)
        with pytest.raises(DeadlineExceeded):
            await anext(gateway.answer(Question(ANA, "botany", "leaves", [Message("user", "why")], "banyan/echo")))
        await gateway.close()


CELLS = (
    "A neuron is a cell that carries signals through the whole body of an animal.",
    "A synapse is a narrow gap across which two cells pass their signals on.",
    "A dendrite is a short branch that receives signals from many other cells.",
    "An axon is a long fibre that carries signals away from the body of a cell.",
    "Myelin is a fatty sheath that makes signals travel faster along a fibre.",
)
SECRET = "A secret is a thing that only teachers of this course may ever get to see."


async def test_a_lesson_is_studied_without_a_model(world: World) -> None:
    """Summary, terms and questions quote the lesson; wrong answers are other terms; nothing is from staff's notes."""
    await world.house.index(Scope(DEFAULT_TENANT, "botany", "cells"), *CELLS, title="Cells")
    notes = Scope(DEFAULT_TENANT, "botany", "cells", "notes")
    await world.house.indexer.index(Order(notes, replace(document(SECRET), source_type="instructor")))
    found = await world.gateway.study(TESS, "botany", "cells")
    text = (await world.gateway.lesson(ANA, "botany", "cells")).text
    quoted = [*found.summary, *(term.citation for term in found.terms), *(one.citation for one in found.questions)]
    assert all(one.quote == text[one.start : one.end] for one in quoted)
    assert {term.term for term in found.terms} == {"neuron", "synapse", "dendrite", "axon", "myelin"}
    synapse = next(one for one in found.questions if (one.kind, one.answer) == ("cloze", "synapse"))
    assert synapse.prompt == "A(n) _____ is a narrow gap across which two cells pass their signals on."
    assert set(synapse.wrong) == {"neuron", "dendrite", "axon"}  # there is no "a myelin"
    assert "secret" not in repr(found)
    with pytest.raises(NotFound):
        await world.gateway.study(TESS, "botany", "nowhere")
    with pytest.raises(NotAllowed):
        await world.gateway.study(ANA, "botany", "cells")


async def test_a_lesson_that_changes_is_studied_anew(world: World) -> None:
    """What was found of it before is remembered only while it stays the same; so is what its neighbours say."""
    cells = Scope(DEFAULT_TENANT, "botany", "cells")
    await world.house.index(cells, *CELLS, title="Cells")
    before = await world.gateway.study(TESS, "botany", "cells")
    assert await world.gateway.study(TESS, "botany", "cells") == before
    await world.house.index(cells, *CELLS[1:], title="Cells")
    after = await world.gateway.study(TESS, "botany", "cells")
    assert {one.term for one in before.terms} - {one.term for one in after.terms} == {"neuron"}
    assert len((await world.gateway.lesson(ANA, "botany", "cells")).text) >= max(one.end for one in after.summary)


BROUGHT = (
    "# Water\n\nOsmosis is the movement of **water** through a layer that holds salt back.\n"
    "Roots swell in rain because the soil holds less salt than their sap.\n",
    "# Exercises\n\nExplain how osmosis moves water through a layer.\n",
)


async def test_a_brought_text_is_studied_for_anyone(world: World) -> None:
    """Every field arrives, and spans are measured in the caller's own chunks, which citations name."""
    chunks = [Chunk(str(number), text) for number, text in enumerate(BROUGHT)]
    found = await world.gateway.study_text(ANA, chunks, "Plants")
    assert (found.title, found.language) == ("Plants", "english")
    assert [(one.title, one.level) for one in found.sections] == [("Water", 1)]
    assert [one.term for one in found.terms] == ["osmosis"]
    assert {one.kind for one in found.questions} >= {"short_answer", "true_false"}
    assert any(one.key_points and one.explanation for one in found.questions)
    task = found.tasks[0]
    assert (task.kind, task.found, task.citation.chunk_id) == ("exercise", True, "1")
    assert max(one.rank for one in found.sentences) == 1.0
    cited = [task.citation, *task.expected, *(one.citation for one in (*found.sentences, *found.questions))]
    assert all(BROUGHT[int(one.chunk_id)][one.start : one.end] == one.quote for one in cited)
    assert any("**water**" in one.quote for one in cited)
    nothing = await world.gateway.study_text(ANA, [Chunk("", "")])
    assert (nothing.questions, nothing.sections, nothing.sentences) == ((), (), ())


async def test_texts_become_vectors_of_unit_length_in_order(world: World) -> None:
    """Also where there are more than one request takes, and equal texts have equal vectors."""
    rows = await world.gateway.embed(ANA, [LEAVES, *[ROOTS] * 300, LEAVES])
    assert len(rows) == 302
    assert sum(number * number for number in rows[0]) == pytest.approx(1, abs=1e-4)
    assert list(rows[0]) == pytest.approx(list(rows[-1]), abs=1e-4)
    assert list(rows[0]) != pytest.approx(list(rows[1]), abs=1e-2)
    assert list(await world.gateway.embed(ANA, [])) == []


async def test_a_question_about_no_course_goes_to_the_model_as_it_is(world: World) -> None:
    """Nothing is added to the messages, and the model is told how to choose its words."""
    messages = (Message("system", "Be brief."), Message("user", "Say it."))
    sampling = Sampling(temperature=0.25, max_tokens=7, stop=("END",))
    question = Question(ANA, "", None, messages, "openai/m", grounded=False, sampling=sampling)
    async with aclosing(world.gateway.answer(question)) as events:
        assert text_of([event async for event in events])
    sent = world.upstream.seen[-1][1]
    assert sent["messages"] == [{"role": one.role, "content": one.content} for one in messages]
    assert (sent["temperature"], sent["max_tokens"], sent["stop"]) == (0.25, 7, ["END"])


async def test_models_are_listed_with_what_they_can(world: World) -> None:
    """Chat models, and those for vectors with their width."""
    offered = {one.id: one for one in await world.gateway.models(ANA)}
    assert (offered["banyan/echo"].chat, offered["banyan/echo"].owner) == (True, "banyan")
    assert (offered["banyan/tiny"].chat, offered["banyan/tiny"].dimensions) == (False, 32)


async def test_vectors_name_the_model_that_made_them(world: World) -> None:
    """One per text; an unknown model is refused."""
    found = await world.gateway.embed_as(ANA, ["a leaf", "a root"], None)
    assert (len(found.vectors), found.model, found.tokens > 0) == (2, "banyan/tiny", True)
    with pytest.raises(NotFound):
        await world.gateway.embed_as(ANA, ["a leaf"], "nobody/knows")


async def test_usage_is_there_before_anything_was_used(world: World) -> None:
    """Every provider that is set up has a line of zeros, and a breaker."""
    found = await world.gateway.usage(ANA)
    assert {one.name: one.attempts for one in found.providers}["banyan/echo"] == 0
    assert found.breakers["banyan/echo"] == "closed"
    assert (found.models, found.users) == ((), 0)

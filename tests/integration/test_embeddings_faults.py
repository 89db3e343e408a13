"""Every way in which a provider of vectors breaks: what the client gets, who was asked, what the ledger says."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from embedding_house import EAST, WEST, Embeddings, open_embeddings
from faulty_upstream import Behave, Call, plain, refusing, silent, vectors


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Embeddings]:
    async with open_embeddings(tmp_path) as running:
        yield running


async def reset(call: Call) -> None:
    """The connection is reset before anything is said."""
    call.cut()


FAULTS = pytest.mark.parametrize("fault", [refusing(500), refusing(503), reset], ids=["500", "503", "reset"])


@FAULTS
async def test_a_single_fault_is_tried_once_more_where_it_happened(house: Embeddings, fault: Behave) -> None:
    """The second try of the same deployment answers; every try has its row."""
    house.east.behaviours.append(fault)
    answer = await house.ask()
    assert (answer.status, answer.by, answer.vectors) == (200, "east", [EAST])
    assert answer.headers["x-banyan-route"] == "first choice"
    assert (len(house.east.calls), len(house.west.calls)) == (2, 0)
    assert await house.statuses() == [("east", "failed"), ("east", "ok")]


@FAULTS
async def test_a_lasting_fault_goes_to_the_next_deployment(house: Embeddings, fault: Behave) -> None:
    """Two tries, then the fallback, which is named and paid for; what failed cost nothing."""
    house.east.usual = fault
    answer = await house.ask()
    assert (answer.by, answer.vectors, answer.headers["x-banyan-route"]) == ("west", [WEST], "east: outage")
    assert float(answer.headers["x-banyan-cost"]) == 0.00004
    rows = await house.rows()
    assert [(row["deployment"], row["status"], row["cost"], row["reason"]) for row in rows] == [
        ("east", "failed", 0, "first choice"),
        ("east", "failed", 0, "first choice"),
        ("west", "ok", 40_000, "east: outage"),
    ]


async def test_a_short_retry_after_is_waited_for(house: Embeddings) -> None:
    """The provider says one second, so it is asked again after one."""
    house.east.behaviours.append(refusing(429, "Slow down.", "Retry-After: 1"))
    began = asyncio.get_running_loop().time()
    answer = await house.ask()
    assert asyncio.get_running_loop().time() - began >= 1
    assert (answer.by, len(house.east.calls), len(house.west.calls)) == ("east", 2, 0)


async def test_vectors_that_come_in_another_order_are_put_right(house: Embeddings) -> None:
    """D-36: the number beside a vector says whose it is; a number that is missing or there twice is no answer."""

    def numbered(*numbers: int) -> Behave:
        async def answer(call: Call) -> None:
            data = [{"object": "embedding", "index": n, "embedding": [float(n), 1.0]} for n in numbers]
            usage = {"prompt_tokens": 8, "total_tokens": 8}
            await call.answer(200, json.dumps({"object": "list", "data": data, "usage": usage}).encode())

        return answer

    house.east.usual = numbered(2, 0, 1)
    ordered = (await house.ask("alone", ["leaf", "root", "stem"])).vectors
    assert [round(vector[0] / vector[1], 3) for vector in ordered] == [0, 1, 2]
    for numbers in ((0, 1, 1), (0, 1), (1, 2, 3)):
        house.east.usual = numbered(*numbers)
        answer = await house.ask(input=[f"leaf {numbers}", "bark", "bud"])
        assert answer.by == "west"


async def test_a_long_retry_after_goes_to_the_next_deployment(house: Embeddings) -> None:
    """An hour fits no deadline; the next call does not ask the first deployment at all."""
    house.east.usual = refusing(429, "Come back later.", "Retry-After: 3600")
    for word in ("leaf", "root"):
        answer = await house.ask(input=word)
        assert (answer.by, answer.headers["x-banyan-route"]) == ("west", "east: rate_limit")
    assert (len(house.east.calls), len(house.west.calls)) == (1, 2)


async def test_a_rate_limit_with_nobody_else_to_ask_is_told_with_its_time(house: Embeddings) -> None:
    """429, and Retry-After as the provider said it."""
    house.east.usual = refusing(429, "Come back later.", "Retry-After: 3600")
    answer = await house.ask("alone")
    assert (answer.status, answer.headers["retry-after"]) == (429, "3600")


async def test_a_silent_deployment_is_left_and_not_retried(house: Embeddings) -> None:
    """After the time for the first byte the next one answers, and the silent one sees its caller go."""
    house.east.usual = silent
    answer = await house.ask()
    assert (answer.by, answer.headers["x-banyan-route"]) == ("west", "east: silence")
    assert len(house.east.calls) == 1
    async with asyncio.timeout(1):
        await house.east.calls[0].left.wait()


async def test_the_deadline_counts_for_all_tries_together(house: Embeddings) -> None:
    """Silence for longer than the whole call may take is a 504, though somebody else could be asked."""
    await house.deploy("east", house.east, patience={"connect": 1, "total": 0.5})
    house.east.usual = silent
    answer = await house.ask()
    assert (answer.status, answer.by, len(house.west.calls)) == (504, "deadline_exceeded", 0)


async def test_the_caller_s_own_mistake_is_theirs(house: Embeddings) -> None:
    """No retry, no fallback, and the breaker stays closed however often it happens."""
    house.east.usual = refusing(400, "Too many dimensions.", code="invalid_value")
    for _ in range(6):
        assert (await house.ask()).status == 400
    assert (len(house.east.calls), len(house.west.calls)) == (6, 0)
    house.east.usual = vectors(*EAST)
    assert (await house.ask()).by == "east"


async def test_what_was_read_before_a_text_was_refused_is_paid(house: Embeddings) -> None:
    """Of 40 texts that go out in several calls the last one is refused: the provider charges for 39, and so do we."""

    async def choosy(call: Call) -> None:
        await (refusing(400) if "bad" in call.body["input"] else vectors(*EAST))(call)

    await house.deploy("east", house.east, max_parallel=1)
    house.east.usual = choosy
    assert (await house.ask(input=[*(f"leaf {number}" for number in range(39)), "bad"])).status == 400
    [row] = await house.rows()
    assert (row["status"], row["input_tokens"], row["cost"]) == ("failed", 39 * 4, 39 * 4 * 10_000)


@pytest.mark.parametrize("vector", ["AADAfwAAgD8=", [1e39, 1.0], "AACAfwAAgD8="], ids=["nan", "too large", "endless"])
async def test_a_vector_that_no_json_can_hold_is_no_answer(house: Embeddings, vector: object) -> None:
    """It would come out as null, and be remembered; the next deployment answers."""
    data = [{"object": "embedding", "index": 0, "embedding": vector}]
    house.east.usual = plain(json.dumps({"object": "list", "data": data}).encode())
    answer = await house.ask()
    assert (answer.status, answer.by, answer.vectors) == (200, "west", [WEST])


@pytest.mark.parametrize("fault", [refusing(401), plain(b'{"data": []}')], ids=["401", "too few"])
async def test_a_deployment_that_is_set_up_wrongly_is_left_at_once(house: Embeddings, fault: Behave) -> None:
    """A bad key and an answer that is none go to the next one without a second try."""
    house.east.usual = fault
    assert ((await house.ask()).by, len(house.east.calls)) == ("west", 1)


async def test_the_breaker_opens_for_vectors_and_remembered_ones_are_still_given(house: Embeddings) -> None:
    """Nobody is asked any more, no row is left for it, and what was embedded before is given all the same."""
    assert (await house.ask("alone", "stem")).status == 200
    house.east.usual = refusing(401)
    for number in range(7):
        await house.ask("alone", f"leaf {number}")
    calls = len(house.east.calls)
    refused = await house.ask("alone", "root")
    assert (refused.status, refused.by) == (503, "circuit_open")
    assert int(refused.headers["retry-after"]) > 0
    assert (await house.ask("m", "root")).by == "west"
    known = await house.ask("alone", "stem")
    assert (known.status, known.vectors, float(known.headers["x-banyan-cost"])) == (200, [EAST], 0)
    assert len(house.east.calls) == calls
    _, health = await house.proxy.ask("GET", "/admin/breakers")
    assert {one["deployment"]: one["breaker"] for one in health["data"]} == {"east": "open", "west": "closed"}
    assert [row["error"] for row in await house.rows() if row["error"] == "circuit_open"] == []


async def test_a_breaker_that_is_reset_lets_calls_through(house: Embeddings) -> None:
    """The same breaker as for chat, so the same way to close it."""
    house.east.usual = refusing(401)
    for number in range(7):
        await house.ask("alone", f"leaf {number}")
    house.east.usual = vectors(*EAST)
    assert (await house.ask("alone")).by == "circuit_open"
    assert (await house.proxy.ask("POST", "/admin/breakers/east/reset"))[0] == 200
    assert (await house.ask("alone")).by == "east"


async def test_a_chat_model_that_is_asked_for_vectors_stays_there_for_chat(house: Embeddings) -> None:
    """A server that has no such endpoint is not down."""
    await house.deploy("talker", house.east, model="openai/gpt-x")
    house.east.usual = refusing(404, "No such endpoint.")
    for number in range(8):
        assert (await house.ask("talker", f"leaf {number}")).status in (404, 502)
    _, health = await house.proxy.ask("GET", "/admin/breakers")
    assert {one["deployment"]: one["breaker"] for one in health["data"]}["talker"] == "closed"


async def test_max_parallel_holds_for_vectors(house: Embeddings) -> None:
    """Callers wait for their turn in one batch, instead of going to the upstream at the same time."""
    await house.deploy("east", house.east, max_parallel=1)
    under_way = most = 0

    async def answer(call: Call) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.05)
        under_way -= 1
        await vectors(*EAST)(call)

    house.east.usual = answer
    answers = await asyncio.gather(*(house.ask("alone", f"leaf {number}") for number in range(12)))
    assert {answer.by for answer in answers} == {"east"}
    assert most == 1

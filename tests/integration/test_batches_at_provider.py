"""Batches that are left to the provider's own batch API, which costs half."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from batch_process import CHAT, ended, process, questions, read
from fake_anthropic_batches import FakeAnthropicBatches
from fake_azure_batches import VERSION, FakeAzureBatches
from fake_batches import KEY, FakeBatches, Refusal, running_batches
from fake_openai_batches import FakeOpenAIBatches, fake_openai_batches
from openai import AsyncOpenAI
from openai.types import Batch
from services import Service

PRICES = """
[prices."openai/gpt-a"]
input = "1"
output = "2"
[prices."anthropic/claude-haiku-4-5"]
input = "1"
output = "2"
[deployments.east]
model = "azure/gpt-a"
base_url = "{url}"
api_key = "{key}"
api_version = "{version}"
batch_deployment = "gpt-a-batch"
price = {{ input = 1, output = 2 }}
"""


@dataclass(frozen=True)
class Kind:
    """A provider with a batch API. environment: from the address of its upstream. model: that the lines ask for."""

    fake: Callable[[], FakeBatches]
    environment: Callable[[str], dict[str, str]]
    model: str


KINDS = {
    "openai": Kind(
        FakeOpenAIBatches, lambda url: {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": KEY}, model="openai/gpt-a"
    ),
    "azure": Kind(FakeAzureBatches, lambda url: {}, model="east"),
    "anthropic": Kind(
        FakeAnthropicBatches,
        lambda url: {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": KEY},
        model="anthropic/claude-haiku-4-5",
    ),
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


@dataclass
class Desk:
    """A proxy process, and a client that asks one model."""

    service: Service
    client: AsyncOpenAI
    model: str

    async def file(self, count: int, **body: Any) -> str:
        data = questions(count, **{"model": self.model, **body})
        return (await self.client.files.create(file=data, purpose="batch")).id

    async def start(self, count: int, **body: Any) -> Batch:
        return await self.start_file(await self.file(count, **body))

    async def start_file(self, file: str) -> Batch:
        return await self.client.batches.create(input_file_id=file, endpoint=CHAT, completion_window="24h")

    async def counts(self, id: str, status: str = "completed") -> tuple[int, int]:
        """Good and bad lines of the batch, once it has ended."""
        counts = (await ended(self.client, id, status)).request_counts
        assert counts is not None
        return counts.completed, counts.failed

    async def contents(self, id: str) -> dict[str, str]:
        """Of the answers, by the ids of their lines."""
        output = await read(self.client, (await self.client.batches.retrieve(id)).output_file_id)
        return {line["custom_id"]: line["response"]["body"]["choices"][0]["message"]["content"] for line in output}

    async def get(self, path: str) -> Any:
        async with aiohttp.ClientSession(self.service.proxy) as web, web.get(path) as answer:
            return await answer.json()

    async def rows(self, count: int) -> list[dict[str, Any]]:
        """Of the ledger, once there are so many."""
        async with asyncio.timeout(10):
            while len(rows := (await self.get("/admin/usage/attempts"))["attempts"]) < count:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        return list(rows)


@asynccontextmanager
async def at_provider(folder: Path, upstream: FakeBatches, kind: Kind = KINDS["openai"]) -> AsyncIterator[Desk]:
    config = folder / "banyan.toml"
    config.write_text(PRICES.format(url=upstream.base_url.removesuffix("/openai"), key=KEY, version=VERSION))
    more = {
        "BANYAN_CONFIG": str(config),
        "BANYAN_BATCHES_AT_PROVIDER": "true",
        "BANYAN_BATCHES_PROVIDER_POLL": "0.1",
        **kind.environment(upstream.base_url),
    }
    async with process(folder / "data", upstream, more=more) as (service, client):
        yield Desk(service, client, kind.model)


def expected(count: int) -> dict[str, str]:
    return {f"line-{number}": f"re question {number}" for number in range(count)}


async def test_a_batch_left_to_the_provider_survives_a_kill_and_costs_half(kind: Kind, tmp_path: Path) -> None:
    """It is submitted once, its answers come back in our order, and the ledger has half the price of calls."""
    upstream = kind.fake()
    async with running_batches(upstream):
        async with at_provider(tmp_path, upstream, kind) as desk:
            batch = await desk.start(5)
            await upstream.id()
            desk.service.process.kill()
        async with at_provider(tmp_path, upstream, kind) as desk:
            assert (await desk.client.batches.retrieve(batch.id)).status == "in_progress"
            upstream.end(await upstream.id())
            assert await desk.counts(batch.id) == (5, 0)
            contents = await desk.contents(batch.id)
            assert list(contents.items()) == list(expected(5).items())
            assert (len(upstream.batches), upstream.calls) == (1, [])
            assert {row["request_id"] for row in await desk.rows(5)} == {f"{batch.id}-{n}" for n in range(1, 6)}
            cost = (await desk.get(f"/v1/batches/{batch.id}"))["cost"]
            assert (cost["calls"], cost["amount"], cost["complete"]) == (5, "0.000062500", True)
            assert (cost["input_tokens"], cost["output_tokens"]) == (55, 35)


async def test_a_kill_before_the_provider_s_answer_arrived_submits_nothing_twice(kind: Kind, tmp_path: Path) -> None:
    """The next process finds the batch, whose id nobody was told, and fetches its answers."""
    upstream = kind.fake()
    upstream.answers_creates = False
    async with running_batches(upstream):
        async with at_provider(tmp_path, upstream, kind) as desk:
            batch = await desk.start(4)
            await asyncio.wait_for(upstream.created.wait(), 30)
            desk.service.process.kill()
        upstream.answers_creates = True
        async with at_provider(tmp_path, upstream, kind) as desk:
            await upstream.asked("GET", "/batches")
            upstream.end(await upstream.id())
            assert await desk.counts(batch.id) == (4, 0)
            assert await desk.contents(batch.id) == expected(4)
            assert len(await desk.rows(4)) == 4
            assert (len(upstream.batches), upstream.calls) == (1, [])


async def test_lines_that_the_provider_left_over_are_asked_one_by_one(kind: Kind, tmp_path: Path) -> None:
    """A batch that expired there is finished here; no answer is asked for twice."""
    upstream = kind.fake()
    async with running_batches(upstream), at_provider(tmp_path, upstream, kind) as desk:
        batch = await desk.start(5)
        upstream.end(await upstream.id(), "expired", answers=3)
        assert await desk.counts(batch.id) == (5, 0)
        assert await desk.contents(batch.id) == expected(5)
        assert len(upstream.calls) == 2
        assert len(await desk.rows(5)) == 5


async def test_a_line_s_own_error_is_its_answer_and_a_passing_one_is_asked_again(kind: Kind, tmp_path: Path) -> None:
    """What the provider refuses stands in the error file and costs nothing; what it only failed at is asked here."""
    upstream = kind.fake()
    async with running_batches(upstream), at_provider(tmp_path, upstream, kind) as desk:
        batch = await desk.start(4)
        upstream.end(await upstream.id(), errors={1: 400, 2: 500, 3: 429})
        assert await desk.counts(batch.id) == (3, 1)
        done = await desk.client.batches.retrieve(batch.id)
        [failed] = await read(desk.client, done.error_file_id)
        assert (failed["custom_id"], failed["response"]["status_code"]) == ("line-1", 400)
        assert failed["response"]["body"]["error"]["message"]
        assert len(upstream.calls) == 2
        rows = {row["request_id"]: row for row in await desk.rows(4)}
        assert rows[f"{batch.id}-2"]["status"] == "failed"
        assert len(rows) == 4


async def test_a_cancelled_batch_is_cancelled_at_the_provider(kind: Kind, tmp_path: Path) -> None:
    """What the provider had answered by then is kept."""
    upstream = kind.fake()
    async with running_batches(upstream), at_provider(tmp_path, upstream, kind) as desk:
        batch = await desk.start(3)
        id = await upstream.id()
        await desk.client.batches.cancel(batch.id)
        done = await ended(desk.client, batch.id, "cancelled")
        assert ("POST", f"{upstream.prefix or '/v1/messages'}/batches/{id}/cancel") in upstream.seen
        assert await desk.contents(batch.id) == expected(1)
        errors = await read(desk.client, done.error_file_id)
        assert {line["error"]["code"] for line in errors} == {"batch_cancelled"}
        assert upstream.calls == []


@pytest.mark.parametrize("request_of", [("POST", "/batches"), ("GET", "_1"), ("POST", "/files")], ids=" ".join)
async def test_a_provider_that_says_429_is_asked_again(request_of: tuple[str, str], kind: Kind, tmp_path: Path) -> None:
    """To submitting, looking or uploading; the batch waits, and nothing is submitted twice."""
    method, path = request_of
    upstream = kind.fake()
    if path == "/files" and isinstance(upstream, FakeAnthropicBatches):
        pytest.skip("Anthropic has no upload")
    upstream.refusals = [Refusal(method, path, 429, {"Retry-After": "0"}) for _ in range(2)]
    async with running_batches(upstream), at_provider(tmp_path, upstream, kind) as desk:
        batch = await desk.start(2)
        await upstream.id()
        await upstream.asked(method, path, 3)
        upstream.end(await upstream.id())
        assert await desk.counts(batch.id) == (2, 0)
        assert (upstream.refusals, len(upstream.batches), upstream.calls) == ([], 1, [])


async def test_an_answer_that_got_lost_is_no_second_batch(kind: Kind, tmp_path: Path) -> None:
    """The provider made the batch and then failed to say so: it is found."""
    upstream = kind.fake()
    create = next(
        handler for (method, path), handler in upstream.routes().items() if (method, path[-8:]) == ("POST", "/batches")
    )

    async def lost(request: Any) -> Any:
        await create(request)
        upstream.routes = routes
        return upstream.refused(500)

    routes = upstream.routes
    mended = {key: (lost if handler == create else handler) for key, handler in routes().items()}
    upstream.routes = lambda: mended  # type: ignore[method-assign]
    async with running_batches(upstream), at_provider(tmp_path, upstream, kind) as desk:
        batch = await desk.start(2)
        upstream.end(await upstream.id())
        assert await desk.counts(batch.id) == (2, 0)
        assert (len(upstream.batches), upstream.calls) == (1, [])


async def test_what_a_provider_cannot_be_asked_is_asked_here(tmp_path: Path) -> None:
    """A line that Anthropic has no words for gets the refusal that a call gets; the others are left to the provider."""
    kind, upstream = KINDS["anthropic"], FakeAnthropicBatches()
    async with running_batches(upstream), at_provider(tmp_path, upstream, kind) as desk:
        odd = json.loads(questions(1, model=kind.model, n=2))
        data = questions(2, model=kind.model) + json.dumps({**odd, "custom_id": "odd"}).encode()
        file = await desk.client.files.create(file=data, purpose="batch")
        batch = await desk.start_file(file.id)
        id = await upstream.id()
        assert [one["custom_id"] for one in upstream.requests[id]] == [f"{batch.id}-1", f"{batch.id}-2"]
        upstream.end(id)
        assert await desk.counts(batch.id) == (2, 1)
        done = await desk.client.batches.retrieve(batch.id)
        [failed] = await read(desk.client, done.error_file_id)
        assert (failed["custom_id"], failed["response"]["body"]["error"]["param"]) == ("odd", "n")


async def test_a_batch_that_may_be_ours_is_waited_for_and_told_by_its_results(tmp_path: Path) -> None:
    """Anthropic shows what a batch holds only when it has ended: until then nothing is submitted anew."""
    kind, upstream = KINDS["anthropic"], FakeAnthropicBatches()
    foreign = [{"custom_id": f"theirs-{n}", "params": {"model": "claude-haiku-4-5", "max_tokens": 1}} for n in (1, 2)]
    for one in foreign:
        one["params"] |= {"messages": [{"role": "user", "content": "x"}]}  # type: ignore[operator]
    theirs = upstream.begin(foreign)["id"]
    upstream.refusals = [Refusal("POST", "/batches", 500)]
    async with running_batches(upstream), at_provider(tmp_path, upstream, kind) as desk:
        batch = await desk.start(2)
        await upstream.asked("GET", "/batches", 3)
        assert list(upstream.batches) == [theirs]
        upstream.end(theirs)
        upstream.end(await upstream.id(1))
        assert await desk.counts(batch.id) == (2, 0)
        assert await desk.contents(batch.id) == expected(2)
        assert (len(upstream.batches), upstream.calls) == (2, [])


async def test_a_batch_on_its_way_out_is_looked_at_until_it_has_ended(tmp_path: Path) -> None:
    """Anthropic takes its time to cancel; other batches are worked on meanwhile."""
    kind, upstream = KINDS["anthropic"], FakeAnthropicBatches()
    upstream.cancels_at_once = False
    async with running_batches(upstream), at_provider(tmp_path, upstream, kind) as desk:
        batch = await desk.start(2)
        id = await upstream.id()
        await desk.client.batches.cancel(batch.id)
        await upstream.asked("POST", "/cancel")
        other = await desk.start(1)
        upstream.end(await upstream.id(1))
        assert await desk.counts(other.id) == (1, 0)
        assert (await desk.client.batches.retrieve(batch.id)).status == "cancelling"
        upstream.end(id, "cancelled", answers=1)
        assert await desk.counts(batch.id, "cancelled") == (1, 0)
        assert sum(path.endswith("/cancel") for _, path in upstream.seen) == 1


async def test_a_batch_that_the_provider_forgot_is_asked_line_by_line(kind: Kind, tmp_path: Path) -> None:
    """Somebody deleted it there."""
    upstream = kind.fake()
    async with running_batches(upstream), at_provider(tmp_path, upstream, kind) as desk:
        batch = await desk.start(2)
        id = await upstream.id()
        upstream.refusals = [Refusal("GET", id, 404)]
        assert await desk.counts(batch.id) == (2, 0)
        assert len(upstream.calls) == 2


async def test_the_estimate_knows_of_the_half_price(kind: Kind, tmp_path: Path) -> None:
    """The least is half of what calls cost at least; the most is that of calls, which lines left over are."""
    upstream = kind.fake()
    async with running_batches(upstream), at_provider(tmp_path, upstream, kind) as desk:
        wish = {"endpoint": CHAT, "completion_window": "24h"}
        async with aiohttp.ClientSession(desk.service.proxy) as web:
            found = []
            for model in (desk.model, "banyan/echo"):
                mixed = await desk.client.files.create(
                    file=questions(4, model=desk.model, max_tokens=10)
                    + questions(1, model=model).replace(b"line-0", b"last"),
                    purpose="batch",
                )
                async with web.post("/v1/batches/estimate", json={**wish, "input_file_id": mixed.id}) as answer:
                    shown = await answer.json()
                    assert answer.status == 200, shown
                    found.append(shown["estimated_cost"])
        assert float(found[0]["least"]) < 0.7 * float(found[1]["least"])
        batch = await desk.start_file(mixed.id)
        await desk.counts(batch.id)
        assert upstream.batches == {}


async def test_a_batch_submitted_before_is_looked_after_when_no_more_are(tmp_path: Path) -> None:
    """Turning it off leaves nothing that is paid for at the provider."""
    async with fake_openai_batches() as upstream:
        async with at_provider(tmp_path, upstream) as desk:
            batch = await desk.start(2)
            upstream.end(await upstream.id())
            desk.service.process.kill()
        more = {"BANYAN_CONFIG": str(tmp_path / "banyan.toml"), "OPENAI_API_KEY": KEY}
        more["BANYAN_BATCHES_PROVIDER_POLL"] = "0.1"
        async with process(tmp_path / "data", upstream, more=more) as (service, client):
            assert await Desk(service, client, "openai/gpt-a").counts(batch.id) == (2, 0)
            assert upstream.calls == []


async def test_lines_for_several_deployments_stay_here(tmp_path: Path) -> None:
    """A provider takes one model at a time, so such a batch is asked line by line."""
    async with fake_openai_batches() as upstream, at_provider(tmp_path, upstream) as desk:
        mixed = questions(1) + questions(1, model="openai/gpt-b").replace(b"line-0", b"line-1")
        file = await desk.client.files.create(file=mixed, purpose="batch")
        batch = await desk.start_file(file.id)
        await desk.counts(batch.id)
        assert len(upstream.calls) == 2
        assert upstream.batches == {}


async def test_an_address_without_a_batch_api_is_asked_line_by_line(tmp_path: Path) -> None:
    """Whatever speaks OpenAI's chat completions need not have the rest of its API."""
    async with fake_openai_batches() as upstream, at_provider(tmp_path, upstream) as desk:
        upstream.takes_batches = False
        batch = await desk.start(3)
        assert await desk.counts(batch.id) == (3, 0)
        assert len(upstream.calls) == 3


async def test_a_deployment_of_azure_without_one_for_batches_is_asked_line_by_line(tmp_path: Path) -> None:
    """What answers calls there takes no batches."""
    kind, upstream = KINDS["azure"], FakeAzureBatches()
    async with running_batches(upstream):
        folder = tmp_path / "house"
        folder.mkdir()
        text = PRICES.replace('batch_deployment = "gpt-a-batch"\n', "")
        config = text.format(url=upstream.base_url.removesuffix("/openai"), key=KEY, version=VERSION)
        (folder / "banyan.toml").write_text(config)
        more = {"BANYAN_CONFIG": str(folder / "banyan.toml"), "BANYAN_BATCHES_AT_PROVIDER": "true"}
        async with process(folder / "data", upstream, more=more) as (service, client):
            desk = Desk(service, client, kind.model)
            assert await desk.counts((await desk.start(2)).id) == (2, 0)
            assert (len(upstream.calls), upstream.batches) == (2, {})

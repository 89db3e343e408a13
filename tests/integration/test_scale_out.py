"""Several proxies over one PostgreSQL, each with a data folder of its own."""

import asyncio
import json
import urllib.request
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from knowledge_house import House, lesson, open_house
from private_servers import PrivatePostgres
from services import banyan, serving
from tiny_embedder import TinyEmbedder

from banyan.proxy.domain.knowledge import Scope

BIOLOGY = Scope("oak", "biology")


def ask(method: str, url: str, body: object = None) -> Any:
    """One request to a service, and its JSON."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def search(proxy: str, query: str, mode: str = "hybrid") -> list[str]:
    found = ask("POST", f"{proxy}/v1/rag/search", {"query": query, "course": "botany", "mode": mode})
    return [result["content"] for result in found["results"]]


def test_what_one_proxy_indexes_another_finds(tmp_path: Path, vector_postgres_url: str, redis_url: str) -> None:
    """By words and by meaning, and no more once it is deleted through either; readiness says what they share."""
    more = {"DATABASE_URL": vector_postgres_url, "REDIS_URL": redis_url}
    with (
        serving(tmp_path / "one", "proxy", more=more) as one,
        serving(tmp_path / "two", "proxy", more=more) as two,
    ):
        order = {"course": "botany", "lesson": "leaves", "content": "Leaves make sugar from light.", "wait": True}
        run = ask("POST", f"{one.proxy}/v1/rag/index", order)
        assert (run["status"], run["embedded"]) == ("complete", 1)
        for mode in ("text", "dense", "hybrid"):
            assert search(two.proxy, "sugar", mode) == ["Leaves make sugar from light."]
        assert ask("GET", f"{two.proxy}/v1/rag/runs/{run['run_id']}")["status"] == "complete"
        dependencies = ask("GET", f"{two.proxy}/health/ready")["dependencies"]
        assert {name: dependencies[name]["status"] for name in ("database", "vector store", "redis")} == {
            "database": "ok",
            "vector store": "ok",
            "redis": "ok",
        }
        assert "pgvector" in dependencies["vector store"]["reason"]
        ask("DELETE", f"{two.proxy}/v1/rag/index?course=botany&lesson=leaves")
        assert search(one.proxy, "sugar") == []


def test_the_assistant_shares_conversations_through_postgresql(tmp_path: Path, migrated_postgres_url: str) -> None:
    """A session begun at one process is continued at another."""
    more = {"DATABASE_URL": migrated_postgres_url}
    order = {"course": "botany", "lesson": "leaves", "content": "Leaves make sugar from light."}
    question = {
        "course": "botany",
        "lesson": "leaves",
        "messages": [{"role": "user", "content": "What do leaves make?"}],
    }
    with serving(tmp_path / "proxy", "proxy", more=more) as proxy:
        ask("POST", f"{proxy.proxy}/v1/rag/index", order)
        apart = {**more, "BANYAN_PROXY_URL": proxy.proxy}
        with (
            serving(tmp_path / "one", "assistant", more=apart) as one,
            serving(tmp_path / "two", "assistant", more=apart) as two,
        ):
            answer = ask("POST", f"{one.assistant}/api/v1/chat/completions", question)
            assert answer["citations"]
            history = ask("GET", f"{two.assistant}/api/v1/sessions/botany/leaves/history")
            assert [message["role"] for message in history["messages"]] == ["user", "assistant"]


def test_a_second_proxy_with_an_index_of_its_own_is_refused(tmp_path: Path, postgres_server: PrivatePostgres) -> None:
    """Where pgvector may not be added, one proxy serves the database; the other is told how several could."""
    postgres_server.run("CREATE ROLE plain LOGIN")
    url = postgres_server.new_database()
    postgres_server.run(f"ALTER DATABASE {url.rpartition('/')[2]} OWNER TO plain")
    more = {"DATABASE_URL": url.replace("postgres@", "plain@")}
    with serving(tmp_path / "one", "proxy", more=more) as one:
        assert "Edge" in ask("GET", f"{one.proxy}/health/ready")["dependencies"]["vector store"]["reason"]
        (tmp_path / "two").mkdir()
        refused = banyan(tmp_path / "two", "serve", "proxy", "--proxy-port", "0", more=more)
        assert refused.returncode != 0
        assert "install pgvector 0.7 or newer, or set QDRANT_URL" in refused.stderr


def test_doctor_names_the_servers(tmp_path: Path, vector_postgres_url: str, redis_url: str) -> None:
    """What answers, and what does not, and never a password."""
    (tmp_path / "data").mkdir()
    more = {"DATABASE_URL": vector_postgres_url, "REDIS_URL": redis_url}
    well = banyan(tmp_path / "data", "doctor", more=more)
    assert "PostgreSQL; tables will be made at first start" in well.stdout
    assert "pgvector, in the PostgreSQL of DATABASE_URL, answers" in well.stdout
    away = {
        "DATABASE_URL": vector_postgres_url.replace("postgres@", "nobody:hunter2@"),
        "REDIS_URL": "redis://:hunter2@127.0.0.1:1/0",
        "QDRANT_URL": "http://127.0.0.1:1",
    }
    ill = banyan(tmp_path / "data", "doctor", more=away)
    assert ill.returncode != 0
    assert "hunter2" not in ill.stdout + ill.stderr
    for name in ("check DATABASE_URL", "check REDIS_URL", "check QDRANT_URL"):
        assert name in ill.stdout


@pytest.fixture
async def houses(
    tmp_path: Path, migrated_postgres_url: str, postgres_server: PrivatePostgres
) -> AsyncIterator[list[House]]:
    """Two proxies in one process, over one database and one index; all that they share is in PostgreSQL."""
    if not postgres_server.has_vector:
        pytest.skip("pgvector is missing")
    async with AsyncExitStack() as stack:
        made = []
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            house = open_house(tmp_path / name, TinyEmbedder(), database_url=migrated_postgres_url, vectors="pgvector")
            made.append(await stack.enter_async_context(house))
        yield made


async def test_no_lesson_is_embedded_twice(houses: list[House]) -> None:
    """Forty lessons through two proxies: every text is embedded once, by one of them, and both may do some."""
    orders = [
        houses[number % 2].index(lesson(f"lesson {number}"), f"Text number {number} of this lesson.")
        for number in range(40)
    ]
    await asyncio.gather(*orders)
    await houses[0].all_embedded()
    seen = [text for house in houses for text in embedder_of(house).seen]
    assert len(seen) == len(set(seen)) == 80
    inventory = await houses[0].store.inventory()
    assert inventory.points == inventory.embedded
    assert len(inventory.points) == 40


async def test_a_lesson_that_another_proxy_embeds_is_waited_for(houses: list[House]) -> None:
    """Whoever asked to wait gets the complete run, whichever process makes the vectors."""
    runs = await asyncio.gather(
        *(houses[n % 2].index(lesson(f"lesson {n}"), f"Text number {n}.", wait=True) for n in range(10))
    )
    assert {(run.status, run.embedded) for run in runs} == {("complete", 1)}


async def test_two_proxies_that_index_one_lesson_never_mix_it(houses: list[House]) -> None:
    """Whatever comes last stays, as a whole, in the library and in the index."""
    bodies = [[part for at in (1, 2) for part in (f"# Part {at}", f"Draft {n} part {at}.")] for n in range(8)]
    await asyncio.gather(*(houses[n % 2].index(lesson("cells"), *body) for n, body in enumerate(bodies)))
    texts = [passage.text for passage in await houses[0].retriever.lesson(lesson("cells"))]
    assert len(texts) == 2
    assert len({text.split(" part")[0] for text in texts}) == 1
    assert sorted(await houses[1].found("draft")) == sorted(texts)
    assert await houses[0].store.count(BIOLOGY) == 2


async def test_a_proxy_that_starts_leaves_alone_what_others_are_at(
    houses: list[House], tmp_path: Path, migrated_postgres_url: str
) -> None:
    """Starts in the middle of indexing lose nothing, mix nothing and make no vectors twice."""
    (tmp_path / "three").mkdir()

    async def start() -> None:
        house = open_house(tmp_path / "three", None, database_url=migrated_postgres_url, vectors="pgvector")
        async with house as third:
            await third.indexer.delete(Scope("oak", "no course"))  # waits for the repair

    async def write() -> None:
        for number in range(30):
            await houses[number % 2].index(lesson(f"lesson {number}"), f"Text number {number}.")

    await asyncio.gather(write(), start(), start())
    await houses[0].all_embedded()
    inventory = await houses[0].store.inventory()
    assert inventory.points == {passage.chunk_id for passage in await houses[0].library.all_passages(BIOLOGY)}
    assert inventory.points == inventory.embedded
    assert len(inventory.points) == 30


def embedder_of(house: House) -> TinyEmbedder:
    assert house.backlog is not None
    embedder = house.backlog.embedder
    assert isinstance(embedder, TinyEmbedder)
    return embedder

"""Filters, stages, variety and weights of `/v1/rag/search`, over a real socket with the real database and index."""

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from lesson_files import pdf
from proxy_house import Proxy, open_proxy


@pytest.fixture
async def proxy(tmp_path: Path) -> AsyncIterator[Proxy]:
    async with open_proxy(tmp_path) as opened:
        yield opened


async def ask(proxy: Proxy, query: str, **more: Any) -> tuple[int, dict[str, Any]]:
    return await proxy.ask("POST", "/v1/rag/search", json={"query": query, "course": "botany", **more})


async def search(proxy: Proxy, query: str, **more: Any) -> list[dict[str, Any]]:
    status, answer = await ask(proxy, query, **more)
    assert status == 200, answer
    return list(answer["results"])


async def lessons(proxy: Proxy, **filters: Any) -> set[str]:
    return {found["lesson"] for found in await search(proxy, "sugar", filters=filters)}


async def test_every_filter_admits_what_it_says(proxy: Proxy) -> None:
    """Type, lesson, chapter and metadata, alone and together."""
    await proxy.index(
        "botany", "leaves", content="Sugar in leaves.", chapter="One", metadata={"level": 1, "tags": ["a"]}
    )
    await proxy.index("botany", "roots", markdown="Sugar in roots.", chapter="Two", metadata={"level": 2, "own": True})
    await proxy.index("botany", "stems", html="<p>Sugar in stems.</p>", chapter="Two", metadata={"level": 1})
    assert await lessons(proxy, source_type=["text", "html"]) == {"leaves", "stems"}
    assert await lessons(proxy, lessons=["roots", "nowhere"]) == {"roots"}
    assert await lessons(proxy, chapter=" Two ") == {"roots", "stems"}
    assert await lessons(proxy, metadata={"level": 1}) == {"leaves", "stems"}
    assert await lessons(proxy, metadata={"tags": ["a"]}) == {"leaves"}
    assert await lessons(proxy, metadata={"own": 1}) == set()
    assert await lessons(proxy, metadata={"level": 1}, chapter="Two") == {"stems"}
    assert await lessons(proxy, chapter="Three") == set()
    assert await lessons(proxy) == {"leaves", "roots", "stems"}


async def test_filters_follow_a_change_that_leaves_the_text_alone(proxy: Proxy) -> None:
    """A new chapter or new metadata counts from the next search on."""
    await proxy.index("botany", "leaves", content="Sugar.", title="Leaves", chapter="One", metadata={"level": 1})
    await proxy.index("botany", "leaves", content="Sugar.", title="Leaves", chapter="Two", metadata={"level": 2})
    assert (await lessons(proxy, chapter="One"), await lessons(proxy, chapter="Two")) == (set(), {"leaves"})
    assert (await lessons(proxy, metadata={"level": 1}), await lessons(proxy, metadata={"level": 2})) == (
        set(),
        {"leaves"},
    )


async def test_top_k_is_filled_from_what_the_filter_admits(proxy: Proxy) -> None:
    """However many others match better."""
    many = "\n\n".join(f"# Part {number}\n\nSugar, sugar, sugar and sugar {number}." for number in range(120))
    await proxy.index("botany", "many", markdown=many, wait=True)
    few = "\n\n".join(f"# Note {number}\n\nA long note that says sugar once, {number}." for number in range(6))
    await proxy.index("botany", "few", markdown=few, source="notes.md", source_type="instructor", wait=True)
    for mode in ("text", "dense", "hybrid"):
        found = await search(proxy, "sugar", mode=mode, top_k=5, filters={"source_type": "instructor"})
        assert [one["source"] for one in found] == ["notes.md"] * 5


async def test_pages_are_those_of_the_passage(proxy: Proxy) -> None:
    """Both ends are within; what has no page is left out."""
    file = base64.b64encode(
        pdf([["Sugar on the first page."], ["Sugar on the second page."], ["Sugar on the third page."]])
    )
    await proxy.index("botany", "book", file=file.decode(), file_name="book.pdf")
    await proxy.index("botany", "leaves", content="Sugar without a page.")

    async def pages(**wanted: int) -> list[int]:
        return sorted(found["page"] for found in await search(proxy, "sugar", filters={"pages": wanted}))

    assert await pages(**{"from": 2, "to": 3}) == [2, 3]
    assert await pages(to=1) == [1]
    assert await pages(**{"from": 4}) == []


async def test_a_source_counts_by_its_weight(proxy: Proxy) -> None:
    """Files stand behind lessons that match as well, unless the request weighs them up; ties go by id."""
    await proxy.index("botany", "leaves", content="Leaves make sugar.", title="T", source="f.txt", wait=True)
    await proxy.index("botany", "stems", content="Leaves make sugar.", title="T", wait=True)

    async def order(**weights: float) -> list[str]:
        more = {"weights": weights} if weights else {}
        return [found["source"] for found in await search(proxy, "sugar from leaves", **more)]

    assert await order() == ["lesson", "f.txt"]
    assert await order(file=2) == ["f.txt", "lesson"]
    assert await order(text=0.5, lesson=0.5, file=0.6) == await order(lesson=1, file=1)


async def test_variety_leaves_repetitions_behind(proxy: Proxy) -> None:
    """Ten copies of the best answer do not fill the results; without the option they do."""
    copies = "\n\n".join(f"# Copy {number}\n\nLeaves make sugar from light." for number in range(10))
    await proxy.index("botany", "copies", markdown=copies, title="T", wait=True)
    await proxy.index("botany", "other", content="Bees visit flowers; sugar draws them.", wait=True)
    query = "How do leaves make sugar from light?"
    plain = await search(proxy, query, top_k=3)
    varied = await search(proxy, query, top_k=3, mmr={"lambda": 0.1, "pool": 20})
    assert {found["lesson"] for found in plain} == {"copies"}
    assert [found["lesson"] for found in varied[:2]] == ["copies", "other"]
    assert len({found["chunk_id"] for found in varied}) == 3
    assert await search(proxy, query, top_k=3, mmr={"lambda": 1}) == plain
    assert len(await search(proxy, query, top_k=11, mmr={"lambda": 0, "pool": 2})) == 11
    assert await search(proxy, query, top_k=3, mmr=False) == plain


async def test_two_stages_fill_top_k(proxy: Proxy) -> None:
    """The first look is as wide as `k`, or as `top_k` where that is more."""
    text = "\n\n".join(f"# Part {number}\n\nSugar number {number} is made in leaves." for number in range(60))
    await proxy.index("botany", "many", markdown=text, wait=True)
    for stages in (True, {}, {"hnsw_ef": 16, "k": 1}, False):
        assert len(await search(proxy, "sugar in leaves", top_k=40, two_stage=stages)) == 40
        assert len(await search(proxy, "sugar in leaves", top_k=1, two_stage=stages)) == 1


async def test_a_reranking_that_is_not_configured_is_said(proxy: Proxy) -> None:
    """The search answers as it would have, and says what to set; without the wish it says nothing of it."""
    await proxy.index("botany", "leaves", content="Leaves make sugar.")
    _, plain = await ask(proxy, "sugar")
    status, asked = await ask(proxy, "sugar", rerank=True)
    assert (status, asked) == (
        200,
        {**plain, "reranked": False, "reason": "No reranker is configured; set RERANK_URL."},
    )
    assert "reranked" not in plain


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"filters": {"colour": "green"}}, "filters.colour"),
    ({"filters": "leaves"}, "filters"),
    ({"filters": {"lessons": []}}, "filters.lessons"),
    ({"filters": {"lessons": ["a/b"]}}, "filters.lessons.0"),
    ({"filters": {"source_type": ["Not One"]}}, "filters.source_type.0"),
    ({"filters": {"pages": {"from": 3, "to": 2}}}, "filters.pages"),
    ({"filters": {"pages": {"from": 0}}}, "filters.pages.from"),
    ({"filters": {"metadata": ["level"]}}, "filters.metadata"),
    ({"weights": {"file": -1}}, "weights.file"),
    ({"weights": {"file": 0}}, "weights.file"),
    ({"weights": {"file": 1000}}, "weights.file"),
    ({"weights": {"file": True}}, "weights.file"),
    ({"weights": {"file": "much"}}, "weights.file"),
    ({"weights": {}}, "weights"),
    ({"mmr": {"lambda": 1.5}}, "mmr.lambda"),
    ({"mmr": {"pool": 0}}, "mmr.pool"),
    ({"mmr": {"lamda": 0.5}}, "mmr.lamda"),
    ({"mmr": "yes"}, "mmr"),
    ({"two_stage": {"hnsw_ef": 0}}, "two_stage.hnsw_ef"),
    ({"two_stage": {"k": 100_000}}, "two_stage.k"),
    ({"two_stage": {"ef": 5}}, "two_stage.ef"),
    ({"rerank": "perhaps"}, "rerank"),
]


@pytest.mark.parametrize(("options", "param"), REFUSED)
async def test_a_silly_option_is_refused_by_name(proxy: Proxy, options: dict[str, Any], param: str) -> None:
    """Unknown filters, weights and bounds are a 400 that names the field."""
    status, answer = await ask(proxy, "sugar", **options)
    assert (status, answer["error"]["param"]) == (400, param)


STRANGE: list[dict[str, Any]] = [
    {"chapter": "a\ud800\x00b"},
    {"metadata": {"level\ud800": "x\ud800\x00", "deep": {"a": [1, None, True]}}},
    {"lessons": ["a\ud800"]},
    {"source": "a\ud800"},
    {"chapter": ""},
    {"metadata": {}},
    {},
]


@pytest.mark.parametrize("filters", STRANGE)
async def test_strange_filters_find_nothing_or_are_refused(proxy: Proxy, filters: dict[str, Any]) -> None:
    """What is in no text is found nowhere; nothing breaks."""
    await proxy.index("botany", "leaves", content="Sugar.", chapter="One")
    raw = json.dumps({"query": "sugar", "course": "botany", "filters": filters})
    headers = {"Content-Type": "application/json"}
    status, answer = await proxy.ask("POST", "/v1/rag/search", data=raw, headers=headers)
    assert status in (200, 400), answer
    if status == 200:
        assert bool(answer["results"]) == (not filters or filters == {"metadata": {}})

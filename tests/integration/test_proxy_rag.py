"""Indexing, searching and forgetting over a real socket, with the real database and index."""

import asyncio
import base64
import io
import json
import re
import struct
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import openai
import pytest
from proxy_house import Proxy, open_proxy
from web_site import fetcher_for, redirect, web_site

from banyan.kernel.identity import DEFAULT_TENANT, Identity, Role

PAGE = "# Sugar\n\nLeaves make sugar from light.\n\n# Water\n\nRoots drink water from the soil."


@pytest.fixture
async def proxy(tmp_path: Path, house_url: str) -> AsyncIterator[Proxy]:
    async with open_proxy(tmp_path, database_url=house_url) as opened:
        yield opened


async def search(proxy: Proxy, query: str, **more: Any) -> list[dict[str, Any]]:
    status, answer = await proxy.ask("POST", "/v1/rag/search", json={"query": query, "course": "botany", **more})
    assert status == 200, answer
    return list(answer["results"])


async def test_what_is_indexed_is_found_when_indexing_returns(proxy: Proxy) -> None:
    """The words are searchable at once; the answer counts chunks."""
    proxy.embedder.gate.clear()
    answer = await proxy.index("botany", "leaves", markdown=PAGE, title="Leaves", chapter="One")
    assert answer["run_id"].startswith("run_")
    assert {name: answer[name] for name in answer if name != "run_id"} == {
        "course": "botany",
        "lesson": "leaves",
        "source": "lesson",
        "status": "running",
        "chunks": 2,
        "unchanged": 0,
        "embedded": 0,
        "warnings": [],
    }
    (best, *_) = await search(proxy, "sugar", mode="text")
    _, text = await proxy.ask("GET", "/v1/rag/text", params={"course": "botany", "lesson": "leaves"})
    assert best["content"] == "Leaves make sugar from light." == text["text"][best["start"] : best["end"]]
    assert (best["title"], best["heading"], best["anchor"]) == ("Leaves", ["Sugar"], "sugar")
    assert (best["source"], best["source_type"], "page" in best) == ("lesson", "markdown", False)
    proxy.embedder.gate.set()


async def test_waiting_answers_with_the_vectors(proxy: Proxy) -> None:
    """Then the run is complete, and asking again says so."""
    answer = await proxy.index("botany", "leaves", markdown=PAGE, wait=True)
    assert (answer["status"], answer["embedded"]) == ("complete", 2)
    _, run = await proxy.ask("GET", f"/v1/rag/runs/{answer['run_id']}")
    assert (run["status"], run["embedded"], run["started_at"] <= run["ended_at"]) == ("complete", 2, True)
    _, listed = await proxy.ask("GET", "/v1/rag/runs", params={"course": "botany"})
    assert listed == {"runs": [run]}
    assert len(await search(proxy, "sugar", mode="dense", top_k=1)) == 1


@pytest.mark.parametrize(
    "content",
    [
        {"content": "Leaves make sugar."},
        {"html": "<h2>Sugar</h2><p>Leaves make sugar.</p>"},
        {"blocks": [{"type": "paragraph", "data": {"text": "Leaves make sugar."}}]},
        {"blocks": {"blocks": [{"type": "paragraph", "data": {"text": "Leaves make sugar."}}]}},
    ],
)
async def test_every_kind_of_content_is_read(proxy: Proxy, content: dict[str, Any]) -> None:
    """Text, HTML and Editor.js, as a document or as its blocks."""
    await proxy.index("botany", "leaves", **content)
    assert [result["content"] for result in await search(proxy, "sugar")] == ["Leaves make sugar."]


async def test_blocks_are_shown_with_their_spans(proxy: Proxy) -> None:
    """Each block's text stands between its start and end."""
    await proxy.index("botany", "leaves", markdown=PAGE)
    _, text = await proxy.ask("GET", "/v1/rag/text", params={"course": "botany", "lesson": "leaves"})
    shown = [(block["kind"], text["text"][block["start"] : block["end"]]) for block in text["blocks"]]
    assert shown[:2] == [("heading", "Sugar"), ("paragraph", "Leaves make sugar from light.")]
    assert text["version"] == 1


async def test_courses_and_lessons_are_listed(proxy: Proxy) -> None:
    """All, or those of one course."""
    await proxy.index("botany", "leaves", content="Leaves make sugar.", title="Leaves", wait=True)
    await proxy.index("astronomy", "moon", content="The moon is a stone.", wait=True)
    assert await proxy.ask("GET", "/v1/rag/courses") == (200, {"courses": ["astronomy", "botany"]})
    _, every = await proxy.ask("GET", "/v1/rag/lessons")
    _, some = await proxy.ask("GET", "/v1/rag/lessons", params={"course": "botany"})
    row = {"course": "botany", "lesson": "leaves", "title": "Leaves", "chapter": "", "chunks": 1, "embedded": 1}
    assert some == {"lessons": [row]}
    assert [line["lesson"] for line in every["lessons"]] == ["moon", "leaves"]


async def test_filters_narrow_a_search(proxy: Proxy) -> None:
    """By source and by kind of source; an unknown filter is refused rather than ignored."""
    await proxy.index("botany", "leaves", content="Sugar in the body.")
    await proxy.index("botany", "leaves", content="Sugar in the notes.", source="notes.pdf", source_type="pdf")
    assert [r["source"] for r in await search(proxy, "sugar", filters={"source": "notes.pdf"})] == ["notes.pdf"]
    assert [r["source"] for r in await search(proxy, "sugar", filters={"source_type": "text"})] == ["lesson"]
    asked = {"query": "sugar", "course": "botany", "filters": {"colour": "green"}}
    status, answer = await proxy.ask("POST", "/v1/rag/search", json=asked)
    assert (status, answer["error"]["param"]) == (400, "filters.colour")
    known = "chapter, lessons, metadata, pages, source, source_type"
    assert answer["message"] == f"There is no filter `colour`; choose from {known}."


async def test_an_unknown_course_finds_nothing(proxy: Proxy) -> None:
    """A search is empty, a text is not there, a deletion removes nothing."""
    assert await search(proxy, "sugar") == []
    status, answer = await proxy.ask("GET", "/v1/rag/text", params={"course": "botany", "lesson": "leaves"})
    assert (status, answer["error"]["code"]) == (404, "not_found")
    status, answer = await proxy.ask("GET", "/v1/rag/runs/run_none")
    assert (status, answer["error"]["code"]) == (404, "not_found")
    none = {"lessons": 0, "sources": 0, "chunks": 0}
    assert await proxy.ask("DELETE", "/v1/rag/index", params={"course": "botany"}) == (200, none)


async def test_what_is_deleted_is_gone(proxy: Proxy) -> None:
    """From searches, from the text, from answers."""
    await proxy.index("botany", "leaves", content="Leaves make sugar.", wait=True)
    await proxy.index("botany", "roots", content="Roots store sugar.", wait=True)
    gone = await proxy.ask("DELETE", "/v1/rag/index", params={"course": "botany", "lesson": "leaves"})
    assert gone == (200, {"lessons": 1, "sources": 1, "chunks": 1})
    assert [result["lesson"] for result in await search(proxy, "sugar")] == ["roots"]


async def test_learners_read_and_only_staff_write(proxy: Proxy) -> None:
    """A learner searches, but neither indexes, deletes nor sees the runs."""
    await proxy.index("botany", "leaves", content="Leaves make sugar.")
    ann = {"X-Banyan-User": "ann"}
    body = {"course": "botany", "lesson": "leaves", "content": "x"}
    assert (await proxy.ask("POST", "/v1/rag/index", json=body, headers=ann))[0] == 403
    assert (await proxy.ask("DELETE", "/v1/rag/index", params={"course": "botany"}, headers=ann))[0] == 403
    assert (await proxy.ask("GET", "/v1/rag/runs", headers=ann))[0] == 403
    query = {"query": "sugar", "course": "botany"}
    assert (await proxy.ask("POST", "/v1/rag/search", json=query, headers=ann))[0] == 200
    teacher = {**ann, "X-Banyan-Roles": "instructor"}
    assert (await proxy.ask("POST", "/v1/rag/index", json=body, headers=teacher))[0] == 200


async def test_a_tenant_sees_nothing_of_another(tmp_path: Path) -> None:
    """Neither by searching, nor by naming a run, a text or a course in a chat."""
    tenant = "oak"

    async def by_turns(headers: object) -> Identity:
        return Identity(tenant, "ann", frozenset({Role.ADMIN}))

    async with open_proxy(tmp_path, authenticate=by_turns) as proxy:
        run = (await proxy.index("botany", "leaves", content="Leaves make sugar."))["run_id"]
        assert len(await search(proxy, "sugar")) == 1
        tenant = DEFAULT_TENANT
        assert await search(proxy, "sugar") == []
        assert (await proxy.ask("GET", f"/v1/rag/runs/{run}"))[0] == 404
        assert (await proxy.ask("GET", "/v1/rag/courses"))[1] == {"courses": []}
        assert (await proxy.ask("GET", "/v1/rag/text", params={"course": "botany", "lesson": "leaves"}))[0] == 404
        asked = {"model": "banyan/echo", "course": "botany", "messages": [{"role": "user", "content": "sugar"}]}
        assert (await proxy.chat(asked))[0] == 404


REFUSED: list[tuple[object, str]] = [
    ({}, "invalid_request"),
    ({"course": "botany"}, "invalid_request"),
    ({"course": "botany", "lesson": "l"}, "invalid_request"),
    ({"course": "botany", "lesson": "l", "content": "a", "html": "b"}, "invalid_request"),
    ({"course": "botany", "lesson": "l", "url": "no address"}, "url_invalid"),
    ({"course": "botany", "lesson": "l", "content": 5}, "invalid_request"),
    ({"course": "botany", "lesson": "l", "content": ""}, "empty_content"),
    ({"course": "botany", "lesson": "l", "content": " \n\t "}, "empty_content"),
    ({"course": "botany", "lesson": "l", "blocks": "no list"}, "invalid_request"),
    ({"course": "botany", "lesson": "l", "blocks": [5]}, "invalid_request"),
    ({"course": "botany", "lesson": "l", "blocks": {"no": "blocks"}}, "invalid_request"),
    ({"course": " ", "lesson": "l", "content": "a"}, "invalid_request"),
    ({"course": "b" * 201, "lesson": "l", "content": "a"}, "invalid_request"),
    ({"course": "b", "lesson": "l\x00", "content": "a"}, "invalid_request"),
    (b"{", "invalid_request"),
    (b"\xff\xfe\x00\x01", "invalid_request"),
    (b'{"course": "b", "lesson": "l", "blocks": ' + b"[" * 100_000, "invalid_request"),
]


async def test_unusable_content_is_refused(proxy: Proxy) -> None:
    """With a code and a sentence, and nothing of it is indexed."""
    headers = {"Content-Type": "application/json"}
    for body, code in REFUSED:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        status, answer = await proxy.ask("POST", "/v1/rag/index", data=data, headers=headers)
        assert (status, answer["error"]["code"]) == (400, code), data[:100]
    assert (await proxy.ask("GET", "/v1/rag/courses"))[1] == {"courses": []}


async def test_strange_text_is_indexed_as_it_is(proxy: Proxy) -> None:
    """Lone surrogates, right-to-left text and signs beyond the first plane keep their spans."""
    raw = json.dumps({"course": "botany", "lesson": "l", "content": "عربي 葉っぱ 🌱 sugar \ud800 end."}).encode()
    status, _ = await proxy.ask(
        "POST", "/v1/rag/index", data=raw, headers={"Content-Type": "application/json; charset=utf-8"}
    )
    assert status == 200
    (found,) = await search(proxy, "sugar", mode="text")
    _, text = await proxy.ask("GET", "/v1/rag/text", params={"course": "botany", "lesson": "l"})
    assert "🌱 sugar \ufffd end." in found["content"]
    assert text["text"][found["start"] : found["end"]] == found["content"]


async def test_ten_megabytes_are_taken_and_forty_are_not(proxy: Proxy) -> None:
    """The size of a whole book is fine for one lesson; health answers meanwhile."""
    blank = "\n" * 10_000_000
    body = io.BytesIO(json.dumps({"course": "botany", "lesson": "l", "content": f"Sugar.{blank}Light."}).encode())
    headers = {"Content-Type": "application/json"}
    indexing = asyncio.create_task(proxy.ask("POST", "/v1/rag/index", data=body, headers=headers))
    async with asyncio.timeout(60):
        while not indexing.done():
            assert (await proxy.ask("GET", "/health"))[0] == 200
    status, answer = await indexing
    assert (status, answer["chunks"]) == (200, 1)
    status, answer = await proxy.ask("POST", "/v1/rag/index", data=io.BytesIO(b" " * 40_000_000))
    assert (status, answer["error"]["code"]) == (413, "request_too_large")


async def test_two_indexings_of_one_lesson_at_once_both_answer(proxy: Proxy) -> None:
    """The last one stays; nobody sees half of either."""
    contents = [f"Version {number} says sugar." for number in range(8)]
    await asyncio.gather(*(proxy.index("botany", "leaves", content=content) for content in contents))
    (found,) = await search(proxy, "sugar", mode="text")
    assert found["content"] in contents


async def test_embeddings_for_the_official_client(proxy: Proxy) -> None:
    """Several texts, in order, as the client asks for them (base64 by default)."""
    answer = await proxy.client.embeddings.create(model="banyan/tiny", input=["one", "two"])
    assert [row.index for row in answer.data] == [0, 1]
    assert len(answer.data[0].embedding) == 32
    cut = await proxy.client.embeddings.create(model="banyan/tiny", input="one", dimensions=8)
    assert sum(number * number for number in cut.data[0].embedding) == pytest.approx(1, abs=1e-5)
    with pytest.raises(openai.NotFoundError):
        await proxy.client.embeddings.create(model="nobody/knows", input="one")
    with pytest.raises(openai.BadRequestError):
        await proxy.client.embeddings.create(model="banyan/tiny", input=[])


async def test_both_encodings_say_the_same(proxy: Proxy) -> None:
    """Numbers where nothing is asked for; base64 holds the same floats."""
    asked = {"input": "leaves"}
    _, plain = await proxy.ask("POST", "/v1/embeddings", json=asked)
    _, packed = await proxy.ask("POST", "/v1/embeddings", json={**asked, "encoding_format": "base64"})
    assert plain["model"] == "banyan/tiny"
    assert plain["usage"] == {"prompt_tokens": 6, "total_tokens": 6}
    unpacked = struct.unpack("<32f", base64.b64decode(packed["data"][0]["embedding"]))
    assert list(unpacked) == pytest.approx(plain["data"][0]["embedding"])


UNUSABLE_IDS = ["", " ", "\u3000", "a/b", "/", ".", "..", "a\x00", "a\nb", "a\x85", "a\u2028b", "x" * 201]


@pytest.mark.parametrize("unusable", UNUSABLE_IDS)
async def test_an_id_that_cannot_stand_in_a_path_is_refused_everywhere(proxy: Proxy, unusable: str) -> None:
    """What could be indexed could otherwise not be opened at `/api/v1/courses/...`; the answer says the rule."""
    question = {"messages": [{"role": "user", "content": "Sugar?"}], "model": "banyan/extractive"}
    requests: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/v1/rag/index", {"json": {"course": unusable, "lesson": "leaves", "markdown": PAGE}}),
        ("POST", "/v1/rag/index", {"json": {"course": "botany", "lesson": unusable, "markdown": PAGE}}),
        ("POST", "/v1/rag/search", {"json": {"course": unusable, "query": "sugar"}}),
        ("POST", "/v1/chat/completions", {"json": {"course": unusable, **question}}),
        ("POST", "/v1/chat/completions", {"json": {"course": "botany", "lesson": unusable, **question}}),
        ("GET", "/v1/rag/text", {"params": {"course": unusable, "lesson": "leaves"}}),
        ("GET", "/v1/rag/lessons", {"params": {"course": unusable}}),
        ("DELETE", "/v1/rag/index", {"params": {"course": unusable}}),
    ]
    for method, path, more in requests:
        status, answer = await proxy.ask(method, path, **more)
        assert (status, answer["error"]["param"]) == (400, next(iter(_ids(more)))), path
        assert re.search(" must have (1 to 200 characters|no slash)", answer["error"]["message"])


def _ids(more: dict[str, Any]) -> list[str]:
    fields = more.get("json") or more["params"]
    return [name for name in ("course", "lesson") if fields.get(name) in UNUSABLE_IDS]


async def test_a_source_may_be_an_address(proxy: Proxy) -> None:
    """Attachments are named by file or URL; their names never stand in a path."""
    await proxy.index("botany", "leaves", markdown=PAGE, source="https://example.org/leaves?page=1")
    (best, *_) = await search(proxy, "sugar")
    assert best["source"] == "https://example.org/leaves?page=1"


async def test_titles_and_headings_are_short_lines_wherever_they_are_named(proxy: Proxy) -> None:
    """A heading of a megabyte would otherwise stand in every chunk and every result below it."""
    long = "Sugar " * 20_000
    await proxy.index(
        "botany", "leaves", title="Leaves\r\ndata: [DONE]\n\n", chapter=long, markdown=f"# {long}\n\n{PAGE}"
    )
    (best, *_) = await search(proxy, "roots drink")
    assert best["title"] == "Leaves data: [DONE]"
    await proxy.index("botany", "leaves", markdown=f"# {long}\n\n## {long}\n\nRoots drink water.")
    (best, *_) = await search(proxy, "roots drink")
    (heading,) = best["heading"]
    assert (len(best["title"]) <= 300, len(heading) <= 300, heading[-7:]) == (True, True, " Sugar\u2026")
    _, text = await proxy.ask("GET", "/v1/rag/text", params={"course": "botany", "lesson": "leaves"})
    assert len(text["text"]) > 2 * len(long)
    (row,) = (await proxy.ask("GET", "/v1/rag/lessons", params={"course": "botany"}))[1]["lessons"]
    assert len(row["title"]) <= 300


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
async def test_a_body_that_is_not_called_json_is_told_what_it_lacks(proxy: Proxy, kind: str) -> None:
    """curl sends forms unless it is told otherwise; the answer names the header."""
    body = json.dumps({"course": "botany", "query": "sugar"})
    status, answer = await proxy.ask("POST", "/v1/rag/search", data=body, headers={"Content-Type": kind})
    assert (status, answer["error"]["param"]) == (400, "Content-Type")
    assert answer["message"] == "The body is not marked as JSON; send it with `Content-Type: application/json`."


async def test_page_is_indexed_by_its_address_and_cited_by_it(tmp_path: Path) -> None:
    """What the server says and what the bytes are decide how it is read; the address that it was found at is cited."""
    async with web_site() as site, open_proxy(tmp_path, fetcher=fetcher_for(site)) as proxy:
        site.page("/figs", b"<html><main><h1>Figs</h1><p>Figs are flowers turned inside out.</p></main></html>")
        site.page("/talk.vtt", b"WEBVTT\n\n00:01.000 --> 00:09.000\nWasps pollinate figs.\n", "text/vtt")
        site.pages["/moved"] = redirect("/figs")
        await proxy.index("botany", "figs", url=site.url("/moved"), source="figs")
        await proxy.index("botany", "figs", url=site.url("/talk.vtt"), source="talk")
        found = (await proxy.ask("POST", "/v1/rag/search", json={"course": "botany", "query": "flowers"}))[1]["results"]
        assert (found[0]["url"], found[0]["source"], found[0]["title"]) == (site.url("/figs"), "figs", "Figs")
        found = (await proxy.ask("POST", "/v1/rag/search", json={"course": "botany", "query": "wasps"}))[1]["results"]
        assert (found[0]["seconds"], found[0]["anchor"]) == ([1, 9], "t-1")


async def test_file_is_read_without_being_kept(proxy: Proxy) -> None:
    """The text as it would be indexed; nothing is found afterwards."""
    encoded = base64.b64encode(b'{"figs": "flowers"}').decode()
    status, answer = await proxy.ask("POST", "/v1/rag/read", json={"file": encoded, "file_name": "figs.json"})
    assert (status, answer["text"], answer["source_type"]) == (200, '{"figs": "flowers"}', "data")
    assert (await proxy.ask("GET", "/v1/rag/courses"))[1] == {"courses": []}

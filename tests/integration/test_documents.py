"""Documents that clients send: the text that is in them with its places, or the reason why it cannot be read."""

import base64
from collections.abc import AsyncIterator, Callable
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import aiohttp
import msgspec
import pytest
import pytest_asyncio
from assistant_world import Reply
from lesson_files import epub_lesson, pdf, pdf_lesson, slide_lesson, word_lesson
from school import TEXT, School, headers_of, open_school

pytestmark = pytest.mark.asyncio(loop_scope="module")

_OFFICE = "application/vnd.openxmlformats-officedocument"
FIRST = "Every living thing is made of cells. Some have only one."


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def school(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[School]:
    async with open_school(tmp_path_factory.mktemp("school")) as opened:
        yield opened


async def _sent(school: School, file: str, type: str, path: str = "/document/process") -> Reply:
    body = BytesIO(msgspec.json.encode({"file": file, "type": type}))
    headers = {**headers_of("service"), "Content-Type": "application/json"}
    async with school.client.post(school.url + path, data=body, headers=headers) as answer:
        return Reply(answer.status, dict(answer.headers), await answer.read())


async def _processed(school: School, content: bytes, type: str, path: str = "/document/process") -> Any:
    reply = await _sent(school, base64.b64encode(content).decode(), type, path)
    assert reply.status == 200, reply.body
    return reply.json


@pytest.mark.parametrize(
    ("make", "type", "place"),
    [
        (pdf_lesson, "application/pdf", {"page": 2}),
        (word_lesson, f"{_OFFICE}.wordprocessingml.document", {}),
        (slide_lesson, "pptx", {"slide": 2}),
        (epub_lesson, "application/epub+zip", {}),
        (lambda: b"<h1>Cells</h1><p>" + FIRST.encode() + b"</p><h2>Parts</h2><p>Walls.</p>", "text/html", {}),
        (lambda: f"# Cells\n\n{FIRST}\n\n## Parts\n\nWalls.".encode(), ".md", {}),
        (lambda: f"Cells\n=====\n\n{FIRST}\n\nParts\n-----\n\nWalls.".encode(), "text/plain; charset=utf-8", {}),
    ],
)
async def test_every_format_gives_its_text_and_chunks_with_their_places(
    make: Callable[[], bytes], type: str, place: dict[str, int], school: School
) -> None:
    """W22: each chunk is the text from `start` to `end`, under its heading and on its page or slide."""
    answer = await _processed(school, make(), type)
    assert (answer["metadata"]["title"], answer["metadata"]["warnings"]) == ("Cells", [])
    assert answer["metadata"]["char_count"] == len(answer["text"])
    chunks = answer["chunks"]
    assert [chunk["position"] for chunk in chunks] == list(range(len(chunks)))
    assert all(chunk["content"] == answer["text"][chunk["start"] : chunk["end"]] for chunk in chunks)
    assert (chunks[0]["content"], chunks[0]["type"]) == (FIRST, "paragraph")
    assert {key: chunks[-1].get(key) for key in place} == place
    assert chunks[-1]["heading"][-1] == "Parts"


async def test_text_alone_is_the_same_and_the_type_may_be_left_to_the_bytes(school: School) -> None:
    """W23; a subtitle's chunk knows its seconds."""
    whole = await _processed(school, word_lesson(), "")
    assert await _processed(school, word_lesson(), "docx", "/document/extract-text") == {
        "text": whole["text"],
        "metadata": whole["metadata"],
    }
    film = b"WEBVTT\n\n00:01:05.000 --> 00:01:09.000\nWasps pollinate figs.\n"
    [chunk] = (await _processed(school, film, "application/octet-stream"))["chunks"]
    assert (chunk["content"], chunk["seconds"]) == ("Wasps pollinate figs.", [65, 69])


def _pictures() -> bytes:
    """A Word file of 10,000 pictures."""
    target = BytesIO()
    with ZipFile(BytesIO(word_lesson())) as old, ZipFile(target, "w", ZIP_DEFLATED) as new:
        for member in old.namelist():
            new.writestr(member, old.read(member))
        for number in range(10_000):
            new.writestr(f"word/media/image{number}.png", b"\x89PNG")
    return target.getvalue()


async def test_a_word_file_of_10000_pictures_is_read_for_its_text(school: School) -> None:
    """Pictures cost little and say nothing."""
    answer = await _processed(school, _pictures(), "docx")
    assert answer["text"] == (await _processed(school, word_lesson(), "docx"))["text"]


def _bomb() -> bytes:
    target = BytesIO()
    with ZipFile(target, "w", ZIP_DEFLATED) as archive, archive.open("word/document.xml", "w") as part:
        for _ in range(110):
            part.write(b"\0" * 1_000_000)
    return target.getvalue()


def _xml_bomb() -> bytes:
    """Entities of entities, a billion letters in all."""
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    xml = f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e0 "aaaaaaaaaa">{levels}]><a>&e9;</a>'
    target = BytesIO()
    with ZipFile(BytesIO(word_lesson())) as old, ZipFile(target, "w", ZIP_DEFLATED) as new:
        for member in old.namelist():
            new.writestr(member, xml if member == "word/document.xml" else old.read(member))
    return target.getvalue()


@pytest.mark.parametrize(
    ("make", "type", "status", "reason"),
    [
        (lambda: pdf([["Secret."]], password="open sesame"), "application/pdf", 400, "protected by a password"),
        (lambda: b"Gr\xc3\xb6\xdfe", "text/plain", 400, "not valid UTF-8 at byte 4"),
        (_bomb, "docx", 413, "split it"),
        (_xml_bomb, "docx", 400, "Word file"),
        (word_lesson, "application/pdf", 400, r"bytes are those of .docx"),
        (lambda: b"\x89PNG\r\n\x1a\n", "", 400, "PNG image"),
        (lambda: b"Notes.", "application/x-dvi", 400, "not read"),
        (lambda: b"Notes.", "xyz", 400, "not read"),
        (lambda: b"", "txt", 400, "empty"),
        (lambda: b"word " * 2_000_001, "txt", 413, "10,000,000 characters"),
        (lambda: b"Notes.", "application/pdf", 400, "PDF"),
        (lambda: b"\xd0\xcf\x11\xe0" + b"\0" * 600, "docx", 400, "password"),
    ],
)
async def test_what_cannot_be_read_is_refused_with_its_reason(
    make: Callable[[], bytes], type: str, status: int, reason: str, school: School
) -> None:
    """A typed refusal with `message` and `detail`; a text is never made up."""
    reply = await _sent(school, base64.b64encode(make()).decode(), type)
    assert reply.status == status, reply.body
    assert reason in reply.json["message"]
    assert reply.json["detail"]
    assert "text" not in reply.json


async def test_wrong_base64_and_a_file_that_is_too_large_are_refused(school: School) -> None:
    """Before anything is read."""
    reply = await _sent(school, "a-b-c!", "pdf")
    assert (reply.status, reply.code) == (400, "file_encoding")
    assert (await _sent(school, "a" * (73 * 1024 * 1024), "txt")).status == 413


async def test_a_form_gives_chunks_with_vectors_and_a_category(school: School) -> None:
    """The modern route: the file's name says what it is."""
    form = aiohttp.FormData({"embed": "true", "categories": "statistics\ncooking"})
    form.add_field("file", TEXT.encode(), filename="mean.txt")
    async with school.client.post(f"{school.url}/api/v1/documents", data=form, headers=headers_of("teacher")) as answer:
        found = await answer.json()
    assert answer.status == 200, found
    assert found["classification"]["category"] == "statistics"
    assert {len(chunk["embedding"]) for chunk in found["chunks"]} == {384}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("The femur is the longest bone of the human body and carries its weight at the hip.", "anatomy"),
        ("Whisk the eggs with sugar and bake the cake for forty minutes.", "cooking"),
        ("The train to Oslo leaves at nine from platform four.", "unknown"),
    ],
)
async def test_a_text_is_classified_by_meaning_or_honestly_unknown(content: str, expected: str, school: School) -> None:
    """W21: shares sum to one; a text that is about nothing of the kind is not given a category."""
    body = {"content": content, "categories": ["anatomy", "cooking", {"name": "law", "description": "contracts"}]}
    answer = (await school.send("POST", "/content/classify", "owner", body)).json
    assert answer["category"] == expected
    assert set(answer["scores"]) == {"anatomy", "cooking", "law", "unknown"}
    assert sum(answer["scores"].values()) == pytest.approx(1)


@pytest.mark.parametrize("body", [{"content": "", "categories": ["a"]}, {"content": "A bone.", "categories": []}])
async def test_nothing_to_classify_is_refused(body: dict[str, Any], school: School) -> None:
    """An empty text or no category."""
    assert (await school.send("POST", "/content/classify", "owner", body)).status == 400


# Search


async def _search(school: School, caller: str, path: str = "/search/vector", **options: Any) -> Any:
    reply = await school.send("POST", path, caller, {"query": "What is the median?", **options})
    assert reply.status == 200, reply.body
    return reply.json["results"]


async def test_search_finds_in_one_course_or_in_all_of_the_callers(school: School) -> None:
    """W24, W25: best first with a cosine as score; a course of another tenant is never among them."""
    for path in ("/search/vector", "/search/semantic"):
        everywhere = await _search(school, "owner", path, topK=3)
        assert {result["metadata"]["course"] for result in everywhere} <= {"stats", "algebra"}
        scores = [result["score"] for result in everywhere]
        assert scores == sorted(scores, reverse=True)
        assert len(scores) == 3
        assert scores[0] > 0.4
        one = await _search(school, "owner", path, course="algebra", top_k=1)
        assert [result["metadata"]["course"] for result in one] == ["algebra"]
    assert await _search(school, "owner", threshold=0.99) == []


async def test_search_finds_nothing_for_staff_alone_and_nothing_in_an_exam(school: School) -> None:
    """What a learner may not see is not found; a course in which there is an exam is closed, with the reason."""
    await school.send("POST", "/api/v1/courses/algebra/lessons/sum/attachments", "admin", b"Key: the zebu is a median.")
    query = {"query": "the zebu is a median", "course": "algebra"}
    seen = [(await school.send("POST", "/search/vector", who, query)).json for who in ("admin", "owner")]
    assert ["zebu" in str(one["results"]) for one in seen] == [True, False]
    await school.did("PUT", "/api/v1/courses/stats/lock", "teacher", {})
    try:
        locked = (await school.send("POST", "/search/vector", "owner", {"query": "the mean", "course": "stats"})).json
        assert (locked["results"], locked["notice"]["code"]) == ([], "exam_lock")
        everywhere = (await school.send("POST", "/search/semantic", "owner", {"query": "the mean"})).json["results"]
        assert "stats" not in {result["metadata"]["course"] for result in everywhere}
    finally:
        await school.did("DELETE", "/api/v1/courses/stats/lock", "teacher")

"""The tutor for machines, by the official client: over HTTP and over standard input and output of the real program."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from assistant_world import ANA, BEN, TEACHER, World, assistant, deciding
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from scripted_gateway import CITATION, TEXT, CitationsFound, TextDelta, says, until
from services import BANYAN, Service, banyan, environment, serving

from banyan.assistant.domain.policy import Policy
from banyan.assistant.domain.studying import StudyQuestion

LOCK = "/api/v1/courses/stats/lock"
STRANGER = {**ANA, "X-Tenant": "elsewhere"}
TOOLS = ["list_courses", "list_lessons", "search_course", "ask", "quiz_me", "check_answer"]
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("list_lessons", {"course": "stats"}),
    ("search_course", {"course": "stats", "query": "a mean"}),
    ("ask", {"course": "stats", "lesson": "mean", "question": "What is a mean?"}),
    ("quiz_me", {"course": "stats", "lesson": "mean"}),
]
LESSONS = {
    "tides.md": "# Tides\n\nA tide is the regular rise and fall of the sea. A neap tide is a tide of small range. "
    "A spring tide is an especially high tide. A current is a steady flow of sea water in one direction. "
    "A lagoon is a shallow lake beside the sea. A delta is land that a river builds at its mouth.",
    "winds.md": "# Winds\n\nA monsoon is a wind that changes its direction with the season.",
}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with assistant(tmp_path) as world:
        citation = replace(CITATION, quote=TEXT, end=len(TEXT))
        question = StudyQuestion("cloze", "A mean is a sum, _____.", "divided", ("added", "lost", "sorted"), citation)
        world.gateway.questions = (question,)
        yield world


@asynccontextmanager
async def client(world: World, asker: dict[str, str] = ANA, mode: str = "auto", query: str = "") -> AsyncIterator[Any]:
    async with httpx2.AsyncClient(headers=asker, timeout=60) as http:
        transport = streamable_http_client(f"{world.url}/mcp{query}", http_client=http)
        async with Client(transport, mode=mode) as opened:
            yield opened


async def called(world: World, tool: str, asker: dict[str, str] = ANA, **arguments: Any) -> Any:
    """What the tool says: its fields, or the code of its refusal."""
    async with client(world, asker) as opened:
        result = await opened.call_tool(tool, arguments)
    return result.structured_content["error"]["code"] if result.is_error else result.structured_content


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_an_answer_comes_with_its_citations(world: World, mode: str) -> None:
    """By the newest protocol and by the older ones; the log says by which way it came."""
    async with client(world, mode=mode) as opened:
        assert [tool.name for tool in (await opened.list_tools()).tools] == TOOLS
        result = await opened.call_tool("ask", {"course": "stats", "lesson": "mean", "question": "What is a mean?"})
    assert not result.is_error
    assert result.structured_content["answer"] == "A mean [1]."
    assert [one["quote"] for one in result.structured_content["citations"]] == ["A mean."]
    assert result.content[0].text == "A mean [1].\n\nSources:\n[1] Mean > Averages: \u201cA mean.\u201d"
    assert [(row.surface, row.outcome, row.user) for row in await world.logged()] == [("mcp", "answered", "ana")]
    assert [message["content"] for message in await world.history()] == ["What is a mean?", "A mean [1]."]


async def test_a_question_about_the_whole_course_needs_no_lesson(world: World) -> None:
    """The gateway is asked without one, and the next question goes on in the same session."""
    first = await called(world, "ask", course="stats", question="What is a mean?")
    second = await called(world, "ask", course="stats", question="And a mode?")
    assert first["session"] == second["session"]
    assert [question.lesson for question in world.gateway.asked] == [None, None]
    assert await called(world, "ask", course="nowhere", question="What is a mean?") == "unknown_course"


async def test_an_exam_closes_every_tool_at_once(world: World) -> None:
    """For its learners alone; whoever is not in it goes on."""
    asked = await called(world, "quiz_me", course="stats", lesson="mean")
    assert (await world.send("PUT", LOCK, TEACHER, {"learners": ["ana"]})).status == 200
    for tool, arguments in [*CALLS, ("check_answer", {"quiz": asked["quiz"], "item": 1, "choice": 1})]:
        assert await called(world, tool, **arguments) == "exam_lock", tool
    assert await called(world, "list_courses") == {"courses": []}
    async with client(world) as opened:
        assert (await opened.list_resources()).resources == []
        with pytest.raises(MCPError) as refused:
            await opened.read_resource("banyan://course/stats/lesson/mean")
    assert refused.value.data == {"code": "exam_lock"}
    assert (await called(world, "search_course", BEN, course="stats", query="mean"))["passages"]
    assert len(world.gateway.asked) == 0


async def test_what_is_switched_off_is_off_here_too(world: World) -> None:
    """With the reason that learners get elsewhere."""
    deciding(world, Policy(enabled=False))
    codes = [await called(world, tool, **arguments) for tool, arguments in CALLS[1:]]
    assert codes == ["assistant_off"] * 3


async def test_questions_count_against_the_cap(world: World) -> None:
    """As they do on the page; a search does not count."""
    deciding(world, Policy(max_messages_per_user_per_day=1))
    assert (await called(world, "ask", course="stats", lesson="mean", question="What is a mean?"))["answer"]
    assert await called(world, "ask", course="stats", lesson="mean", question="And now?") == "message_cap"
    assert (await called(world, "search_course", course="stats", query="mean"))["passages"]


async def test_bad_calls_are_refused_in_words(world: World) -> None:
    """With a code for programs, and never with a trace."""
    ask = {"course": "stats", "lesson": "mean"}
    assert await called(world, "ask", **ask, question="x" * 8001) == "question_too_long"
    assert await called(world, "ask", **ask, question=" ") == "question_empty"
    assert await called(world, "ask", **ask) == "invalid_request"
    assert await called(world, "ask", question="What?") == "invalid_request"
    assert await called(world, "quiz_me", course="stats", lesson="mean", count=99) == "invalid_request"
    world.gateway.scripts = [[RuntimeError("secret detail")]]
    async with client(world) as opened:
        broken = await opened.call_tool("ask", {**ask, "question": "What?"})
        with pytest.raises(MCPError, match="no tool"):
            await opened.call_tool("rm", {})
    assert broken.is_error
    assert "secret detail" not in broken.model_dump_json()


async def test_another_tenant_sees_nothing(world: World) -> None:
    """Neither courses nor passages nor a quiz that was given elsewhere."""
    quiz = (await called(world, "quiz_me", course="stats", lesson="mean"))["quiz"]
    assert await called(world, "list_courses", STRANGER) == {"courses": []}
    for tool, arguments in CALLS:
        assert await called(world, tool, STRANGER, **arguments) == "unknown_course", tool
    assert await called(world, "check_answer", STRANGER, quiz=quiz, item=1, choice=1) in {
        "unknown_course",
        "unknown_quiz",
    }


async def test_a_quiz_keeps_its_answers_to_itself(world: World) -> None:
    """It is its learner's alone, and each choice is checked against the lesson."""
    given = await called(world, "quiz_me", course="stats", lesson="mean")
    (item,) = given["items"]
    assert sorted(item["options"]) == ["added", "divided", "lost", "sorted"]
    assert set(item) == {"item", "question", "options"}
    right = item["options"].index("divided") + 1
    marked = await called(world, "check_answer", quiz=given["quiz"], item=1, choice=right)
    assert (marked["correct"], marked["citation"]["quote"]) == (True, TEXT)
    assert not (await called(world, "check_answer", quiz=given["quiz"], item=1, choice=right % 4 + 1))["correct"]
    assert await called(world, "check_answer", BEN, quiz=given["quiz"], item=1, choice=1) == "unknown_quiz"
    assert await called(world, "check_answer", quiz=given["quiz"] + "x", item=1, choice=1) == "unknown_quiz"
    assert await called(world, "check_answer", quiz="quiz_", item=1, choice=1) == "unknown_quiz"
    assert await called(world, "check_answer", quiz=given["quiz"], item=2, choice=1) == "invalid_request"
    world.gateway.questions = tuple(replace(one, answer="shared") for one in world.gateway.questions)
    assert await called(world, "check_answer", quiz=given["quiz"], item=1, choice=1) == "unknown_quiz"


async def test_solutions_are_kept_from_quizzes_and_passages(world: World) -> None:
    """What a teacher keeps is neither asked for nor found; the teacher finds it."""
    kept = {"solutions": [{"text": "A mean.", "exercise": "Exercise 1"}]}
    reply = await world.send("PUT", "/api/v1/courses/stats/lessons/mean/solutions", TEACHER, kept)
    assert reply.status == 200, reply.body
    assert (await called(world, "search_course", course="stats", query="mean"))["passages"] == []
    assert (await called(world, "search_course", TEACHER, course="stats", query="mean"))["passages"]
    assert await called(world, "quiz_me", course="stats", lesson="mean") == "nothing_to_draft"


async def test_a_connection_may_be_for_one_course(world: World) -> None:
    """Then it need not be named, and no other one can be."""
    async with client(world, query="?course=stats") as opened:
        assert not (await opened.call_tool("ask", {"question": "What is a mean?"})).is_error
        other = await opened.call_tool("ask", {"course": "art", "question": "What is a mean?"})
    assert other.structured_content["error"]["code"] == "course_not_allowed"


@pytest.mark.parametrize("how", ["cancel", "leave"])
async def test_whoever_gives_up_cancels_the_model(world: World, how: str) -> None:
    """What had been said is kept as interrupted, and the server answers the next."""
    world.gateway.scripts = [[CitationsFound((CITATION,)), TextDelta("A mean. It "), asyncio.Event()], says("A mean.")]
    ask = {"course": "stats", "lesson": "mean", "question": "What is a mean?"}

    async def arrived() -> bool:
        return len(world.gateway.asked) == 1

    async def stopped() -> bool:
        return world.gateway.cancelled == 1

    if how == "cancel":
        async with client(world) as opened:
            asking = asyncio.create_task(opened.call_tool("ask", ask))
            await until(arrived)
            asking.cancel()
            await until(stopped)
    else:
        asking = asyncio.create_task(called(world, "ask", **ask))
        await until(arrived)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await until(stopped)
    assert (await called(world, "ask", **ask))["answer"] == "A mean."
    assert [row.outcome for row in await world.logged()] == ["interrupted", "answered"]


async def test_only_calls_come_in(world: World) -> None:
    """There is nothing to listen to and no session to end; nobody gets in without a name that can be read."""
    for method in ("GET", "DELETE"):
        assert (await world.send(method, "/mcp", ANA)).status == 405
    reply = await world.post("/mcp", {}, {"X-Banyan-Roles": "king"})
    assert (reply.status, reply.json["error"]["data"]) == (400, {"code": "invalid_request"})


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with the course `sea`, whose lesson on winds has a source for staff alone."""
    folder = tmp_path_factory.mktemp("mcp")
    lessons = folder / "lessons"
    lessons.mkdir()
    for name, text in LESSONS.items():
        (lessons / name).write_text(text)
    with serving(folder / "data") as running:
        assert banyan(running.data, "index", str(lessons), "--course", "sea").returncode == 0
        secret = {"course": "sea", "lesson": "winds", "source": "key", "visibility": "staff"}
        secret["content"] = "The grading key of the monsoon essay gives ten points for the season."
        answer = httpx2.post(f"{running.proxy}/v1/rag/index", json=secret, timeout=60)
        assert answer.status_code == 200, answer.text
        yield running


def program(data: Path, *arguments: str) -> StdioServerParameters:
    return StdioServerParameters(command=BANYAN, args=["mcp", *arguments], env=environment(data))


async def test_the_program_speaks_for_the_service_that_runs(service: Service) -> None:
    """What it quotes stands in the lesson, learners find nothing that is for staff, and a command says the same."""
    async with Client(program(service.data, "--user", "ana", "--course", "sea")) as opened:
        assert [tool.name for tool in (await opened.list_tools()).tools] == TOOLS
        answer = (await opened.call_tool("ask", {"question": "What is a spring tide?"})).structured_content
        found = (await opened.call_tool("search_course", {"query": "grading key monsoon"})).structured_content
        quiz = (await opened.call_tool("quiz_me", {"lesson": "tides", "count": 2})).structured_content
        marked = await opened.call_tool("check_answer", {"quiz": quiz["quiz"], "item": 1, "choice": 1})
        lesson = (await opened.read_resource("banyan://course/sea/lesson/tides")).contents[0].text
    assert "A spring tide is an especially high tide." in answer["answer"]
    for cited in [*answer["citations"], marked.structured_content["citation"]]:
        assert lesson[cited["start"] : cited["end"]] == cited["quote"]
    assert found["passages"]
    assert "grading" not in str(found)
    async with Client(program(service.data)) as opened:
        staff = await opened.call_tool("search_course", {"course": "sea", "query": "grading key monsoon"})
    assert "grading" in str(staff.structured_content)


async def test_a_killed_client_leaves_the_service_well(service: Service) -> None:
    """The program is killed in the middle, and the next one is answered."""
    process = await asyncio.create_subprocess_exec(
        BANYAN,
        "mcp",
        "--url",
        service.assistant,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=environment(service.data),
    )
    assert process.stdin is not None
    process.stdin.write(b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}\n')
    await process.stdin.drain()
    assert process.stdout is not None
    await process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()
    async with Client(program(service.data, "--url", service.assistant)) as opened:
        assert (await opened.call_tool("list_courses", {})).structured_content == {"courses": ["sea"]}
        gone = await opened.call_tool("ask", {"course": "nowhere", "question": "What?"})
    assert gone.structured_content["error"]["code"] == "unknown_course"


async def test_the_program_opens_the_folder_that_nobody_holds(tmp_path: Path) -> None:
    """It answers by itself, and is gone when its input ends; an assistant that is not there is named."""
    (tmp_path / "lessons").mkdir()
    (tmp_path / "lessons" / "winds.md").write_text(LESSONS["winds.md"])
    data = tmp_path / "data"
    assert banyan(data, "index", str(tmp_path / "lessons"), "--course", "sea").returncode == 0
    async with Client(program(data)) as opened:
        answer = await opened.call_tool("ask", {"course": "sea", "question": "What is a monsoon?"})
    assert "A monsoon is a wind" in answer.structured_content["answer"]
    async with Client(program(data, "--url", "http://127.0.0.1:9")) as opened:
        nobody = await opened.call_tool("ask", {"course": "sea", "question": "What is a monsoon?"})
    assert nobody.structured_content["error"]["code"] == "unavailable"
    asked = banyan(data, "ask", "What is a monsoon?", "--course", "sea", "--user", "ana")
    assert "[1] Winds" in asked.stdout, asked.stderr

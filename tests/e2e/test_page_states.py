"""The page in front of an assistant whose model says what the test wrote down."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from assistant_world import World, assistant
from browsing import OpenPage
from playwright.async_api import Page, expect
from scripted_gateway import DONE, ScriptedGateway, Step, until

from banyan.assistant.ports.model_gateway import CitationsFound, LessonSummary, LessonText, TextDelta
from banyan.edge.http.page_folder import BUILT
from banyan.kernel.errors import UpstreamFailed
from banyan.kernel.identity import Identity
from banyan.kernel.messages import Citation

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOSTILE = "<script>document.title = 'taken'</script><img src=x onerror=\"document.title = 'taken'\">"
LESSONS = {
    "roots": f"A banyan \U0001f333 stands here. Its roots hang \U0001f333 from the branches. {HOSTILE}",
    "leaves": "A leaf drinks light. It breathes through its underside.",
}


class Library(ScriptedGateway):
    """A course of two lessons."""

    async def lessons(self, asker: Identity, course: str) -> list[LessonSummary]:
        known = await self.courses(asker)
        return [LessonSummary(course, one, one.title(), "Trees", 1, 1) for one in LESSONS if course in known]

    async def lesson(self, asker: Identity, course: str, lesson: str, source: str | None = None) -> LessonText:
        text = LESSONS[lesson]
        block = {"kind": "paragraph", "level": 0, "start": 0, "end": len(text), "anchor": "", "heading": []}
        return LessonText(course, lesson, lesson.title(), text, 1, [block])


def cites(index: int, lesson: str, quote: str) -> Citation:
    start = LESSONS[lesson].find(quote)
    end = start + len(quote)
    return Citation(index, "stats", lesson, "c", lesson.title(), (), "", quote, start, end, "lesson", "text", 1.0)


HANG = cites(1, "roots", "Its roots hang \U0001f333 from the branches.")
BREATHE = cites(2, "leaves", "It breathes through its underside.")


def answer(*steps: str | Exception | asyncio.Event) -> list[Step]:
    said: list[Step] = [TextDelta(step) if isinstance(step, str) else step for step in steps]
    return [CitationsFound((HANG, BREATHE)), *said, DONE]


@pytest_asyncio.fixture(loop_scope="session")
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with assistant(tmp_path, web=BUILT, gateway=Library([answer("A ", "mean [1].")])) as world:
        yield world


async def ask(page: Page, question: str = "What hangs?") -> None:
    await page.get_by_label("Your question").fill(question)
    await page.keyboard.press("Enter")


async def test_an_answer_shows_while_it_is_being_given(world: World, open_page: OpenPage) -> None:
    """The first words are there before the last ones have been said."""
    rest = asyncio.Event()
    world.gateway.scripts = [answer("Roots hang [1],\n", "- from", rest, " branches\n- and <b>down</b> [9]")]
    page = await open_page(world.url)
    await ask(page)
    text = page.locator(".answer-text")
    await expect(text).to_have_text("Roots hang [1],from")
    await expect(page.get_by_role("button", name="Stop")).to_be_visible()
    rest.set()
    await expect(text.locator("li")).to_have_text(["from branches", "and <b>down</b>"])
    await expect(text.get_by_role("link")).to_have_text(["[1]"])
    await expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()


async def test_a_citation_lands_on_the_very_sentence(world: World, open_page: OpenPage) -> None:
    """Spans count code points, so characters of two units before and inside a sentence shift nothing."""
    world.gateway.scripts = [answer("They hang [1].")]
    page = await open_page(f"{world.url}/#/stats/roots")
    await ask(page)
    await page.locator(".answer-text").get_by_role("link", name="Source 1").click()
    await expect(page.locator("mark")).to_have_text(HANG.quote)
    await expect(page.locator("mark")).to_be_focused()
    await expect(page.locator(".lesson > p").last).to_have_text(LESSONS["roots"])


async def test_a_citation_of_another_lesson_opens_it_and_keeps_the_conversation(
    world: World, open_page: OpenPage
) -> None:
    """The answer stays in sight, and a question goes to the new lesson only when the reader says so."""
    world.gateway.scripts = [answer("They breathe [2].")]
    page = await open_page(f"{world.url}/#/stats/roots")
    await ask(page)
    await page.locator(".answer-text").get_by_role("link", name="Source 2").click()
    await expect(page.get_by_role("heading", name="Leaves", level=1)).to_be_visible()
    await expect(page.locator("mark")).to_have_text(BREATHE.quote)
    await expect(page.locator(".answer-text")).to_have_text("They breathe [2].")
    await page.get_by_role("button", name="Return to that lesson").click()
    await expect(page.get_by_role("heading", name="Roots", level=1)).to_be_visible()
    await expect(page.locator(".away")).to_have_count(0)
    await page.locator(".sources").get_by_role("link", name="Leaves").click()
    await page.get_by_role("button", name="Ask about this one").click()
    await expect(page.locator(".answer-text")).to_have_count(0)
    await ask(page, "And leaves?")
    await expect(page.locator(".answer-text")).to_have_text("They breathe [2].")
    assert [question.lesson for question in world.gateway.asked] == ["roots", "leaves"]


async def test_words_that_are_not_in_the_lesson_are_cited_by_no_link(world: World, open_page: OpenPage) -> None:
    """A mark that would lead to nothing is left out of the answer."""
    gone = cites(1, "roots", "This was struck out.")
    world.gateway.scripts = [[CitationsFound((gone,)), TextDelta("Once [1]."), DONE]]
    page = await open_page(f"{world.url}/#/stats/roots")
    await ask(page)
    await expect(page.locator(".answer-text")).to_contain_text("Once")
    await expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
    await expect(page.locator(".answer-text").get_by_role("link")).to_have_count(0)


async def test_what_stands_elsewhere_is_opened_there(world: World, open_page: OpenPage) -> None:
    """A page outside the course opens in a tab of its own; a file without an address is quoted without a link."""
    page_elsewhere = replace(HANG, source="ext_1", url="https://example.org/roots")
    file = replace(BREATHE, source="att_1")
    world.gateway.scripts = [
        [CitationsFound((page_elsewhere, file)), TextDelta("They hang [1] and breathe [2]."), DONE]
    ]
    page = await open_page(f"{world.url}/#/stats/roots")
    await ask(page)
    links = page.locator(".answer :is(.answer-text, .sources) a")
    await expect(links).to_have_count(2)
    for number in range(2):
        await expect(links.nth(number)).to_have_attribute("href", "https://example.org/roots")
        await expect(links.nth(number)).to_have_attribute("target", "_blank")
    await expect(page.locator(".answer-text")).to_have_text("They hang [1] and breathe [2].")
    await expect(page.locator(".sources")).to_contain_text(BREATHE.quote)


async def test_escape_stops_an_answer_and_the_model(world: World, open_page: OpenPage) -> None:
    """What had been said stays and is called incomplete; asking again goes on as the same turn."""
    world.gateway.scripts = [answer("Roots", asyncio.Event()), answer("Roots hang [1].")]
    page = await open_page(world.url)
    await ask(page)
    await expect(page.locator(".answer-text")).to_have_text("Roots")
    await page.keyboard.press("Escape")
    await expect(page.get_by_text("You stopped this answer; it is incomplete.")).to_be_visible()

    async def cancelled() -> bool:
        return world.gateway.cancelled == 1

    await until(cancelled)
    await page.get_by_role("button", name="Ask again").click()
    await expect(page.locator(".answer-text")).to_have_text("Roots hang [1].")
    await page.reload()
    await expect(page.locator(".answer-text")).to_have_text(["Roots hang [1]."])


async def test_a_broken_answer_is_called_incomplete_and_can_be_repeated(world: World, open_page: OpenPage) -> None:
    """The repetition is the same turn, so the history holds the question once."""
    broken = UpstreamFailed("The model broke off; ask again.")
    world.gateway.scripts = [answer("Roots", broken), answer("Roots hang [1].")]
    page = await open_page(f"{world.url}/#/stats/roots")
    await ask(page)
    problem = page.get_by_text("This answer is incomplete. The model broke off; ask again.")
    await expect(problem).to_be_visible()
    await expect(page.locator(".answer-text")).to_have_text("Roots")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.locator(".answer-text")).to_have_text("Roots hang [1].")
    await expect(problem).to_have_count(0)
    await page.reload()
    await expect(page.locator(".turn .question")).to_have_text(["You asked: What hangs?"])


async def test_an_assistant_out_of_reach_is_said_and_tried_again(world: World, open_page: OpenPage) -> None:
    """The question is kept, and the same button sends it once the assistant is back."""
    page = await open_page(world.url)
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await page.route("**/chat/completions", lambda route: route.abort())
    await ask(page)
    await expect(page.get_by_text("The assistant cannot be reached.")).to_be_visible()
    await page.unroute("**/chat/completions")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.locator(".answer-text")).to_have_text("A mean [1].")


async def test_nothing_cited_is_said(world: World, open_page: OpenPage) -> None:
    """An answer without a source does not look like one that has some."""
    world.gateway.scripts = [[CitationsFound(()), TextDelta("The course does not cover that."), DONE]]
    page = await open_page(world.url)
    await ask(page)
    await expect(page.get_by_text("No sentence of the course is cited here.")).to_be_visible()
    await expect(page.locator(".sources")).to_have_count(0)


async def test_a_suggested_question_is_asked_at_once(world: World, open_page: OpenPage) -> None:
    """The buttons above the field send what they say."""
    page = await open_page(f"{world.url}/#/stats/roots")
    await page.get_by_role("button", name="What are Roots?").click()
    await expect(page.locator(".turn .question")).to_have_text("You asked: What are Roots?")
    await expect(page.locator(".answer-text")).to_be_visible()


async def test_a_new_conversation_is_empty_and_stays_so(world: World, open_page: OpenPage) -> None:
    """Also after the page has been loaded again."""
    page = await open_page(world.url)
    await ask(page)
    await expect(page.locator(".answer-text")).to_be_visible()
    await page.get_by_role("button", name="New conversation").click()
    await expect(page.locator(".turn")).to_have_count(0)
    await page.reload()
    await expect(page.get_by_text("Every answer quotes the course.")).to_be_visible()


async def test_shift_and_enter_begin_a_line_and_enter_asks(world: World, open_page: OpenPage) -> None:
    """The question reaches the assistant with its line break."""
    page = await open_page(world.url)
    await page.get_by_label("Your question").press_sequentially("one")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("two")
    await page.keyboard.press("Enter")
    await expect(page.locator(".answer-text")).to_be_visible()
    assert world.gateway.asked[0].messages[-1].content == "one\ntwo"


async def test_markup_in_lessons_and_answers_stays_text(world: World, open_page: OpenPage) -> None:
    """Neither a lesson nor a model can put elements into the page."""
    world.gateway.scripts = [answer(f"{HOSTILE} [1]")]
    page = await open_page(f"{world.url}/#/stats/roots")
    await ask(page)
    # The guardrail on markup has written the brackets of its tags as entities by then; a learner reads the brackets.
    await expect(page.locator(".answer-text")).to_have_text(f"{HOSTILE} [1]")
    await expect(page.locator(".lesson")).to_contain_text(HOSTILE)
    await expect(page.locator("main script, main img, .chat script, .chat img")).to_have_count(0)
    await expect(page).to_have_title("Roots · Banyan")


async def test_without_a_course_the_page_says_how_to_index_one(world: World, open_page: OpenPage) -> None:
    """The next step is a command that can be copied."""
    page = await open_page(world.url, extra_http_headers={"X-Tenant": "elsewhere"})
    await expect(page.get_by_role("heading", name="No course is indexed yet.")).to_be_visible()
    await expect(page.get_by_text("banyan index PATH --course COURSE")).to_be_visible()


async def test_an_unknown_lesson_is_said(world: World, open_page: OpenPage) -> None:
    """In the assistant's own words, with the list of lessons still there."""
    page = await open_page(f"{world.url}/#/elsewhere/nothing")
    await expect(page.get_by_role("alert")).to_contain_text("There is no course")

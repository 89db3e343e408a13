"""The page of `banyan serve --sample`, used as a learner would use it."""

import json
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from browsing import OpenPage
from playwright.async_api import Locator, Page, expect
from services import Service, serving

pytestmark = pytest.mark.asyncio(loop_scope="session")

LESSON = "#/thinking-with-data/confidence-intervals"
QUESTION = "What is a confidence interval?"
FOREIGN = "How do volcanoes erupt under the ocean?"
HOSTILE = "<script>document.title = 'taken'</script> and <img src=x onerror=\"document.title = 'taken'\">"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("sample") / "data", "--sample") as service:
        yield service


def fetch(url: str, body: object = None) -> Any:
    sent = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, sent, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


async def ask(page: Page, question: str) -> Locator:
    """The turn, once its answer is complete."""
    turns = page.locator(".turn")
    await expect(page.locator(".invitation, .turn").first).to_be_visible()  # what was said before is there by now
    before = await turns.count()
    await page.get_by_label("Your question").fill(question)
    await page.keyboard.press("Enter")
    turn = turns.nth(before)
    await expect(turn.get_by_role("button", name="Copy answer")).to_be_visible(timeout=30_000)
    return turn


async def begin_anew(page: Page) -> None:
    await expect(page.locator(".log .waiting")).to_have_count(0)
    again = page.get_by_role("button", name="New conversation")
    if await again.count():
        await again.click()
        await expect(page.locator(".turn")).to_have_count(0)


async def violations(page: Page) -> list[str]:
    """What axe holds to be serious or critical, each as the rule and the first element at fault."""
    found = (await Axe().run(page)).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in ("serious", "critical")]


async def test_a_learner_reads_asks_and_lands_on_the_sentence(service: Service, open_page: OpenPage) -> None:
    """Every citation of the answer leads to a sentence that equals its quotation and the lesson's own text."""
    page = await open_page(f"{service.assistant}/")
    await page.get_by_role("link", name="Estimates and confidence intervals").click()
    await expect(page.get_by_role("heading", name="Estimates and confidence intervals", level=1)).to_be_focused()
    turn = await ask(page, QUESTION)
    citations = turn.locator(".answer-text").get_by_role("link")
    said = await turn.inner_text()
    assert await citations.count() > 0, said
    for number in range(await citations.count()):
        await citations.nth(number).click()
        mark = page.locator("mark")
        await expect(mark).to_be_focused()
        await expect(mark).to_be_in_viewport()
        quote = await citations.nth(number).get_attribute("title") or ""
        if quote.startswith("$$"):  # a drawn formula carries its source as an annotation
            await expect(mark.locator("annotation")).to_have_text(quote.strip("$ \n"))
        else:
            await expect(mark).to_have_text(quote)
    history = fetch(f"{service.assistant}/api/v1/sessions/thinking-with-data/confidence-intervals/history")
    for citation in history["messages"][-1]["citations"]:
        place = f"{citation['course']}/lessons/{urllib.parse.quote(citation['lesson'], safe='')}"
        text = fetch(f"{service.assistant}/api/v1/courses/{place}")["text"]
        assert text[citation["start"] : citation["end"]] == citation["quote"]


async def test_formulas_are_drawn(service: Service, open_page: OpenPage) -> None:
    """A formula of the lesson is laid out by the browser, under the page's own content policy."""
    page = await open_page(f"{service.assistant}/{LESSON}")
    formula = page.get_by_role("region", name="Formula").first
    await expect(formula.locator("math mfrac")).to_be_visible()
    await expect(formula.locator("math annotation")).to_have_text(r"\bar{x} \pm 1.96 \cdot \frac{s}{\sqrt{n}}")


async def test_the_conversation_is_there_after_a_reload(service: Service, open_page: OpenPage) -> None:
    """Answer, sources and lesson are found again by the address alone."""
    page = await open_page(f"{service.assistant}/{LESSON}")
    await begin_anew(page)
    turn = await ask(page, QUESTION)
    said = await turn.locator(".answer-text").inner_text()
    sources = await turn.locator(".sources li").all_inner_texts()
    await page.reload()
    await expect(page.locator(".answer-text")).to_have_text(said, use_inner_text=True)
    assert await page.locator(".sources li").all_inner_texts() == sources


async def test_what_the_course_does_not_cover_is_said(service: Service, open_page: OpenPage) -> None:
    """No sentence is quoted for a foreign question."""
    page = await open_page(f"{service.assistant}/{LESSON}")
    turn = await ask(page, FOREIGN)
    await expect(turn.get_by_text("No sentence of the course is cited here.")).to_be_visible()


async def test_everything_can_be_done_with_the_keyboard(service: Service, open_page: OpenPage) -> None:
    """From the start of the page to the question, from the answer to the sentence, and back."""
    page = await open_page(f"{service.assistant}/{LESSON}")
    await begin_anew(page)
    await page.reload()
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await tab_to(page, "a.skip >> text=Skip to your question")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Your question")).to_be_focused()
    await page.keyboard.type(QUESTION)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Copy answer")).to_be_visible(timeout=30_000)
    citation = ".answer-text a.citation >> nth=-1"
    await tab_to(page, citation, "Shift+Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("mark")).to_be_focused()
    await tab_to(page, "button.back")
    await page.keyboard.press("Enter")
    await expect(page.locator(citation)).to_be_focused()


async def tab_to(page: Page, selector: str, key: str = "Tab") -> None:
    target = page.locator(selector)
    for _ in range(80):
        await page.keyboard.press(key)
        if await target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{selector} cannot be reached with {key}")


async def test_a_narrow_screen_shows_one_thing_at_a_time(service: Service, open_page: OpenPage) -> None:
    """On a telephone lesson and conversation take turns, and nothing is wider than the screen."""
    page = await open_page(f"{service.assistant}/", width=360, height=740, has_touch=True)
    await page.get_by_role("button", name="Lessons").click()
    await page.get_by_role("dialog").get_by_role("link", name="Estimates and confidence intervals").click()
    await expect(page.get_by_role("heading", name="Estimates and confidence intervals", level=1)).to_be_visible()
    assert await overflow(page) == 0
    await page.get_by_role("button", name="Ask", exact=True).click()
    await expect(page.get_by_role("main")).to_be_hidden()
    await begin_anew(page)
    turn = await ask(page, QUESTION)
    assert await overflow(page) == 0
    await turn.locator(".answer-text").get_by_role("link").first.click()
    await expect(page.locator("mark")).to_be_in_viewport()
    await expect(page.get_by_label("Your question")).to_be_hidden()
    await page.get_by_role("button", name="Back to the answer").click()
    await expect(turn.locator(".answer-text").get_by_role("link").first).to_be_focused()


async def overflow(page: Page) -> int:
    width: int = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 768, 360])
async def test_axe_finds_nothing_serious(service: Service, open_page: OpenPage, scheme: str, width: int) -> None:
    """In the lesson, beside an answer, at a marked sentence, and in the list of lessons."""
    page = await open_page(f"{service.assistant}/{LESSON}", width=width, color_scheme=scheme)
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    found = await violations(page)
    if width <= 768:
        await page.get_by_role("button", name="Lessons").click()
        found += await violations(page)
        await page.keyboard.press("Escape")
        await page.get_by_role("button", name="Ask", exact=True).first.click()
    turn = await ask(page, QUESTION)
    found += await violations(page)
    await turn.locator(".answer-text").get_by_role("link").first.click()
    await expect(page.locator("mark")).to_be_visible()
    found += await violations(page)
    assert found == []


async def test_a_lesson_full_of_markup_is_shown_as_text(service: Service, open_page: OpenPage) -> None:
    """Title and body that hold elements come through the index and the page as the words they are."""
    title = "Tags <b>and</b> traps"
    content = f"The trap lesson shows {HOSTILE} to its readers. A trap is a thing that closes on the careless."
    lesson = {"course": "traps & <i>tags", "lesson": "one two?", "title": title, "content": content, "wait": True}
    fetch(f"{service.proxy}/v1/rag/index", lesson)
    page = await open_page(f"{service.assistant}/")
    await page.get_by_label("Course").first.select_option("traps & <i>tags")
    await expect(page.get_by_role("heading", level=1)).to_have_text(title)
    await expect(page.locator(".lesson > p")).to_have_text(content)
    turn = await ask(page, "What is a trap?")
    await turn.locator(".answer-text").get_by_role("link").first.click()
    await expect(page.locator("mark")).to_be_focused()
    await expect(page.locator(":is(main, .chat, .side) :is(script, img, b, i)")).to_have_count(0)
    await expect(page).to_have_title(f"{title} · Banyan")

"""Thumbs under the answers of the page."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.async_playwright import Axe
from browsing import OpenPage
from playwright.async_api import expect
from services import Service, serving

pytestmark = pytest.mark.asyncio(loop_scope="session")

LESSON = "#/thinking-with-data/confidence-intervals"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("feedback") / "data", "--sample") as service:
        yield service


async def test_an_answer_is_rated_by_keyboard_and_the_rating_is_kept(open_page: OpenPage, service: Service) -> None:
    """Up, undone, then down with a reason; the page shows it again when it is loaded anew, and axe finds no fault."""
    page = await open_page(f"{service.assistant}/{LESSON}")
    await expect(page.locator(".invitation, .turn").first).to_be_visible()
    await page.get_by_label("Your question").fill("What is a confidence interval?")
    await page.keyboard.press("Enter")
    good = page.get_by_role("button", name="Good answer")
    poor = page.get_by_role("button", name="Poor answer")
    await expect(good).to_be_visible(timeout=30_000)
    await good.press("Enter")
    await expect(good).to_have_attribute("aria-pressed", "true")
    await good.press("Enter")
    await expect(good).to_have_attribute("aria-pressed", "false")
    await poor.press("Enter")
    await expect(page.get_by_label("It is wrong")).to_be_focused()
    await page.keyboard.press("Space")
    found = (await Axe().run(page)).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
    await page.get_by_label("Anything else?").fill("It is about something else.")
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_text("Your teacher will see it.")).to_be_visible()
    async with page.expect_response(lambda answer: "/feedback" in answer.url and answer.request.method == "GET"):
        await page.reload()
    await expect(page.get_by_role("button", name="Poor answer")).to_have_attribute("aria-pressed", "true")
    answer = await page.context.request.get(f"{service.assistant}/api/v1/feedback?course=thinking-with-data")
    [row] = (await answer.json())["feedback"]
    assert (row["rating"], row["reasons"], row["comment"]) == ("down", ["wrong"], "It is about something else.")


async def test_a_rating_that_cannot_be_kept_is_taken_back(open_page: OpenPage, service: Service) -> None:
    """And the page says why."""
    page = await open_page(f"{service.assistant}/{LESSON}")
    await expect(page.locator(".invitation, .turn").first).to_be_visible()
    await page.get_by_label("Your question").fill("What is a standard error?")
    await page.keyboard.press("Enter")
    good = page.get_by_role("button", name="Good answer").last
    await expect(page.get_by_role("button", name="Copy answer").last).to_be_visible(timeout=30_000)
    await page.route("**/feedback", lambda route: route.abort())
    await good.click()
    await expect(page.get_by_text("The assistant cannot be reached.").last).to_be_visible()
    await expect(good).to_have_attribute("aria-pressed", "false")

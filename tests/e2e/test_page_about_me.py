"""What learners say of themselves, in the page."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.async_playwright import Axe
from browsing import OpenPage
from playwright.async_api import expect
from services import Service, serving

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("about") / "data", "--sample") as service:
        yield service


async def test_a_learner_sees_changes_and_takes_back_what_is_kept(service: Service, open_page: OpenPage) -> None:
    """With the keyboard alone; what comes back is what is kept, without markup; the form has no axe violation."""
    page = await open_page(f"{service.assistant}/")
    form = page.get_by_role("dialog", name="About me")
    await page.get_by_role("button", name="About me").first.focus()
    await page.keyboard.press("Enter")
    await expect(form.get_by_label("What I do")).to_be_visible()
    assert (await Axe().run(page)).violations_count == 0
    await form.get_by_label("What I do").focus()
    await page.keyboard.type("<b>Nurse</b>")
    await page.keyboard.press("Tab")
    await page.keyboard.type("football, chess")
    await form.get_by_label("How to speak to me").select_option("Casually")
    await form.get_by_label("What I do").press("Enter")
    await expect(form.get_by_role("status")).to_have_text("Saved. This is what is kept.")
    await expect(form.get_by_label("What I do")).to_have_value("Nurse")
    await page.keyboard.press("Escape")
    await expect(form).to_have_count(0)
    await page.reload()
    await page.get_by_role("button", name="About me").first.click()
    await expect(form.get_by_label("What I like")).to_have_value("football, chess")
    await expect(form.get_by_label("How to speak to me")).to_have_value("casual")
    await form.get_by_role("button", name="Forget all of it").click()
    await expect(form.get_by_label("What I like")).to_have_value("")

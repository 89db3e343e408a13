"""The page of a service that keys have closed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.async_playwright import Axe
from browsing import OpenPage
from playwright.async_api import Page, expect
from services import Service, banyan, serving, until_known, until_unknown

pytestmark = pytest.mark.asyncio(loop_scope="session")

LESSON = "#/thinking-with-data/confidence-intervals"
QUESTION = "What is a confidence interval?"
SHIFTS = """new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted = (window.shifted ?? 0) + entry.value
}).observe({ type: 'layout-shift', buffered: true })"""


@dataclass(frozen=True, slots=True)
class Key:
    id: str
    secret: str


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Closed by a key that nobody uses."""
    with serving(tmp_path_factory.mktemp("closed") / "data", "--sample") as service:
        made(service, "ops", "--role", "admin")
        yield service


def made(service: Service, name: str, *options: str) -> Key:
    """A key that is in force already."""
    found = json.loads(banyan(service.data, "keys", "create", name, *options, "--json").stdout)
    until_known(service, found["key"])
    return Key(found["id"], found["key"])


def learner(service: Service, user: str) -> Key:
    return made(service, f"key of {user}", "--role", "learner", "--user", user)


async def sign_in(page: Page, key: Key) -> None:
    await page.get_by_label("Your key").fill(key.secret)
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Your key")).to_have_count(0)


async def kept(page: Page) -> str:
    """Everything that the browser keeps for the page."""
    return str(await page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}, document.cookie])"))


async def ask(page: Page, question: str = QUESTION) -> None:
    await page.get_by_label("Your question").fill(question)
    await page.keyboard.press("Enter")


async def test_a_learner_signs_in_with_a_key_of_their_own_and_asks(service: Service, open_page: OpenPage) -> None:
    """The page opens at its address; what the browser keeps is a token, never the key; it lasts over a reload."""
    ana = learner(service, "ana")
    page = await open_page(f"{service.assistant}/{LESSON}")
    await expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    await expect(page.get_by_label("Your key")).to_be_focused()
    await sign_in(page, ana)
    await expect(page.get_by_role("heading", name="Estimates and confidence intervals", level=1)).to_be_visible()
    await ask(page)
    await expect(page.get_by_role("button", name="Copy answer")).to_be_visible(timeout=30_000)
    stored = await kept(page)
    assert ana.secret not in stored
    assert "banyan.token" in stored
    await page.reload()
    await expect(page.locator(".turn")).to_have_count(1)
    await expect(page.get_by_role("group", name="Your sign-in").first).to_contain_text("ana")
    await page.get_by_role("button", name="New conversation").click()


async def test_a_wrong_key_is_told_and_can_be_corrected(service: Service, open_page: OpenPage) -> None:
    """In one sentence each, which a screen reader announces; the field keeps the keyboard, and nothing moves."""
    page = await open_page(f"{service.assistant}/{LESSON}")
    field, told = page.get_by_label("Your key"), page.get_by_role("alert")
    button = page.get_by_role("button", name="Sign in")
    await expect(button).to_be_visible()
    place = await button.bounding_box()
    for wrong, sentence in (
        ("", "Enter your key."),
        ("two words", "This is no key"),
        ("bk_" + "x" * 43, "This key is not known"),
    ):
        await field.fill(wrong)
        await page.keyboard.press("Enter")
        await expect(told).to_contain_text(sentence)
        await expect(field).to_be_focused()
        await expect(field).to_have_attribute("aria-invalid", "true")
        await expect(button).to_have_text("Sign in")
        assert await button.bounding_box() == place
    assert "token" not in await kept(page)
    await sign_in(page, learner(service, "ben"))
    await expect(page.get_by_role("heading", name="Estimates and confidence intervals", level=1)).to_be_visible()


async def test_a_key_without_the_right_scope_is_told_so(service: Service, open_page: OpenPage) -> None:
    """The assistant's own words say whom to ask."""
    page = await open_page(f"{service.assistant}/")
    await page.get_by_label("Your key").fill(made(service, "batcher", "--scope", "batches").secret)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("has no scope 'tutor'; ask whoever runs the service")


async def test_when_the_token_ends_the_page_asks_again_and_goes_on(service: Service, open_page: OpenPage) -> None:
    """The question that met the end is answered after the sign-in, without being asked again."""
    first, second = learner(service, "cem"), learner(service, "cem")
    page = await open_page(f"{service.assistant}/{LESSON}")
    await sign_in(page, first)
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert banyan(service.data, "keys", "revoke", first.id).returncode == 0
    until_unknown(service, first.secret)
    await ask(page)
    await expect(page.get_by_role("heading", name="Sign in again")).to_be_visible()
    await expect(page.get_by_label("Your key")).to_be_focused()
    await expect(page.get_by_role("link", name="Skip to the lesson")).to_have_count(0)
    await sign_in(page, second)
    await expect(page.get_by_label("Your question")).to_be_focused()
    await expect(page.get_by_role("button", name="Copy answer")).to_be_visible(timeout=30_000)
    await expect(page.locator(".turn .question")).to_have_text([f"You asked: {QUESTION}"])


async def test_whoever_signs_in_next_sees_nothing_of_the_one_before(service: Service, open_page: OpenPage) -> None:
    """Neither after signing out nor when another key follows a token that has ended."""
    dora, emil, finn = (learner(service, user) for user in ("dora", "emil", "finn"))
    page = await open_page(f"{service.assistant}/{LESSON}")
    await sign_in(page, dora)
    await ask(page, "What is the mean, asks Dora?")
    await expect(page.get_by_role("button", name="Copy answer")).to_be_visible(timeout=30_000)
    await page.get_by_role("button", name="Sign out").first.click()
    await expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    assert "token" not in await kept(page)
    await sign_in(page, emil)
    await expect(page.get_by_text("Every answer quotes the course.")).to_be_visible()
    await ask(page, "What is the mean, asks Emil?")
    await expect(page.get_by_role("button", name="Copy answer")).to_be_visible(timeout=30_000)
    assert banyan(service.data, "keys", "revoke", emil.id).returncode == 0
    until_unknown(service, emil.secret)
    await ask(page, "And the median, asks Emil?")
    await sign_in(page, finn)
    await expect(page.get_by_text("Every answer quotes the course.")).to_be_visible()
    await expect(page.get_by_text("Emil")).to_have_count(0)
    await expect(page.get_by_text("Dora")).to_have_count(0)


async def test_the_first_key_reaches_a_page_that_is_open_already(
    tmp_path_factory: pytest.TempPathFactory, open_page: OpenPage
) -> None:
    """Until then nobody is asked; the next call brings the form, and who signs in sees nothing of what was open."""
    with serving(tmp_path_factory.mktemp("open") / "data", "--sample") as service:
        page = await open_page(f"{service.assistant}/{LESSON}")
        await expect(page.get_by_role("heading", name="Estimates and confidence intervals", level=1)).to_be_visible()
        await expect(page.get_by_role("button", name="Sign out")).to_have_count(0)
        await ask(page)
        await expect(page.get_by_role("button", name="Copy answer")).to_be_visible(timeout=30_000)
        key = learner(service, "gil")
        until_unknown(service, "")  # until the service has seen the key, it is still open to everybody
        await ask(page, "And what is a mean?")
        await expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
        await sign_in(page, key)
        await expect(page.get_by_text("Every answer quotes the course.")).to_be_visible()
        await expect(page.locator(".turn")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 768, 360])
async def test_the_form_can_be_read_and_nothing_moves(
    service: Service, open_page: OpenPage, scheme: str, width: int
) -> None:
    """Nothing serious for axe, before and after a wrong key; no shift while the page loads; nothing is too wide."""
    page = await open_page(f"{service.assistant}/{LESSON}", width=width, color_scheme=scheme)
    await expect(page.get_by_label("Your key")).to_be_focused()
    await page.evaluate(SHIFTS)
    found = await violations(page)
    await page.keyboard.type("nonsense")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("This key is not known")
    found += await violations(page)
    assert found == []
    assert await page.evaluate("window.shifted ?? 0") < 0.01
    width_over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert await page.evaluate(width_over) == 0


async def violations(page: Page) -> list[str]:
    found = (await Axe().run(page)).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in ("serious", "critical")]


async def test_on_a_telephone_one_signs_out_from_the_list_of_lessons(service: Service, open_page: OpenPage) -> None:
    """The bar has no room for it there."""
    page = await open_page(f"{service.assistant}/{LESSON}", width=360, height=740, has_touch=True)
    await sign_in(page, learner(service, "a name that is much longer than any bar of any page is wide"))
    await page.get_by_role("button", name="Lessons").click()
    assert await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    await page.get_by_role("dialog").get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()

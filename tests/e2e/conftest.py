"""One browser for all tests of the page; each test has a context, and with it a storage, of its own."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from browsing import ARGUMENTS, CHROMIUM, OpenPage
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright

from banyan.edge.http.page_folder import BUILT


@pytest.fixture(scope="session", autouse=True)
def _needs_browser_and_page() -> None:
    if CHROMIUM is None:
        pytest.skip("not tested: the web page in a browser (Chromium is missing)")
    if not (BUILT / "index.html").is_file():
        pytest.skip("not tested: the web page in a browser (the page has not been built; npm is missing)")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser: Browser) -> AsyncIterator[OpenPage]:
    """Opens a URL; at the end of the test, no page may have raised an error or met the content policy."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        # A failed request is for the page to tell the reader, and the browser logs it all the same.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            faults.append(message.text)

    async def open_url(url: str, *, width: int = 1280, height: int = 800, **options: object) -> Page:
        viewport = {"width": width, "height": height}
        context = await browser.new_context(viewport=viewport, reduced_motion="reduce", **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = await context.new_page()
        page.on("console", listen)
        page.on("pageerror", lambda error: faults.append(str(error)))
        await page.goto(url)
        return page

    yield open_url
    for context in contexts:
        await context.close()
    assert faults == []

"""The browser in which the page is tested, and how a test opens a page in it."""

import shutil
from collections.abc import Awaitable, Callable

from playwright.async_api import Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Runs as root and without a screen, and asks nothing of the network by itself."""

OpenPage = Callable[..., Awaitable[Page]]
"""`await open_page(url, width=1280, height=800, **options_of_the_context)`."""

"""Plain text as HTML in which nothing of it is markup."""

import html
from collections.abc import Iterable


def inline(text: str) -> str:
    """With `<br>` for line breaks."""
    return html.escape(text, quote=False).replace("\n", "<br>")


def paragraphs(texts: Iterable[str]) -> str:
    """A paragraph each."""
    return "".join(f"<p>{inline(text)}</p>" for text in texts)

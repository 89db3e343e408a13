"""`banyan ask`: one question, answered in the terminal with citations."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import asdict
from pathlib import Path
from typing import cast

from banyan.assistant.ports.model_gateway import AnswerDone, AnswerEvent, CitationsFound, TextDelta
from banyan.edge.cli.console import output, print_json
from banyan.edge.cli.tools import Tools
from banyan.kernel.messages import Citation


async def ask(tools: Tools, question: str, course: str, lesson: str | None, data: Path | None, as_json: bool) -> None:
    """Prints the answer while it comes, then what it rests on."""
    citations: tuple[Citation, ...] = ()
    pieces: list[str] = []
    model = ""
    console = output()
    async with tools.open_workspace(data) as workspace:
        answer = cast(AsyncGenerator[AnswerEvent, None], workspace.answer(course, lesson, question))
        async with aclosing(answer):
            async for event in answer:
                match event:
                    case CitationsFound():
                        citations = event.citations
                    case TextDelta():
                        pieces.append(event.text)
                        if not as_json:
                            console.print(printable(event.text), end="", markup=False)
                    case AnswerDone():
                        model = event.model
    if as_json:
        rows = [asdict(citation) for citation in citations]
        print_json({"answer": "".join(pieces), "citations": rows, "model": model})
        return
    console.print()
    for citation in citations:
        console.print(
            f"\n[{citation.index}] {place(citation)}\n    \u201c{printable(citation.quote)}\u201d", markup=False
        )


def place(citation: Citation) -> str:
    """Where the quote stands: title, headings, page, then what opens it."""
    path = [citation.title or citation.lesson, *citation.heading]
    if citation.page is not None:
        path.append(f"page {citation.page}")
    if citation.slide is not None:
        path.append(f"slide {citation.slide}")
    if citation.seconds is not None:
        path.append(f"{citation.seconds[0] // 60}:{citation.seconds[0] % 60:02}")
    opens = citation.url or (f"{citation.lesson}#{citation.anchor}" if citation.anchor else citation.lesson)
    return printable(f"{' > '.join(path)}  ({opens})")


def printable(text: str) -> str:
    """The text without characters that would steer the terminal or that it cannot encode."""
    kept = "".join(letter for letter in text if letter in "\n\t" or letter.isprintable() or letter.isspace())
    return kept.replace("\r", "").encode("utf-8", "replace").decode()

"""`banyan ask`: one turn with the tutor, in the terminal, with citations."""

from contextlib import aclosing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec

from banyan.assistant.domain.notices import Notice
from banyan.assistant.domain.sessions import StoredMessage
from banyan.assistant.ports.model_gateway import TextDelta
from banyan.assistant.usecases.ask import Answering, Withheld
from banyan.edge.cli.console import fail, output, print_json
from banyan.edge.cli.tools import Tools
from banyan.kernel.messages import Citation


async def ask(
    tools: Tools, question: str, course: str, lesson: str | None, user: str, data: Path | None, as_json: bool
) -> bool:
    """Prints the answer while it comes, then what it rests on; whether there was one."""
    async with tools.open_tutor(data, user) as tutor:
        answering = await tutor.ask(course, lesson, question)
        if isinstance(answering, Withheld):
            return _refuse(answering, as_json)
        return await _print(answering, as_json)


async def _print(answering: Answering, as_json: bool) -> bool:
    console, pieces = output(), list[str]()
    async with aclosing(answering.events) as events:
        async for event in events:
            match event:
                case TextDelta(text):
                    pieces.append(text)
                    if not as_json:
                        console.print(printable(text), end="", markup=False)
                case StoredMessage():
                    answer = event
    if as_json:
        rows = [asdict(citation) for citation in answer.citations]
        told = _told(answer.notice)
        print_json({"answer": "".join(pieces), "citations": rows, "model": answer.model, **told})
        return answer.status == "complete"
    console.print()
    for citation in answer.citations:
        console.print(
            f"\n[{citation.index}] {place(citation)}\n    \u201c{printable(citation.quote)}\u201d", markup=False
        )
    if answer.notice is not None:
        console.print(f"\nNote: {answer.notice.message}", markup=False)
    return answer.status == "complete"


def _refuse(withheld: Withheld, as_json: bool) -> bool:
    """Somebody in need gets an answer all the same; any other refusal is a failure."""
    answered = withheld.text != withheld.notice.message
    if as_json:
        print_json({"answer": withheld.text, "citations": [], "model": "", **_told(withheld.notice)})
    elif answered:
        output().print(printable(withheld.text), markup=False)
    else:
        fail(withheld.notice.message)
    return answered


def _told(notice: Notice | None) -> dict[str, Any]:
    return {} if notice is None else {"notice": msgspec.to_builtins(notice)}


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

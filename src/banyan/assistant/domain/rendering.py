"""Drafts as Markdown, as blocks of Editor.js, and as HTML that is safe to show."""

import html
import re
from collections.abc import Iterator
from typing import Any

import nh3
from markdown_it import MarkdownIt

from banyan.assistant.domain.drafts import Draft, FaqBody, LessonBody, QuizBody
from banyan.kernel.ids import content_id

_LETTERS = "ABCDEFGH"
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|])")
_MARKDOWN = MarkdownIt("commonmark", {"html": False})
_TAGS = {"h1", "h2", "h3", "p", "ul", "ol", "li", "strong", "em", "code", "pre", "blockquote", "a", "br", "hr"}


def heading(draft: Draft) -> str:
    """The name of what it is, with course and lesson where they are set."""
    name = {"faq": "FAQ", "lesson": "Lesson Draft", "quiz": "Quiz"}[draft.kind.value]
    return " — ".join(part for part in (name, draft.course, draft.lesson) if part)


def as_markdown(draft: Draft) -> str:
    """With a heading for each question, or for summary and glossary; ends in a line break."""
    return "\n\n".join([f"# {_plain(heading(draft))}", *_parts(draft)]) + "\n"


def as_html(draft: Draft) -> str:
    """The same as HTML without scripts, styles, pictures or handlers."""
    return nh3.clean(
        _MARKDOWN.render(as_markdown(draft)),
        tags=_TAGS,
        attributes={"a": {"href", "title"}},
        url_schemes={"http", "https", "mailto"},
    )


def as_editorjs(draft: Draft) -> dict[str, Any]:
    """A document of Editor.js: headers, paragraphs and lists."""
    return {
        "time": int(draft.updated.timestamp() * 1000),
        "blocks": [
            {"id": content_id(draft.id, str(number))[:10], "type": kind, "data": data}
            for number, (kind, data) in enumerate(_blocks(draft))
        ],
        "version": "2.30.0",
    }


def _parts(draft: Draft) -> Iterator[str]:
    match draft.body:
        case FaqBody(items):
            for item in items:
                yield f"## {_plain(item.question)}"
                yield item.answer.strip()
        case LessonBody(summary, glossary):
            yield "## Summary"
            yield " ".join(_plain(sentence.text) for sentence in summary)
            if glossary:
                yield "## Glossary"
                yield "\n".join(f"- **{_plain(one.term)}**: {_plain(one.definition)}" for one in glossary)
        case QuizBody(questions):
            for number, question in enumerate(questions, 1):
                yield f"## {number}. {_plain(question.question)}"
                lettered = zip(_LETTERS, question.options, strict=False)
                yield "\n".join(f"- {letter}. {_plain(one)}" for letter, one in lettered)
            yield "## Answers"
            yield "\n".join(
                f"{number}. {_LETTERS[one.answer - 1]}. {_plain(one.answer_text)}"
                for number, one in enumerate(questions, 1)
            )


def _blocks(draft: Draft) -> Iterator[tuple[str, dict[str, Any]]]:
    yield _header(heading(draft), 1)
    match draft.body:
        case FaqBody(items):
            for item in items:
                yield _header(item.question, 2)
                for paragraph in re.split(r"\n\s*\n", item.answer.strip()):
                    yield "paragraph", {"text": _inline(paragraph)}
        case LessonBody(summary, glossary):
            yield _header("Summary", 2)
            yield "paragraph", {"text": html.escape(" ".join(one.text for one in summary), quote=False)}
            if glossary:
                yield _header("Glossary", 2)
                terms = [f"<b>{_escaped(one.term)}</b>: {_escaped(one.definition)}" for one in glossary]
                yield _list("unordered", terms)
        case QuizBody(questions):
            for number, question in enumerate(questions, 1):
                yield _header(f"{number}. {question.question}", 2)
                yield _list("ordered", [_escaped(option) for option in question.options])
            yield _header("Answers", 2)
            yield _list("ordered", [f"{one.answer}: {_escaped(one.answer_text)}" for one in questions])


def _header(text: str, level: int) -> tuple[str, dict[str, Any]]:
    return "header", {"text": _escaped(" ".join(text.split())), "level": level}


def _list(style: str, items: list[str]) -> tuple[str, dict[str, Any]]:
    return "list", {"style": style, "items": items}


def _escaped(text: str) -> str:
    return html.escape(text, quote=False)


def _inline(markdown: str) -> str:
    """The emphasis of a paragraph as HTML, and nothing else."""
    rendered = _MARKDOWN.renderInline(markdown)
    return nh3.clean(rendered, tags={"strong", "em", "code", "a", "br"}, attributes={"a": {"href"}})


def _plain(text: str) -> str:
    """One line in which nothing is Markdown."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))

"""Material as text that people read."""

from collections.abc import Iterator

from banyan.assistant.domain.material import (
    Body,
    Cards,
    Examples,
    Outline,
    Point,
    Practice,
    Prose,
    Question,
    Quiz,
    Summary,
)

_LETTERS = "ABCDEFGH"
_UNSAFE = str.maketrans(dict.fromkeys('()[]{}"`#;', " "))
"""What ends the text of a node in a Mermaid mind map."""


def as_markdown(body: Body) -> str:
    """The whole body; pieces are apart by blank lines."""
    return "\n\n".join(pieces(body))


def pieces(body: Body) -> Iterator[str]:
    """One after the other, each a block of Markdown that can be shown by itself."""
    match body:
        case Prose(text):
            yield from (part for part in text.split("\n\n") if part.strip())
        case Summary(style, points):
            yield from _summary(style, points)
        case Quiz(questions):
            yield from (_question(number, one) for number, one in enumerate(questions, 1))
        case Cards(cards):
            yield from (f"**Q:** {one.front}\n\n**A:** {one.back}" for one in cards)
        case Outline(_, parts):
            for part in parts:
                lines = [f"{'#' * min(6, part.level + 1)} {part.title}", part.summary]
                lines.append("\n".join(f"- {topic}" for topic in part.topics))
                yield "\n\n".join(line for line in lines if line)
        case Examples(examples):
            yield from (f"### {one.title}\n\n{one.text}" if one.title else one.text for one in examples)
        case Practice(tasks):
            for number, task in enumerate(tasks, 1):
                lines = [f"### {number}. {task.title}", task.description]
                lines.append("\n".join(f"{at}. {step}" for at, step in enumerate(task.instructions, 1)))
                lines += [f"*Hint:* {hint}" for hint in task.hints]
                if task.expected:
                    lines.append(f"*A good answer says:* {task.expected}")
                yield "\n\n".join(line for line in lines if line)


def _summary(style: str, points: tuple[Point, ...]) -> Iterator[str]:
    if style == "visual_map":
        if points:
            yield _tree(points)
            yield _mind_map(points)
        return
    heading = ""
    lines: list[str] = []
    for one in points:
        if style == "comprehensive" and one.heading != heading:
            if lines:
                yield "\n".join(lines)
            heading, lines = one.heading, []
            if heading:
                yield f"{'#' * min(6, one.level + 2)} {heading}"
        lines.append(f"- {one.text}" if style in ("key_points", "comprehensive") else one.text)
    if lines:
        yield "\n".join(lines) if style in ("key_points", "comprehensive") else " ".join(lines)


def _tree(points: tuple[Point, ...]) -> str:
    lines: list[str] = []
    heading = None
    for one in points:
        depth = "  " * max(0, one.level - 1)
        if one.heading != heading:
            heading = one.heading
            lines.append(f"{depth}- {heading}")
        lines.append(f"{depth}  - {one.text}")
    return "\n".join(lines)


def _mind_map(points: tuple[Point, ...]) -> str:
    lines = ["```mermaid", "mindmap", f"  (({_node(points[0].citation.title or points[0].heading)}))"]
    heading = None
    for one in points:
        depth = "  " * (max(0, one.level - 1) + 2)
        if one.heading != heading:
            heading = one.heading
            lines.append(f"{depth}{_node(heading)}")
        lines.append(f"{depth}  {_node(one.text)}")
    return "\n".join([*lines, "```"])


def _node(text: str) -> str:
    return " ".join(text.translate(_UNSAFE).split()) or "·"


def _question(number: int, one: Question) -> str:
    lines = [f"**{number}. {one.question}**"]
    if one.options:
        lines.append("\n".join(f"{letter}) {option}" for letter, option in zip(_LETTERS, one.options, strict=False)))
    answer = f"{_LETTERS[one.answer - 1]}) {one.answer_text}" if one.answer else one.answer_text
    lines.append(f"*Answer:* {answer}")
    if one.key_points:
        lines.append("\n".join(f"- {point}" for point in one.key_points))
    if one.explanation and one.explanation != one.answer_text:
        lines.append(f"*Why:* {one.explanation}")
    return "\n\n".join(lines)

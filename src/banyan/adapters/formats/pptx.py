"""PowerPoint files: a heading and the texts of each slide, its tables, and the speaker's notes."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from banyan.adapters.formats._office import check_archive, refusing
from banyan.proxy.domain.document_builder import DocumentBuilder, ListItem
from banyan.proxy.domain.knowledge import Document
from banyan.proxy.ports.format import Format

_SLIDE = 2  # level of a slide's title; the title of a title slide is the first


def read(content: bytes) -> Document:
    """See `Format.read`. A slide without a title is headed by its number."""
    check_archive(content, "a PowerPoint file", "ppt/presentation.xml")
    import pptx
    from pptx.exc import PythonPptxError

    with refusing("The PowerPoint file", PythonPptxError):
        source = pptx.Presentation(BytesIO(content))
        builder = DocumentBuilder("pptx", source.core_properties.title or "")
        for number, slide in enumerate(source.slides, start=1):
            builder.move_to(slide=number)
            _add_slide(builder, slide, number)
        return builder.build()


def _add_slide(builder: DocumentBuilder, slide: Any, number: int) -> None:
    from pptx.enum.shapes import PP_PLACEHOLDER

    title = slide.shapes.title
    text = title.text_frame.text if title is not None else ""
    opens = number == 1 and title is not None and title.placeholder_format.type == PP_PLACEHOLDER.CENTER_TITLE
    if text.strip() or number > 1:
        builder.heading(1 if opens else _SLIDE, text if text.strip() else f"Slide {number}")
    for shape in _shapes(slide.shapes):
        if title is not None and shape.shape_id == title.shape_id:
            continue
        if shape.has_text_frame:
            body = shape.is_placeholder and shape.placeholder_format.type != PP_PLACEHOLDER.SUBTITLE
            _add_texts(builder, shape.text_frame, as_list=body)
        elif getattr(shape, "has_table", False) and shape.has_table:
            rows = [[cell.text for cell in row.cells if not cell.is_spanned] for row in shape.table.rows]
            builder.table(rows, header=bool(shape.table.first_row))
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        _add_texts(builder, slide.notes_slide.notes_text_frame, as_list=False)


def _add_texts(builder: DocumentBuilder, frame: Any, *, as_list: bool) -> None:
    """Paragraphs of a slide's body are its bullet points, unless there is only one."""
    paragraphs = [(paragraph.level, paragraph.text) for paragraph in frame.paragraphs if paragraph.text.strip()]
    if as_list and len(paragraphs) > 1:
        builder.bullets([ListItem(text, level) for level, text in paragraphs])
        return
    for _, text in paragraphs:
        builder.paragraph(text)


def _shapes(shapes: Any) -> Iterator[Any]:
    """All shapes, those inside groups too."""
    waiting = list(reversed(list(shapes)))
    while waiting:
        shape = waiting.pop()
        if hasattr(shape, "shapes"):
            waiting.extend(reversed(list(shape.shapes)))
        else:
            yield shape


ENTRY = Format("pptx", (".pptx",), "pptx", read, apart=True)

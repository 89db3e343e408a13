"""Writes small PDF, Word, PowerPoint and EPUB files, so that no binary file has to be kept."""

from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import docx
import pptx
from docx.enum.style import WD_STYLE_TYPE
from pypdf import PdfReader, PdfWriter


def pdf(
    pages: Sequence[Sequence[str]],
    *,
    title: str = "",
    outline: Sequence[tuple[int, str, int]] = (),
    password: str | None = None,
) -> bytes:
    """pages: their lines. outline: depth from 0, text, page from 1, in order."""
    writer = PdfWriter(PdfReader(BytesIO(_plain_pdf(pages))))
    if title:
        writer.add_metadata({"/Title": title})
    parents: list[object] = []
    for depth, text, page in outline:
        del parents[depth:]
        parents.append(
            writer.add_outline_item(title=text, page_number=page - 1, parent=parents[-1] if parents else None)
        )
    if password is not None:
        writer.encrypt(user_password=password, owner_password="owner", algorithm="RC4-128")
    return _bytes(writer.write)


def _plain_pdf(pages: Sequence[Sequence[str]]) -> bytes:
    """One font, lines from top to bottom; the bare minimum that readers accept."""
    first = 4
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", font]
    for number, lines in enumerate(pages):
        escaped = [line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") for line in lines]
        stream = "BT /F1 11 Tf 50 780 Td 14 TL " + " ".join(f"({line}) Tj T*" for line in escaped) + " ET"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {first + 2 * number + 1} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    kids = " ".join(f"{first + 2 * number} 0 R" for number in range(len(pages)))
    objects[1] = f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>"
    body = "%PDF-1.4\n"
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n{content}\nendobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    body += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    start = body.rindex("xref\n")
    return f"{body}trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode("cp1252")


def word(blocks: Sequence[tuple[str, str]], *, table: Sequence[Sequence[str]] = ()) -> bytes:
    """blocks: pairs of a style and a text; the table stands where the style is "table"."""
    document = docx.Document()
    document.styles.add_style("Source Code", WD_STYLE_TYPE.PARAGRAPH)
    for style, text in blocks:
        if style == "table":
            written = document.add_table(len(table), len(table[0]))
            for row, cells in zip(written.rows, table, strict=True):
                for cell, content in zip(row.cells, cells, strict=True):
                    cell.text = content
        else:
            document.add_paragraph(text, style=style)
    return _bytes(document.save)


def slides(pages: Sequence[tuple[str, Sequence[str], str]], *, table: Sequence[Sequence[str]] = ()) -> bytes:
    """pages: title, bullet points, notes. The first is a title slide; the table stands on the second."""
    presentation = pptx.Presentation()
    for number, (title, points, notes) in enumerate(pages):
        slide = presentation.slides.add_slide(presentation.slide_layouts[0 if number == 0 else 1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = "\n".join(points)
        if number == 1 and table:
            graphic = slide.shapes.add_table(len(table), len(table[0]), 0, 0, 1_000_000, 1_000_000)
            for row, cells in zip(graphic.table.rows, table, strict=True):
                for cell, content in zip(row.cells, cells, strict=True):
                    cell.text = content
        if notes:
            slide.notes_slide.notes_text_frame.text = notes
    return _bytes(presentation.save)


def epub(
    chapters: Mapping[str, str], *, title: str = "", contents: Mapping[str, str] | None = None, **parts: str
) -> bytes:
    """chapters: XHTML bodies by file name, in order. contents: labels by file name. parts: more of META-INF."""
    items = "".join(
        f'<item id="c{n}" href="{name}" media-type="application/xhtml+xml"/>' for n, name in enumerate(chapters)
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    links = "".join(f'<li><a href="{name}#top">{label}</a></li>' for name, label in (contents or {}).items())
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title></metadata><manifest>{items}'
        '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/></manifest>'
        f'<spine><itemref idref="nav"/>{spine}</spine></package>'
    )
    target = BytesIO()
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("META-INF/container.xml", '<container><rootfile full-path="OPS/book.opf"/></container>')
        archive.writestr("OPS/book.opf", package)
        archive.writestr(
            "OPS/nav.xhtml", f'<html xmlns="http://www.w3.org/1999/xhtml"><nav><ol>{links}</ol></nav></html>'
        )
        for name, body in chapters.items():
            archive.writestr(f"OPS/{name}", body if body.startswith("<") and "<html" in body else xhtml(body))
        for name, part in parts.items():
            archive.writestr(f"META-INF/{name}.xml", part)
    return target.getvalue()


def xhtml(body: str) -> str:
    """A page with what XHTML allows and HTML reads as left open."""
    head = '<head><title/><script src="a.js"/></head>'
    return f'<html xmlns="http://www.w3.org/1999/xhtml">{head}<body>{body}</body></html>'


TABLE = [["Part", "Task"], ["Nucleus", "keeps the genes"]]


def word_lesson() -> bytes:
    """The lesson on cells that the suite of formats knows in every format."""
    blocks = [
        ("Title", "Cells"),
        ("Normal", "Every living thing is made of cells. Some have only one."),
        ("Heading 1", "Parts"),
        ("table", ""),
        ("List Bullet", "Membranes let little in."),
        ("List Bullet", "Walls are firm."),
        ("Source Code", "size = 10"),
        ("Quote", "Small is beautiful."),
    ]
    return word(blocks, table=TABLE)


def slide_lesson() -> bytes:
    """The lesson on cells that the suite of formats knows in every format."""
    opening = ("Cells", ["Every living thing is made of cells. Some have only one."], "")
    return slides([opening, ("Parts", ["Membranes let little in.", "Walls are firm."], "")], table=TABLE)


def pdf_lesson() -> bytes:
    """The lesson on cells that the suite of formats knows in every format."""
    first = ["Cells", "Every living thing is made of cells. Some have", "only one."]
    second = ["Parts", "• Membranes let little in.", "• Walls are firm."]
    return pdf([first, second], outline=[(0, "Cells", 1), (1, "Parts", 2)])


def epub_lesson() -> bytes:
    """The lesson on cells that the suite of formats knows in every format."""
    first = "<h1>Cells</h1><p>Every living thing is made of cells.<a id='x'/> Some have only <em>one</em>.</p>"
    rows = "".join(
        f"<tr><{tag}>{one}</{tag}><{tag}>{two}</{tag}></tr>"
        for tag, (one, two) in zip(("th", "td"), TABLE, strict=True)
    )
    rest = "<ul><li>Membranes let little in.</li><li>Walls are firm.</li></ul><pre>size = 10</pre>"
    second = f"<h2>Parts</h2><table>{rows}</table>{rest}<blockquote><p>Small is beautiful.</p></blockquote>"
    return epub({"one.xhtml": first, "two.xhtml": second}, title="Cells")


def _bytes(write: Callable[[BytesIO], object]) -> bytes:
    target = BytesIO()
    write(target)
    return target.getvalue()

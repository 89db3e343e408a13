"""Turns the events of a markup reader (text, list opened, quote closed, ...) into blocks of a document."""

from collections.abc import Sequence

from banyan.proxy.domain.document_builder import DocumentBuilder, ListItem


class Flow:
    """Inline text collects until a block ends; list items collect until something that is no list item comes."""

    def __init__(self, builder: DocumentBuilder) -> None:
        self.builder = builder
        self._inline: list[str] = []
        self._items: list[ListItem] = []
        self._numbers: list[int | None] = []
        self._marker = ""
        self._in_item = False
        self._quotes = 0

    def write(self, text: str) -> None:
        """Inline text; a newline is a space, a blank line ends the paragraph."""
        self._inline.append(text)

    def ends_in_digit(self) -> bool:
        """Whether the text so far ends in a digit."""
        return bool(self._inline) and self._inline[-1][-1:].isdigit()

    def end_block(self) -> None:
        """What was written so far is a paragraph, or (a paragraph of) a list item."""
        text = "".join(self._inline)
        self._inline.clear()
        if not text.strip():
            return
        if not self._in_item:
            self._end_items()
            (self.builder.quote if self._quotes else self.builder.paragraph)(text)
        elif self._marker:
            self._items.append(ListItem(text, len(self._numbers) - 1, self._marker))
            self._marker = ""
        elif self._items:
            last = self._items.pop()
            self._items.append(ListItem(f"{last.text}\n{text}", last.depth, last.marker))
        else:
            self.builder.paragraph(text)

    def begin_list(self, first_number: int | None = None) -> None:
        """first_number: of an ordered list."""
        self.end_block()
        self._numbers.append(first_number)
        self._in_item = False

    def end_list(self) -> None:
        """Ends the innermost list; an item around it goes on."""
        self.end_block()
        if self._numbers:
            self._numbers.pop()
        self._in_item = bool(self._numbers)
        self._marker = ""
        if not self._numbers:
            self._end_items()

    def begin_item(self, marker: str = "") -> None:
        """marker: instead of the one that the list gives."""
        self.end_block()
        number = self._numbers[-1] if self._numbers else None
        if self._numbers and number is not None:
            self._numbers[-1] = number + 1
        self._marker = marker or ("-" if number is None else f"{number}.")
        self._in_item = bool(self._numbers)

    def begin_quote(self) -> None:
        """Paragraphs are quotes until `end_quote`."""
        self.end_block()
        self._quotes += 1

    def end_quote(self) -> None:
        """Ends the innermost quote."""
        self.end_block()
        self._quotes = max(0, self._quotes - 1)

    def heading(self, level: int, text: str, anchor: str = "") -> None:
        """See `DocumentBuilder.heading`."""
        self.finish()
        self.builder.heading(level, text, anchor)

    def code(self, text: str) -> None:
        """See `DocumentBuilder.code`."""
        self.finish()
        self.builder.code(text)

    def math(self, text: str) -> None:
        """See `DocumentBuilder.math`."""
        self.finish()
        self.builder.math(text)

    def caption(self, text: str) -> None:
        """See `DocumentBuilder.caption`."""
        self.finish()
        self.builder.caption(text)

    def table(self, rows: Sequence[Sequence[str]], *, header: bool) -> None:
        """See `DocumentBuilder.table`."""
        self.finish()
        self.builder.table(rows, header=header)

    def finish(self) -> None:
        """Hands everything that is still collecting to the builder."""
        self.end_block()
        self._end_items()

    def _end_items(self) -> None:
        self.builder.bullets(self._items)
        self._items = []

"""Reads what somebody wants to index, however it is handed in: text, blocks, a file, or the address of a page."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from banyan.kernel.catalogue import Catalogue
from banyan.kernel.errors import InvalidInput
from banyan.kernel.pages import Fetcher
from banyan.proxy.domain.knowledge import Document
from banyan.proxy.ports.format import Format, ReadsApart

_EDITOR = b'"blocks"'


@dataclass(frozen=True, slots=True)
class Read:
    """url: where it was found, of a page that was fetched."""

    document: Document
    url: str | None = None


class ReadContent:
    """The use case. formats: by name. apart: for files that could be bombs. fetcher: for addresses.

    domains: beyond which no page is fetched; None for any.
    """

    def __init__(
        self, formats: Catalogue[Format], apart: ReadsApart, fetcher: Fetcher, *, domains: tuple[str, ...] | None = None
    ) -> None:
        self._formats = formats
        self._apart = apart
        self._fetcher = fetcher
        self._domains = domains

    async def text(self, format: str, content: bytes) -> Read:
        """Content whose format the caller names. Raises: InvalidInput."""
        return Read(await asyncio.to_thread(self._formats[format].read, content))

    async def file(self, name: str, content: bytes) -> Read:
        """A file, by the ending of its name. Raises: InvalidInput."""
        suffix = PurePosixPath(name).suffix.lower()
        return Read(await self._read(suffix, content))

    async def page(self, url: str) -> Read:
        """What an address leads to. Raises: what the fetcher raises, InvalidInput."""
        page = await self._fetcher.fetch(url, self._domains)
        if page is None:
            raise InvalidInput("The page was not sent; try again.", code="page_status", param="url")
        return Read(await self._read(page.suffix, page.content), page.url)

    async def _read(self, suffix: str, content: bytes) -> Document:
        by_suffix = {ending: name for name in self._formats for ending in self._formats[name].suffixes}
        name = by_suffix.get(suffix)
        if name is None:
            known = ", ".join(sorted(by_suffix))
            raise InvalidInput(f"`file_name` must end in one of {known}; name the file so.", param="file_name")
        if name == "editorjs" and _EDITOR not in content:
            return replace(await asyncio.to_thread(self._formats["data"].reader(suffix), content), source_type="data")
        format = self._formats[name]
        if format.apart:
            return await self._apart.read(name, suffix, content)
        return await asyncio.to_thread(format.reader(suffix), content)

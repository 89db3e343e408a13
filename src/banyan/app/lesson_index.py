"""The tutor's way to the index of the same process."""

import asyncio

from banyan.assistant.domain.reading import Part, Reading
from banyan.assistant.ports.lesson_index import Material
from banyan.kernel.identity import Identity
from banyan.kernel.ids import COURSE_WIDE
from banyan.proxy.domain.knowledge import Scope
from banyan.proxy.domain.parts import parts_of
from banyan.proxy.usecases.index import Indexer, Order
from banyan.proxy.usecases.read_content import ReadContent


class EmbeddedLessonIndex:
    """The port `LessonIndex` as direct calls."""

    def __init__(self, indexer: Indexer, reading: ReadContent) -> None:
        self._indexer = indexer
        self._reading = reading

    async def read(self, asker: Identity, file_name: str, content: bytes, *, parts: bool = False) -> Reading:
        """As the port says."""
        return await read_here(self._reading, file_name, content, parts=parts)

    async def put(self, asker: Identity, material: Material) -> int:
        """As the port says."""
        document = (await self._reading.file(material.file_name, material.content)).document
        scope = Scope(asker.tenant, material.course, material.lesson or COURSE_WIDE, material.source)
        order = Order(scope, document, title=material.title, url=material.link or None, staff_only=material.staff_only)
        run = await self._indexer.index(order)
        return run.chunks

    async def remove(self, asker: Identity, course: str, lesson: str, source: str) -> None:
        """As the port says."""
        await self._indexer.delete(Scope(asker.tenant, course, lesson or COURSE_WIDE, source))


async def read_here(reading: ReadContent, file_name: str, content: bytes, *, parts: bool) -> Reading:
    """A file as the port shows it."""
    document = (await reading.file(file_name, content)).document
    cut = await asyncio.to_thread(parts_of, document) if parts else ()
    found = tuple(Part(**{name: getattr(one, name) for name in Part.__struct_fields__}) for one in cut)
    return Reading(document.text, document.title, document.source_type, document.warnings, found)

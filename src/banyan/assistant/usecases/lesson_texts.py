"""Lesson texts at hand, so that a look at a quote costs no call."""

from collections import OrderedDict

from banyan.assistant.domain.quoting import placed
from banyan.assistant.ports.model_gateway import LessonText, ModelGateway
from banyan.kernel.errors import NotFound
from banyan.kernel.identity import Identity
from banyan.kernel.messages import Citation

_MOST_CHARACTERS = 20_000_000
"""About 400 long lessons; beyond it those go that have not been read for longest."""

_Place = tuple[str, str, str, str]


class LessonTexts:
    """The newest known text of each source. A text that does not fit a citation is fetched again, once."""

    def __init__(self) -> None:
        self._kept: OrderedDict[_Place, LessonText] = OrderedDict()
        self._size = 0

    async def get(
        self,
        gateway: ModelGateway,
        asker: Identity,
        course: str,
        lesson: str,
        source: str = "lesson",
        *,
        version: int | None = None,
    ) -> LessonText | None:
        """The text of a source. version: the one that is needed; None for whatever is newest there.

        None where nothing is indexed. Raises: what the gateway raises.
        """
        place = (asker.tenant, course, lesson, source)
        kept = self._kept.get(place)
        if kept is not None and version is not None and kept.version == version:
            self._kept.move_to_end(place)
            return kept
        try:
            found = await gateway.lesson(asker, course, lesson, source)
        except NotFound:
            self._keep(place, None)
            return None
        self._keep(place, found)
        return found

    async def nearest(self, gateway: ModelGateway, asker: Identity, course: str, lesson: str) -> LessonText | None:
        """The text at hand, be it a little old, or the newest. Raises: what the gateway raises."""
        kept = self._kept.get((asker.tenant, course, lesson, "lesson"))
        return kept or await self.get(gateway, asker, course, lesson)

    async def held(self, gateway: ModelGateway, asker: Identity, citation: Citation) -> Citation | None:
        """The citation as it stands in its source now; None where it does not. Raises: what the gateway raises."""
        where = (citation.course, citation.lesson, citation.source)
        text = await self.get(gateway, asker, *where, version=citation.version)
        if text is None:
            return None
        fits = placed(citation, text.text, text.version)
        if fits is None:  # a lesson that was deleted and came back begins to count its versions anew
            text = await self.get(gateway, asker, *where)
            fits = placed(citation, text.text, text.version) if text is not None else None
        return fits

    def _keep(self, place: _Place, found: LessonText | None) -> None:
        before = self._kept.pop(place, None)
        self._size -= 0 if before is None else len(before.text)
        if found is not None:
            self._kept[place] = found
            self._size += len(found.text)
        while self._size > _MOST_CHARACTERS and self._kept:
            _, oldest = self._kept.popitem(last=False)
            self._size -= len(oldest.text)

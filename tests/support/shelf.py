"""A library of one page, for tests of what is built around a library."""

from collections.abc import Sequence

from banyan.proxy.domain.knowledge import Passage, Scope, SearchMode, Sentence, Span, Vector
from banyan.proxy.domain.search_options import SearchOptions
from banyan.proxy.ports.knowledge import Found

TEXT = "Leaves make sugar from light. Roots drink water."


class Shelf:
    """Knows the lesson `leaves` of the course `botany` of the tenant `default`; finds all of it for any question.

    version: of its index; a test that changes it says that the course was indexed again.
    """

    version = "1"

    def _passages(self, scope: Scope) -> tuple[Passage, ...]:
        inside = (scope.tenant, scope.course) == ("default", "botany") and scope.lesson in (None, "leaves")
        if not inside:
            return ()
        spans = (Span(0, 29), Span(30, len(TEXT)))
        return tuple(
            Passage(
                chunk_id=f"chunk-{number}",
                course="botany",
                lesson="leaves",
                source="lesson",
                source_type="text",
                title="Leaves",
                heading=("Sugar",),
                anchor="sugar",
                span=span,
                text=TEXT[span.start : span.end],
                sentences=(Sentence(span, TEXT[span.start : span.end]),),
                score=1 / number,
            )
            for number, span in enumerate(spans, 1)
        )

    async def search(
        self,
        scope: Scope,
        query: str,
        *,
        limit: int,
        mode: SearchMode = "hybrid",
        with_sentences: bool = False,
        beside: tuple[Scope, int] | None = None,
        options: SearchOptions | None = None,
    ) -> Found:
        return Found(self._passages(scope)[:limit], None)

    async def lesson(self, scope: Scope) -> Sequence[Passage]:
        return self._passages(scope)

    async def embed(self, texts: Sequence[str]) -> list[Vector] | None:
        return None

    async def knows(self, scope: Scope) -> bool:
        return bool(self._passages(scope))

    async def index_version(self, tenant: str, course: str) -> str | None:
        return self.version if self._passages(Scope(tenant, course)) else None

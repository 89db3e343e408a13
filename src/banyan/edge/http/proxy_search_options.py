"""The options of `/v1/rag/search`: filters, stages, variety, weights."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from banyan.edge.http.fields import Id, Name
from banyan.kernel.errors import InvalidInput
from banyan.proxy.domain.document_builder import label
from banyan.proxy.domain.search_options import (
    LAMBDA,
    LEAST_WEIGHT,
    MOST_CANDIDATES,
    MOST_HNSW_EF,
    MOST_POOL,
    MOST_WEIGHT,
    POOL,
    Diversity,
    Filters,
    TwoStage,
)

_LAST_PAGE = 1_000_000

SourceType = Annotated[str, Field(min_length=1, max_length=50, pattern="^[a-z0-9_-]+$")]

Weight = Annotated[float, Field(strict=True, ge=LEAST_WEIGHT, le=MOST_WEIGHT, allow_inf_nan=False)]
Weights = Annotated[dict[SourceType, Weight], Field(min_length=1, max_length=20)]


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _switched(value: Any) -> Any:
    return {"on": value} if isinstance(value, bool) else value


class Pages(BaseModel):
    """Both ends are within."""

    model_config = ConfigDict(extra="forbid")

    first: int = Field(1, alias="from", ge=1, le=_LAST_PAGE)
    last: int = Field(_LAST_PAGE, alias="to", ge=1, le=_LAST_PAGE)

    @model_validator(mode="after")
    def _in_order(self) -> "Pages":
        if self.first > self.last:
            raise PydanticCustomError("pages_reversed", "`from` must not be after `to`")
        return self


class SearchFilters(BaseModel):
    """Narrows a search down beyond the course and the lesson; all that is given must hold.

    metadata: as it was sent with the source, each key with exactly this value.
    """

    model_config = ConfigDict(extra="forbid")

    source: Name | None = None
    source_type: Annotated[
        list[SourceType], Field(min_length=1, max_length=50), BeforeValidator(_listed, SourceType | list[SourceType])
    ] = Field(default_factory=list, description="One, or a list of which any will do.")
    lessons: Annotated[list[Id], Field(min_length=1, max_length=1000)] = Field(
        default_factory=list, description="Any of these."
    )
    chapter: str | None = Field(None, description="Exactly this chapter.")
    pages: Pages | None = Field(None, description="Passages that have a page, and it is among these.")
    metadata: dict[str, Any] = Field(default_factory=dict, max_length=20)

    @model_validator(mode="before")
    @classmethod
    def _known(cls, value: Any) -> Any:
        for key in value if isinstance(value, Mapping) else ():
            if key not in cls.model_fields:
                choices = ", ".join(sorted(cls.model_fields))
                raise InvalidInput(f"There is no filter `{key}`; choose from {choices}.", param=f"filters.{key}")
        return value

    def read(self) -> Filters:
        """As the proxy knows them; `source` is part of the scope."""
        return Filters(
            source_types=frozenset(self.source_type),
            lessons=frozenset(self.lessons),
            chapter=None if self.chapter is None else label(self.chapter),
            pages=(self.pages.first, self.pages.last) if self.pages else None,
            metadata=self.metadata,
        )


class TwoStageBody(BaseModel):
    """`true` stands for the settings' numbers. k: candidates of words and of meaning, each."""

    model_config = ConfigDict(extra="forbid")

    on: bool = True
    hnsw_ef: int | None = Field(None, ge=1, le=MOST_HNSW_EF)
    k: int | None = Field(None, ge=1, le=MOST_CANDIDATES)

    def read(self, defaults: TwoStage) -> TwoStage | None:
        """None where it is off."""
        if not self.on:
            return None
        return TwoStage(self.hnsw_ef or defaults.hnsw_ef, self.k or defaults.candidates)


class MmrBody(BaseModel):
    """`true` stands for the defaults. lambda: 1 keeps the ranking, 0 counts variety alone. pool: chosen from."""

    model_config = ConfigDict(extra="forbid")

    on: bool = True
    relevance: float = Field(LAMBDA, alias="lambda", strict=True, ge=0, le=1, allow_inf_nan=False)
    pool: int = Field(POOL, ge=1, le=MOST_POOL)

    def read(self) -> Diversity | None:
        """None where it is off."""
        return Diversity(self.relevance, self.pool) if self.on else None


TwoStageOption = Annotated[TwoStageBody, BeforeValidator(_switched, bool | TwoStageBody)]
MmrOption = Annotated[MmrBody, BeforeValidator(_switched, bool | MmrBody)]

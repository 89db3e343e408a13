"""What a caller decides about the passages that ground its answer."""

from typing import Annotated

from msgspec import Meta, Struct

_MOST_PASSAGES = 100


class RagWish(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The field `rag` of a chat completion. Numbers: None leaves them to the service.

    top_k: passages at most. snippet_chars: of each of them that a model is shown.
    general: the model may answer from what it knows where the passages do not answer.
    screen: passages that speak to a machine are kept from the model.
    """

    top_k: Annotated[int, Meta(ge=1, le=_MOST_PASSAGES)] | None = None
    snippet_chars: Annotated[int, Meta(ge=40, le=2000)] | None = None
    general: bool = False
    screen: bool = True


USUAL = RagWish()

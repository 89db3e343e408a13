"""How a Frappe site is asked, and what its answers mean.

Facts that shaped this, all seen on real sites or in their documentation:

- A refused key answers 401, but a key whose secret is wrong may leave the session a guest's, which answers 403.
- 404 means that a document is missing only where `exc_type` says so; a bench that knows no site of that name, or a
  method that is not there, answers 404 as well.
- Lists come in pages of 20 unless `limit_page_length` says otherwise.
- MariaDB compares names without regard to case, accents and blanks at the end, so a row is not yet the row that was
  asked for: what locks and caps hang on would be another name than the one that was let in.
- Names may hold blanks and slashes; so they go into the query, never into the path.
"""

import html
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NoReturn, TypeVar

import msgspec
import structlog

from banyan.adapters.platforms._lms import KEY_REFUSED, Lms, Reply

Row = TypeVar("Row", bound=msgspec.Struct)
PAGE = 1_000
_MOST_PAGES = 20
_LONGEST_SAID = 300
_TAGS = re.compile(r"<[^>]*>")
log = structlog.get_logger(__name__)


class _Trouble(msgspec.Struct):
    exc_type: str = ""
    server_messages: str = msgspec.field(name="_server_messages", default="")


class FrappeSite:
    """Asks by the methods that every Frappe site has."""

    def __init__(self, lms: Lms) -> None:
        self._lms = lms

    async def document(self, doctype: str, name: str, kind: type[Row]) -> Row | None:
        """None where there is none of that name. Raises: Unavailable."""
        found: Row | None = await self._call("frappe.client.get", {"doctype": doctype, "name": name}, kind, doctype)
        return found

    async def rows(
        self, doctype: str, filters: Mapping[str, object], kind: type[Row], *, parent: str = "", most: int = PAGE
    ) -> list[Row]:
        """The first rows, by name; their fields are those of `kind`. parent: of a child table, its document's type.

        filters: by field; a list stands for any of its values. Raises: Unavailable.
        """
        return await self._page(doctype, filters, kind, parent, 0, most)

    async def all_rows(self, doctype: str, filters: Mapping[str, object], kind: type[Row]) -> list[Row]:
        """Page after page, 20,000 rows at most. Raises: Unavailable."""
        found: list[Row] = []
        for page in range(_MOST_PAGES):
            rows = await self._page(doctype, filters, kind, "", page * PAGE, PAGE)
            found += rows
            if len(rows) < PAGE:
                return found
        log.warning("learning-platform-has-more", doctype=doctype, filters=dict(filters), read=len(found))
        return found

    async def user(self) -> str:
        """As whom we ask. Raises: Unavailable (`lms_key_refused` where it is nobody)."""
        found: str | None = await self._call("frappe.auth.get_logged_user", {}, str, "")
        if found is None or found == "Guest":
            self._lms.refuse_key(403)
        return found

    async def _page(
        self, doctype: str, filters: Mapping[str, object], kind: type[Row], parent: str, start: int, length: int
    ) -> list[Row]:
        wanted = [[field, "in" if isinstance(value, list) else "=", value] for field, value in filters.items()]
        query = {
            "doctype": doctype,
            "fields": json.dumps([field.encode_name for field in msgspec.structs.fields(kind)]),
            "filters": json.dumps(wanted),
            "order_by": "name asc",
            "limit_start": str(start),
            "limit_page_length": str(length),
            **({"parent": parent} if parent else {}),
        }
        found: list[Row] | None = await self._call("frappe.client.get_list", query, list[kind], doctype)  # type: ignore[valid-type]
        if found is None:
            self._refused(404, doctype)
        return found

    async def _call(self, method: str, query: Mapping[str, str], kind: Any, doctype: str) -> Any:
        """The method's answer, of that kind; None where the document is not there."""
        reply = await self._lms.get(f"/api/method/{method}", query)
        if reply.status == 200:
            return self._lms.read(reply, _envelope(kind)).message
        trouble = _trouble(reply)
        if trouble.server_messages:
            said = plain(trouble.server_messages)
            log.info("learning-platform-says", method=method, doctype=doctype, status=reply.status, said=said)
        if reply.status != 404 or trouble.exc_type != "DoesNotExistError":
            self._refused(reply.status, doctype)
        return None

    def _refused(self, status: int, doctype: str) -> NoReturn:
        if status == 401 or (status == 403 and not doctype):
            self._lms.refuse_key(status)
        if status == 403:
            self._lms.fail(
                f"The learning platform does not let our key read {doctype} (403); whoever runs the service gives its "
                "user the right to, or corrects LMS_API_SECRET.",
                code=KEY_REFUSED,
            )
        if status == 404:
            self._lms.fail("The learning platform has no site or no method there (404); check LMS_API_URL.")
        self._lms.fail(f"The learning platform refuses our question ({status}); look at its error log.")


def plain(server_messages: str) -> str:
    """What a site says to people, as one line: it comes as JSON in JSON, with marks of HTML. "" where it is neither."""
    try:
        messages: Sequence[Any] = json.loads(server_messages)
        texts = [json.loads(message).get("message", "") for message in messages]
    except (ValueError, TypeError, AttributeError, RecursionError):
        return ""
    return html.unescape(_TAGS.sub("", " ".join(str(text) for text in texts)))[:_LONGEST_SAID]


@cache
def _envelope(kind: Any) -> Any:
    """Frappe leaves `message` out where a method returns nothing, which none of ours does."""
    return msgspec.defstruct("Envelope", [("message", kind)])


def _trouble(reply: Reply) -> _Trouble:
    """Empty for a page, and for JSON of another shape."""
    try:
        return msgspec.json.decode(reply.body, type=_Trouble)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _Trouble()

"""Everything that Banyan refuses or fails at, as one tree.

    BanyanError
    ├── InvalidInput       the request cannot be understood or is out of bounds       permanent
    │   ├── TooLarge       the request exceeds a stated size                          permanent
    │   └── Unprocessable  the same as its parent, where older clients are told apart permanent
    ├── NotAuthenticated   nobody we know                                             permanent
    ├── NotAllowed         known, but not permitted                                   permanent
    ├── NotFound           the named thing does not exist for this caller             permanent
    ├── Conflict           the request contradicts what is stored or under way        permanent
    ├── RateLimited        too many; wait `retry_after` seconds                       passing
    ├── QuotaExceeded      a budget is used up until it is renewed or raised          permanent
    ├── Unavailable        a part of Banyan or of its set-up is not there right now   passing
    ├── UpstreamFailed     a provider answered with an error, or broke off            passing
    └── DeadlineExceeded   an outside call took longer than it may                    passing

The message is one plain sentence for the caller and ends with the next step. `code` is stable and
belongs to the contract; the words of the message do not. HTTP status codes are known to
`edge/http/errors.py` alone.
"""


class BanyanError(Exception):
    """Base of the tree; never raised itself.

    param: the request field at fault, where there is one.
    retry_after: seconds after which the same request may succeed, where that is known.
    tokens_read: what a provider read for the caller before it came to this, and charges for.
    """

    code = "internal_error"
    passing = False
    tokens_read = 0

    def __init__(
        self, message: str, *, code: str | None = None, param: str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.param = param
        self.retry_after = retry_after


class InvalidInput(BanyanError):
    """The request cannot be understood or is out of bounds."""

    code = "invalid_request"


class TooLarge(InvalidInput):
    """The request exceeds a stated size; the message names the limit."""

    code = "request_too_large"


class Unprocessable(InvalidInput):
    """A field is missing or out of bounds, on paths whose older clients know a status of its own for that."""


class NotAuthenticated(BanyanError):
    """The caller is nobody we know."""

    code = "not_authenticated"


class NotAllowed(BanyanError):
    """The caller is known, but may not do this."""

    code = "not_allowed"


class NotFound(BanyanError):
    """The named thing does not exist for this caller."""

    code = "not_found"


class Conflict(BanyanError):
    """The request contradicts what is stored or what is under way."""

    code = "conflict"


class RateLimited(BanyanError):
    """Too many requests; `retry_after` says how long to wait."""

    code = "rate_limited"
    passing = True


class QuotaExceeded(BanyanError):
    """A budget is used up; `retry_after` says when it is renewed, where it ever is."""

    code = "budget_exceeded"


class Unavailable(BanyanError):
    """A part of Banyan, or of its set-up, is not there right now."""

    code = "unavailable"
    passing = True


class UpstreamFailed(BanyanError):
    """A provider answered with an error, or broke off.

    status: the provider's HTTP status where it sent one; a 4xx is the caller's own fault and is passed on.
    """

    code = "upstream_failed"
    passing = True

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        retry_after: float | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message, code=code, param=param, retry_after=retry_after)
        self.status = status


class DeadlineExceeded(BanyanError):
    """An outside call took longer than it may."""

    code = "deadline_exceeded"
    passing = True

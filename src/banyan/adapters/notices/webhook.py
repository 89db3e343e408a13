"""Posts an alert to a web hook, signed."""

import hashlib
import hmac
import time
from collections.abc import Mapping
from typing import Any

import aiohttp
import msgspec

from banyan.kernel.errors import UpstreamFailed

SECONDS = 10


def signature(secret: str, moment: str, body: bytes) -> str:
    """HMAC-SHA256 over the moment, a dot and the body, in hexadecimal digits."""
    return hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()


async def post(url: str, secret: str, id: str, alert: Mapping[str, Any]) -> None:
    """Returns once the hook has said 2xx. id: equal for each try, so that the receiver sees doubles.

    Raises: UpstreamFailed.
    """
    body, moment = msgspec.json.encode(alert), str(int(time.time()))
    headers = {"Content-Type": "application/json", "X-Banyan-Id": id, "X-Banyan-Time": moment}
    if secret:
        headers["X-Banyan-Signature"] = f"sha256={signature(secret, moment, body)}"
    try:
        timeout = aiohttp.ClientTimeout(total=SECONDS)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(url, data=body, headers=headers, allow_redirects=False) as answer,
        ):
            status = answer.status
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise UpstreamFailed(f"The web hook cannot be reached ({type(error).__name__}); check its address.") from error
    if not 200 <= status < 300:
        raise UpstreamFailed(f"The web hook answered with {status}; look at its log.")

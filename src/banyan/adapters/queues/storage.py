"""Files in the storage of Supabase, read with the service's key and never beyond one bucket."""

from urllib.parse import quote

import aiohttp
from yarl import URL

from banyan.kernel.errors import InvalidInput, NotFound, TooLarge, Unavailable

BUCKET = "course-files"
_TIMEOUT = aiohttp.ClientTimeout(total=120, sock_connect=5, sock_read=30)


class SupabaseStorage:
    """The port `FileStorage`. address: SUPABASE_URL. key: goes with every request, so no other host ever sees one.

    largest: bytes of a file; more is never in memory.
    """

    def __init__(self, address: str, key: str, largest: int) -> None:
        self._base = f"{address.rstrip('/')}/storage/v1/object/{BUCKET}/"
        self._key = key
        self._largest = largest
        self._session: aiohttp.ClientSession | None = None

    async def fetch(self, path: str) -> bytes:
        """As the port says. Redirects are not followed: they would carry the key away."""
        url = URL(self._base + escaped(path), encoded=True)
        headers = {"Authorization": f"Bearer {self._key}", "apikey": self._key, "Accept-Encoding": "identity"}
        try:
            async with self._opened().get(url, headers=headers, allow_redirects=False) as answer:
                if answer.status in (400, 404):
                    raise NotFound("The file is not in the storage; upload it again.", code="file_missing")
                if answer.status != 200:
                    raise Unavailable(
                        f"The storage answers {answer.status}; see that it runs and that its key is right.",
                        code="storage_unavailable",
                    )
                return await self._bounded(answer)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Unavailable(
                f"The storage cannot be reached ({type(error).__name__}); see that SUPABASE_URL is right.",
                code="storage_unavailable",
            ) from error

    async def close(self) -> None:
        """Lets go of its connections."""
        if self._session is not None:
            await self._session.close()

    async def _bounded(self, answer: aiohttp.ClientResponse) -> bytes:
        content = bytearray()
        if (answer.content_length or 0) > self._largest:
            raise self._too_large()
        async for piece in answer.content.iter_chunked(1 << 18):
            content += piece
            if len(content) > self._largest:
                raise self._too_large()
        return bytes(content)

    def _too_large(self) -> TooLarge:
        return TooLarge(f"The file has more than {self._largest >> 20} MB; split it.", code="file_too_large")

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=_TIMEOUT, auto_decompress=False)
        return self._session


def escaped(path: str) -> str:
    """A path that stays in the bucket, whatever is in it. Raises: InvalidInput."""
    steps = path.strip("/").split("/")
    if not path.strip("/") or any(step in ("", ".", "..") for step in steps) or any(ord(sign) < 32 for sign in path):
        raise InvalidInput("The file's storage path leads out of its place; upload the file again.", code="file_path")
    return "/".join(quote(step, safe="") for step in steps)

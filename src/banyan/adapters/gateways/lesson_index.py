"""The index of a proxy that runs elsewhere, over HTTP."""

import base64
from typing import Any

import msgspec

from banyan.adapters.gateways.http import HttpGateway
from banyan.assistant.domain.reading import Reading
from banyan.assistant.ports.lesson_index import Material
from banyan.kernel.identity import Identity
from banyan.kernel.ids import COURSE_WIDE

_SECONDS = 150
"""A large file is read for a minute, and waits for others before it."""


class _Indexed(msgspec.Struct):
    chunks: int


class _Deleted(msgspec.Struct):
    chunks: int


class HttpLessonIndex:
    """The port `LessonIndex` over the gateway's connections."""

    def __init__(self, gateway: HttpGateway) -> None:
        self._gateway = gateway

    async def read(self, asker: Identity, file_name: str, content: bytes, *, parts: bool = False) -> Reading:
        """As the port says."""
        body = {**_file(file_name, content), "parts": parts}
        return await self._gateway.send("POST", "/v1/rag/read", asker, Reading, body=body, seconds=_SECONDS)

    async def put(self, asker: Identity, material: Material) -> int:
        """As the port says."""
        body = {
            "course": material.course,
            "lesson": material.lesson or COURSE_WIDE,
            "source": material.source,
            "title": material.title,
            "visibility": "staff" if material.staff_only else "everyone",
            **_file(material.file_name, material.content),
            **({"link": material.link} if material.link else {}),
        }
        indexed = await self._gateway.send("POST", "/v1/rag/index", asker, _Indexed, body=body, seconds=_SECONDS)
        return indexed.chunks

    async def remove(self, asker: Identity, course: str, lesson: str, source: str) -> None:
        """As the port says."""
        query = {"course": course, "lesson": lesson or COURSE_WIDE, "source": source}
        await self._gateway.send("DELETE", "/v1/rag/index", asker, _Deleted, query=query)


def _file(name: str, content: bytes) -> dict[str, Any]:
    return {"file": base64.b64encode(content).decode(), "file_name": name}

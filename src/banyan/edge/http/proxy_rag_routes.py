"""Indexing courses, and looking into what is indexed."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from banyan.edge.http.access import ANYONE, STAFF, RuledRoute, identity_of, taking_files, within
from banyan.edge.http.fields import Id, Name, decoded_file, json_response
from banyan.edge.http.proxy_rag_bodies import (
    CoursesAnswer,
    DeleteAnswer,
    IndexAnswer,
    IndexBody,
    LessonsAnswer,
    ReadAnswer,
    ReadBody,
    RunBody,
    RunsAnswer,
    SearchAnswer,
    SearchBody,
    TextAnswer,
    index_fields,
    lesson_fields,
    read_fields,
    run_fields,
    search_fields,
    text_fields,
)
from banyan.kernel.errors import InvalidInput
from banyan.kernel.identity import Identity
from banyan.proxy.domain.knowledge import Scope
from banyan.proxy.domain.parts import parts_of
from banyan.proxy.domain.search_options import Filters, SearchDefaults, SearchOptions
from banyan.proxy.ports.door import OPEN, Door
from banyan.proxy.ports.knowledge import Knowledge
from banyan.proxy.usecases.browse import Browse
from banyan.proxy.usecases.index import Indexer, Order
from banyan.proxy.usecases.read_content import Read, ReadContent

Caller = Annotated[Identity, Depends(identity_of)]

_READ, _WRITE = within(ANYONE, "rag"), within(STAFF, "rag")

_FORMATS = {"content": "text", "blocks": "editorjs", "html": "html", "markdown": "markdown"}
"""The field that carries the content, and the format that reads it."""


def index_routes(indexer: Indexer, reading: ReadContent) -> APIRouter:
    """What changes the index; for staff."""
    router = APIRouter(route_class=RuledRoute, tags=["rag"], prefix="/v1/rag")

    @router.post("/index", openapi_extra=_WRITE, response_model=IndexAnswer, summary="Index one source of a lesson")
    async def index(body: IndexBody, caller: Caller) -> Response:
        caller.check_course(body.course)
        read = await _read(body, reading)
        document = read.document if body.source_type is None else replace(read.document, source_type=body.source_type)
        order = Order(
            Scope(caller.tenant, body.course, body.lesson, body.source),
            document,
            title=body.title or "",
            chapter=body.chapter or "",
            url=read.url or body.link,
            metadata=body.metadata or {},
            wait=body.wait,
            staff_only=None if body.visibility is None else body.visibility == "staff",
        )
        return json_response(index_fields(await indexer.index(order), document.warnings))

    @router.post(
        "/read",
        openapi_extra=taking_files(_WRITE),
        response_model=ReadAnswer,
        summary="Read a file or page, keep nothing",
    )
    async def read(body: ReadBody, caller: Caller) -> Response:
        found = await _read(body, reading)
        cut = await asyncio.to_thread(parts_of, found.document) if body.parts else None
        return await asyncio.to_thread(lambda: json_response(read_fields(found, cut)))

    @router.delete("/index", openapi_extra=_WRITE, response_model=DeleteAnswer, summary="Forget a course or part of it")
    async def delete(
        caller: Caller,
        course: Annotated[Id, Query()],
        lesson: Annotated[Id | None, Query()] = None,
        source: Annotated[Name | None, Query()] = None,
    ) -> Response:
        caller.check_course(course)
        if source is not None and lesson is None:
            raise InvalidInput("A source belongs to a lesson; send `lesson` with `source`.", param="lesson")
        return json_response(await indexer.delete(Scope(caller.tenant, course, lesson, source)))

    return router


def search_routes(
    knowledge: Knowledge, top_k: int, defaults: SearchDefaults, observe: Callable[[str], None], door: Door = OPEN
) -> APIRouter:
    """top_k, defaults: where the caller does not say. observe: counts a reranking, `done` or `failed`."""
    router = APIRouter(route_class=RuledRoute, tags=["rag"], prefix="/v1/rag")

    @router.post("/search", openapi_extra=_READ, response_model=SearchAnswer, summary="Find passages, best first")
    async def search(body: SearchBody, caller: Caller) -> Response:
        caller.check_course(body.course)
        await door.answers(caller, body.course, body.lesson)
        source = body.filters.source if body.filters else None
        found = await knowledge.search(
            Scope(caller.tenant, body.course, body.lesson, source, for_learners=not caller.is_staff),
            body.query,
            limit=body.top_k or top_k,
            mode=body.mode,
            options=_options(body, defaults),
        )
        if found.reranking is not None:
            observe("failed" if found.reranking.fault else "done")
        return json_response(search_fields(found))

    return router


def browse_routes(browse: Browse, door: Door = OPEN) -> APIRouter:
    """What is indexed, and how it came there."""
    router = APIRouter(route_class=RuledRoute, tags=["rag"], prefix="/v1/rag")

    @router.get("/courses", openapi_extra=_READ, response_model=CoursesAnswer, summary="Courses that are indexed")
    async def courses(caller: Caller) -> Response:
        return json_response({"courses": await _courses(browse, caller)})

    @router.get("/lessons", openapi_extra=_READ, response_model=LessonsAnswer, summary="Lessons that are indexed")
    async def lessons(caller: Caller, course: Annotated[Id | None, Query()] = None) -> Response:
        if course is not None:
            caller.check_course(course)
            await door.reads(caller, course)
        names = await _courses(browse, caller) if course is None else [course]
        lines = [
            line
            for name in names
            for line in await browse.lessons(caller.tenant, name, for_learners=not caller.is_staff)
        ]
        return json_response({"lessons": [lesson_fields(line) for line in lines]})

    @router.get("/text", openapi_extra=_READ, response_model=TextAnswer, summary="The text that spans are measured in")
    async def text(
        caller: Caller,
        course: Annotated[Id, Query()],
        lesson: Annotated[Id, Query()],
        source: Annotated[Name | None, Query()] = None,
    ) -> Response:
        caller.check_course(course)
        await door.reads(caller, course)
        found = await browse.text(Scope(caller.tenant, course, lesson, source, for_learners=not caller.is_staff))
        return await asyncio.to_thread(lambda: json_response(text_fields(found)))

    @router.get("/runs", openapi_extra=_WRITE, response_model=RunsAnswer, summary="The latest indexing runs")
    async def runs(caller: Caller, course: Annotated[Id | None, Query()] = None) -> Response:
        if course is not None:
            caller.check_course(course)
        found = await browse.runs(caller.tenant, course)
        return json_response({"runs": [run_fields(run) for run in found if _allowed(caller, run.course)]})

    @router.get("/runs/{id}", openapi_extra=_WRITE, response_model=RunBody, summary="One indexing run")
    async def run(caller: Caller, id: str) -> Response:
        found = await browse.run(caller.tenant, id)
        caller.check_course(found.course)
        return json_response(run_fields(found))

    return router


async def _courses(browse: Browse, caller: Identity) -> list[str]:
    return [course for course in await browse.courses(caller.tenant) if _allowed(caller, course)]


def _allowed(caller: Identity, course: str) -> bool:
    return caller.grant is None or caller.grant.allows_course(course)


async def _read(body: IndexBody | ReadBody, reading: ReadContent) -> Read:
    """The one content of the body."""
    given = [name for name in (*_FORMATS, "file", "url") if getattr(body, name) is not None]
    if len(given) != 1:
        has = " and ".join(given) or "none"
        choices = ", ".join((*_FORMATS, "file", "url"))
        raise InvalidInput(f"The body has {has} of the fields for content; send one of {choices}.")
    name = given[0]
    if name == "url":
        return await reading.page(body.url or "")
    if name == "file":
        return await reading.file(body.file_name or "", await asyncio.to_thread(decoded_file, body.file or ""))
    content = getattr(body, name)
    raw = content.encode() if isinstance(content, str) else msgspec.json.encode(content)
    return await reading.text(_FORMATS[name], raw)


def _options(body: SearchBody, defaults: SearchDefaults) -> SearchOptions:
    """What the body says, over what the settings say."""
    rerank = defaults.rerank if body.rerank is None else body.rerank
    return SearchOptions(
        filters=body.filters.read() if body.filters else Filters(),
        two_stage=body.two_stage.read(defaults.stages) if body.two_stage else defaults.two_stage,
        diversity=body.mmr.read() if body.mmr else None,
        weights={**defaults.weights, **(body.weights or {})},
        rerank=defaults.rerank_candidates if rerank else 0,
    )

"""The routes of jobs: order, look, cancel; and on the proxy the one that makes missing vectors."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.responses import Response

from banyan.edge.http.access import ANYONE, STAFF, RuledRoute, identity_of, within
from banyan.edge.http.fields import Id, json_response
from banyan.edge.http.job_bodies import EstimateBody, JobBody, JobsBody, JobWish, estimate_fields, job_fields
from banyan.jobs.domain.job import JobState
from banyan.jobs.usecases.fetch_file import FetchFile
from banyan.jobs.usecases.manage_jobs import ManageJobs
from banyan.kernel.identity import Identity

Caller = Annotated[Identity, Depends(identity_of)]

_STAFF, _ANYONE = within(STAFF, "tutor"), within(ANYONE, "tutor")


class _JobId(StringConvertor):
    """Any id but the name of the route beside it, so that each path says which methods it takes."""

    regex = "(?!estimate$)[^/]+"


register_url_convertor("job", _JobId())


class BackfillBody(BaseModel):
    """course: without it, every course of the tenant, which needs the role admin or service."""

    model_config = ConfigDict(extra="forbid")

    course: Id | None = None


def job_routes(manage: ManageJobs, fetch: FetchFile) -> APIRouter:
    """Of the assistant."""
    router = APIRouter(route_class=RuledRoute, tags=["jobs"], prefix="/api/v1/jobs")

    @router.post("", openapi_extra=_STAFF, response_model=JobBody, status_code=202, summary="Order a job")
    async def submit(wish: JobWish, caller: Caller) -> Response:
        return json_response(job_fields(await manage.submit(caller, wish.kind, wish.fields)), 202)

    @router.post("/estimate", openapi_extra=_STAFF, response_model=EstimateBody, summary="Say what a job would take")
    async def estimate(wish: JobWish, caller: Caller) -> Response:
        return json_response(estimate_fields(await manage.estimate(caller, wish.kind, wish.fields)))

    @router.get("", openapi_extra=_STAFF, response_model=JobsBody, summary="List jobs, newest first")
    async def page(
        caller: Caller,
        course: Annotated[Id | None, Query()] = None,
        kind: Annotated[str | None, Query(max_length=100)] = None,
        state: JobState | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        after: Annotated[str | None, Query(max_length=100)] = None,
    ) -> Response:
        found = await manage.page(caller, course=course, kind=kind, state=state, limit=limit + 1, after=after)
        return json_response({"jobs": [job_fields(job) for job in found[:limit]], "has_more": len(found) > limit})

    @router.get("/{id:job}", openapi_extra=_ANYONE, response_model=JobBody, summary="Look at a job")
    async def get(id: str, caller: Caller) -> Response:
        return json_response(job_fields(await manage.get(caller, id)))

    @router.get(
        "/{id}/file",
        openapi_extra=_STAFF,
        response_class=Response,
        responses={200: {"content": {"text/csv": {}}}},
        summary="Fetch what a job has written",
    )
    async def file(id: str, caller: Caller) -> Response:
        """The table of a `reports_export`, for who ordered it and for admins, until a week after it was made."""
        found = await fetch(caller, id)
        return Response(
            found.content,
            media_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="{found.name}.csv"',
                "Cache-Control": "private, no-store",
            },
        )

    @router.post("/{id}/cancel", openapi_extra=_STAFF, response_model=JobBody, summary="Cancel a job")
    async def cancel(id: str, caller: Caller) -> Response:
        return json_response(job_fields(await manage.cancel(caller, id)))

    return router


def backfill_routes(manage: ManageJobs) -> APIRouter:
    """Of the proxy."""
    router = APIRouter(route_class=RuledRoute, tags=["rag"], prefix="/v1/tasks")

    @router.post(
        "/backfill-embeddings",
        openapi_extra=within(STAFF, "rag"),
        response_model=JobBody,
        status_code=202,
        summary="Make the vectors that are missing",
    )
    async def backfill(caller: Caller, body: BackfillBody | None = None) -> Response:
        fields = {"course": body.course} if body is not None and body.course else {}
        return json_response(job_fields(await manage.submit(caller, "backfill_embeddings", fields)), 202)

    return router

"""The routes of reports and charts."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from starlette.responses import Response

from banyan.assistant.domain.charts import CHARTS
from banyan.assistant.usecases.show_report import reports as all_reports
from banyan.edge.http.access import STAFF, RuledRoute, identity_of, within
from banyan.edge.http.assistant_services import AssistantServices
from banyan.edge.http.fields import Id, json_response
from banyan.edge.http.report_bodies import (
    ChartAnswer,
    ChartsBody,
    ReportAnswer,
    ReportsBody,
    chart_fields,
    drawn_fields,
    report_fields,
    shown_csv,
    shown_fields,
)
from banyan.kernel.errors import InvalidInput
from banyan.kernel.identity import Identity

Asker = Annotated[Identity, Depends(identity_of)]
_STAFF = within(STAFF, "tutor")
_SERIES = ("course", "from", "to")


def report_routes(services: AssistantServices) -> APIRouter:
    """The list, and each of them."""
    router = APIRouter(route_class=RuledRoute, tags=["reports"], prefix="/api/v1/reports")

    @router.get("", openapi_extra=_STAFF, response_model=ReportsBody, summary="Reports that there are")
    async def reports(asker: Asker) -> Response:
        """With their columns and filters."""
        return json_response({"reports": [report_fields(one) for one in all_reports()]})

    @router.get(
        "/{report}",
        openapi_extra=_STAFF,
        response_model=ReportAnswer,
        summary="Answer a report",
        responses={200: {"content": {"text/csv": {}}}},
    )
    async def answer(
        report: str, request: Request, asker: Asker, accept: Annotated[str, Header()] = "application/json"
    ) -> Response:
        """By name or title. The query holds filters, as the list has them; instructors name a course that they teach.

        With `Accept: text/csv` a table for spreadsheets.
        """
        shown = await services.reports.show(asker, report, request.query_params.multi_items())
        if "text/csv" not in accept:
            return json_response(shown_fields(shown))
        disposition = f'attachment; filename="{shown.report.name}.csv"'
        return Response(
            shown_csv(shown), media_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition}
        )

    return router


def chart_routes(services: AssistantServices) -> APIRouter:
    """The list, and each of them."""
    router = APIRouter(route_class=RuledRoute, tags=["reports"], prefix="/api/v1/charts")

    @router.get("", openapi_extra=_STAFF, response_model=ChartsBody, summary="Charts that there are")
    async def charts(asker: Asker) -> Response:
        """Daily series, in UTC."""
        return json_response({"charts": [chart_fields(one) for one in CHARTS.values()]})

    @router.get("/{chart}", openapi_extra=_STAFF, response_model=ChartAnswer, summary="A daily series")
    async def series(
        chart: str,
        request: Request,
        asker: Asker,
        course: Annotated[Id | None, Query(description="Instructors have to name one that they teach.")] = None,
        since: Annotated[str | None, Query(alias="from", description="A day, within; a month before the end.")] = None,
        until: Annotated[str | None, Query(alias="to", description="A day, within; today.")] = None,
    ) -> Response:
        """By name or title; every day of the period has a point, in UTC."""
        for said in request.query_params:
            if said not in _SERIES:
                raise InvalidInput(
                    f"A chart has no filter {said[:50]!r}; choose from {', '.join(_SERIES)}.",
                    code="unknown_filter",
                    param=said[:50],
                )
        return json_response(drawn_fields(await services.reports.draw(asker, chart, course, since, until)))

    return router

"""The interface of the older AI service of LEARN-X, at its own paths: what its unmodified clients call.

One file per family of endpoints. A family is added by its file and one line in `learnx_routes`.
"""

from collections.abc import Callable, Mapping

from fastapi import APIRouter

from banyan.assistant.usecases.model_names import ModelNames
from banyan.edge.http.assistant_services import AssistantServices
from banyan.edge.http.health import Probe
from banyan.edge.http.learnx.ai import ai_routes
from banyan.edge.http.learnx.batch import batch_routes
from banyan.edge.http.learnx.content import content_routes
from banyan.edge.http.learnx.desk import Desk
from banyan.edge.http.learnx.documents import document_routes
from banyan.edge.http.learnx.figures import figure_routes
from banyan.edge.http.learnx.health import health_routes
from banyan.edge.http.learnx.operations import operation_routes
from banyan.edge.http.learnx.persona import persona_routes
from banyan.edge.http.learnx.search import search_routes
from banyan.edge.http.learnx.study import study_routes
from banyan.edge.http.learnx.vectors import vector_routes


def learnx_routes(
    services: AssistantServices, probes: Mapping[str, Probe], cached: Callable[[bool], None]
) -> list[APIRouter]:
    """Every family. probes: as readiness has them, by name. cached: told of material whether it was there already."""
    desk = Desk(services, ModelNames(services.gateway), cached)
    return [
        ai_routes(desk),
        batch_routes(desk),
        content_routes(desk),
        document_routes(services),
        figure_routes(desk),
        health_routes(probes),
        operation_routes(desk),
        persona_routes(services.personas),
        search_routes(services),
        study_routes(desk),
        vector_routes(desk),
    ]

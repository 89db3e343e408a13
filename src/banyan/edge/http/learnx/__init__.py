"""The interface of the older AI service of LEARN-X, at its own paths: what its unmodified clients call.

One file per family of endpoints. A family is added by its file and one line in `learnx_routes`.
"""

from collections.abc import Mapping

from fastapi import APIRouter

from banyan.edge.http.assistant_services import AssistantServices
from banyan.edge.http.health import Probe
from banyan.edge.http.learnx.documents import document_routes
from banyan.edge.http.learnx.health import health_routes
from banyan.edge.http.learnx.persona import persona_routes
from banyan.edge.http.learnx.search import search_routes


def learnx_routes(services: AssistantServices, probes: Mapping[str, Probe]) -> list[APIRouter]:
    """Every family. probes: as readiness has them, by name."""
    return [
        document_routes(services),
        health_routes(probes),
        search_routes(services),
        persona_routes(services.personas),
    ]

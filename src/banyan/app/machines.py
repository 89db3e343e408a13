"""Wires the tutor for machines: the use cases behind the tools of the Model Context Protocol."""

from banyan.adapters.storage.engine import Database, open_database
from banyan.adapters.storage.keys import SqlKeys
from banyan.app.settings import Settings
from banyan.assistant.domain.quiz_tickets import QuizTickets
from banyan.assistant.usecases.quiz_learner import QuizLearner
from banyan.assistant.usecases.search_course import SearchCourse
from banyan.edge.http.assistant_services import AssistantServices
from banyan.edge.mcp.services import McpServices


async def open_machines(services: AssistantServices, database: Database) -> McpServices:
    """Over the same use cases as the routes; nothing of it has to be closed."""
    return machines(services, await SqlKeys(database).signing_secret())


async def machines_of(services: AssistantServices, settings: Settings) -> McpServices:
    """The same for a command."""
    database = await open_database(settings.database_address)
    try:
        return await open_machines(services, database)
    finally:
        await database.close()


def machines(services: AssistantServices, secret: bytes) -> McpServices:
    """secret: at least 32 bytes, the same in every process of the installation."""
    parts, keep = services.ask.parts, services.checks.keep
    return McpServices(
        services.ask,
        services.read,
        SearchCourse(services.gateway, parts, keep),
        QuizLearner(services.gateway, parts.admit, keep, QuizTickets(secret)),
    )

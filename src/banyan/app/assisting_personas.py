"""Wires personas."""

from banyan.adapters.storage.engine import Database
from banyan.adapters.storage.personas import SqlPersonas
from banyan.assistant.usecases.persona_book import PersonaBook
from banyan.kernel.clock import Clock


def persona_book(database: Database, clock: Clock) -> PersonaBook:
    """Over the assistant's own tables."""
    return PersonaBook(SqlPersonas(database), clock)

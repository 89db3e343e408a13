"""Wires teachers' tools."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from banyan.adapters.storage.chat_reader import SqlChatReader
from banyan.adapters.storage.drafts import SqlDrafts
from banyan.adapters.storage.engine import Database
from banyan.adapters.storage.feedback import SqlFeedback
from banyan.assistant.ports.model_gateway import ModelGateway
from banyan.assistant.usecases.draft_care import DraftCare
from banyan.assistant.usecases.draft_lesson import DraftFromLesson
from banyan.assistant.usecases.faq_book import FaqBook
from banyan.assistant.usecases.manage_drafts import ManageDrafts
from banyan.assistant.usecases.mine_faqs import MineFaqs
from banyan.assistant.usecases.parts import Parts
from banyan.assistant.usecases.rate_answers import RateAnswers
from banyan.edge.http.health import Finding
from banyan.edge.http.teaching_services import TeachingServices


@dataclass(frozen=True, slots=True)
class Teaching:
    """Opened for the assistant of one process."""

    services: TeachingServices
    faqs: FaqBook

    def answering(self, parts: Parts) -> Parts:
        """The parts of a turn, with published FAQs answering first."""
        return replace(parts, known=self.faqs)

    async def probe(self) -> Finding:
        """Whether changes to FAQs reach this process."""
        return Finding("degraded", self.faqs.fault) if self.faqs.fault else Finding("ok")


@asynccontextmanager
async def open_teaching(database: Database, gateway: ModelGateway, parts: Parts, model: str) -> AsyncIterator[Teaching]:
    """parts: of the turns of the same service. model: the service's own."""
    store, chats, admit, clock = SqlDrafts(database), SqlChatReader(database), parts.admit, parts.admit.clock
    care = DraftCare(parts.guard, parts.checking.solutions)
    faqs = FaqBook(store, gateway, clock)
    services = TeachingServices(
        ManageDrafts(store, admit.platform, clock, faqs.refresh),
        DraftFromLesson(gateway, store, admit, care, clock, model),
        MineFaqs(gateway, store, chats, admit, care, clock, model),
        RateAnswers(SqlFeedback(database), chats, admit.platform, admit.policies, clock),
    )
    async with faqs.running():
        yield Teaching(services, faqs)

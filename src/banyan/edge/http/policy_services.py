"""What the routes of policies, pauses and presets need; `app` hands it in, opened."""

from dataclasses import dataclass
from typing import Self

from banyan.assistant.ports.platform import LearningPlatform
from banyan.assistant.usecases.admit import Admit
from banyan.assistant.usecases.change_policy import ChangePolicy
from banyan.assistant.usecases.manage_presets import ManagePresets
from banyan.assistant.usecases.policy_book import PolicyBook
from banyan.assistant.usecases.show_assistant import ShowAssistant


@dataclass(frozen=True, slots=True)
class PolicyServices:
    """The use cases behind the routes. book: running, and stopped by whoever started it."""

    book: PolicyBook
    change: ChangePolicy
    presets: ManagePresets
    show: ShowAssistant
    platform: LearningPlatform

    @classmethod
    def of(cls, book: PolicyBook, admit: Admit) -> Self:
        """All of them over one book. admit: whose policies the book is."""
        return cls(book, ChangePolicy(book, admit.clock), ManagePresets(book), ShowAssistant(admit), admit.platform)

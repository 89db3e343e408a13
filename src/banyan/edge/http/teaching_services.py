"""What the routes of teachers' tools need; `app` hands it in, opened."""

from dataclasses import dataclass

from banyan.assistant.usecases.draft_lesson import DraftFromLesson
from banyan.assistant.usecases.manage_drafts import ManageDrafts
from banyan.assistant.usecases.mine_faqs import MineFaqs
from banyan.assistant.usecases.rate_answers import RateAnswers


@dataclass(frozen=True, slots=True)
class TeachingServices:
    """The use cases behind the routes."""

    drafts: ManageDrafts
    from_lesson: DraftFromLesson
    from_chats: MineFaqs
    feedback: RateAnswers

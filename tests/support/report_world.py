"""Rows for reports, written as conversations and their log leave them behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from scripted_gateway import CITATION
from sqlalchemy import insert

from banyan.adapters.storage.conversation_tables import messages, sessions
from banyan.adapters.storage.engine import Database
from banyan.adapters.storage.turn_tables import guardrail_events, turn_log
from banyan.kernel.messages import Citation

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""A Monday."""
CENT = 10_000_000


@dataclass
class Shelf:
    """Writes rows; the n-th of anything has n in its id."""

    database: Database
    count: int = 0

    def _next(self, kind: str) -> str:
        self.count += 1
        return f"{kind}_{self.count:05}"

    async def add(self, table: Any, *rows: dict[str, Any]) -> None:
        await self.database.write(lambda connection: connection.execute(insert(table), list(rows)))

    async def session(
        self,
        user: str,
        *questions: str,
        course: str = "stats",
        lesson: str = "mean",
        at: datetime = NOON,
        cites: Sequence[Citation] | None = (CITATION,),
        tenant: str = "default",
        **turn: Any,
    ) -> list[str]:
        """A session with its questions, a minute apart, their answers and the log of both. Returns ids of answers.

        cites: of every answer; None where there is no answer but a failure. turn: fields of the log's rows.
        """
        session, answers = self._next("ses"), []
        held = {"user": user, "course": course, "lesson": lesson, "number": self.count, "title": "t"}
        times = {"created": at, "updated": at, "next_position": 2 * len(questions)}
        await self.add(sessions, {"tenant": tenant, "id": session, **held, **times})
        for number, question in enumerate(questions):
            when = at + timedelta(minutes=number)
            said = [("user", question), ("assistant", "An answer.")]
            for place, (role, content) in enumerate(said):
                row = {"tenant": tenant, "id": self._next("msg"), "session": session, "position": 2 * number + place}
                used = list(cites or ()) if role == "assistant" else []
                row |= {"role": role, "content": content, "citations_json": msgspec.json.encode(used).decode()}
                row |= {"status": "complete", "model": "m", "finish_reason": "stop"}
                row |= {"prompt_tokens": 0, "completion_tokens": 0, "created": when + timedelta(seconds=place)}
                await self.add(messages, row)
            answers.append(row["id"])
            log = {"session": session, "message": row["id"], **turn}
            await self.turn(user, course=course, lesson=lesson, at=when, tenant=tenant, **log)
        return answers

    async def turn(self, user: str, at: datetime = NOON, **fields: Any) -> None:
        """A row of the log: an answer of a model for one cent, unless the fields say otherwise."""
        row = {"tenant": "default", "id": self._next("try"), "at": at, "user": user, "course": "stats"}
        row |= {"lesson": "mean", "surface": "chat", "outcome": "answered", "session": "", "message": "", "model": "m"}
        row |= {"stream": False, "status_code": 200, "error": "", "notice": "", "latency_ms": 100}
        row |= {"first_token_ms": None, "prompt_tokens": 10, "completion_tokens": 20, "cost": CENT}
        row |= {"help_level": "explain", "covered": True, "request_id": ""}
        await self.add(turn_log, {**row, **fields})

    async def event(self, user: str, at: datetime = NOON, **fields: Any) -> None:
        """A row of what guardrails found."""
        row = {"tenant": "default", "id": self._next("gev"), "at": at, "user": user, "course": "stats"}
        row |= {"lesson": "mean", "source": "chat", "guardrail": "injection", "stage": "question"}
        row |= {"action": "withhold", "event_type": "Injection", "snippet": "ignore all", "notice": "blocked"}
        await self.add(guardrail_events, {**row, "alert": False, "request_id": "", **fields})

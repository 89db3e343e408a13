"""A process of callers who ask at the same time: `asker.py DATABASE_URL CALLERS messages|cost [stay]`.

All are one learner, who may ask 20 questions or pay for 15 answers. Prints how many questions were stored. With
`stay` it begins one answer, says so, and waits to be killed.
"""

import asyncio
import sys
from datetime import UTC, datetime, timedelta

from banyan.adapters.storage.conversations import SqlConversations
from banyan.adapters.storage.engine import open_database
from banyan.assistant.domain.quotas import Allowance, Exhausted, Hold
from banyan.assistant.domain.sessions import StoredMessage
from banyan.kernel.money import money

PRICE = money("0.10")
LEASE = timedelta(seconds=2)


async def main(url: str, callers: int, allowed: Allowance, stay: bool) -> None:
    database = await open_database(url)
    store = SqlConversations(database)
    session = await store.ensure_session("school", "ana", "stats", "mean", now=datetime.now(UTC))

    async def one() -> bool:
        now = datetime.now(UTC)
        lease = LEASE if stay else timedelta(minutes=5)
        turn = await store.begin_turn(session, "?", None, now=now, hold=Hold(allowed, now + lease))
        if turn is None or isinstance(turn, Exhausted):
            return False
        if stay:
            print("asked", flush=True)
            await asyncio.Event().wait()
        position = turn.question.position + 1
        answer = StoredMessage(turn.answer_id, session.id, position, "assistant", "!", now)
        return await store.finish_turn(turn, answer, price=allowed.price)

    answered = await asyncio.gather(*(one() for _ in range(1 if stay else callers)))
    print(sum(answered), flush=True)
    await database.close()


if __name__ == "__main__":
    caps = {"messages": Allowance(messages=20), "cost": Allowance(price=PRICE, cost=money("1.50"))}
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), caps[sys.argv[3]], "stay" in sys.argv))

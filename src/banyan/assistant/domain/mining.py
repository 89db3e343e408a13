"""Finds what several learners asked: questions of one meaning together, and the clearest words for each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from banyan.assistant.domain.redacting import HIDDEN
from banyan.kernel.same_question import leans_on_what_was_said, plainly, tells_apart

LEAST_LEARNERS = 2
"""Different people that must have asked before a question leaves a chat."""
_ALIKE = 0.75
"""Cosine on average to the questions of a group; below it all-MiniLM-L6-v2 puts neighbouring questions together."""
_FEWEST_WORDS, _MOST_CHARACTERS = 3, 300


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and its answer, side by side in one session. question: redacted before it is grouped."""

    session: str
    user: str
    lesson: str
    question: str
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """Questions of one meaning. question: the clearest of them. lesson: where it was asked most."""

    question: str
    lesson: str
    learners: int
    asked: int
    prompt_tokens: int
    completion_tokens: int


def stands_alone(question: str) -> bool:
    """Whether the question can be understood, and answered, outside its conversation."""
    words = question.split()
    return len(words) >= _FEWEST_WORDS and len(question) <= _MOST_CHARACTERS and not leans_on_what_was_said(question)


def groups(exchanges: Sequence[Exchange], vectors: Sequence[Sequence[float]], least: int) -> list[Group]:
    """Those that at least so many different people asked, the most asked first.

    vectors: of the questions, unit length, in their order.
    """
    least = max(least, LEAST_LEARNERS)
    if not exchanges:
        return []
    matrix = np.asarray(vectors, dtype=np.float32)
    likeness = matrix @ matrix.T
    bare = [one.question.replace(HIDDEN, " ") for one in exchanges]
    together: list[list[int]] = []
    # What has most neighbours leads: a question at the edge of two groups then joins the nearer one.
    for place in np.argsort(-(likeness >= _ALIKE).sum(axis=1), kind="stable"):
        near = [
            (float(likeness[place, members].mean()), members)
            for members in together
            if not tells_apart(bare[members[0]], bare[place])
        ]
        best = max(near, key=lambda one: one[0], default=(0.0, []))
        if best[0] >= _ALIKE:
            best[1].append(int(place))
        else:
            together.append([int(place)])
    found = [_group([exchanges[i] for i in members], likeness[np.ix_(members, members)]) for members in together]
    kept = [group for group in found if group is not None and group.learners >= least]
    return sorted(kept, key=lambda group: (-group.learners, -group.asked, group.question))


def _group(members: list[Exchange], likeness: np.ndarray) -> Group | None:
    """None where nobody put the question without telling who they are."""
    centrality = likeness.mean(axis=1)
    clear = [i for i, one in enumerate(members) if HIDDEN not in one.question]
    if not clear:
        return None
    best = max(clear, key=lambda i: (round(float(centrality[i]), 2), -len(members[i].question)))
    lessons = [one.lesson for one in members]
    answered = [one for one in members if one.completion_tokens] or members
    return Group(
        " ".join(members[best].question.split()),
        max(sorted(set(lessons)), key=lessons.count),
        len({one.user for one in members}),
        len(members),
        sum(one.prompt_tokens for one in answered) // len(answered),
        sum(one.completion_tokens for one in answered) // len(answered),
    )


def asked_already(question: str, known: Sequence[str]) -> bool:
    """Whether just this is among the known questions."""
    return plainly(question) in {plainly(one) for one in known}

"""The last step of a hybrid search, after the engine has compared all candidates."""

from collections.abc import Mapping

from banyan.proxy.domain.ranking import Candidate, rank
from banyan.proxy.ports.vector_store import Hit


def joined(
    lessons: Mapping[str, str], words: Mapping[str, float], dense: Mapping[str, float], sentences: Mapping[str, float]
) -> list[Hit]:
    """Best first. lessons: of every candidate by id; the others: scores of those ids that have any."""
    candidates = [
        Candidate(id, lesson, words.get(id), dense.get(id), sentences.get(id)) for id, lesson in lessons.items()
    ]
    return [Hit(id, score, dense.get(id)) for id, score in rank(candidates)]

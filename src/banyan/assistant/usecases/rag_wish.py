"""What the policy says about the passages that an answer rests on."""

from banyan.assistant.domain.circumstances import Circumstances
from banyan.assistant.domain.guarding import Stage
from banyan.assistant.domain.policy import BUILT_IN, Level, OffTopic
from banyan.assistant.ports.model_gateway import Rag
from banyan.assistant.usecases.guard import Guard

_INJECTION = "injection"


def rag_of(about: Circumstances, guard: Guard) -> Rag:
    """Numbers that nobody has set are left to the proxy, which knows what its models take."""
    return Rag(
        _decided(about, "rag_top_k"),
        _decided(about, "rag_snippet_chars"),
        general=about.effective.policy.off_topic is OffTopic.ALLOW,
        screen=guard.looks(_INJECTION, Stage.PASSAGE, about),
    )


def _decided(about: Circumstances, name: str) -> int | None:
    value: int = getattr(about.effective.policy, name)
    origin = about.effective.origins.get(name)
    decided = value != getattr(BUILT_IN, name) if origin is None else origin.level is not Level.BUILT_IN
    return value if decided else None

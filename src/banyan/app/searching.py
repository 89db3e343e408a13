"""From settings to how courses are searched."""

from banyan.app.settings import Settings
from banyan.proxy.domain.search_options import SearchDefaults, TwoStage


def search_defaults(settings: Settings) -> SearchDefaults:
    """What holds for searches that do not say otherwise."""
    return SearchDefaults(
        stages=TwoStage(settings.rag_hnsw_ef, settings.rag_candidates),
        always_two_stage=settings.rag_two_stage,
        weights={
            "lesson": settings.rag_weight_lesson,
            "instructor": settings.rag_weight_instructor,
            "file": settings.rag_weight_file,
            "external": settings.rag_weight_external,
        },
    )

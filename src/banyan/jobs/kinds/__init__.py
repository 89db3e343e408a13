"""Kinds of jobs: one file each, and its name here."""

from banyan.jobs.ports.kind import Kind
from banyan.kernel.catalogue import Catalogue

KINDS: Catalogue[Kind] = Catalogue(
    __name__,
    [
        "backfill_embeddings",
        "check_alerts",
        "erase_person",
        "index_course",
        "index_lesson",
        "mine_faqs",
        "rebuild_course",
        "rebuild_lesson",
        "refresh_sources",
        "reports_export",
        "retention",
        "send_alerts",
        "trim_jobs",
    ],
)

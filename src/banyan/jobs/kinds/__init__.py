"""Kinds of jobs: one file each, and its name here."""

from banyan.jobs.ports.kind import Kind
from banyan.kernel.catalogue import Catalogue

KINDS: Catalogue[Kind] = Catalogue(
    __name__,
    [
        "backfill_embeddings",
        "index_course",
        "index_lesson",
        "rebuild_course",
        "rebuild_lesson",
        "trim_jobs",
    ],
)

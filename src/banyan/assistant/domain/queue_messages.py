"""What lies in LEARN-X's queues: the payloads that its Node side and its older service send, in one form."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from msgspec import Struct

from banyan.kernel.errors import InvalidInput

QUEUES = ("file_processing", "embeddings", "embedding_generation", "content_generation")
NOT_OWNER = "not_owner"
"""Code of the refusal to work for somebody on what belongs to somebody else."""
_SIZES = (200, 20_000)
_MOST_CHUNKS = 1_000


class FileJob(Struct, frozen=True):
    """A file is to be read and cut. size: characters of a chunk at most. least: below it, neighbours join.

    overlap: characters that a chunk may share with the one before it.
    """

    file: UUID
    user: UUID
    size: int = 1500
    least: int = 200
    overlap: int = 100


class EmbedJob(Struct, frozen=True):
    """Chunks of a file are to get vectors."""

    file: UUID
    user: UUID
    chunks: tuple[UUID, ...]


class ContentJob(Struct, frozen=True):
    """One kind of material is to be made of a file. options: as they were sent, for the kind to read."""

    job: UUID
    file: UUID
    user: UUID
    output: str
    options: Mapping[str, Any]
    persona: UUID | None = None


QueueJob = FileJob | EmbedJob | ContentJob


def read_message(queue: str, body: object) -> QueueJob:
    """The job. `job_type` decides; the queue does only where there is none.

    Raises: InvalidInput (`poison_message`) for what no reader of these queues could mean anything by.
    """
    if not isinstance(body, Mapping):
        raise _poison("it is no object")
    named = body.get("job_type", body.get("jobType"))
    match named or _by_shape(queue, body):
        case "process_file":
            return _file_job(body)
        case "generate_content":
            return _content_job(body)
        case "generate_embedding" | "generate_embeddings" | "embedding":
            return _embed_job(body)
    raise _poison(f"its `job_type` is {str(named)[:60]!r}")


def _by_shape(queue: str, body: Mapping[str, Any]) -> str:
    """Node's batches of chunks name no type."""
    if "chunks" in body or queue in ("embeddings", "embedding_generation"):
        return "generate_embedding"
    return "generate_content" if queue == "content_generation" else "process_file"


def _file_job(body: Mapping[str, Any]) -> FileJob:
    options = _options(body)
    size = _whole(_either(options, "chunk_size", "chunkSize"), FileJob.__struct_defaults__[0], *_SIZES)
    least = _whole(_either(options, "min_chunk_size", "minChunkSize"), 200, 0, size // 2)
    overlap = _whole(_either(options, "overlap_size", "overlapSize", "overlap", "chunkOverlap"), 100, 0, size // 2)
    return FileJob(_id(body, "file_id", "fileId"), _id(body, "user_id", "userId"), size, least, overlap)


def _embed_job(body: Mapping[str, Any]) -> EmbedJob:
    listed = body.get("chunks")
    if listed is None:
        chunks = [_id(body, "chunk_id", "chunkId")]
    elif isinstance(listed, list) and len(listed) <= _MOST_CHUNKS and all(isinstance(one, Mapping) for one in listed):
        chunks = [_id(one, "id", "chunk_id", "chunkId") for one in listed]
    else:
        raise _poison(f"its `chunks` are no list of at most {_MOST_CHUNKS:,} objects")
    return EmbedJob(_id(body, "file_id", "fileId"), _id(body, "user_id", "userId"), tuple(dict.fromkeys(chunks)))


def _content_job(body: Mapping[str, Any]) -> ContentJob:
    options = _options(body)
    output = _either(options, "outputType", "output_type")
    if not isinstance(output, str) or not output.strip():
        raise _poison("it does not say which `outputType` is wanted")
    persona = _either(options, "personaId", "persona_id")
    return ContentJob(
        _id(options, "jobId", "job_id"),
        _id(body, "file_id", "fileId"),
        _id(body, "user_id", "userId"),
        output.strip().lower().replace("-", "_"),
        options,
        _id(options, "personaId", "persona_id") if persona else None,
    )


def _options(body: Mapping[str, Any]) -> Mapping[str, Any]:
    options = _either(body, "processing_options", "processingOptions", "options") or {}
    if not isinstance(options, Mapping):
        raise _poison("its `processing_options` are no object")
    return options


def _either(fields: Mapping[str, Any], *names: str) -> Any:
    return next((fields[name] for name in names if fields.get(name) is not None), None)


def _id(fields: Mapping[str, Any], *names: str) -> UUID:
    value = _either(fields, *names)
    try:
        return UUID(str(value))
    except ValueError:
        raise _poison(f"its `{names[0]}` is no id") from None


def _whole(value: object, usual: int, least: int, most: int) -> int:
    """The number that was meant, within its bounds; what is no number counts as not sent."""
    try:
        number = int(float(value)) if isinstance(value, int | float | str) else usual
    except (ValueError, OverflowError):
        number = usual
    return min(max(number, least), most)


def _poison(why: str) -> InvalidInput:
    return InvalidInput(f"The message cannot be worked on: {why}; correct its sender.", code="poison_message")

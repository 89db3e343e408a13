"""The process that reads one file: the file comes in, the document or the refusal goes out, and nothing else."""

import resource
import sys

import msgspec

from banyan.adapters.formats import FORMATS
from banyan.kernel.errors import BanyanError, TooLarge


def main() -> None:
    """Arguments: format, ending, MB of memory, seconds of work."""
    name, suffix, memory_mb, seconds = sys.argv[1:5]
    reader = FORMATS[name].reader(suffix)
    memory = int(memory_mb) * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds) + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        answer = msgspec.msgpack.encode({"document": reader(sys.stdin.buffer.read())})
    except BanyanError as error:
        kind = "too_large" if isinstance(error, TooLarge) else "invalid"
        answer = msgspec.msgpack.encode({"message": error.message, "code": error.code, "kind": kind})
    except (MemoryError, RecursionError):
        sys.exit(3)
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()

"""What stands behind `/v1/files` and `/v1/batches`."""

from dataclasses import dataclass

from banyan.edge.http.batch_lines import ApplicationLines
from banyan.proxy.usecases.keep_files import KeepFiles
from banyan.proxy.usecases.manage_batches import ManageBatches


@dataclass(frozen=True, slots=True)
class BatchServices:
    """lines: what asks the endpoints; it is given the application once that is built."""

    files: KeepFiles
    manage: ManageBatches
    lines: ApplicationLines

"""Wires the formats in which material is taken away."""

from banyan.adapters.exports import EXPORTS
from banyan.assistant.usecases.export_material import ExportMaterial
from banyan.kernel.clock import Clock


def export_material(clock: Clock) -> ExportMaterial:
    """All formats there are."""
    return ExportMaterial(EXPORTS, clock)

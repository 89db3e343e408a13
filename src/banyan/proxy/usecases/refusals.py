"""Tells telemetry of calls that a data zone keeps out."""

from banyan.kernel.errors import NotAllowed
from banyan.proxy.domain.accounting import Caller
from banyan.proxy.ports.telemetry import Telemetry


def note_zone_refusal(telemetry: Telemetry, caller: Caller, error: NotAllowed) -> None:
    """Also of calls that no deployment of their zone can take. Other refusals are none of this."""
    if error.code == "zone_not_allowed" or (error.code == "no_deployment" and caller.zone is not None):
        telemetry.refused("zone", caller.tenant)

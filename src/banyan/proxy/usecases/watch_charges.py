"""Compares what providers say that they charged with what our prices make of the same calls."""

from datetime import datetime

from banyan.proxy.domain.alarms import CHARGES_LOOKED_AT, Alarm, charge_alarm
from banyan.proxy.ports.usage import Usage


async def charge_alarms(usage: Usage, now: datetime, tolerance: float) -> list[Alarm]:
    """One for each deployment that is off by more than this part over the last day. Raises: Unavailable."""
    found = [charge_alarm(one, tolerance) for one in await usage.charged(now - CHARGES_LOOKED_AT)]
    return [alarm for alarm in found if alarm is not None]

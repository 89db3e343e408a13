"""The port to price lists."""

from typing import Protocol

from banyan.proxy.domain.deployments import Deployment
from banyan.proxy.domain.pricing import Price


class Prices(Protocol):
    """What deployments cost: their own override first, then the operator's table, then the price list."""

    def of(self, deployment: Deployment) -> Price | None:
        """None where nobody knows; a deployment of the zone `local` costs nothing unless it says so itself.

        Cheap: kept per deployment.
        """
        ...

"""Which deployments give vectors that can be compared with each other."""

from collections.abc import Mapping, Sequence

from banyan.proxy.domain.deployments import Deployment


def family_of(deployment: Deployment) -> str:
    """Deployments of one family give the same vectors for the same text: the model's name, unless the operator says."""
    return deployment.vectors or deployment.model.removesuffix(":latest")


def mixture(deployments: Sequence[Deployment], dimensions: Mapping[str, int]) -> str | None:
    """What is different between their vectors, in words; None where they may stand behind one name.

    dimensions: by name, of those that have answered so far.
    """
    if len({family_of(deployment) for deployment in deployments}) > 1:
        return "; ".join(f"{deployment.name}: {family_of(deployment)}" for deployment in deployments)
    if len(set(dimensions.values())) > 1:
        return "; ".join(f"{name}: {number} dimensions" for name, number in dimensions.items())
    return None

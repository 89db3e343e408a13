"""Whatever is installed may be passed on under the MIT licence."""

import re
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions

PERMISSIVE = re.compile(
    r"\b(0BSD|apache|BSD|CC0|ISC|MIT|MPL|mozilla public|python software foundation|PSF|zlib)\b", re.I
)
FORBIDDEN = re.compile(
    r"\b[AL]?GPL|\bSSPL|affero|lesser general|general public|server side public|business source", re.I
)


def stated_licence(distribution: Distribution) -> str:
    """Everything that a distribution's metadata, or else its licence file's head, says about its licence."""
    about = distribution.metadata
    stated = [about.get("License-Expression", ""), (about.get("License") or "")[:200]]
    stated += [line for line in about.get_all("Classifier") or [] if line.startswith("License ::")]
    if not "".join(stated):
        stated = list(_licence_heads(distribution))
    return " ".join(filter(None, stated))


def _licence_heads(distribution: Distribution) -> Iterator[str]:
    for file in distribution.files or ():
        if re.match(r"(?i)licen[sc]e", file.name):
            yield file.read_text()[:200]


def test_every_licence_is_permissive() -> None:
    """No distribution names a licence of the GPL family or the SSPL, and each names a permissive one."""
    wrong = {}
    for distribution in distributions():
        name = distribution.metadata["Name"]
        stated = stated_licence(distribution)
        if FORBIDDEN.search(stated) or not PERMISSIVE.search(stated):
            wrong[name] = stated or "no licence stated"
    assert wrong == {}

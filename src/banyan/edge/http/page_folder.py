"""Where the built web page lies; apart from what serves it, so that looking there needs no web framework."""

from pathlib import Path

BUILT = Path(__file__).parent / "web"
"""Where `make setup` puts the page that it builds from `clients/vue`."""

"""The `banyan` program."""


def main() -> None:
    """Entry point of the console script."""

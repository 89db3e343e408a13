"""The documentation is complete, current, and its links lead somewhere."""

import re
from pathlib import Path

import pytest

from banyan.app.reference import documents, pages
from banyan.app.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])


def name(page: Path) -> str:
    """A page's path as the tests show it."""
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", sorted(pages()))
def test_reference_page_is_current(page: str) -> None:
    """Pages made from the code say what the code says; `python -m banyan.app.reference` renews them."""
    assert (ROOT / "docs" / "reference" / page).read_text("utf-8") == pages()[page], (
        "Run `python -m banyan.app.reference`."
    )


@pytest.mark.parametrize("document", sorted(documents()))
def test_openapi_document_is_current(document: str) -> None:
    """The clients' types are made from these files, so they say what the services say."""
    assert (ROOT / "wire" / document).read_text("utf-8") == documents()[document], (
        "Run `python -m banyan.app.reference`."
    )


def test_every_setting_says_what_it_is_for() -> None:
    """No setting goes without a description."""
    assert [setting for setting, field in Settings.model_fields.items() if not field.description] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every link within the repository names a file that is there."""
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text)
    inside = [link for link in links if "://" not in link]
    assert [link for link in inside if not (page.parent / link).exists()] == []


def test_decisions_are_numbered_and_listed() -> None:
    """Decision records have a number each, without gaps, and the list names them all."""
    folder = ROOT / "docs" / "decisions"
    records = sorted(path.name for path in folder.glob("[0-9]*.md"))
    assert [int(record[:4]) for record in records] == list(range(1, len(records) + 1))
    listed = re.findall(r"\]\((\d{4}-[^)]+)\)", (folder / "README.md").read_text("utf-8"))
    assert listed == records


@pytest.mark.parametrize("page", [page for page in PAGES if page.parent.name == "decisions"], ids=name)
def test_decision_names_what_was_rejected(page: Path) -> None:
    """A record without its context and its alternatives is only a statement."""
    if page.name != "README.md":
        headings = re.findall(r"^## (.+)$", page.read_text("utf-8"), re.MULTILINE)
        assert headings[:3] == ["Context", "Decision", "Rejected"]

"""Secrets are found by shape, and everyday talk about secrets is not."""

from pathlib import Path

import pytest

from banyan.assistant.domain.secret_text import secrets_in, without_secrets
from banyan.assistant.domain.snippets import snippet

LINES = [
    line
    for line in Path(__file__).parents[2].joinpath("data/secrets.txt").read_text("utf-8").splitlines()
    if line[0] != "#"
]
SECRET = [line[2:] for line in LINES if line[0] == "+"]
HARMLESS = [line[2:] for line in LINES if line[0] == "-"]


@pytest.mark.parametrize("marked", SECRET)
def test_a_secret_is_found_whole_and_kept_out_of_the_snippet(marked: str) -> None:
    text = marked.replace("⟦", "").replace("⟧", "")
    found = [text[one.start : one.end] for one in secrets_in(text)]
    assert found
    if "⟦" in marked:
        secret = marked.split("⟦")[1].split("⟧")[0]
        assert secret in found
        assert secret not in snippet(text)
        assert secret not in without_secrets(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_talk_about_secrets_is_none(text: str) -> None:
    assert secrets_in(text) == []


def test_a_snippet_is_cut_after_masking_so_that_no_half_of_a_secret_is_left() -> None:
    """A secret that stands at the cut would lose its shape if the cut came first."""
    text = "x " * 110 + "sk-proj-Zk3mQ8wLr2Tn5VxYb7Hc9Jd1Fg4Ps6" + " y" * 200
    for at in (0, 220, 230, 500):
        assert "Zk3m" not in snippet(text, at)
        assert "Ps6" not in snippet(text, at)
        assert len(snippet(text, at)) <= 240

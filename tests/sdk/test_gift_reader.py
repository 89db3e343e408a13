"""Quizzes in GIFT, read by a parser that others wrote."""

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from take_away import NASTY, QUESTIONS, QUIZ, exported

NODE = Path(__file__).parent / "node"


def plain(markup: str) -> str:
    """What a reader sees of our HTML."""
    return html.unescape(re.sub(r"</?p>", "", re.sub(r"</p>\s*<p>|<br>", "\n", markup)))


def test_another_reader_of_gift_finds_the_same_quiz() -> None:
    """Every question with its options, the right one among them, and what is true."""
    node = shutil.which("node")
    if node is None or not (NODE / "node_modules" / "gift-pegjs").is_dir():
        pytest.skip("gift-pegjs is not installed; scripts/setup-test.sh installs it")
    done = subprocess.run(
        [node, "gift.mjs"], cwd=NODE, input=exported("gift", QUIZ).content, capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr.decode()
    read = json.loads(done.stdout)
    assert [one["type"] for one in read] == ["MC", "TF", "Short", "Short", "MC", "Essay", "MC", "Essay"]
    assert [plain(one["text"]) for one in read] == [one["question"] for one in QUESTIONS]
    assert [(right, plain(text)) for right, text in read[0]["choices"]] == [
        (False, "%50%first"),
        (True, NASTY),
        (False, "=third"),
        (False, "~fourth {x}"),
    ]
    assert read[1]["isTrue"] is False
    assert plain(read[0]["feedback"]).startswith("Because: #1 {a}~b=c\n")

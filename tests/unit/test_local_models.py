"""What can be known of local models without running one."""

import json
from pathlib import Path

import pytest
from tiny_gguf import tiny_gguf

from banyan.adapters.providers._llama.files import find_models, trained_context
from banyan.adapters.providers._llama.order import read_order
from banyan.adapters.providers._llama.stops import StopFilter
from banyan.kernel.errors import InvalidInput


def test_models_are_the_gguf_files_below_the_folder(tmp_path: Path) -> None:
    """Named by their path; later parts of a model and its eyes are no models of their own."""
    names = ["qwen/small.gguf", "big-00001-of-00002.gguf", "big-00002-of-00002.gguf", "mmproj-big.gguf", "notes.txt"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert list(find_models(tmp_path)) == ["big-00001-of-00002", "qwen/small"]


def test_the_context_stands_in_the_header(tmp_path: Path) -> None:
    """It is read without loading the model; a file that is none has no context."""
    assert trained_context(tiny_gguf(tmp_path / "tiny.gguf", context=384)) == 384
    (tmp_path / "cut.gguf").write_bytes((tmp_path / "tiny.gguf").read_bytes()[:60])
    (tmp_path / "page.gguf").write_text("<html>not found</html>")
    assert [trained_context(tmp_path / name) for name in ("cut.gguf", "page.gguf", "absent.gguf")] == [None] * 3


@pytest.mark.parametrize(
    ("pieces", "told", "stopped"),
    [
        (["a leaf", " END", "x"], "a leaf ", True),
        (["a leaf E", "N", "D x"], "a leaf ", True),
        (["a E", "NT"], "a ENT", False),
        (["a EN"], "a EN", False),
        (["no", "thing"], "nothing", False),
    ],
)
def test_text_ends_before_the_stop_text(pieces: list[str], told: str, stopped: bool) -> None:
    """However it is cut; what only looked like its beginning comes after all."""
    stops = StopFilter(("END", "###"))
    assert ("".join(stops.feed(piece) for piece in pieces) + stops.end(), stops.stopped) == (told, stopped)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"messages": []}, "at least one message"),
        ({"messages": "hello"}, "cannot be read"),
        ({"messages": [{"role": "king", "content": "x"}]}, "must be one of"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "text only"),
        ({"temperature": "hot"}, "cannot be read"),
        ({"max_tokens": 0}, "cannot be read"),
        ({"n": 2}, "`n` of 1"),
        ({"tools": [{}]}, "call no tools"),
        ({"logit_bias": {"1": 2}}, "no `logit_bias`"),
        ({"response_format": {"type": "xml"}}, "`response_format` must be"),
    ],
)
def test_what_a_model_in_this_process_cannot_do_is_refused(fields: dict, words: str) -> None:
    """Each refusal says what to send instead."""
    body = {"model": "m", "messages": [{"role": "user", "content": "x"}], **fields}
    with pytest.raises(InvalidInput, match=words):
        read_order(json.dumps(body).encode())

"""A model small enough to make in a test: random weights, and a path through its words that they do not hide.

Each token that is on the path is followed by the next one with near certainty; after all others anything may come.
"""

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from gguf import GGUFWriter, TokenType

EXTRA = Path(sys.prefix) / "llama"
"""Where scripts/setup-test.sh puts llama-cpp-python, away from what is locked."""
if find_spec("llama_cpp") is None and EXTRA.is_dir():
    sys.path.append(str(EXTRA))
HAS_LLAMA = find_spec("llama_cpp") is not None

SAYS = ("A", "leaf", "makes", "sugar", "from", "light")
"""Words of the path; a space stands before each but the first."""
BEGIN = ">"
"""Ends the prompt by the template; the path begins behind it."""
MIDDLE = "~"
"""Whoever says this is followed by the third word."""
FOREVER = "^"
"""Whoever says this is followed by itself."""
TEMPLATE = (
    "{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}"
    "{% if add_generation_prompt %}" + BEGIN + "{% endif %}"
)
_BYTES = 3
"""The first byte token; <unk>, <s> and </s> come before."""
_BLOCKS, _HEADS, _FEED = 2, 4, 64


def tiny_gguf(path: Path, *, context: int = 512, template: str | None = TEMPLATE, says: Sequence[str] = SAYS) -> Path:
    """Writes the file: a llama of two layers with about a million weights."""
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), "▁"]
    first = len(tokens)
    tokens += [says[0], *(f"▁{word}" for word in says[1:])]
    kinds = [TokenType.UNKNOWN, TokenType.CONTROL, TokenType.CONTROL, *([TokenType.BYTE] * 256)]
    kinds += [TokenType.NORMAL] * (len(tokens) - len(kinds))
    chain = {first + step: first + step + 1 for step in range(len(says) - 1)} | {len(tokens) - 1: 2}
    chain |= {_BYTES + ord(BEGIN): first, _BYTES + ord(FOREVER): _BYTES + ord(FOREVER)}
    if len(says) > 2:
        chain[_BYTES + ord(MIDDLE)] = first + 2

    path.parent.mkdir(parents=True, exist_ok=True)
    writer = GGUFWriter(str(path), "llama")
    width = -(-len(tokens) // 64) * 64
    writer.add_name("tiny")
    writer.add_context_length(context)
    writer.add_embedding_length(width)
    writer.add_block_count(_BLOCKS)
    writer.add_feed_forward_length(_FEED)
    writer.add_head_count(_HEADS)
    writer.add_head_count_kv(_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(width // _HEADS)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types(kinds)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(True)
    if template is not None:
        writer.add_chat_template(template)
    for name, weights in _weights(len(tokens), width, chain).items():
        writer.add_tensor(name, weights)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _weights(count: int, width: int, chain: dict[int, int]) -> dict[str, np.ndarray]:
    random = np.random.default_rng(7)

    def noise(*shape: int) -> np.ndarray:
        return random.normal(0, 1e-3, shape).astype(np.float32)

    def ones() -> np.ndarray:
        return np.ones(width, np.float32)

    embedding, output = noise(count, width), noise(count, width)
    embedding[np.arange(count), np.arange(count)] += 1
    for token, following in chain.items():
        output[following, token] += 3
    found = {"token_embd.weight": embedding, "output.weight": output, "output_norm.weight": ones()}
    for block in range(_BLOCKS):
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            found[f"blk.{block}.{name}.weight"] = noise(width, width)
        for name, shape in (("ffn_gate", (_FEED, width)), ("ffn_up", (_FEED, width)), ("ffn_down", (width, _FEED))):
            found[f"blk.{block}.{name}.weight"] = noise(*shape)
        found[f"blk.{block}.attn_norm.weight"] = ones()
        found[f"blk.{block}.ffn_norm.weight"] = ones()
    return found

"""Text to tokens, with the vocabulary that was fitted when this network was first trained."""

import json
from typing import Any

import numpy as np
from tokenizers import Tokenizer

PAD, UNKNOWN, END = 0, 1, 2
CHARACTERS_PER_TOKEN = 64  # at most, of the texts that are read


def rows(texts: list[str], encoder: dict[str, Any]) -> np.ndarray:
    """int64 [N, max_length]: each text cut off or filled up."""
    tokens = np.full((len(texts), encoder["max_length"]), PAD, dtype=np.int64)
    longest = encoder["max_length"] * CHARACTERS_PER_TOKEN
    for row, found in zip(tokens, _tokens([text[:longest] for text in texts], encoder), strict=True):
        kept = (found or [UNKNOWN])[: encoder["max_length"]]
        row[: len(kept)] = kept
    return tokens


def windows(texts: list[str], encoder: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """The texts one after the other, cut into windows, and what follows each token; int64 [N, max_length] both."""
    length = encoder["max_length"]
    found = _tokens([text for text in texts if text], encoder)
    stream = np.array([token for tokens in found for token in (*tokens, END)], dtype=np.int64)
    count = max(0, len(stream) - 1) // length
    return stream[: count * length].reshape(-1, length), stream[1 : count * length + 1].reshape(-1, length)


def _tokens(texts: list[str], encoder: dict[str, Any]) -> list[list[int]]:
    tokenizer = Tokenizer.from_str(json.dumps(encoder["vocabulary"]))
    tokenizer.encode_special_tokens = True
    return [found.ids for found in tokenizer.encode_batch(texts)]

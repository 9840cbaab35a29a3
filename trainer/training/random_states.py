"""The states of every random generator a step may draw from, as tensors and JSON, so that a resume draws the same."""

import random
from typing import Any

import numpy
import torch
from torch import Tensor


def seed_all(seed: int) -> None:
    random.seed(seed)
    numpy.random.seed(seed % 2**32)
    torch.manual_seed(seed)


def capture_random_states() -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors and the JSON that `restore_random_states` takes."""
    version, words, gauss = random.getstate()
    name, keys, position, has_gauss, cached = numpy.random.get_state()
    tensors = {
        "random.python": torch.tensor(words, dtype=torch.int64),
        "random.numpy": torch.from_numpy(numpy.asarray(keys, dtype=numpy.int64)),
        "random.torch": torch.get_rng_state(),
    }
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        tensors["random.cuda"] = torch.cuda.get_rng_state()
    state = {"python": [version, gauss], "numpy": [str(name), int(position), int(has_gauss), float(cached)]}
    return tensors, state


def restore_random_states(tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
    version, gauss = state["python"]
    random.setstate((version, tuple(tensors["random.python"].tolist()), gauss))
    name, position, has_gauss, cached = state["numpy"]
    keys = tensors["random.numpy"].numpy().astype(numpy.uint32)
    numpy.random.set_state((name, keys, position, has_gauss, cached))
    torch.set_rng_state(tensors["random.torch"].clone())
    if "random.cuda" in tensors and torch.cuda.is_available():
        torch.cuda.set_rng_state(tensors["random.cuda"].clone())

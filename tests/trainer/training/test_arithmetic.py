"""What a run computes with, where its settings leave that to the machine."""

import pytest
import torch

from trainer.training.arithmetic import Arithmetic
from trainer.training.config import parse_config


def chosen_precision(monkeypatch: pytest.MonkeyPatch, *, has_gpu: bool, has_bfloat16: bool, precision: str) -> str:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: has_gpu)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: has_bfloat16)
    return Arithmetic.choose(parse_config({"precision": precision}), num_threads=1).precision


@pytest.mark.parametrize(
    ("has_gpu", "has_bfloat16", "precision", "expected"),
    [
        (False, False, "auto", "float32"),
        (True, False, "auto", "float32"),
        (True, True, "auto", "bfloat16"),
        (True, True, "float32", "float32"),
    ],
)
def test_bfloat16_is_chosen_where_a_gpu_computes_in_it(
    monkeypatch: pytest.MonkeyPatch, has_gpu: bool, has_bfloat16: bool, precision: str, expected: str
) -> None:
    chosen = chosen_precision(monkeypatch, has_gpu=has_gpu, has_bfloat16=has_bfloat16, precision=precision)
    assert chosen == expected

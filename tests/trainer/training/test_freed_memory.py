"""The memory that steps take, free and take again."""

import platform
import resource
from pathlib import Path

import pytest
import torch

from tests.trainer.training.jobs import digits_graph, write_job
from trainer.training.job import read_job
from trainer.training.setup import set_up

PAGES = 24 * 1024**2 // resource.getpagesize()


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is told to keep what is freed")
def test_steps_of_a_run_reuse_the_memory_of_those_before(digits: Path, tmp_path: Path) -> None:
    set_up(read_job(write_job(tmp_path / "job", digits_graph(), digits)))
    for _ in range(2):
        _take_and_free()
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(5):
        _take_and_free()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_minflt - faults < 2 * PAGES


def _take_and_free() -> None:
    """Four tensors of 24 MiB at once: more than glibc by itself keeps."""
    blocks = [torch.zeros(24 * 1024**2, dtype=torch.uint8) for _ in range(4)]
    del blocks

"""The memory that steps take, free and take again."""

import platform
import resource
from pathlib import Path
from statistics import median

import psutil
import pytest
import torch

from tests.trainer.training.jobs import digits_graph, write_job
from trainer.training.freed_memory import LARGE, keep_freed_memory
from trainer.training.job import read_job
from trainer.training.setup import set_up

ONLY_GLIBC = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is told to keep what is freed")
PAGES = 24 * 1024**2 // resource.getpagesize()
ROOMY = 400 * 1024**2  # more than other tests have left free


@ONLY_GLIBC
def test_steps_of_a_run_reuse_the_memory_of_those_before(digits: Path, tmp_path: Path) -> None:
    set_up(read_job(write_job(tmp_path / "job", digits_graph(), digits)))
    for _ in range(2):
        _take_and_free()
    assert median(_faults_of_a_step() for _ in range(5)) < PAGES  # a small block in its place may move a large one once


@ONLY_GLIBC
def test_large_blocks_of_a_large_network_go_back() -> None:
    keep_freed_memory(LARGE)
    try:
        assert _freed_bytes(ROOMY) > 0.9 * ROOMY
    finally:
        keep_freed_memory(0)
    assert _freed_bytes(ROOMY) < 0.1 * ROOMY


def _freed_bytes(num_bytes: int) -> int:
    """How much less the process holds when a tensor of so many bytes is gone."""
    process = psutil.Process()
    block = torch.ones(num_bytes, dtype=torch.uint8)
    held = process.memory_info().rss
    del block
    return held - process.memory_info().rss


def _faults_of_a_step() -> int:
    """How many pages of the system's memory it takes anew: four times `PAGES` where all of it went back before."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    _take_and_free()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def _take_and_free() -> None:
    """Four tensors of 24 MiB at once: more than glibc by itself keeps."""
    blocks = [torch.zeros(24 * 1024**2, dtype=torch.uint8) for _ in range(4)]
    del blocks

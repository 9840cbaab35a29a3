"""The order of an epoch: every row once, the same for the same seed and epoch, and near together in blocks."""

import pytest
import torch

from trainer.training.epoch_order import WINDOW_BLOCKS, epoch_batches, epoch_order, shuffled_windows

ROWS = 5_003


def batches(size: int = 64, *, block_rows: int = 0, first: int = 0, seed: int = 3, epoch: int = 1) -> list[list[int]]:
    found = epoch_batches(ROWS, size, seed=seed, epoch=epoch, block_rows=block_rows, first=first)
    return [rows.tolist() for rows in found]


@pytest.mark.parametrize("block_rows", [0, 1, 7, 500, ROWS, 10 * ROWS])
@pytest.mark.parametrize("size", [1, 64, 5_002, ROWS, 2 * ROWS])
def test_every_row_comes_once_in_batches_of_one_size(block_rows: int, size: int) -> None:
    found = batches(size, block_rows=block_rows)
    assert sorted(row for rows in found for row in rows) == list(range(ROWS))
    assert [len(rows) for rows in found[:-1]] == [size] * (len(found) - 1)
    assert len(found) == -(-ROWS // size)


@pytest.mark.parametrize("block_rows", [0, 7])
def test_order_follows_from_seed_and_epoch_alone_wherever_it_begins(block_rows: int) -> None:
    torch.manual_seed(0)
    before = torch.get_rng_state()
    whole = batches(block_rows=block_rows)
    assert batches(block_rows=block_rows, first=31) == whole[31:]
    assert batches(block_rows=block_rows, seed=4) != whole
    assert batches(block_rows=block_rows, epoch=2) != whole
    assert torch.get_rng_state().equal(before)


def test_rows_shuffled_one_by_one_are_those_of_a_plain_permutation() -> None:
    assert [row for rows in batches() for row in rows] == epoch_order(ROWS, seed=3, epoch=1).tolist()


def test_windows_hold_whole_blocks_and_mix_them() -> None:
    windows = [window.tolist() for window in shuffled_windows(100_000, 100, seed=1, epoch=0)]
    assert len(windows) == -(-1000 // WINDOW_BLOCKS)
    for window in windows:
        blocks = {row // 100 for row in window}
        assert len(window) == 100 * len(blocks)
        assert max(blocks) - min(blocks) > 500  # from all over the split
        assert len({row // 100 for row in window[:100]}) > 30  # and not one after the other

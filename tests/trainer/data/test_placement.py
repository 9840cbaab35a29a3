"""Rows are held in memory as long as they fit: pictures as floats, then as bytes, then all in files."""

from trainer.data.placement import RowSize, default_resident_bytes, place_rows

ROW = RowSize(pictures=(100,), other_bytes=8)
ROWS = {"train": 80, "val": 10, "test": 10}


def test_pictures_become_bytes_before_rows_leave_memory() -> None:
    floats = place_rows(ROW, ROWS, resident_bytes=40_800)
    as_bytes = place_rows(ROW, ROWS, resident_bytes=40_799)
    mapped = place_rows(ROW, ROWS, resident_bytes=10_799)
    assert (floats.is_mapped, floats.num_bytes) == (False, 40_800)
    assert (as_bytes.is_mapped, as_bytes.max_float_bytes, as_bytes.num_bytes) == (False, 0, 10_800)
    assert (mapped.is_mapped, mapped.num_bytes) == (True, 0)


def test_pictures_of_a_large_split_are_bytes_and_those_of_a_small_one_floats() -> None:
    placed = place_rows(ROW, ROWS, resident_bytes=10**9, max_float_bytes=4_000)
    assert placed.num_bytes == 80 * 100 + 20 * 400 + 100 * 8


def test_rows_of_a_block_lie_within_a_mebibyte_or_are_one() -> None:
    assert RowSize((), 16).block_rows == 2**16
    assert RowSize((3 * 224 * 224,), 8).block_rows == 6
    assert RowSize((10**8,), 0).block_rows == 1


def test_a_quarter_of_the_memory_may_be_taken() -> None:
    assert default_resident_bytes(1000) == 250
    assert default_resident_bytes() > 0

"""Rows are held in memory as long as they fit: pictures as floats, then as bytes, then all in files."""

from trainer.data.placement import RowSize, default_resident_bytes, place_rows

ROW = RowSize(pictures=(100,), other_bytes=8)
ROWS = {"train": 80, "val": 10, "test": 10}


def test_pictures_become_bytes_before_rows_leave_memory() -> None:
    floats = place_rows(ROW, ROWS, resident_bytes=34_800)
    as_bytes = place_rows(ROW, ROWS, resident_bytes=34_799)
    mapped = place_rows(ROW, ROWS, resident_bytes=10_799)
    assert (floats.is_mapped, floats.num_bytes) == (False, 34_800)
    assert (as_bytes.is_mapped, as_bytes.max_float_bytes, as_bytes.num_bytes) == (False, 0, 10_800)
    assert (mapped.is_mapped, mapped.num_bytes) == (True, 0)


def test_training_pictures_are_floats_up_to_a_limit_and_all_others_bytes() -> None:
    small, large = (place_rows(ROW, ROWS, resident_bytes=10**9, max_float_bytes=size) for size in (32_000, 31_999))
    assert small.num_bytes == 80 * 400 + 20 * 100 + 100 * 8
    assert large.num_bytes == 100 * 100 + 100 * 8
    assert small.keeps_floats("train", 32_000)
    assert not small.keeps_floats("train", 32_001)
    assert not small.keeps_floats("val", 1)


def test_rows_of_a_block_lie_within_a_mebibyte_or_are_one() -> None:
    assert RowSize((), 16).block_rows == 2**16
    assert RowSize((3 * 224 * 224,), 8).block_rows == 6
    assert RowSize((10**8,), 0).block_rows == 1


def test_a_quarter_of_the_memory_may_be_taken() -> None:
    assert default_resident_bytes(1000) == 250
    assert default_resident_bytes() > 0

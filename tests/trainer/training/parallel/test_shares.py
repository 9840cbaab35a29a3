"""Which rows each process takes: together all of them, each once, as evenly as it goes."""

import pytest

from trainer.training.parallel.shares import pieces, share


@pytest.mark.parametrize("least", [1, 2])
@pytest.mark.parametrize("size", [1, 2, 3, 8])
@pytest.mark.parametrize("num_rows", [1, 2, 3, 7, 8, 9, 64, 1437])
def test_every_row_is_taken_once_and_in_order(num_rows: int, size: int, least: int) -> None:
    bounds = [share(num_rows, size=size, rank=rank, least=least) for rank in range(size)]
    assert [row for start, stop in bounds for row in range(start, stop)] == list(range(num_rows))
    counts = [stop - start for start, stop in bounds]
    assert counts[0] >= 1
    taking = [count for count in counts if count]
    assert max(taking) - min(taking) <= 1
    assert min(taking) >= least or len(taking) == 1


@pytest.mark.parametrize("least", [1, 2])
@pytest.mark.parametrize("at_once", [1, 4, 5, 100])
@pytest.mark.parametrize("counts", [[4, 4], [5, 4], [9, 8, 8], [3, 0], [1, 0, 0]])
def test_all_processes_take_as_many_pieces_and_each_row_once(counts: list[int], at_once: int, least: int) -> None:
    taken = [pieces(counts, rank=rank, at_once=at_once, least=least) for rank in range(len(counts))]
    assert len({len(of_rank) for of_rank in taken}) == 1
    for count, of_rank in zip(counts, taken, strict=True):
        own = [piece for piece in of_rank if piece.num_own]
        assert [row for piece in own for row in range(piece.start, piece.stop)] == list(range(count))
        assert all(piece.stop - piece.start <= max(at_once, 2 * least - 1) + 1 for piece in of_rank)
        assert all(piece.stop > piece.start for piece in of_rank)

"""Ways of looking at a tensor: the batch is found again wherever it is moved and merged."""

from trainer.graph.importing.views import BATCH, View, Wire


def test_reshaping_keeps_track_of_the_batch() -> None:
    view = View(Wire("n1"), (BATCH, 5, 8), ((0,), (1,), (2,)))
    heads = view.transposed((1, 0, 2)).reshaped((5, BATCH * 2, 4))
    assert heads is not None
    assert heads.shape == (5, BATCH * 2, 4)
    back = heads.reshaped((5, BATCH, 8))
    assert back is not None
    assert back.transposed((1, 0, 2)).shape == view.shape
    assert view.reshaped((8, 5 * BATCH)) is None

import numpy as np
import pytest

from trainer.data.splits import TEST, TRAIN, VAL, SplitSettings, split_counts, split_rows
from trainer.errors import UserError


def test_shares_are_eighty_ten_ten():
    assert split_counts(split_rows(SplitSettings(), num_rows=1000)) == {"train": 800, "val": 100, "test": 100}


def test_same_seed_gives_the_same_rows_and_another_seed_others():
    first, again, other = (split_rows(SplitSettings(seed=seed), num_rows=500) for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


def test_classes_keep_their_proportions_in_every_split():
    classes = np.repeat([0, 1, 2], [700, 200, 100])
    split = split_rows(SplitSettings(), num_rows=1000, classes=classes)
    for part, share in ((TRAIN, 0.8), (VAL, 0.1), (TEST, 0.1)):
        assert np.bincount(classes[split == part]).tolist() == [700 * share, 200 * share, 100 * share]


def test_every_class_trains_however_rare_and_totals_come_out():
    classes = np.arange(300) // 2 * (np.arange(300) >= 100)
    split = split_rows(SplitSettings(), num_rows=300, classes=classes)
    assert set(classes[split == TRAIN]) == set(classes)
    assert abs(int((split == VAL).sum()) - 30) <= 1


def test_own_test_rows_stay_test_rows_and_validation_comes_from_the_rest():
    own_test = np.arange(700) >= 600
    split = split_rows(SplitSettings(own_test=True), num_rows=700, classes=np.arange(700) % 10, own_test=own_test)
    assert (split[own_test] == TEST).all()
    assert split_counts(split) == {"train": 540, "val": 60, "test": 100}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"val": 0}, "data.split_share"),
        ({"test": 0.9}, "data.split_share"),
        ({"val": 0.5, "test": 0.4}, "data.split_rest"),
        ({"seed": -1}, "data.split_seed"),
        ({"seed": True}, "data.split_seed"),
        ({"val": float("nan")}, "data.split_share"),
    ],
)
def test_settings_that_leave_no_sound_split_are_refused(fields, code):
    with pytest.raises(UserError) as refused:
        SplitSettings(**fields)
    assert refused.value.code == code

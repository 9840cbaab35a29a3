"""The data sets that the training tests share, each built once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from trainer.data.samples import build_sample


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The version directory of a sample, by its id."""
    folder = tmp_path_factory.mktemp("samples")

    def build(sample_id: str) -> Path:
        place = folder / sample_id
        if not place.exists():
            build_sample(sample_id, place, progress=lambda _: None, cache_dir=folder / "cache")
        return place

    return build


@pytest.fixture(scope="session")
def digits(sample: Callable[[str], Path]) -> Path:
    return sample("digits")

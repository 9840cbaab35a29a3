"""The samples that scikit-learn carries."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from sklearn import datasets

from trainer.data.columns import Kind
from trainer.data.samples import Progress, Sample
from trainer.data.splits import SplitSettings
from trainer.data.version import Content, write_version

LOADERS: Mapping[str, Callable[[], Any]] = {
    "digits": datasets.load_digits,
    "iris": datasets.load_iris,
    "wine": datasets.load_wine,
    "breast-cancer": datasets.load_breast_cancer,
    "diabetes": lambda: datasets.load_diabetes(scaled=False),
}
WINE_CULTIVARS = ("barolo", "grignolino", "barbera")


def build(sample: Sample, target_dir: Path, *, progress: Progress, cache_dir: Path) -> dict[str, Any]:
    """Write one of `LOADERS` as a version."""
    loaded = LOADERS[sample.id]()
    content = _digits(sample, loaded) if sample.id == "digits" else _table(sample, loaded)
    progress(0.5)
    return write_version(target_dir, content, SplitSettings())


def _digits(sample: Sample, loaded: Any) -> Content:
    """8 × 8 pictures of 17 greys, spread over 0..255, and the digit."""
    pixels = np.rint(loaded.images * (255 / 16)).astype(np.uint8)[:, :, :, None]
    return Content(
        name=sample.title.en,
        kinds={"image": "image", "label": "category"},
        table=pl.DataFrame({"label": loaded.target.astype(np.int64)}),
        images={"image": pixels},
        target=sample.target,
        source={"sample": sample.id},
    )


def _table(sample: Sample, loaded: Any) -> Content:
    features = {_snake_case(name): loaded.data[:, index] for index, name in enumerate(loaded.feature_names)}
    kinds: dict[str, Kind] = dict.fromkeys(features, "number")
    if sample.task == "classification":
        names = WINE_CULTIVARS if sample.id == "wine" else loaded.target_names.tolist()
        target = pl.Series(sample.target, [str(names[index]) for index in loaded.target])
        kinds[sample.target] = "category"
    else:
        target = pl.Series(sample.target, loaded.target.astype(np.float64))
        kinds[sample.target] = "number"
    table = pl.DataFrame(features).with_columns(target)
    return Content(sample.title.en, kinds, table, target=sample.target, source={"sample": sample.id})


def _snake_case(name: str) -> str:
    """ "sepal length (cm)" -> "sepal_length_cm"."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")

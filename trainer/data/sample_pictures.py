"""MNIST and Fashion-MNIST: from a folder of this machine where one is, else downloaded once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from trainer.data.idx import read_idx
from trainer.data.samples import Progress, Sample
from trainer.data.splits import SplitSettings
from trainer.data.version import Content, write_version

CLOTHING = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
DIGITS = tuple(range(10))


@dataclass(frozen=True, slots=True)
class Source:
    """Where the four files of a sample are. `folder` may be on this machine; `url` serves them otherwise."""

    folder: Path | None
    url: str
    checksums: Mapping[str, str]  # SHA-256 of each gzipped file, by name
    classes: tuple[str, ...] | tuple[int, ...]


TRAIN_IMAGES, TRAIN_LABELS = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"
TEST_IMAGES, TEST_LABELS = "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"

SOURCES: Mapping[str, Source] = {
    "fashion-mnist": Source(
        Path("/usr/share/datasets/fashion-mnist"),
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        {},
        CLOTHING,
    ),
    "mnist": Source(None, "https://ossci-datasets.s3.amazonaws.com/mnist/", {}, DIGITS),
}


def build(sample: Sample, target_dir: Path, *, progress: Progress, cache_dir: Path) -> dict[str, Any]:
    """Write the 60,000 training and 10,000 test pictures as a version that keeps its own test rows."""
    source = SOURCES[sample.id]
    folder = source_folder(sample.id, source)
    assert folder is not None
    num_train = 60_000
    pixels = np.concatenate([read_idx(folder / name, num_axes=3) for name in (TRAIN_IMAGES, TEST_IMAGES)])[..., None]
    progress(0.6)
    labels = np.concatenate([read_idx(folder / name, num_axes=1) for name in (TRAIN_LABELS, TEST_LABELS)])
    content = Content(
        name=sample.title.en,
        kinds={"image": "image", "label": "category"},
        table=pl.DataFrame({"label": [source.classes[label] for label in labels]}),
        images={"image": pixels},
        target=sample.target,
        own_test=np.arange(len(labels)) >= num_train,
        source={"sample": sample.id},
    )
    return write_version(target_dir, content, SplitSettings(own_test=True))


def source_folder(sample_id: str, source: Source) -> Path | None:
    """The folder of this machine that holds the files, if there is one. LAYERLOOM_FASHION_MNIST_DIR names another."""
    named = os.environ.get(f"LAYERLOOM_{sample_id.replace('-', '_').upper()}_DIR")
    folder = Path(named) if named else source.folder
    return folder if folder is not None and (folder / TRAIN_IMAGES).is_file() else None

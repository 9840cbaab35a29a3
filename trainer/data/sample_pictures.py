"""MNIST and Fashion-MNIST: from a folder of this machine where one is, else downloaded once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from trainer.data.downloads import download_file
from trainer.data.idx import read_idx
from trainer.data.samples import Progress, Sample, sample_folder
from trainer.data.splits import SplitSettings
from trainer.data.version import Content, write_version

TRAIN_IMAGES, TRAIN_LABELS = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"
TEST_IMAGES, TEST_LABELS = "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"
FILES = (TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS)
MAX_FILE_BYTES = 64 * 1024**2
DOWNLOAD_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Source:
    """Where the four files come from, the SHA-256 of each, and what the labels 0..9 are called."""

    url: str
    checksums: Mapping[str, str]
    classes: tuple[str | int, ...]


SOURCES: Mapping[str, Source] = {
    "fashion-mnist": Source(
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion",
        {
            TRAIN_IMAGES: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            TRAIN_LABELS: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            TEST_IMAGES: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            TEST_LABELS: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        },
        (
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
        ),
    ),
    "mnist": Source(
        "https://ossci-datasets.s3.amazonaws.com/mnist",
        {
            TRAIN_IMAGES: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            TRAIN_LABELS: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            TEST_IMAGES: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            TEST_LABELS: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        },
        tuple(range(10)),
    ),
}


def build(sample: Sample, target_dir: Path, *, progress: Progress, cache_dir: Path) -> dict[str, Any]:
    """Write the training and the test pictures as a version that keeps its own test rows."""
    source = SOURCES[sample.id]
    folder = sample_folder(sample) or _download(sample, source, cache_dir, progress)
    train, test = (read_idx(folder / name, num_axes=3) for name in (TRAIN_IMAGES, TEST_IMAGES))
    labels = np.concatenate([read_idx(folder / name, num_axes=1) for name in (TRAIN_LABELS, TEST_LABELS)])
    progress(0.9)
    content = Content(
        name=sample.title.en,
        kinds={"image": "image", "label": "category"},
        table=pl.DataFrame({"label": [source.classes[label] for label in labels.tolist()]}),
        images={"image": np.concatenate([train, test])[..., None]},
        target=sample.target,
        own_test=np.arange(len(labels)) >= len(train),
        source={"sample": sample.id},
    )
    return write_version(target_dir, content, SplitSettings(own_test=True))


def _download(sample: Sample, source: Source, cache_dir: Path, progress: Progress) -> Path:
    """The four files, from the cache where they are whole. LAYERLOOM_SAMPLES_URL/<sample>/ replaces the address."""
    mirror = os.environ.get("LAYERLOOM_SAMPLES_URL")
    url = f"{mirror.rstrip('/')}/{sample.id}" if mirror else source.url
    folder = cache_dir / sample.id
    received = 0
    for name in FILES:
        before = received

        def report(file_bytes: int, before: int = before) -> None:
            progress(min(DOWNLOAD_SHARE, DOWNLOAD_SHARE * (before + file_bytes) / sample.download_bytes))

        received += download_file(
            f"{url}/{name}", folder / name, sha256=source.checksums[name], max_bytes=MAX_FILE_BYTES, progress=report
        )
    return folder

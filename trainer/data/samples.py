"""The data sets that come along: what there is, and how each is built."""

import importlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, cast

import trainer.messages.data  # noqa: F401 - registers the sentences of the errors raised here
from trainer.errors import UserError
from trainer.messages.registry import Text

Progress = Callable[[float], None]  # called with the share done, 0..1


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample. `builder` is the module that makes it, loaded when it is asked for; it has a `build`."""

    id: str
    title: Text
    summary: Text
    num_rows: int
    kind: Literal["image", "table", "text"]
    task: Literal["classification", "regression"]
    target: str
    builder: str
    download_bytes: int = 0
    folder: str | None = None


class _Builder(Protocol):
    def build(self, sample: Sample, target_dir: Path, *, progress: Progress, cache_dir: Path) -> dict[str, Any]: ...


_TABLES = "trainer.data.sample_tables"
_PICTURES = "trainer.data.sample_pictures"
_TEXTS = "trainer.data.sample_texts"

SAMPLES: Mapping[str, Sample] = {
    sample.id: sample
    for sample in (
        Sample(
            "fashion-mnist",
            Text("Fashion-MNIST", "Fashion-MNIST 服饰"),
            Text("Ten kinds of clothing in small grey pictures, 28 × 28.", "十类服饰的灰度小图，28 × 28。"),
            num_rows=70_000,
            kind="image",
            task="classification",
            target="label",
            builder=_PICTURES,
            download_bytes=30_878_645,
            folder="/usr/share/datasets/fashion-mnist",
        ),
        Sample(
            "mnist",
            Text("MNIST digits", "MNIST 手写数字"),
            Text("Handwritten digits in grey pictures, 28 × 28.", "手写数字的灰度图，28 × 28。"),
            num_rows=70_000,
            kind="image",
            task="classification",
            target="label",
            builder=_PICTURES,
            download_bytes=11_594_722,
        ),
        Sample(
            "digits",
            Text("Small digits", "小号手写数字"),
            Text(
                "Handwritten digits, 8 × 8 pixels each: the quickest way to a first picture network.",
                "8 × 8 像素的手写数字：最快上手的图像网络。",
            ),
            num_rows=1_797,
            kind="image",
            task="classification",
            target="label",
            builder=_TABLES,
        ),
        Sample(
            "iris",
            Text("Iris flowers", "鸢尾花"),
            Text("Three species told apart by four measurements.", "用四个测量值区分三种鸢尾花。"),
            num_rows=150,
            kind="table",
            task="classification",
            target="species",
            builder=_TABLES,
        ),
        Sample(
            "wine",
            Text("Wine", "葡萄酒"),
            Text("Three cultivars told apart by thirteen chemical measurements.", "用十三项化学指标区分三个葡萄品种。"),
            num_rows=178,
            kind="table",
            task="classification",
            target="cultivar",
            builder=_TABLES,
        ),
        Sample(
            "breast-cancer",
            Text("Breast cancer", "乳腺癌诊断"),
            Text(
                "Benign or malignant, from thirty measurements of cell nuclei.",
                "根据细胞核的三十项测量值判断良性或恶性。",
            ),
            num_rows=569,
            kind="table",
            task="classification",
            target="diagnosis",
            builder=_TABLES,
        ),
        Sample(
            "diabetes",
            Text("Diabetes progression", "糖尿病进展"),
            Text(
                "How far the disease goes in a year, from ten measurements: a regression.",
                "根据十项测量值预测一年后的病情进展：回归任务。",
            ),
            num_rows=442,
            kind="table",
            task="regression",
            target="progression",
            builder=_TABLES,
        ),
        Sample(
            "food-reviews",
            Text("Food reviews", "食品评论"),
            Text(
                "5,000 reviews in English: did the writer give five stars, or fewer?",
                "五千条英文食品评论：作者给了五星，还是更低？",
            ),
            num_rows=5_000,
            kind="text",
            task="classification",
            target="score",
            builder=_TEXTS,
        ),
    )
}


def sample_by_id(sample_id: str) -> Sample:
    """The sample; raises `data.unknown_sample`."""
    if sample_id not in SAMPLES:
        raise UserError("data.unknown_sample", path="sample", sample=sample_id[:80], known=", ".join(SAMPLES))
    return SAMPLES[sample_id]


def sample_is_here(sample: Sample) -> bool:
    """Whether it can be built without a download."""
    return not sample.download_bytes or sample_folder(sample) is not None


def sample_folder(sample: Sample) -> Path | None:
    """The folder of this machine that holds the sample's files, if there is one.

    LAYERLOOM_FASHION_MNIST_DIR and LAYERLOOM_MNIST_DIR name others.
    """
    named = os.environ.get(f"LAYERLOOM_{sample.id.replace('-', '_').upper()}_DIR") or sample.folder
    folder = Path(named) if named else None
    return folder if folder is not None and folder.is_dir() and any(folder.iterdir()) else None


def build_sample(
    sample_id: str, target_dir: Path, progress: Progress = lambda share: None, cache_dir: Path | None = None
) -> dict[str, Any]:
    """Write the sample as a version into the empty `target_dir` and return its manifest.

    `cache_dir` keeps what had to be downloaded; without it, downloads go beside `target_dir`.
    """
    sample = sample_by_id(sample_id)
    builder = cast(_Builder, importlib.import_module(sample.builder))
    return builder.build(sample, target_dir, progress=progress, cache_dir=cache_dir or target_dir.parent / "downloads")

"""The sample of texts that is shipped with the product; its license lies beside it."""

from pathlib import Path
from typing import Any, Final

import polars as pl

from trainer.data.samples import Progress, Sample
from trainer.data.splits import SplitSettings
from trainer.data.version import Content, write_version

SHIPPED: Final = Path(__file__).parent / "shipped"


def build(sample: Sample, target_dir: Path, *, progress: Progress, cache_dir: Path) -> dict[str, Any]:
    """Write the sample as a version, with the test rows it came with."""
    table = pl.read_parquet(SHIPPED / f"{sample.id}.parquet")
    progress(0.3)
    content = Content(
        name=sample.title.en,
        kinds={"review": "text", sample.target: "category"},
        table=table.drop("is_test"),
        target=sample.target,
        own_test=table["is_test"].to_numpy(),
        source={"sample": sample.id},
    )
    return write_version(target_dir, content, SplitSettings(own_test=True))

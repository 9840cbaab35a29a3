"""A data set of several times the memory it may take: `python -m tests.bench.mapped [--smoke]` prints JSON.

Pictures of random bytes, classified by one dense layer: one epoch, each run in a process of its own. Compared are
the peak of resident memory beside a run of a few rows, and the time beside rows held in memory.
"""

import trainer.no_compiler  # noqa: F401, I001
import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from tests.bench.turns import ONE_THREAD, peak_bytes
from tests.trainer.training.jobs import graph, output, write_job
from trainer.data.splits import SplitSettings
from trainer.data.version import Content, write_version
from trainer.run import main as train_here

SIDE: Final = 64
ROW_BYTES: Final = 3 * SIDE * SIDE
NUM_CLASSES: Final = 10
ROWS_AT_ONCE: Final = 1000
FEW_ROWS: Final = 1000


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.mapped")
    parser.add_argument("--smoke", action="store_true", help="a few rows")
    parser.add_argument("--job", type=Path, help="train this job, and say what it took")
    parser.add_argument("--rows", type=int, default=100_000)
    arguments = parser.parse_args()
    if arguments.job is not None:
        print(json.dumps(measured(arguments.job)))
    else:
        print(json.dumps(compared(2000 if arguments.smoke else arguments.rows), indent=2))


def compared(num_rows: int) -> dict[str, Any]:
    data_bytes = num_rows * ROW_BYTES
    budget = data_bytes // 8
    with tempfile.TemporaryDirectory(prefix="layerloom-mapped-") as name:
        folder = Path(name)
        build(folder / "few", FEW_ROWS)
        build(folder / "many", num_rows)
        few = run(folder, "few", resident_bytes=0)
        mapped = run(folder, "many", resident_bytes=budget)
        held = run(folder, "many", resident_bytes=10 * data_bytes, frozen=mapped["frozen"])
    runs = {"few_rows": few, "mapped": mapped, "in_memory": held}
    assert mapped["weights"] == held["weights"], "the order is the same, and so must be the weights"
    return {
        "data_bytes": data_bytes,
        "budget_bytes": budget,
        "mapped_beyond_few_rows_bytes": mapped["peak_bytes"] - few["peak_bytes"],
        "cpu_microseconds_a_row": {kind: round(1e6 * one["cpu"] / num_rows, 1) for kind, one in runs.items()},
        "peak_bytes": {kind: one["peak_bytes"] for kind, one in runs.items()},
        "wall_seconds": {kind: round(one["wall"], 1) for kind, one in runs.items()},
    }


def build(place: Path, num_rows: int) -> None:
    """A version of so many pictures, written some at a time."""
    (place / "images").mkdir(parents=True)
    random = np.random.default_rng(0)
    shape = (num_rows, SIDE, SIDE, 3)
    pixels = np.lib.format.open_memmap(place / "images" / "0.npy", mode="w+", dtype=np.uint8, shape=shape)
    for start in range(0, num_rows, ROWS_AT_ONCE):
        pixels[start : start + ROWS_AT_ONCE] = random.integers(0, 256, (ROWS_AT_ONCE, *shape[1:]), dtype=np.uint8)
    pixels.flush()
    table = pl.DataFrame({"label": [f"kind{row % NUM_CLASSES}" for row in range(num_rows)]})
    kinds: dict[str, Any] = {"image": "image", "label": "category"}
    content = Content("random", kinds, table, images={"image": pixels}, target="label")
    write_version(place, content, SplitSettings(val=0.01, test=0.01))


def run(folder: Path, dataset: str, **settings: Any) -> dict[str, Any]:
    layers = [("Flatten", {}), ("Linear", {"out_features": NUM_CLASSES})]
    document = graph(["image"], [3, SIDE, SIDE], layers, {"label": output("label", "CrossEntropyLoss")})
    job = folder / "job"
    shutil.rmtree(job, ignore_errors=True)
    write_job(job, document, folder / dataset, {"epochs": 1, "batch_size": 64}, **settings)
    command = [sys.executable, "-m", "tests.bench.mapped", "--job", str(job)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env={**os.environ, **ONE_THREAD})
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def measured(job: Path) -> dict[str, Any]:
    """What training the job takes this process."""
    wall, cpu = time.perf_counter(), time.process_time()
    assert train_here([str(job)]) == 0
    events = [json.loads(line) for line in (job / "events.jsonl").read_text().splitlines()]
    (place,) = (job / "checkpoints").iterdir()
    return {
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "peak_bytes": peak_bytes(),
        "frozen": next(event["frozen"] for event in events if event["type"] == "started"),
        "weights": hash_of(place / "weights.safetensors"),
    }


def hash_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()

"""How fast training is, beside the loops a person writes: `python -m tests.bench.training [--smoke]` prints JSON.

A run as the product makes it (events into a pipe that another process reads, checkpoints on disk) against the tight and
the plain loop of `tests.bench.tight_loop`, on Fashion-MNIST, with the same network from the same graph. They take
turns; what is reported is the median over the rounds of the ratio of their seconds.
"""

import trainer.openmp  # noqa: F401, I001
import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from tests.bench.tight_loop import Rows, plain_loop, tight_loop
from tests.trainer.training.jobs import graph, output, write_job
from trainer.data.samples import build_sample
from trainer.graph.compile import compile_graph
from trainer.graph.document import parse_document
from trainer.training.control import Control
from trainer.training.events import EventWriter
from trainer.training.job import read_job
from trainer.training.loop import Training
from trainer.training.resident import ResidentSplit
from trainer.training.setup import Setup, set_up

BAR = 1.05
BATCH_SIZE = 32
LAYERS: dict[str, Sequence[tuple[str, dict[str, Any]]]] = {
    "mlp": [("Flatten", {}), ("Linear", {"out_features": 256}), ("ReLU", {}), ("Linear", {"out_features": 10})],
    "cnn": [
        ("Conv2d", {"out_channels": 16, "kernel_size": 3, "padding": 1}),
        ("ReLU", {}),
        ("MaxPool2d", {"kernel_size": 2}),
        ("Conv2d", {"out_channels": 32, "kernel_size": 3, "padding": 1}),
        ("ReLU", {}),
        ("MaxPool2d", {"kernel_size": 2}),
        ("Flatten", {}),
        ("Linear", {"out_features": 10}),
    ],
}


@dataclass(frozen=True)
class Plan:
    """How much is measured: training rows of an epoch, epochs of a turn, rounds."""

    rows: int
    epochs: int
    rounds: int
    plain_rounds: int


PLANS = {"mlp": Plan(54_000, 1, 11, 3), "cnn": Plan(8_000, 1, 9, 3)}
SMOKE = {"mlp": Plan(4_000, 2, 3, 1), "cnn": Plan(1_000, 2, 3, 1)}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.training")
    parser.add_argument("--smoke", action="store_true", help="few rows and rounds: that it runs, not how fast")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        dataset = Path(folder) / "fashion-mnist"
        build_sample("fashion-mnist", dataset, progress=lambda _: None, cache_dir=Path(folder) / "cache")
        plans = SMOKE if arguments.smoke else PLANS
        figures = {
            name: measure(name, plan, dataset, Path(folder), num_threads=arguments.threads)
            for name, plan in plans.items()
        }
    report = {"bench": "training", "smoke": arguments.smoke, "bar": BAR, "num_threads": arguments.threads, **figures}
    print(json.dumps(report, indent=2))


def measure(name: str, plan: Plan, dataset: Path, folder: Path, *, num_threads: int) -> dict[str, Any]:
    """The seconds of each loop for one network, and the medians of their ratios."""
    document = graph(["image"], [1, 28, 28], LAYERS[name], {"label": output("label", "CrossEntropyLoss", ["accuracy"])})
    config = {"epochs": plan.epochs, "batch_size": BATCH_SIZE}
    job = read_job(write_job(folder / name, document, dataset, config, num_threads=num_threads))
    setup = set_up(job)
    splits = setup.splits | {"train": first_rows(setup.splits["train"], plan.rows)}
    train, val, test = (rows_of(splits[split]) for split in ("train", "val", "test"))

    def ours() -> float:
        fresh = set_up_again(setup, splits, document)
        with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as reader:
            assert reader.stdin is not None
            events = EventWriter(reader.stdin.fileno())
            started = time.perf_counter()
            end = Training(fresh, events.write, Control(), prune=True).run()
            seconds = time.perf_counter() - started
            events.close()
        assert end["status"] == "succeeded"
        return seconds

    def by_hand(loop: Callable[..., float]) -> float:
        network = compile_graph(parse_document(document)).network
        return loop(network, train, val, test, epochs=plan.epochs, batch_size=BATCH_SIZE)

    by_hand(tight_loop)
    ours()
    turns = [take_turns(ours, lambda: by_hand(tight_loop), first=number % 2) for number in range(plan.rounds)]
    plain = [take_turns(ours, lambda: by_hand(plain_loop), first=number % 2) for number in range(plan.plain_rounds)]
    steps = plan.epochs * -(-plan.rows // BATCH_SIZE)
    return {
        "steps": steps,
        "rounds": plan.rounds,
        "ours_seconds": statistics.median(one for one, _ in turns),
        "tight_seconds": statistics.median(other for _, other in turns),
        "plain_seconds": statistics.median(other for _, other in plain),
        "ours_to_tight": statistics.median(one / other for one, other in turns),
        "ours_to_plain": statistics.median(one / other for one, other in plain),
        "ratios": [round(one / other, 3) for one, other in turns],
        "steps_per_second": steps / statistics.median(one for one, _ in turns),
    }


def take_turns(ours: Callable[[], float], other: Callable[[], float], *, first: int) -> tuple[float, float]:
    """The seconds of both, one right after the other; `first` says which begins."""
    if first == 0:
        return ours(), other()
    seconds = other()
    return ours(), seconds


def first_rows(split: ResidentSplit, num_rows: int) -> ResidentSplit:
    return replace(
        split,
        inputs=tuple(tensor[:num_rows] for tensor in split.inputs),
        targets=tuple(tensor[:num_rows] for tensor in split.targets),
        num_rows=num_rows,
    )


def rows_of(split: ResidentSplit) -> Rows:
    return split.inputs[0], split.targets[0]


def set_up_again(setup: Setup, splits: dict[str, ResidentSplit], document: dict[str, Any]) -> Setup:
    """The run once more from its beginning, without reading the data again."""
    compiled = compile_graph(parse_document(document))
    optimizer = torch.optim.Adam(compiled.network.parameters(), fused=True)
    return replace(setup, compiled=compiled, optimizer=optimizer, splits=splits)


if __name__ == "__main__":
    main()

"""Whether training learns as well as the loop by hand: `python -m tests.bench.accuracy [--smoke]` prints JSON.

Accuracy on Fashion-MNIST's test rows in percent, mean of the seeds: a run of the product, which tests the weights that
were best on the validation rows, and the tight loop, tested with its last ones.
"""

import trainer.openmp  # noqa: F401, I001
import argparse
import json
import os
import statistics
import tempfile
from pathlib import Path
from typing import Any

import torch

from tests.bench.training import document
from tests.bench.training_loops import TightLoop
from tests.bench.training_networks import by_hand
from tests.trainer.training.jobs import train, write_job
from trainer.data.prepare import TensorSplit, prepare
from trainer.data.samples import build_sample

BAR = 0.5  # points
SEEDS = (0, 1, 2)
EPOCHS = {"mlp": 3, "cnn": 1, "lstm": 2}
BATCH_SIZE = 32


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.accuracy")
    parser.add_argument("--smoke", action="store_true", help="the smallest network, an epoch and a seed")
    parser.add_argument("--networks", default=",".join(EPOCHS))
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    networks = ["mlp"] if arguments.smoke else arguments.networks.split(",")
    with tempfile.TemporaryDirectory() as folder:
        dataset = Path(folder) / "fashion-mnist"
        build_sample("fashion-mnist", dataset, progress=lambda _: None, cache_dir=Path(folder) / "cache")
        splits = prepare(document("mlp"), dataset, None).splits
        figures = {
            name: compare(
                [
                    (
                        ours(name, dataset, Path(folder) / f"{name}-{seed}", epochs, seed, arguments.threads),
                        tight(name, splits, epochs, seed),
                    )
                    for seed in (SEEDS[:1] if arguments.smoke else SEEDS)
                ]
            )
            | {"epochs": epochs}
            for name, epochs in ((name, 1 if arguments.smoke else EPOCHS[name]) for name in networks)
        }
    print(json.dumps({"bench": "accuracy", "smoke": arguments.smoke, "bar": BAR, **figures}, indent=2))


def ours(name: str, dataset: Path, job: Path, epochs: int, seed: int, num_threads: int) -> float:
    config = {"epochs": epochs, "batch_size": BATCH_SIZE, "seed": seed}
    end = train(write_job(job, document(name), dataset, config, num_threads=num_threads)).end
    assert end["status"] == "succeeded", end
    return 100 * float(end["test"]["accuracy"])


def tight(name: str, splits: dict[str, TensorSplit], epochs: int, seed: int) -> float:
    torch.manual_seed(seed)
    train_rows, test = splits["train"], splits["test"]
    network = by_hand(name)
    loop = TightLoop(network, train_rows.inputs["features"], train_rows.targets["label"], batch_size=BATCH_SIZE)
    loop.run(epochs * -(-train_rows.num_rows // BATCH_SIZE))
    network.eval()
    with torch.inference_mode():
        as_floats = test.transforms["features"]
        answers = torch.cat([network(as_floats(images)).argmax(1) for images in test.inputs["features"].split(1000)])
    return 100 * float((answers == test.targets["label"]).float().mean())


def compare(pairs: list[tuple[float, float]]) -> dict[str, Any]:
    return {
        "ours": round(statistics.mean(one for one, _ in pairs), 2),
        "tight": round(statistics.mean(other for _, other in pairs), 2),
        "by_seed": [[round(one, 2), round(other, 2)] for one, other in pairs],
    }


if __name__ == "__main__":
    main()

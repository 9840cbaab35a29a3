"""How near the estimated memory of a step is to the real one: `python -m tests.bench.memory [--smoke]` prints JSON.

Each template trains two steps in a process of its own, at two batch sizes, with and without an optimizer's state.
"""

import argparse
import json
import subprocess
import sys
import time
from typing import Any, Final

from tests.trainer.training.memory.one_step import template_document
from trainer.training.config import OptimizerConfig, Recomputed, RunConfig
from trainer.training.memory.estimate import estimate

BAR: Final = 0.1
BATCHES: Final = {
    "fashion-mnist-dense": (32, 512),
    "fashion-cnn": (16, 64),
    "rows-lstm": (8, 64),
    "text-gru": (8, 64),
    "gpt": (2, 8),
    "resnet-18": (4, 32),
    "u-net": (2, 8),
    "vae": (16, 128),
}
SMOKE: Final = {"fashion-mnist-dense": (32,), "rows-lstm": (8,)}
RECOMPUTED: Final = ("gpt", "resnet-18")
OPTIMIZERS: Final = ("SGD", "Adam")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.memory")
    parser.add_argument("--smoke", action="store_true", help="two templates at one batch size")
    batches = SMOKE if parser.parse_args().smoke else BATCHES
    rows = [
        compare(name, optimizer, size) for name, sizes in batches.items() for optimizer in OPTIMIZERS for size in sizes
    ]
    if batches is BATCHES:
        rows += [compare(name, "Adam", size, "blocks") for name in RECOMPUTED for size in BATCHES[name]]
    worst = max(abs(row["difference"]) for row in rows)
    print(json.dumps({"bar": BAR, "worst": worst, "within": worst <= BAR, "steps": rows}, indent=2))


def compare(name: str, optimizer: str, batch_size: int, recompute: Recomputed = "nothing") -> dict[str, Any]:
    """The estimated and the real peak of one step, and how far the first is from the second."""
    began = time.perf_counter()
    config = RunConfig(optimizer=OptimizerConfig(optimizer), recompute=recompute)
    estimated = round(estimate(template_document(name), config).step_bytes(batch_size))
    seconds = time.perf_counter() - began
    real = real_peak(name, optimizer, batch_size, recompute=recompute)
    return {
        "template": name,
        "optimizer": optimizer,
        "batch_size": batch_size,
        "recompute": recompute,
        "estimated_bytes": estimated,
        "real_bytes": real,
        "difference": round(estimated / real - 1, 4),
        "estimate_seconds": round(seconds, 3),
    }


def real_peak(name: str, optimizer: str, batch_size: int, params: str = "{}", recompute: str = "nothing") -> int:
    """What a step really needs, by a fresh process."""
    module = "tests.trainer.training.memory.one_step"
    done = subprocess.run(
        [sys.executable, "-m", module, name, optimizer, str(batch_size), params, recompute],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    return int(done.stdout.split()[-1])


if __name__ == "__main__":
    main()

"""How fast training is beside others: `python -m tests.bench.training [--smoke] [--networks mlp-32,...]` prints JSON.

A run as the product makes it against the loops that a person writes, and against the rivals whose environments exist
(`make bench-rivals`). Each has a process of its own and one thread; ours starts anew beside each rival, so that both
have trained equally long. Their turns follow each other, first the one and then the other in front; what counts is the
median of the ratios of such neighbors. CPU time is what to trust where the machine has other work.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.training_data import SHAPE, save_rows
from tests.bench.training_networks import LAYERS
from tests.bench.turns import REPOSITORY, Contender
from tests.trainer.training.jobs import graph, output, write_job
from trainer.data.prepare import prepare
from trainer.data.samples import build_sample

NO_END = 1_000_000  # epochs


@dataclass(frozen=True)
class Rival:
    """How a rival is started, and by how much ours is to be faster by network: its time through ours."""

    python: Path
    module: str
    bars: Mapping[str, float]
    longer: int = 1  # times as long a turn, where to begin one takes time
    task: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)


MAIN = Path(sys.executable)
ON_TORCH = REPOSITORY / ".rivals/torch/bin/python"
ON_TENSORFLOW = REPOSITORY / ".rivals/tensorflow/bin/python"
LOOPS = "tests.bench.training_loops"
KERAS = "tests.bench.rivals.keras_fit"
QUIET_TENSORFLOW = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "2", "CUDA_VISIBLE_DEVICES": ""}
NEVER_SLOWER = dict.fromkeys(("mlp-32", "mlp-256", "cnn-32", "cnn-256", "lstm-32", "lstm-256"), 1.0)

RIVALS: Mapping[str, Rival] = {
    "tight": Rival(MAIN, LOOPS, dict.fromkeys(NEVER_SLOWER, 1 / 1.05), task={"loop": "tight"}),
    "plain": Rival(
        MAIN,
        LOOPS,
        {"mlp-32": 1.7, "mlp-256": 1.2, "cnn-32": 1.0, "cnn-256": 1.0, "lstm-32": 1.05, "lstm-256": 1.05},
        task={"loop": "plain"},
    ),
    "lightning": Rival(ON_TORCH, "tests.bench.rivals.lightning_fit", {**NEVER_SLOWER, "mlp-32": 2.5, "lstm-32": 1.3}),
    "keras-torch": Rival(
        ON_TORCH,
        KERAS,
        {"mlp-32": 3.0, "cnn-32": 1.7, "lstm-32": 1.9},
        longer=2,
        environment={"KERAS_BACKEND": "torch"},
    ),
    "keras-tensorflow": Rival(
        ON_TENSORFLOW,
        KERAS,
        {"mlp-32": 1.5, "lstm-32": 1.5, "cnn-32": 1 / 1.1, "cnn-256": 1 / 1.1},
        longer=2,
        environment=QUIET_TENSORFLOW,
    ),
}
STEPS = {"mlp-32": 422, "mlp-256": 211, "cnn-32": 30, "cnn-256": 5, "lstm-32": 60, "lstm-256": 15}  # of a turn
SMOKE_STEPS = {"mlp-32": 100, "cnn-32": 4}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.training")
    parser.add_argument("--smoke", action="store_true", help="few steps and turns: that it runs, not how fast")
    parser.add_argument("--networks", help="as mlp-32,cnn-256; all of them where nothing is said, in the smoke two")
    parser.add_argument("--rivals", default=",".join(RIVALS))
    parser.add_argument("--rounds", type=int, default=9)
    arguments = parser.parse_args()
    steps = SMOKE_STEPS if arguments.smoke else STEPS
    rivals = {name: RIVALS[name] for name in arguments.rivals.split(",") if RIVALS[name].python.exists()}
    with tempfile.TemporaryDirectory() as folder:
        dataset = Path(folder) / "fashion-mnist"
        build_sample("fashion-mnist", dataset, progress=lambda _: None, cache_dir=Path(folder) / "cache")
        data = prepare(document("mlp"), dataset, None).splits["train"]
        save_rows(Path(folder) / "rows", data.inputs["features"].numpy(), data.targets["label"].numpy())
        del data
        figures = {
            name: measure(
                name, rivals, Path(folder), num_steps=steps[name], rounds=1 if arguments.smoke else arguments.rounds
            )
            for name in (arguments.networks.split(",") if arguments.networks else steps)
        }
    print(json.dumps({"bench": "training", "smoke": arguments.smoke, **figures}, indent=2))


def document(network: str) -> dict[str, Any]:
    return graph(["image"], SHAPE, LAYERS[network], {"label": output("label", "CrossEntropyLoss", ["accuracy"])})


def measure(name: str, rivals: Mapping[str, Rival], folder: Path, *, num_steps: int, rounds: int) -> dict[str, Any]:
    """One network with one size of batch, `mlp-32`, against all rivals."""
    network, batch_size = name.split("-")
    task = {"network": network, "batch_size": int(batch_size), "data": str(folder / "rows")}
    config = {"epochs": NO_END, "batch_size": int(batch_size)}
    figures = {}
    for rival_name, rival in rivals.items():
        job = write_job(folder / name / rival_name, document(network), folder / "fashion-mnist", config)
        whole = {**task, **rival.task, "num_steps": num_steps * rival.longer, "job": str(job)}
        with (
            closing(Contender(MAIN, "tests.bench.training_ours", whole, environment={})) as ours,
            closing(Contender(rival.python, rival.module, whole, environment=rival.environment)) as other,
        ):
            pairs = take_turns(ours, other, rounds=rounds)
        figures[rival_name] = {**other.facts, "steps": whole["num_steps"], **compare(pairs, rival.bars.get(name))}
        speedups = {kind: figures[rival_name][kind]["speedup"] for kind in ("cpu", "wall")}
        print(f"{name} beside {rival_name}: {speedups}", file=sys.stderr)
    return {"rounds": rounds, **figures}


def take_turns(ours: Contender, other: Contender, *, rounds: int) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """What both answer in each round, after a turn each to warm up."""
    for contender in (ours, other):
        contender.take_turn()
    pairs = []
    for number in range(rounds):
        if number % 2 == 0:
            pairs.append((ours.take_turn(), other.take_turn()))
        else:
            answer = other.take_turn()
            pairs.append((ours.take_turn(), answer))
    return pairs


def compare(pairs: Sequence[tuple[dict[str, Any], dict[str, Any]]], bar: float | None) -> dict[str, Any]:
    """How many times faster ours is, in CPU time and on the clock, of all turns and by the median of neighbors."""
    figures: dict[str, Any] = {"bar": bar and round(bar, 3)}
    for kind in ("cpu", "wall"):
        speedups = [other[kind] / ours[kind] for ours, other in pairs]
        figures[kind] = {
            "speedup": round(statistics.median(speedups), 3),
            "speedup_of_sums": round(sum(other[kind] for _, other in pairs) / sum(ours[kind] for ours, _ in pairs), 3),
            "speedups": [round(speedup, 2) for speedup in speedups],
            "ours_us_a_step": microseconds([ours for ours, _ in pairs], kind),
            "other_us_a_step": microseconds([other for _, other in pairs], kind),
        }
    peaks = {
        "ours": max(ours["peak_bytes"] for ours, _ in pairs),
        "other": max(other["peak_bytes"] for _, other in pairs),
    }
    figures["peak_mb"] = {whose: round(peak / 1e6) for whose, peak in peaks.items()}
    return figures


def microseconds(turns: Sequence[Mapping[str, Any]], kind: str) -> int:
    return round(1e6 * statistics.median(turn[kind] / turn["steps"] for turn in turns))


if __name__ == "__main__":
    main()

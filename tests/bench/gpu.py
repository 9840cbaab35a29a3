"""Training on a GPU beside plain eager PyTorch: `python -m tests.bench.gpu [--smoke]` prints JSON.

Templates on random pictures and words: an MLP, ResNet-18 on 32 x 32 pixels and the small GPT, all in bfloat16. A run as
the product makes it, against a loop by hand over the same tensors, which lie on the device too. Without a GPU nothing
is measured; the smoke then runs both on the processor.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
import torch

from tests.bench.training import compare, take_turns
from tests.bench.turns import Contender
from tests.trainer.training.jobs import write_job
from trainer.data.columns import DataFacts
from trainer.data.splits import SplitSettings
from trainer.data.version import Content, write_version
from trainer.graph.bind import bind
from trainer.graph.document import parse_document
from trainer.graph.templates import load_template

NO_END: Final = 1_000_000  # epochs
NUM_CLASSES: Final = 10
SIDE: Final = 32
NUM_WORDS: Final = 1000
TOKENS: Final = [f"token{number}" for number in range(128)]
INPUTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "pictures": {"shape": [3, SIDE, SIDE]},
    "tokens": {"columns": TOKENS},
}


@dataclass(frozen=True)
class Case:
    template: str
    data: str
    batch_size: int
    num_steps: int  # of a turn


CASES: Final[Mapping[str, Case]] = {
    "mlp": Case("fashion-mnist-dense", "pictures", 128, 500),
    "resnet-18": Case("resnet-18", "pictures", 128, 100),
    "gpt": Case("gpt", "tokens", 32, 50),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.gpu")
    parser.add_argument("--smoke", action="store_true", help="a few steps on any device: that it runs, not how fast")
    parser.add_argument("--networks", help="of mlp,resnet-18,gpt; all where nothing is said, in the smoke the first")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    report: dict[str, Any] = {"bench": "gpu", "smoke": arguments.smoke, "device": device_name()}
    if report["device"] is None and not arguments.smoke:
        report["note"] = "torch finds no CUDA device here: nothing was measured"
    else:
        names = arguments.networks.split(",") if arguments.networks else list(CASES)[: 1 if arguments.smoke else None]
        report |= measure_all(names, smoke=arguments.smoke, rounds=arguments.rounds)
    print(json.dumps(report, indent=2))


def device_name() -> str | None:
    return torch.cuda.get_device_name() if torch.cuda.is_available() else None


def measure_all(names: list[str], *, smoke: bool, rounds: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        facts = {"pictures": build_pictures(folder / "pictures", 500 if smoke else 20_000)}
        facts["tokens"] = build_tokens(folder / "tokens", 200 if smoke else 4_000)
        return {
            name: measure(name, facts, folder, num_steps=2 if smoke else CASES[name].num_steps, rounds=rounds)
            for name in names
        }


def measure(
    name: str, facts: Mapping[str, Mapping[str, Any]], folder: Path, *, num_steps: int, rounds: int
) -> dict[str, Any]:
    case = CASES[name]
    document = bind(parse_document(template(case)), DataFacts.from_manifest(facts[case.data])).to_json()
    config = {"epochs": NO_END, "batch_size": case.batch_size, "precision": "bfloat16"}
    job = write_job(folder / name, document, folder / case.data, config)
    task = {"job": str(job), "num_steps": num_steps, "batch_size": case.batch_size}
    with (
        closing(Contender(Path(sys.executable), "tests.bench.training_ours", task, environment={})) as ours,
        closing(Contender(Path(sys.executable), "tests.bench.gpu_eager", task, environment={})) as eager,
    ):
        pairs = take_turns(ours, eager, rounds=rounds)
    return {"batch_size": case.batch_size, "steps": num_steps, **compare(pairs, None)}


def template(case: Case) -> dict[str, Any]:
    """The graph of a template, its Input that of the data."""
    graph = load_template(case.template)
    for node in graph["nodes"]:
        if node["type"] == "Input":
            node["params"] |= INPUTS[case.data]
    return graph


def build_pictures(place: Path, num_rows: int) -> dict[str, Any]:
    """The manifest of a version of random pictures in ten classes."""
    pixels = np.random.default_rng(0).integers(0, 256, (num_rows, SIDE, SIDE, 3), dtype=np.uint8)
    table = pl.DataFrame({"label": [f"kind{row % NUM_CLASSES}" for row in range(num_rows)]})
    kinds: dict[str, Any] = {"image": "image", "label": "category"}
    content = Content("pictures", kinds, table, images={"image": pixels}, target="label")
    return write_version(place, content, SplitSettings(val=0.01, test=0.01))


def build_tokens(place: Path, num_rows: int) -> dict[str, Any]:
    """The manifest of a version of random words, a column each: no Input takes texts yet, and these are tokens too."""
    words = [f"word{number}" for number in range(NUM_WORDS)]
    rows = np.random.default_rng(0).choice(words, (num_rows, len(TOKENS)))
    table = pl.DataFrame(rows, schema=dict.fromkeys(TOKENS, pl.String))
    content = Content("tokens", dict.fromkeys(TOKENS, "category"), table)
    return write_version(place, content, SplitSettings(val=0.01, test=0.01))


if __name__ == "__main__":
    main()

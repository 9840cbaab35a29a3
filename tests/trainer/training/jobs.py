"""Job directories made for tests: small graphs over the samples that scikit-learn carries, trained in this process."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from trainer.graph.block_library import FOLDER
from trainer.training.checkpoint import load_weights
from trainer.training.control import Control
from trainer.training.session import train_job

Layer = tuple[str, dict[str, Any]]
DIGITS_MLP: tuple[Layer, ...] = (
    ("Flatten", {}),
    ("Linear", {"out_features": 32}),
    ("ReLU", {}),
    ("Dropout", {"p": 0.2}),
    ("Linear", {"out_features": 10}),
)


def output(column: str, loss: str, metrics: Sequence[str] = (), **params: Any) -> dict[str, Any]:
    return {"columns": [column], "loss": {"type": loss, "params": {}}, "metrics": list(metrics), **params}


def graph(
    columns: Sequence[str],
    shape: Sequence[int],
    layers: Sequence[Layer],
    outputs: Mapping[str, dict[str, Any]],
) -> dict[str, Any]:
    """A bound document: one Input, the layers in a row, and every Output at the end of them."""
    nodes = [("features", "Input", {"columns": list(columns), "shape": list(shape), "dtype": "float32"})]
    nodes += [(f"layer{number}", kind, params) for number, (kind, params) in enumerate(layers)]
    last = len(nodes) - 1
    wires = [(number, number + 1) for number in range(last)]
    for name, params in outputs.items():
        wires.append((last, len(nodes)))
        nodes.append((name, "Output", params))
    return {
        "format": 1,
        "nodes": [
            {"id": f"n{number}", "name": name, "type": kind, "params": params, "position": [0, 64 * number]}
            for number, (name, kind, params) in enumerate(nodes)
        ],
        "edges": [
            {
                "id": f"e{number}",
                "source": f"n{source}",
                "source_port": "output",
                "target": f"n{target}",
                "target_port": "input",
            }
            for number, (source, target) in enumerate(wires)
        ],
        "blocks": {},
        "notes": [],
    }


def digits_graph(layers: Sequence[Layer] = DIGITS_MLP, metrics: Sequence[str] = ("accuracy",)) -> dict[str, Any]:
    return graph(["image"], [1, 8, 8], layers, {"label": output("label", "CrossEntropyLoss", metrics)})


def blocks_graph(layers: Sequence[Layer], *, repeat: int) -> dict[str, Any]:
    """The same with blocks of the library among the layers, `repeat` of each in a row."""
    made = digits_graph(layers)
    for node in made["nodes"]:
        if node["type"].startswith("block:"):
            node["repeat"] = repeat
            name = node["type"].removeprefix("block:")
            made["blocks"][name] = json.loads((FOLDER / f"{name}.json").read_text())["block"]
    return made


def write_job(
    directory: Path, graph: Mapping[str, Any], dataset: Path, config: Mapping[str, Any] | None = None, **settings: Any
) -> Path:
    """A job directory ready to train."""
    directory.mkdir(parents=True)
    (directory / "graph.json").write_text(json.dumps(graph))
    job = {"config": dict(config or {}), "dataset_dir": str(dataset), "num_threads": 1, **settings}
    (directory / "job.json").write_text(json.dumps(job))
    return directory


@dataclass(frozen=True)
class Trained:
    """A run that ended: its directory and all it told."""

    directory: Path
    events: list[dict[str, Any]]

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == kind]

    def job(self) -> dict[str, Any]:
        """What `write_job` was given besides the graph."""
        job: dict[str, Any] = json.loads((self.directory / "job.json").read_text())
        return {"dataset": Path(job.pop("dataset_dir")), **job}

    def graph(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads((self.directory / "graph.json").read_text())
        return document

    @property
    def end(self) -> dict[str, Any]:
        assert self.events[-1]["type"] == "end"
        return self.events[-1]

    @property
    def frozen(self) -> dict[str, Any]:
        return self.of_type("started")[0]["frozen"]

    def series(self, name: str = "train/loss") -> dict[int, float]:
        """The values of single steps by step; a step told twice fails."""
        values: dict[int, float] = {}
        for point in self.of_type("point"):
            for step, value in enumerate(point["values"].get(name, []), start=point["step"]):
                assert step not in values
                values[step] = value
        return values

    def epochs(self) -> list[dict[str, Any]]:
        """The epochs without what the clock and the machine say."""
        told = {"seconds", "memory_bytes"}
        return [{key: value for key, value in event.items() if key not in told} for event in self.of_type("epoch")]

    def weights(self, kind: str = "last") -> dict[str, Tensor]:
        place = [event["path"] for event in self.of_type("checkpoint") if kind in event["kinds"]][-1]
        return load_weights(self.directory / place / "weights.safetensors")


def train(directory: Path, control: Control | None = None) -> Trained:
    """Train a job directory to its end, in this process."""
    events: list[dict[str, Any]] = []

    def emit(event: Mapping[str, Any]) -> None:
        events.append(json.loads(json.dumps(event)))

    train_job(directory, emit, control or Control())
    return Trained(directory, events)


def same_tensors(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> bool:
    """Whether both hold the same names and, to the last bit, the same numbers."""
    return one.keys() == other.keys() and all(one[name].equal(other[name]) for name in one)


def resume(run: Trained, step: int, directory: Path) -> Trained:
    """The same job, started in another process' stead from what `run` left at `step`."""
    job = json.loads((run.directory / "job.json").read_text())
    job |= {"resume": str(run.directory / "checkpoints" / f"step-{step}"), "frozen": run.frozen, "num_threads": 2}
    directory.mkdir()
    (directory / "job.json").write_text(json.dumps(job))
    (directory / "graph.json").write_text((run.directory / "graph.json").read_text())
    return train(directory)


def assert_same_from(whole: Trained, resumed: Trained, step: int) -> None:
    assert resumed.of_type("started")[0]["step"] == step
    assert resumed.of_type("started")[0]["exact"] is True
    assert same_tensors(whole.weights(), resumed.weights())
    assert {at: value for at, value in whole.series().items() if at > step} == resumed.series()
    assert {at: value for at, value in whole.series("rate").items() if at > step} == resumed.series("rate")
    assert [epoch for epoch in whole.epochs() if epoch["step"] > step] == resumed.epochs()
    assert whole.end == resumed.end

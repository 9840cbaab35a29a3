"""A run as a fault meets it: started, watched, and compared with one that nothing happened to."""

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from tests.product import Product

GRAPH = {
    "format": 1,
    "nodes": [
        {"id": "n1", "name": "image", "type": "Input", "params": {"columns": ["image"]}, "position": [0, 0]},
        {"id": "n2", "name": "flat", "type": "Flatten", "params": {}, "position": [0, 64]},
        {"id": "n3", "name": "hidden", "type": "Linear", "params": {"out_features": 24}, "position": [0, 128]},
        {"id": "n4", "name": "act", "type": "ReLU", "params": {}, "position": [0, 192]},
        {"id": "n5", "name": "drop", "type": "Dropout", "params": {"p": 0.2}, "position": [0, 224]},
        {
            "id": "n6",
            "name": "logits",
            "type": "Linear",
            "params": {"out_features": {"$data": "label.num_classes"}},
            "position": [0, 256],
        },
        {
            "id": "n7",
            "name": "label",
            "type": "Output",
            "params": {
                "columns": ["label"],
                "loss": {"type": "CrossEntropyLoss", "params": {}},
                "metrics": ["accuracy"],
            },
            "position": [0, 320],
        },
    ],
    "edges": [
        {"id": f"e{i}", "source": f"n{i}", "source_port": "output", "target": f"n{i + 1}", "target_port": "input"}
        for i in range(1, 7)
    ],
    "blocks": {},
    "notes": [],
}
CONFIG = {
    "epochs": 6,  # long enough to be met on a fast machine, too
    "batch_size": 1,
    "optimizer": {"type": "Adam", "params": {"lr": 0.001}},
    "schedule": {"type": "CosineAnnealingLR", "params": {"T_max": 10}},
    "seed": 7,
    "checkpoint": {"every_steps": 700},
}
WAIT_SECONDS = 180.0


def wait_until(answer: Callable[[], object], what: str, seconds: float = WAIT_SECONDS) -> object:
    """What `answer` gives once it is true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := answer():
            return found
        time.sleep(0.1)
    raise TimeoutError(f"{what} did not come in {seconds:.0f} s")


class FaultRun:
    def __init__(self, product: Product, run_id: str) -> None:
        self.product = product
        self.id = run_id

    def get(self) -> dict:
        return self.product.api.get(f"runs/{self.id}/").raise_for_status().json()

    def act(self, action: str) -> dict:
        return self.product.api.post(f"runs/{self.id}/{action}/").raise_for_status().json()

    def wait_for(self, *statuses: str, seconds: float = WAIT_SECONDS) -> dict:
        def reached() -> dict | None:
            run = self.get()
            final = {"succeeded", "failed", "cancelled"} - set(statuses)
            assert run["status"] not in final, f"{run['status']} {run['error']}\n{self.product.logs('train_worker')}"
            return run if run["status"] in statuses else None

        try:
            return wait_until(reached, " or ".join(statuses), seconds)
        except TimeoutError as error:
            raise TimeoutError(f"{error}: {self.get()}\n{self.product.logs('train_worker')}") from error

    def wait_for_step(self, step: int) -> dict:
        return wait_until(lambda: (run := self.get())["step"] >= step and run, f"step {step}")

    def wait_for_checkpoint(self, after: int = 0, seconds: float = WAIT_SECONDS) -> int:
        """The step of a stored checkpoint, once there is one past `after` and training has gone further."""

        def step() -> int | None:
            run = self.get()
            last = max((c["step"] for c in run["checkpoints"] if "last" in c["kinds"]), default=0)
            return last if last > after and run["step"] > last else None

        return wait_until(step, "a checkpoint", seconds)

    def events(self) -> list[dict]:
        events, after = [], 0
        while True:
            page = self.product.api.get(f"runs/{self.id}/metrics/", params={"after": after}).raise_for_status().json()
            events += page["events"]
            if not page["more"]:
                return events
            after = page["last_seq"]

    def course(self) -> tuple[list[float], list[tuple[int, dict]]]:
        """The loss of every step and the values of every epoch in the log, rewinds applied."""
        losses: list[float] = []
        norms: list[int] = []
        epochs: list[tuple[int, dict]] = []
        for event in self.events():
            match event["type"]:
                case "point" if "gradient_norm" in event["values"]:
                    assert event["step"] > max([0, *norms]), "a gradient was measured twice"
                    norms.append(event["step"])
                case "point":
                    assert event["step"] == len(losses) + 1, "a step is missing or doubled"
                    losses += event["values"]["train/loss"]
                case "epoch":
                    assert event["step"] <= len(losses), "an epoch is told before its last step"
                    assert event["epoch"] == len(epochs) + 1, "an epoch is missing or doubled"
                    epochs.append((event["step"], event["values"]))
                case "rewind":
                    del losses[event["step"] :]
                    norms = [step for step in norms if step <= event["step"]]
                    epochs = [epoch for epoch in epochs if epoch[0] <= event["step"]]
        return losses, epochs

    def weights(self) -> bytes:
        """The file of the last weights."""
        last = next(c for c in self.get()["checkpoints"] if "last" in c["kinds"])
        return self.product.api.get(f"runs/{self.id}/checkpoints/{last['id']}/weights/").raise_for_status().content

    def clear_away(self) -> None:
        self.product.api.post(f"runs/{self.id}/cancel/")
        wait_until(lambda: self.get()["status"] in ("succeeded", "failed", "cancelled"), "the end of a cancelled run")


class Laboratory:
    """Projects on the digits."""

    def __init__(self, product: Product) -> None:
        self.product = product
        dataset = product.api.post("datasets/", json={"sample": "digits"}).raise_for_status().json()
        version = wait_until(lambda: self._ready_version(dataset["id"]), "the digits")
        self._version = version
        self._project = self._make_project(GRAPH)

    def start(self, **changes: object) -> FaultRun:
        return self._start(self._project, changes)

    def start_slow(self, **changes: object) -> FaultRun:
        """A run whose first epoch takes some seconds."""
        graph = copy.deepcopy(GRAPH)
        next(node for node in graph["nodes"] if node["name"] == "hidden")["params"]["out_features"] = 20_000
        return self._start(self._make_project(graph), changes)

    def _start(self, project: str, changes: dict) -> FaultRun:
        answer = self.product.api.post("runs/", json={"project": project, "config": {**CONFIG, **changes}})
        assert answer.status_code == 201, answer.text
        return FaultRun(self.product, answer.json()["id"])

    def _make_project(self, graph: dict) -> str:
        body = {"name": "Digits", "graph": graph, "dataset_version": self._version}
        return self.product.api.post("projects/", json=body).raise_for_status().json()["id"]

    def _ready_version(self, dataset: str) -> str | None:
        found = self.product.api.get(f"datasets/{dataset}/").raise_for_status().json()
        version = found["version"]
        return version["id"] if version["status"] == "ready" else None


@dataclass(frozen=True)
class Reference:
    """What a run came to that nothing happened to."""

    num_steps: int
    losses: list[float]
    epochs: list[tuple[int, dict]]
    weights: bytes

    @classmethod
    def of(cls, run: FaultRun) -> Self:
        losses, epochs = run.course()
        return cls(run.get()["num_steps"], losses, epochs, run.weights())


def assert_undisturbed(run: FaultRun, undisturbed: Reference) -> None:
    """Each step once, every value the same, the last weights the same to the bit."""
    losses, epochs = run.course()
    assert len(losses) == undisturbed.num_steps
    assert losses == undisturbed.losses
    assert epochs == undisturbed.epochs
    assert run.weights() == undisturbed.weights

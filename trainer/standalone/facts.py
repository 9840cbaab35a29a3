"""What train.py is written from: a run's graph, settings and encoders, and what it met."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

from trainer.graph.document import parse_document
from trainer.graph.order import construction_order, useful_nodes
from trainer.graph.parts import Document, Node
from trainer.graph.wiring import input_ports
from trainer.methods.catalogue import LOSSES
from trainer.training.config import RunConfig, parse_config
from trainer.training.evaluation_rows import evaluation_rows

Carried = Literal["nothing", "weights", "all", "imported"]
NAMES_OF_COMPUTE_LOSS: Final = ("results", "inputs", "targets", "metric", "build_loss", "reader")
PLAIN_LOSSES: Final = frozenset(
    {"CrossEntropyLoss", "BCEWithLogitsLoss", "MSELoss", "L1Loss", "HuberLoss", "SmoothL1Loss", "NLLLoss", "BCELoss"}
)


@dataclass(frozen=True)
class Ends:
    """The Inputs of a network in the order it takes them, its Outputs in the order it gives them."""

    inputs: tuple[Node, ...]
    outputs: tuple[Node, ...]
    wired: Mapping[str, frozenset[str]]  # Output id -> its input ports that something reaches

    @classmethod
    def of(cls, document: Document) -> "Ends":
        nodes = {node.id: node for node in document.nodes}
        outputs = [node.id for node in document.nodes if node.type == "Output"]
        useful = useful_nodes(document.graph, outputs)
        order = [nodes[node_id] for node_id in construction_order(document.graph) if node_id in useful]
        wired: dict[str, set[str]] = {node_id: set() for node_id in outputs}
        for edge in document.edges:
            if edge.target in wired:
                wired[edge.target].add(edge.target_port)
        return cls(
            inputs=tuple(node for node in order if node.type == "Input"),
            outputs=tuple(node for node in order if node.type == "Output"),
            wired={node_id: frozenset(ports) for node_id, ports in wired.items()},
        )

    def results(self, output: Node) -> list[str]:
        """The ports of `output` whose tensors the network returns, in order."""
        return [port.name for port in input_ports(output, {}) if port.name in self.wired[output.id]]

    @cached_property
    def variables(self) -> dict[tuple[str, str], str]:
        """The variable of each result by Output and port, and of its loss under "loss": each has a name of its own."""
        taken = set(NAMES_OF_COMPUTE_LOSS)
        names: dict[tuple[str, str], str] = {}
        for output in self.outputs:
            for port in (*self.results(output), "loss"):
                name = output.name if port == "input" else f"{output.name}_{port}"
                while name in taken:
                    name += "_"
                taken.add(name)
                names[output.id, port] = name
        return names


@dataclass(frozen=True)
class Facts:
    """A run as far as train.py tells of it.

    `frozen` is its arithmetic, `num_rows` the rows of each split, `activation_bytes` what a row takes in training.
    `carried` is what it took over from another run, its weights or all, the optimizer with them; or that it began with
    imported weights. `num_steps` are the steps that it made, where its time was over before its epochs.
    """

    graph: Mapping[str, Any]
    config: Mapping[str, Any]
    frozen: Mapping[str, Any]
    encoders: Mapping[str, Any]
    num_rows: Mapping[str, int]
    activation_bytes: int = 0
    carried: Carried = "nothing"
    num_steps: int | None = None

    @property
    def block_rows(self) -> int:
        """How many rows each block had that was shuffled; 0 where rows were shuffled one by one."""
        return int(self.frozen.get("block_rows", 0))

    @cached_property
    def settings(self) -> RunConfig:
        return parse_config(self.config)

    @cached_property
    def ends(self) -> Ends:
        return Ends.of(parse_document(self.graph))

    @property
    def has_val(self) -> bool:
        return bool(self.num_rows["val"])

    @property
    def accumulates(self) -> bool:
        """Whether a step takes more rows than go through the network together."""
        return self.settings.gradients.accumulate > 1 and self.settings.batch_size != "all"

    @property
    def scales(self) -> bool:
        """Whether the loss is scaled up for the gradients."""
        return bool(self.frozen["precision"] == "float16")

    @property
    def makes_groups(self) -> bool:
        """Whether the optimizer treats some parameters otherwise than the rest."""
        return bool(self.settings.rates) or self.settings.decay == "weights"

    @property
    def evaluation_rows(self) -> int:
        """How many rows an evaluation takes at a time: another sum is another last bit."""
        trains_on_all = self.settings.batch_size == "all"
        rows_at_once = 1 if self.settings.batch_size == "all" else min(self.settings.batch_size, self.num_rows["train"])
        return evaluation_rows(rows_at_once, self.activation_bytes, trains_on_all=trains_on_all)

    @property
    def graded(self) -> tuple[Node, str] | None:
        """The Output and the metric of it that early stopping goes by; None where it goes by the loss, or is off."""
        if self.settings.early_stopping is None or self.settings.checkpoint.best_by != "metric":
            return None
        output = next((output for output in self.ends.outputs if output.params.get("metrics")), None)
        return None if output is None else (output, output.params["metrics"][0])

    def has_schedule(self, name: str) -> bool:
        return self.settings.schedule is not None and self.settings.schedule.type == name


def is_plain_loss(output: Node) -> bool:
    """Whether its loss is written as torch's own."""
    return output.params["loss"]["type"] in PLAIN_LOSSES


def task_of(output: Node) -> str:
    tasks = LOSSES[output.params["loss"]["type"]].tasks
    return tasks[0] if tasks else ""

"""The Output nodes of a graph in training: their losses, how much each counts, and their metrics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn

from trainer.errors import UserError
from trainer.training.catalogue import LOSSES, METRICS, Task
from trainer.training.config import parse_part
from trainer.training.metrics import TALLIES, Measure, Tally, find_measure


@dataclass(frozen=True)
class Head:
    """One Output node: `prefix` is what its values are called by, "" where it is the only one."""

    node: str
    name: str
    task: Task
    loss: nn.Module
    weight: float
    prefix: str = ""
    measures: Mapping[str, Measure] = field(default_factory=dict)
    metrics: Sequence[str] = ()

    def new_tallies(self) -> dict[str, Tally]:
        return {metric: TALLIES[metric, self.task]() for metric in self.metrics if metric not in self.measures}

    def align(self, output: Tensor, target: Tensor) -> Tensor:
        """The target in the form the loss takes beside `output`; nothing is broadcast in silence.

        Raises UserError `training.target_shape`.
        """
        if self.task == "classes":
            if output.dim() >= 2 and output.shape[:1] + output.shape[2:] == target.shape:
                return target
        elif output.shape == target.shape:
            return target
        elif output.numel() == target.numel() and target.shape in ((*output.shape, 1), output.shape[:-1]):
            return target.view_as(output)
        raise UserError(
            "training.target_shape",
            path=self.node,
            node=self.name,
            received=list(output.shape),
            expected=list(target.shape),
        )


def build_heads(
    document: Mapping[str, Any],
    outputs: Sequence[str],
    *,
    loss_weights: Mapping[str, float],
    encoders: Mapping[str, Any],
) -> list[Head]:
    """The heads of a bound graph's `outputs` (Output node names), in that order. Raises UserError `training.*`."""
    for name in loss_weights:
        if name not in outputs:
            raise UserError(
                "training.unknown_output", path=f"loss_weights.{name}", received=name, known=", ".join(outputs)
            )
    nodes = {node["name"]: node for node in document["nodes"] if node["type"] == "Output"}
    return [
        _build_head(
            nodes[name],
            weight=loss_weights.get(name),
            scale=encoders.get(name, {}).get("deviation", 1.0),
            prefix="" if len(outputs) == 1 else f"{name}/",
        )
        for name in outputs
    ]


def _build_head(node: Mapping[str, Any], *, weight: float | None, scale: float, prefix: str) -> Head:
    params, path = node["params"], f"nodes.{node['id']}.params"
    if "loss" not in params:
        raise UserError("training.no_loss", path=f"{path}.loss", node=node["name"])
    loss, loss_params, _ = parse_part(params["loss"], LOSSES, "loss", path=f"{path}.loss")
    (task,) = LOSSES[loss].tasks
    metrics = params.get("metrics", [])
    for metric in metrics:
        if metric not in METRICS:
            raise UserError(
                "training.unknown_type",
                path=f"{path}.metrics",
                kind="metric",
                received=metric,
                known=", ".join(METRICS),
            )
        if task not in METRICS[metric].tasks:
            raise UserError(
                "training.metric_unfit", path=f"{path}.metrics", metric=metric, loss=loss, node=node["name"]
            )
    measures = {metric: find_measure(metric, task, scale) for metric in metrics}
    return Head(
        node=node["id"],
        name=node["name"],
        task=task,
        loss=getattr(nn, loss)(**loss_params),
        weight=float(params.get("loss_weight", 1.0)) if weight is None else weight,
        prefix=prefix,
        measures={metric: measure for metric, measure in measures.items() if measure is not None},
        metrics=tuple(metrics),
    )

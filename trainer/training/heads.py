"""The Output nodes of a graph in training: their losses, how much each counts, their targets and their metrics."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from torch import Tensor, nn

from trainer.errors import UserError
from trainer.methods.catalogue import LOSSES, METRICS, TargetKind, Task, TrainingPart
from trainer.methods.reading import parse_part
from trainer.training.losses import build_loss, reader
from trainer.training.measures import Measure
from trainer.training.metrics import Tally, find_measure, new_tally
from trainer.training.number_tallies import Unit

Origin = Literal["column", "wire"]


@dataclass(frozen=True, slots=True)
class Target:
    """Where an Output's target is: its place among those that the data gives, or among the network's results."""

    origin: Origin
    place: int


@dataclass(frozen=True, slots=True)
class Compared:
    """What one Output made of a batch: its loss, and where it has metrics the answer and target that they read."""

    loss: Tensor
    answer: Tensor | None = None
    target: Tensor | None = None


@dataclass(frozen=True)
class Head:
    """One Output node. `arriving` are the places of its tensors among the network's results, the target's apart.

    `prefix` is what its values are called by, "" where it is the only one. Where it `scores_steps`, what arrives are
    scores of classes for each step, `[B, T, C]`.
    """

    node: str
    name: str
    task: Task | None
    loss: nn.Module
    weight: float
    arriving: tuple[int, ...]
    target_kind: TargetKind | None = None
    target: Target | None = None
    scores_steps: bool = False
    read: Callable[[Tensor], Tensor] = lambda answer: answer
    prefix: str = ""
    unit: Unit = field(default_factory=Unit)
    measures: Mapping[str, Measure] = field(default_factory=dict)
    metrics: Sequence[str] = ()

    @property
    def has_column(self) -> bool:
        return self.target is not None and self.target.origin == "column"

    def new_tallies(self) -> dict[str, Tally]:
        names = [metric for metric in self.metrics if metric not in self.measures]
        return {metric: new_tally(metric, str(self.task), self.unit) for metric in names}

    def compare(self, results: Sequence[Tensor], columns: Sequence[Tensor]) -> Compared:
        """The loss of a batch, from the network's results and the targets from the data, `[B, ...]` each.

        No gradient flows into a target.
        """
        arriving = [results[place] for place in self.arriving]
        if self.target is None:
            return Compared(self.loss(*arriving))
        origins = {"column": columns, "wire": results}
        target = origins[self.target.origin][self.target.place].detach()
        if self.scores_steps:
            loss = self.loss(self.rows(arriving[0]), self.align(self.rows(arriving[0]), self.rows(target)))
        else:
            target = self.align(arriving[0], target)
            loss = self.loss(*arriving, target)
        return Compared(loss, self.read(arriving[0].detach()), target) if self.metrics else Compared(loss)

    def rows(self, tensor: Tensor) -> Tensor:
        """What is compared with one another, in rows: where steps are scored, each is one. `[B, T, C]` -> `[B T, C]`

        Classes in the last axis are also the faster ones.
        """
        return tensor.flatten(0, 1) if self.scores_steps else tensor

    def align(self, output: Tensor, target: Tensor) -> Tensor:
        """The target in the form the loss takes beside `output`; nothing is broadcast in silence.

        Raises UserError `training.target_shape`.
        """
        match self.target_kind:
            case "tokens":
                return target
            case "class":
                shape = output.shape[:1] + output.shape[2:]
            case "pair_sign":
                shape = output.shape[:1]
            case _:
                shape = output.shape
        if output.dim() >= 2 or self.target_kind not in ("class", "pair_sign"):
            if target.shape == shape:
                return target
            if target.shape in ((*shape, 1), shape[:-1]) and target.numel() == math.prod(shape):
                return target.reshape(shape)
        raise UserError(
            "training.target_shape",
            path=self.node,
            node=self.name,
            received=list(output.shape),
            expected=list(target.shape),
        )


def compare_all(
    heads: Sequence[Head], results: Sequence[Tensor], columns: Sequence[Tensor]
) -> tuple[Tensor, list[Compared]]:
    """The loss of a batch over all heads by their weights, and what each head made of it."""
    compared = [head.compare(results, columns) for head in heads]
    total = compared[0].loss if heads[0].weight == 1 else compared[0].loss * heads[0].weight
    for head, one in zip(heads[1:], compared[1:], strict=True):
        total = total + one.loss * head.weight
    return total, compared


def build_heads(
    document: Mapping[str, Any],
    *,
    results: Sequence[tuple[str, str]],
    loss_weights: Mapping[str, float],
    encoders: Mapping[str, Any],
    loss_arguments: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[Head]:
    """The heads of a bound graph's Outputs; `results` are those of its network, in their order.

    `loss_arguments` are what their losses are built with besides their parameters.

    Raises UserError `training.*`.
    """
    nodes = {node["name"]: node for node in document["nodes"]}
    outputs = list(dict.fromkeys(name for name, _ in results))
    for name in loss_weights:
        if name not in outputs:
            raise UserError(
                "training.unknown_output", path=f"loss_weights.{name}", received=name, known=", ".join(outputs)
            )
    heads: list[Head] = []
    for name in outputs:
        places = {port: place for place, (output, port) in enumerate(results) if output == name}
        heads.append(
            _build_head(
                nodes[name],
                places,
                next_column=sum(head.has_column for head in heads),
                weight=loss_weights.get(name),
                arguments=(loss_arguments or {}).get(name, {}),
                encoder=encoders.get(name, {}),
                prefix="" if len(outputs) == 1 else f"{name}/",
            )
        )
    return heads


def _find_target(
    node: Mapping[str, Any], part: TrainingPart, places: Mapping[str, int], next_column: int
) -> Target | None:
    """Where the target of an Output comes from, None for a loss without one."""
    params = node["params"]
    if not part.target:
        return None
    if "target" in places:
        return Target("wire", places["target"])
    if not params.get("columns") and not params.get("target"):
        path = f"nodes.{node['id']}.params.columns"
        raise UserError("training.no_target", path=path, node=node["name"], loss=part.type)
    return Target("column", next_column)


def _build_head(
    node: Mapping[str, Any],
    places: Mapping[str, int],
    *,
    next_column: int,
    weight: float | None,
    arguments: Mapping[str, Any],
    encoder: Mapping[str, Any],
    prefix: str,
) -> Head:
    params, path = node["params"], f"nodes.{node['id']}.params"
    if "loss" not in params:
        raise UserError("training.no_loss", path=f"{path}.loss", node=node["name"])
    loss, loss_params, _ = parse_part(params["loss"], LOSSES, "loss", path=f"{path}.loss")
    part = LOSSES[loss]
    task = part.tasks[0] if part.tasks else None
    metrics = tuple(params.get("metrics") or ())
    _check_metrics(metrics, part, node["name"], f"{path}.metrics")
    unit = Unit(encoder.get("mean", 0.0), encoder.get("deviation", 1.0))
    measures = {metric: find_measure(metric, str(task), unit) for metric in metrics}
    return Head(
        node=node["id"],
        name=node["name"],
        task=task,
        loss=build_loss(loss, {**loss_params, **arguments}),
        weight=float(params.get("loss_weight", 1.0)) if weight is None else weight,
        arriving=tuple(place for port, place in places.items() if port != "target"),
        target_kind=part.target_kind,
        target=_find_target(node, part, places, next_column),
        scores_steps=params.get("target") == "next_token",
        read=reader(loss, loss_params, threshold=params.get("threshold")),
        prefix=prefix,
        unit=unit,
        measures={metric: measure for metric, measure in measures.items() if measure is not None},
        metrics=metrics,
    )


def _check_metrics(metrics: Sequence[str], part: TrainingPart, node: str, path: str) -> None:
    for metric in metrics:
        if metric not in METRICS:
            known = ", ".join(METRICS)
            raise UserError("training.unknown_type", path=path, kind="metric", received=metric, known=known)
        if not set(part.tasks) & set(METRICS[metric].tasks):
            raise UserError("training.metric_unfit", path=path, metric=metric, loss=part.type, node=node)

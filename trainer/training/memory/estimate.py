"""The memory that a run will need at its worst moment, what it is made of, and the largest batch that fits."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import trainer.messages.memory  # noqa: F401 - registers the sentences of the errors raised here
from trainer.data.columns import DataFacts
from trainer.data.placement import Placement, RowSize, default_resident_bytes, place_rows
from trainer.graph.canonical import content_hash
from trainer.graph.parts import Document
from trainer.methods.settings import MAX_ROWS
from trainer.training.config import RunConfig
from trainer.training.evaluation_rows import evaluation_rows
from trainer.training.mapped import AHEAD
from trainer.training.memory.optimizer_state import OptimizerBytes, optimizer_bytes
from trainer.training.memory.rows import expected_rows
from trainer.training.memory.sharing import Sharing
from trainer.training.memory.step import StepMemory, measure_step
from trainer.training.optimizers import SPLITS

DeviceKind = Literal["cpu", "cuda"]
Moment = Literal["step", "evaluation", "checkpoint"]

GPU_BYTES: Final = 600 * 1024**2  # what CUDA and its libraries take before the first tensor
USABLE_SHARE: Final = 0.9  # of what is free: what is free changes, kernels take room, allocators leave gaps
MAX_STEPS_KEPT: Final = 16
ALONE: Final = Sharing()

_measured: OrderedDict[tuple[object, ...], StepMemory] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Estimate:
    """Bytes of a run with the settings `config` on one kind of device; of batches as many rows as go at once.

    `data` says where the rows lie, where they are known, and `evaluated` the most rows of a split that is evaluated;
    `average` the averaged weights; `snapshot` one copy of all that a checkpoint holds, 0 where copies do not lie on the
    device; `device` what the device takes for itself. Of a run that several processes share, `sharing` says how.
    """

    config: RunConfig
    step: StepMemory
    optimizer: OptimizerBytes
    data: Placement | None
    evaluated: int
    average: int
    snapshot: int
    device: int
    sharing: Sharing = ALONE

    @property
    def network(self) -> int:
        return self.step.weights + self.step.buffers

    def step_bytes(self, batch_size: int) -> float:
        """The peak of one step: forward and backward pass, or the optimizer's work, whichever is more."""
        step, num_parts, sharing = self.step, self.config.gradients.accumulate, self.sharing
        gradients = step.gradients.at(batch_size)
        waiting = (num_parts - 1) * step.batch.at(batch_size)
        added_up = sharing.part(gradients) if num_parts > 1 else 0
        spared = sharing.spared(step, gradients=gradients)
        going = step.forward.at(batch_size) - sharing.spared(step, gradients=0)
        coming_back = step.working.at(batch_size) - spared
        stepping = step.held.at(batch_size) - spared + sharing.part(self.optimizer.work)
        return sharing.part(self.optimizer.state) + waiting + max(going + added_up, coming_back + added_up, stepping)

    def peak_bytes(self, batch_size: int) -> int:
        """The peak of the run."""
        return sum(self.parts(batch_size).values())

    def parts(self, batch_size: int) -> dict[str, int]:
        """What the peak is made of."""
        return self.worst_moment(batch_size)[1]

    def worst_moment(self, batch_size: int) -> tuple[Moment, dict[str, int]]:
        """When the peak is: in a step, in an evaluation or when it stores itself; and what it is made of.

        While it steps or evaluates, a run holds its best weights and a checkpoint that is being written. After an epoch
        it copies itself twice, as the best and as the newest, while it has the best of before.
        """
        sharing = self.sharing
        best = self.network if self.snapshot else 0
        evaluated = sharing.rows(min(self.evaluated, self._rows_of_evaluation(batch_size)))
        rows = sharing.rows(batch_size)
        state, gradients = sharing.part(self.optimizer.state), sharing.part(self.step.gradients.at(rows))
        evaluating = state + self.step.evaluating.at(evaluated) - sharing.spared(self.step, gradients=0)
        resting = max(state + sharing.part(self.network), self.network)  # it begins whole, before it is divided
        moments: list[tuple[Moment, dict[str, int]]] = [
            ("step", self._parts(self.step_bytes(rows), best + self.snapshot, gradients, rows)),
            ("evaluation", self._parts(evaluating, best + self.snapshot, 0, evaluated)),
            ("checkpoint", self._parts(resting, best + 2 * self.snapshot, 0, 0)),
        ]
        return max(moments, key=lambda moment: sum(moment[1].values()))

    def _parts(self, working: float, copies: int, gradients: int, num_rows: int) -> dict[str, int]:
        """The parts of a moment; `activations` is all of one process' `working` that is nothing else.

        All processes here have them, but for the copies.
        """
        parts = {
            "weights": self.sharing.part(self.network),
            "gradients": gradients,
            "optimizer": self.sharing.part(self.optimizer.state),
            "batch": round(self.step.batch.at(num_rows)),
        }
        activations = max(0, round(working) - sum(parts.values()))
        own = self.device + self.sharing.own_bytes(gradients)
        beside = {"average": self.average, "data": self._data_bytes(num_rows), "device": own}
        of_each = {**parts, "activations": activations, **beside}
        return {**{name: self.sharing.here * size for name, size in of_each.items()}, "copies": copies}

    def _data_bytes(self, num_rows: int) -> int:
        """All rows, or the batches that are read ahead of them: those for a GPU wait beside it."""
        if self.data is None or not self.data.is_mapped:
            return self.data.num_bytes if self.data else 0
        return 0 if self.device else AHEAD * round(self.step.batch.at(num_rows))

    def _rows_of_evaluation(self, batch_size: int) -> int:
        trains_on_all = self.config.batch_size == "all"
        return evaluation_rows(batch_size, self.step.activation_bytes, trains_on_all=trains_on_all)

    def largest_batch(self, free_bytes: int, *, at_most: int = MAX_ROWS) -> int:
        """The largest batch whose peak fits into `USABLE_SHARE` of what is free; 0 where not even one row does."""
        room = USABLE_SHARE * free_bytes
        if self.peak_bytes(1) > room:
            return 0
        fits, too_many = 1, at_most + 1
        while too_many - fits > 1:
            middle = (fits + too_many) // 2
            fits, too_many = (middle, too_many) if self.peak_bytes(middle) <= room else (fits, middle)
        return fits


def estimate(
    document: Document,
    config: RunConfig,
    *,
    kind: DeviceKind = "cpu",
    facts: DataFacts | None = None,
    resident_bytes: int | None = None,
) -> Estimate:
    """The estimate for a bound document, whose data set may take `resident_bytes`.

    Raises `graph.invalid` (422) and `memory.*`.
    """
    step = _measure(document, config)
    rows = expected_rows(document, facts) if facts else None
    network = step.weights + step.buffers
    of_optimizer = optimizer_bytes(config.optimizer, step.shapes, step.chosen, all_at_once=kind == "cuda")
    averages = config.averaging is not None
    return Estimate(
        config=config,
        step=step,
        optimizer=of_optimizer,
        data=_place(document, step, facts, resident_bytes) if facts else None,
        evaluated=max(count for name, count in rows.items() if name != "train") if rows else MAX_ROWS,
        average=network if averages else 0,
        snapshot=(1 + averages) * network + of_optimizer.state if kind == "cpu" else 0,
        device=GPU_BYTES if kind == "cuda" else 0,
        sharing=Sharing.of(config, kind),
    )


def memory_json(
    document: Document,
    config: RunConfig,
    *,
    facts: DataFacts | None,
    devices: Sequence[Mapping[str, Any]],
    resident_bytes: int | None = None,
) -> dict[str, Any]:
    """The answer to a person: the peak at the chosen batch, its parts, and for each of `devices` whether it fits.

    A device is `{"kind", "name", "total_bytes", "free_bytes"}`. A data set may take `resident_bytes`, else a share of
    the device.
    """
    num_rows = expected_rows(document, facts)["train"] if facts else None
    at_most = num_rows or MAX_ROWS
    batch_size = (num_rows or 1) if config.batch_size == "all" else min(config.batch_size, at_most)
    estimates = [
        estimate(document, config, kind=device["kind"], facts=facts, resident_bytes=_may_take(device, resident_bytes))
        for device in devices
    ] or [estimate(document, config, facts=facts, resident_bytes=resident_bytes)]
    first = estimates[0]
    moment, parts = first.worst_moment(batch_size)
    return {
        "batch_size": batch_size,
        "peak_bytes": sum(parts.values()),
        "moment": moment,
        "parts": parts,
        "inference_bytes": round(first.step.evaluating.at(batch_size)),
        "knows_losses": first.step.knows_losses,
        "is_mapped": first.data is not None and first.data.is_mapped,
        "devices": [
            _device_json(device, one, batch_size, at_most) for device, one in zip(devices, estimates, strict=False)
        ],
    }


def _may_take(device: Mapping[str, Any], resident_bytes: int | None) -> int:
    return default_resident_bytes(device["total_bytes"]) if resident_bytes is None else resident_bytes


def _device_json(device: Mapping[str, Any], one: Estimate, batch_size: int, at_most: int) -> dict[str, Any]:
    peak = one.peak_bytes(batch_size)
    return {
        **device,
        "peak_bytes": peak,
        "fits": peak <= device["free_bytes"],
        "largest_batch": one.largest_batch(device["free_bytes"], at_most=at_most),
    }


def _measure(document: Document, config: RunConfig) -> StepMemory:
    """The step, from among the last ones where it was measured before: batch and rates do not change it."""
    split = config.optimizer.type if config.optimizer.type in SPLITS else ""
    key = (content_hash(document), config.precision, config.recompute, config.frozen, split)
    if key not in _measured:
        _measured[key] = measure_step(document, config)
        if len(_measured) > MAX_STEPS_KEPT:
            _measured.popitem(last=False)
    _measured.move_to_end(key)
    return _measured[key]


def _place(document: Document, step: StepMemory, facts: DataFacts, resident_bytes: int | None) -> Placement:
    """Where the encoded rows of the data set would lie."""
    columns = {node.name: node.params.get("columns") or () for node in document.nodes if node.type == "Input"}
    pictures, other_bytes = [], step.target_bytes
    for name, spec in step.inputs.items():
        if any(facts.columns[column].kind == "image" for column in columns[name]):
            pictures.append(spec.num_bytes // spec.item_bytes)
        else:
            other_bytes += spec.num_bytes
    room = default_resident_bytes() if resident_bytes is None else resident_bytes
    return place_rows(RowSize(tuple(pictures), other_bytes), expected_rows(document, facts), resident_bytes=room)

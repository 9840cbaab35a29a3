"""What a run needs before its first step, built from its job: the network, the data on the device, heads, optimizer."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from trainer.data.prepare import PreparedData, prepare
from trainer.errors import UserError
from trainer.graph.compile import CompiledGraph, compile_graph
from trainer.graph.document import parse_document
from trainer.training.arithmetic import Arithmetic
from trainer.training.augmentation import Augmentation
from trainer.training.averaging import WeightAverage
from trainer.training.beginning import Carried, begin_with, carry_optimizer, load_all
from trainer.training.checkpoint import Snapshot, read_checkpoint
from trainer.training.class_weights import loss_arguments
from trainer.training.config import AugmentationConfig, RunConfig
from trainer.training.evaluation_rows import evaluation_rows
from trainer.training.freed_memory import keep_freed_memory
from trainer.training.heads import Head, build_heads, compare_all
from trainer.training.job import Job
from trainer.training.mapped import MappedSplit
from trainer.training.memory_format import can_choose, choose_format, lay_out
from trainer.training.optimizers import build_optimizer, refuse_unfit
from trainer.training.parallel.alone import Alone
from trainer.training.parameter_groups import ParameterGroups
from trainer.training.precision import MixedPrecision
from trainer.training.random_states import seed_all
from trainer.training.recompute import find_blocks, recompute_blocks
from trainer.training.resident import ResidentSplit
from trainer.training.schedules import Schedule, build_schedule

Split = ResidentSplit | MappedSplit


@dataclass
class Setup:
    """Everything of a run that is made once. `resumed` is the checkpoint it goes on from.

    `team` are the processes that share the run, `notices` what a person should know of it.

    `carried` says which weights it took over from another, `average` are the averaged weights where the run has them,
    and `augmentation` is what changes its images.
    """

    job: Job
    arithmetic: Arithmetic
    differences: Sequence[str]
    compiled: CompiledGraph
    heads: Sequence[Head]
    splits: dict[str, Split]
    encoders: dict[str, Any]
    optimizer: torch.optim.Optimizer
    precision: MixedPrecision
    average: WeightAverage | None
    augmentation: Augmentation | None
    resumed: Snapshot | None
    team: Alone
    notices: Sequence[UserError] = ()
    carried: Carried | None = None
    schedule: Schedule | None = None
    started: float = field(default_factory=time.monotonic)

    @property
    def rows_at_once(self) -> int:
        """How many training rows go through the network together."""
        size, num_rows = self.job.config.batch_size, self.splits["train"].num_rows
        return num_rows if size == "all" else min(size, num_rows)

    @property
    def batch_size(self) -> int:
        """How many rows make one step."""
        return min(self.rows_at_once * self.job.config.gradients.accumulate, self.splits["train"].num_rows)

    @property
    def evaluated_at_once(self) -> int:
        trains_on_all = self.job.config.batch_size == "all"
        return evaluation_rows(self.rows_at_once, self.compiled.activation_bytes, trains_on_all=trains_on_all)

    @property
    def evaluated(self) -> CompiledGraph:
        """What is evaluated and stored: the network with the weights that train, or with their average."""
        return self.compiled if self.average is None else replace(self.compiled, network=self.average.network)

    @property
    def steps_per_epoch(self) -> int:
        return -(-self.splits["train"].num_rows // self.batch_size)

    @property
    def num_parameters(self) -> int:
        return sum(parameter.numel() for parameter in self.compiled.network.parameters())


def set_up(job: Job, team: Alone | None = None) -> Setup:
    """Build a run of this process, or of the `team` it is one of.

    Raises UserError where the job, the data or the checkpoint cannot be used.
    """
    config, team = job.config, team or Alone()
    differences: list[str] = []
    if job.frozen is None:
        arithmetic = team.agree(Arithmetic.choose(config, num_threads=job.num_threads, processes=team.size))
    else:
        arithmetic, differences = Arithmetic.take_over(job.frozen, processes=team.size)
        differences = team.unite(differences)
    arithmetic.apply()
    resumed = read_checkpoint(job.resume) if job.resume else None

    data = prepare(
        job.graph, job.dataset, job.encoders, files=job.data, resident_bytes=job.resident_bytes_on(arithmetic.device)
    )
    if data.is_mapped and job.frozen is None:
        arithmetic = replace(arithmetic, block_rows=data.block_rows)
    arithmetic = replace(arithmetic, block_rows=team.agree(arithmetic.block_rows))
    if not data.splits["train"].num_rows:
        raise UserError("training.no_rows", path="dataset")
    seed_all(config.seed)
    compiled = compile_graph(parse_document(job.graph))
    compiled.network.to(arithmetic.device)
    heads = build_heads(
        job.graph,
        results=compiled.results,
        loss_weights=config.loss_weights,
        loss_arguments=_loss_arguments(config, job.graph, data),
        encoders=data.encoders["outputs"],
    )
    for head in heads:
        head.loss.to(arithmetic.device)
    carried = begin_with(job, compiled.network) if resumed is None else None
    if config.recompute == "blocks":
        if not find_blocks(compiled.network):
            raise UserError("training.no_blocks", path="config.recompute")
        recompute_blocks(compiled.network)
    num_rows = data.splits["train"].num_rows
    at_once = num_rows if config.batch_size == "all" else min(config.batch_size, num_rows)
    notices = team.adopt(compiled.network, heads, batch_size=at_once)
    with_column = [head.name for head in heads if head.has_column]
    kind = MappedSplit if data.is_mapped else ResidentSplit
    splits: dict[str, Split] = {
        name: kind.place(split, compiled.inputs, with_column, arithmetic.device) for name, split in data.splits.items()
    }
    precision = MixedPrecision(arithmetic.precision, arithmetic.device)
    arithmetic = _choose_format(job, arithmetic, compiled, heads, splits["train"], precision)
    lay_out(compiled.network, arithmetic.memory_format)
    groups = ParameterGroups.of(compiled.network, config)
    optimizer = build_optimizer(config.optimizer, compiled.network, fused=arithmetic.fused, groups=groups)
    refuse_unfit(config)
    if carried is not None and job.carry == "all":
        carry_optimizer(job, optimizer, carried)
    setup = Setup(
        job,
        arithmetic,
        differences,
        compiled,
        heads,
        splits=splits,
        encoders=data.encoders,
        optimizer=optimizer,
        precision=precision,
        average=WeightAverage(compiled.network, config.averaging) if config.averaging else None,
        augmentation=_augmentation(config, compiled, data.encoders["inputs"], arithmetic.device),
        resumed=resumed,
        team=team,
        notices=notices,
        carried=carried,
    )
    if config.schedule is not None:
        setup.schedule = build_schedule(
            config.schedule, optimizer, epochs=config.epochs, num_steps=config.epochs * setup.steps_per_epoch
        )
    if resumed is not None:
        _restore(setup, resumed)
    keep_freed_memory(setup.num_parameters)  # not before: what prepared the data goes back
    return setup


def _choose_format(
    job: Job,
    arithmetic: Arithmetic,
    compiled: CompiledGraph,
    heads: Sequence[Head],
    train: Split,
    precision: MixedPrecision,
) -> Arithmetic:
    """The arithmetic with the memory format that a short probe says is the faster one, where that is open."""
    config = job.config
    size = train.num_rows if config.batch_size == "all" else min(config.batch_size, train.num_rows)
    num_steps = config.epochs * -(-train.num_rows // (size * config.gradients.accumulate))
    if not can_choose(job, arithmetic, compiled.network, num_steps=num_steps):
        return arithmetic

    def loss(network: torch.nn.Module, num_rows: int) -> Tensor:
        inputs, targets = train.slice(0, num_rows)
        with precision.autocast():
            results = replace(compiled, network=network).run(*inputs)
            return compare_all(heads, results, targets)[0]

    chosen = choose_format(compiled.network, loss, batch_size=size, device=arithmetic.device)
    return replace(arithmetic, memory_format=chosen)


def _loss_arguments(config: RunConfig, graph: Mapping[str, Any], data: PreparedData) -> dict[str, dict[str, Any]]:
    """What the losses are built with besides their parameters, by Output: the weights of its classes."""
    outputs = {node["name"]: node for node in graph["nodes"] if node["type"] == "Output"}
    targets, arguments = data.splits["train"].targets, {}
    for name, weights in config.class_weights.items():
        path = f"config.class_weights.{name}"
        if name not in targets:
            raise UserError("training.unknown_output", path=path, received=name, known=", ".join(targets))
        arguments[name] = loss_arguments(
            outputs[name]["params"]["loss"]["type"],
            weights,
            targets[name],
            num_classes=len(data.encoders["outputs"][name].get("values", ())) or None,
            path=path,
        )
    return arguments


def _augmentation(
    config: RunConfig, compiled: CompiledGraph, encoders: Mapping[str, Any], device: str
) -> Augmentation | None:
    """Raises UserError `training.no_images` where images are to be changed and none arrive."""
    if config.augmentation == AugmentationConfig():
        return None
    places = [place for place, name in enumerate(compiled.inputs) if encoders[name]["type"] == "image"]
    if not places:
        raise UserError("training.no_images", path="config.augmentation")
    return Augmentation(places, config.seed, device, **asdict(config.augmentation))


def _restore(setup: Setup, snapshot: Snapshot) -> None:
    """Put network, optimizer, schedule and generators where the checkpoint has them."""
    if setup.average is None:
        load_all(setup.team, setup.compiled.network, snapshot.weights)
    else:
        setup.average.load(snapshot.weights, snapshot.tensors)
    setup.precision.load_json(snapshot.state["scaler"])
    setup.team.load_optimizer(setup.optimizer, snapshot.tensors, snapshot.state["optimizer"])
    if setup.schedule is not None:
        setup.schedule.load_json(snapshot.state["schedule"])
    setup.team.restore_random_states(snapshot.tensors, snapshot.state["random"])

"""The settings of a training run: a dataclass, its strict JSON, and the JSON Schema the forms are drawn from."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from trainer.errors import UserError
from trainer.layers.spec import Param
from trainer.messages.registry import Text
from trainer.methods.catalogue import OPTIMIZERS, SCHEDULES, Interval, TrainingPart
from trainer.methods.reading import join_path, parse_part, read_object, read_value, read_values
from trainer.methods.setting_groups import GROUPS, Group
from trainer.methods.settings import (
    BY_CLASS,
    BY_YES,
    CLASS_WEIGHTS,
    FIELDS,
    LOSS_WEIGHTS,
    RATES,
    SCHEDULE_FIELDS,
)

Precision = Literal["auto", "float32", "bfloat16", "float16"]
Device = Literal["auto", "cpu", "cuda"]
Recomputed = Literal["nothing", "blocks"]
Decay = Literal["all", "weights"]
BestBy = Literal["metric", "loss"]
ParallelKind = Literal["data", "sharded"]
ClassWeights = Literal["balanced"] | tuple[float, ...]

MAX_CLASSES = 100_000
UNSHARED_OPTIMIZERS = ("LBFGS", "SparseAdam")  # it looks at a batch several times; its gradients are sparse
UNSHARDED_OPTIMIZERS = ("Muon", "Adafactor", "Rprop")  # they need whole matrices; torch has no such Rprop
_OPTIMIZER_LABEL = Text("Optimizer", "优化器")
_SCHEDULE_LABEL = Text("Schedule", "学习率计划")


@dataclass(frozen=True, slots=True)
class OptimizerConfig:
    type: str = "Adam"
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScheduleConfig:
    """How the learning rate changes; stepped after each epoch or, with `every` = "step", after each step.

    `warmup` are the epochs or steps before it, in which the rate rises from near zero.
    """

    type: str
    params: Mapping[str, Any] = field(default_factory=dict)
    every: Interval = "epoch"
    warmup: int = 0


@dataclass(frozen=True, slots=True)
class GradientConfig:
    """Of how many batches gradients are added up for a step, and to what they are cut: all together, or each."""

    accumulate: int = 1
    clip_norm: float | None = None
    clip_value: float | None = None


@dataclass(frozen=True, slots=True)
class AveragingConfig:
    """The exponential moving average of the weights."""

    decay: float = 0.999


@dataclass(frozen=True, slots=True)
class EarlyStoppingConfig:
    patience: int = 5
    min_delta: float = 0.0


@dataclass(frozen=True, slots=True)
class CheckpointConfig:
    """When a run is stored besides the end of an epoch, what makes weights the best so far, and what is kept."""

    every_epochs: int | None = None
    keep: int = 3
    every_seconds: float | None = 30.0
    every_steps: int | None = None
    best_by: BestBy = "metric"


@dataclass(frozen=True, slots=True)
class AugmentationConfig:
    """How far training images may be changed: parts of their size, degrees of rotation, parts of their contrast."""

    flip: bool = False
    flip_vertical: bool = False
    shift: float = 0.0
    rotate: float = 0.0
    zoom: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    erase: float = 0.0


@dataclass(frozen=True, slots=True)
class LimitConfig:
    minutes: float | None = None
    gigabytes: float | None = None


@dataclass(frozen=True, slots=True)
class ParallelConfig:
    """How a run is shared out among processes: the rows of each batch, and with "sharded" the weights as well.

    `processes` are those of each of the `machines`, None for one on each GPU of it.
    """

    kind: ParallelKind = "data"
    processes: int | None = None
    machines: int = 1

    @property
    def least_processes(self) -> int:
        """How many there are in all, at the least."""
        return self.machines * (self.processes or 1)


@dataclass(frozen=True, slots=True)
class RunConfig:
    """Everything a person sets for a run. `loss_weights` and `class_weights` go by Output, `rates` by node."""

    epochs: int = 5
    batch_size: int | Literal["all"] = 32
    optimizer: OptimizerConfig = OptimizerConfig()
    schedule: ScheduleConfig | None = None
    decay: Decay = "all"
    frozen: tuple[str, ...] = ()
    rates: Mapping[str, float] = field(default_factory=dict)
    gradients: GradientConfig = GradientConfig()
    averaging: AveragingConfig | None = None
    early_stopping: EarlyStoppingConfig | None = None
    augmentation: AugmentationConfig = AugmentationConfig()
    seed: int = 0
    deterministic: bool = False
    precision: Precision = "auto"
    recompute: Recomputed = "nothing"
    device: Device = "auto"
    checkpoint: CheckpointConfig = CheckpointConfig()
    limits: LimitConfig = LimitConfig()
    parallel: ParallelConfig | None = None
    loss_weights: Mapping[str, float] = field(default_factory=dict)
    class_weights: Mapping[str, ClassWeights] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        data = asdict(self)
        data["frozen"] = list(self.frozen)
        data["class_weights"] = {
            name: weights if weights == "balanced" else list(weights) for name, weights in self.class_weights.items()
        }
        return data


_GROUP_TYPES: Mapping[str, type] = {
    "gradients": GradientConfig,
    "averaging": AveragingConfig,
    "early_stopping": EarlyStoppingConfig,
    "augmentation": AugmentationConfig,
    "checkpoint": CheckpointConfig,
    "limits": LimitConfig,
    "parallel": ParallelConfig,
}
_BY_NAME: Mapping[str, Param] = {param.name: param for param in (LOSS_WEIGHTS, RATES)}


def parse_config(data: object, *, path: str = "") -> RunConfig:
    """Read a run's settings strictly. Raises UserError `training.*` whose path begins with `path`."""
    given = read_object(data, path, {*FIELDS, *GROUPS, *_BY_NAME, "optimizer", "schedule", "class_weights"})
    values = read_values(given, FIELDS, path)
    if "frozen" in values:
        values["frozen"] = tuple(values["frozen"])
    for name, group in GROUPS.items():
        if name in given and not (group.optional and given[name] is None):
            at = join_path(path, name)
            values[name] = _GROUP_TYPES[name](
                **read_values(read_object(given[name], at, group.params), group.params, at)
            )
    for name, param in _BY_NAME.items():
        if name in given:
            values[name] = _numbers_by_name(given[name], param, join_path(path, name))
    if given.get("optimizer") is not None:
        values["optimizer"] = _optimizer(given["optimizer"], join_path(path, "optimizer"))
    if given.get("schedule") is not None:
        values["schedule"] = _schedule(given["schedule"], join_path(path, "schedule"))
    if "class_weights" in given:
        values["class_weights"] = _class_weights(given["class_weights"], join_path(path, "class_weights"))
    config = RunConfig(**values)
    _refuse_unshareable(config, path)
    return config


def config_schema(language: str = "en") -> dict[str, Any]:
    """The JSON Schema of a run's settings, with titles, plain sentences and defaults in `language`.

    `x-losses` of the class weights are the losses that take some.
    """
    properties = {name: _form(param, language) for name, param in FIELDS.items()}
    properties["optimizer"] = {
        "title": _OPTIMIZER_LABEL.render(language),
        "default": {"type": "Adam", "params": {}},
        "oneOf": [_part_schema(part, language) for part in OPTIMIZERS.values()],
    }
    properties["schedule"] = {
        "title": _SCHEDULE_LABEL.render(language),
        "default": None,
        "oneOf": [{"type": "null"}, *(_schedule_schema(part, language) for part in SCHEDULES.values())],
    }
    properties |= {name: _group_schema(group, language) for name, group in GROUPS.items()}
    numbers = {"type": "array", "items": LOSS_WEIGHTS.json_schema(), "minItems": 2, "maxItems": MAX_CLASSES}
    by_name = {param: param.json_schema() for param in _BY_NAME.values()}
    by_name[CLASS_WEIGHTS] = {"anyOf": [numbers, {"enum": list(CLASS_WEIGHTS.choices)}]}
    for param, values in by_name.items():
        form = {"default": {}, "type": "object", "additionalProperties": values}
        properties[param.name] = _words(param, language) | form
    properties[CLASS_WEIGHTS.name]["x-losses"] = [*BY_CLASS, *BY_YES]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_closed(properties)}


def _optimizer(data: object, path: str) -> OptimizerConfig:
    type_, params, _ = parse_part(data, OPTIMIZERS, "optimizer", path=path)
    values = {**OPTIMIZERS[type_].defaults, **params}
    if values.get("nesterov") and not (values.get("momentum") and not values.get("dampening")):
        raise UserError(
            "training.out_of_range",
            path=join_path(path, "params.nesterov"),
            key="nesterov",
            expected="off, or go with a momentum above 0 and no dampening",
            received=True,
        )
    return OptimizerConfig(type=type_, params=params)


def _schedule(data: object, path: str) -> ScheduleConfig:
    type_, params, more = parse_part(data, SCHEDULES, "schedule", path=path, more=SCHEDULE_FIELDS)
    only = SCHEDULES[type_].every
    if only is not None:
        for key, expected in (("every", only), ("warmup", 0)):
            if more.setdefault(key, expected) != expected:
                raise UserError(
                    "training.out_of_range",
                    path=join_path(path, key),
                    key=key,
                    expected=f"{expected} with {type_}",
                    received=more[key],
                )
    return ScheduleConfig(type=type_, params=params, **more)


def _refuse_unshareable(config: RunConfig, path: str) -> None:
    """Raises UserError `training.parallel_*` for what cannot be shared out as the settings ask."""
    parallel, optimizer = config.parallel, config.optimizer.type
    if parallel is None:
        return
    if optimizer in UNSHARED_OPTIMIZERS or (parallel.kind == "sharded" and optimizer in UNSHARDED_OPTIMIZERS):
        raise UserError("training.parallel_optimizer", path=join_path(path, "optimizer.type"), received=optimizer)
    at = join_path(path, "parallel")
    if parallel.kind == "sharded" and config.averaging is not None:
        raise UserError("training.sharded_averaging", path=at)
    if parallel.kind == "sharded" and config.precision == "float16":
        raise UserError("training.sharded_float16", path=at)
    processes = parallel.least_processes
    if config.batch_size != "all" and processes > config.batch_size:
        raise UserError(
            "training.parallel_rows",
            path=join_path(at, "processes"),
            received=processes,
            expected=config.batch_size,
        )


def _numbers_by_name(data: object, param: Param, path: str) -> dict[str, float]:
    return {
        name: float(read_value(value, param, join_path(path, name))) for name, value in read_object(data, path).items()
    }


def _class_weights(data: object, path: str) -> dict[str, ClassWeights]:
    found: dict[str, ClassWeights] = {}
    for name, value in read_object(data, path).items():
        at = join_path(path, name)
        if isinstance(value, list):
            if not 2 <= len(value) <= MAX_CLASSES:
                expected = f"2 to {MAX_CLASSES} numbers"
                raise UserError("training.out_of_range", path=at, key=name, expected=expected, received=len(value))
            found[name] = tuple(float(read_value(entry, LOSS_WEIGHTS, at)) for entry in value)
        else:
            found[name] = read_value(value, CLASS_WEIGHTS, at)
    return found


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _words(entry: Param | Group | TrainingPart, language: str) -> dict[str, Any]:
    return {"title": entry.label.render(language), "description": entry.summary.render(language)}


def _form(param: Param, language: str) -> dict[str, Any]:
    schema = param.json_schema() | _words(param, language)
    if param.required:
        return schema
    return schema | {"default": list(param.default) if isinstance(param.default, tuple) else param.default}


def _group_schema(group: Group, language: str) -> dict[str, Any]:
    inside = _closed({name: _form(param, language) for name, param in group.params.items()})
    if group.optional:
        return {**_words(group, language), "default": None, "anyOf": [inside, {"type": "null"}]}
    return {**_words(group, language), "default": {}, **inside}


def _schedule_schema(part: TrainingPart, language: str) -> dict[str, Any]:
    fields = {name: _form(param, language) for name, param in SCHEDULE_FIELDS.items()}
    if part.every is not None:
        fields = {"every": {**fields["every"], "enum": [part.every], "default": part.every}}
    return _part_schema(part, language, fields)


def _part_schema(part: TrainingPart, language: str, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    params = {param.name: _form(param, language) for param in part.params}
    required = [param.name for param in part.params if param.required]
    type_ = {"const": part.type, "title": part.label.render(language)}
    return {
        **_words(part, language),
        **_closed({"type": type_, "params": _closed(params) | {"required": required}, **(more or {})}),
        "required": ["type", "params"] if required else ["type"],
    }

"""The settings of a training run: a dataclass, its strict JSON, and the JSON Schema the forms are drawn from."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

import trainer.messages.training  # noqa: F401
from trainer.errors import UserError
from trainer.layers.spec import Param
from trainer.messages.registry import Text
from trainer.training.catalogue import OPTIMIZERS, SCHEDULES, Interval, TrainingPart
from trainer.training.entries.schedules import WARM_UP

Precision = Literal["float32", "bfloat16"]
Device = Literal["auto", "cpu", "cuda"]
BestBy = Literal["metric", "loss"]

MAX_EPOCHS = 1_000_000
MAX_ROWS = 10**9


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
class CheckpointConfig:
    """When a run is stored besides the end of an epoch, and what makes weights the best so far."""

    every_seconds: float | None = 30.0
    every_steps: int | None = None
    best_by: BestBy = "metric"


@dataclass(frozen=True, slots=True)
class RunConfig:
    epochs: int = 5
    batch_size: int | Literal["all"] = 32
    optimizer: OptimizerConfig = OptimizerConfig()
    schedule: ScheduleConfig | None = None
    seed: int = 0
    precision: Precision = "float32"
    device: Device = "auto"
    checkpoint: CheckpointConfig = CheckpointConfig()
    loss_weights: Mapping[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


_FIELDS: Mapping[str, Param] = {
    param.name: param
    for param in (
        Param(
            name="epochs",
            kind="int",
            label=Text("Epochs", "轮数"),
            summary=Text("How many times training goes through all training rows.", "训练遍历全部训练数据的次数。"),
            default=5,
            minimum=1,
            maximum=MAX_EPOCHS,
            important=True,
        ),
        Param(
            name="batch_size",
            kind="int",
            choices=("all",),
            label=Text("Batch size", "批大小"),
            summary=Text(
                "How many rows each step looks at. “all” is plain gradient descent on the whole training split.",
                "每一步使用多少行数据。“all”即在整个训练集上做普通梯度下降。",
            ),
            default=32,
            minimum=1,
            maximum=MAX_ROWS,
            important=True,
        ),
        Param(
            name="seed",
            kind="int",
            label=Text("Seed", "随机种子"),
            summary=Text(
                "Decides the first weights and the order of the rows: the same seed gives the same run.",
                "决定初始权重与数据顺序：相同的种子得到相同的训练过程。",
            ),
            default=0,
            minimum=0,
            maximum=2**53,
        ),
        Param(
            name="precision",
            kind="choice",
            choices=get_args(Precision),
            label=Text("Precision", "精度"),
            summary=Text(
                "The numbers it computes with. bfloat16 is faster on newer GPUs and a little coarser.",
                "计算所用的数值格式。bfloat16 在较新的 GPU 上更快，但略粗糙。",
            ),
            default="float32",
        ),
        Param(
            name="device",
            kind="choice",
            choices=get_args(Device),
            label=Text("Device", "设备"),
            summary=Text(
                "Where it trains. “auto” takes a GPU where there is one.", "在哪里训练。“auto”会在有 GPU 时使用 GPU。"
            ),
            default="auto",
        ),
    )
}
_EVERY = Param(
    name="every",
    kind="choice",
    choices=get_args(Interval),
    label=Text("Stepped every", "更新时机"),
    summary=Text("Whether the schedule counts epochs or single steps.", "学习率计划按轮还是按步计数。"),
    default="epoch",
)
_SCHEDULE_FIELDS: Mapping[str, Param] = {_EVERY.name: _EVERY, WARM_UP.name: WARM_UP}
_CHECKPOINT_FIELDS: Mapping[str, Param] = {
    param.name: param
    for param in (
        Param(
            name="every_seconds",
            kind="float",
            label=Text("Store every (seconds)", "保存间隔（秒）"),
            summary=Text(
                "How often the run is stored within an epoch, besides its end.",
                "除每轮结束外，在一轮之内多久保存一次。",
            ),
            default=30.0,
            minimum=0.1,
            nullable=True,
        ),
        Param(
            name="every_steps",
            kind="int",
            label=Text("Store every (steps)", "保存间隔（步）"),
            summary=Text("The same, counted in steps.", "同上，按步计。"),
            default=None,
            minimum=1,
            nullable=True,
        ),
        Param(
            name="best_by",
            kind="choice",
            choices=get_args(BestBy),
            label=Text("Best by", "最佳依据"),
            summary=Text(
                "What decides which weights are the best: the first metric of the first output, or the loss; "
                "on the validation rows.",
                "依据什么判定最佳权重：第一个输出的第一个指标，或损失；均在验证集上计算。",
            ),
            default="metric",
        ),
    )
}
_KINDS = {
    "bool": Text("true or false", "布尔值"),
    "int": Text("a whole number", "整数"),
    "float": Text("a number", "数字"),
    "ints": Text("a list of whole numbers", "整数列表"),
    "floats": Text("a list of numbers", "数字列表"),
}
_OPTIMIZER_LABEL = Text("Optimizer", "优化器")
_SCHEDULE_LABEL = Text("Schedule", "学习率计划")
_CHECKPOINT_LABEL = Text("Checkpoints", "检查点")
_WEIGHTS_LABEL = Text("Loss weights", "损失权重")
_WEIGHTS_SUMMARY = Text(
    "How much the loss of each output counts, by the output's name; instead of what the graph says.",
    "各输出的损失所占的权重，按输出名称给出；用来替代图中的设置。",
)


def parse_config(data: object, *, path: str = "") -> RunConfig:
    """Read a run's settings strictly. Raises UserError `training.*` whose path begins with `path`."""
    given = _object(data, path, {*_FIELDS, "optimizer", "schedule", "checkpoint", "loss_weights"})
    values = _values(given, _FIELDS, path)
    optimizer = given.get("optimizer")
    schedule = given.get("schedule")
    checkpoint_path = _join(path, "checkpoint")
    checkpoint = _object(given.get("checkpoint", {}), checkpoint_path, _CHECKPOINT_FIELDS)
    weights_path = _join(path, "loss_weights")
    weights = _object(given.get("loss_weights", {}), weights_path)
    return RunConfig(
        **values,
        optimizer=OptimizerConfig() if optimizer is None else _optimizer(optimizer, _join(path, "optimizer")),
        schedule=None if schedule is None else _schedule(schedule, _join(path, "schedule")),
        checkpoint=CheckpointConfig(**_values(checkpoint, _CHECKPOINT_FIELDS, checkpoint_path)),
        loss_weights={name: _loss_weight(weight, _join(weights_path, name)) for name, weight in weights.items()},
    )


def parse_part(
    data: object, parts: Mapping[str, TrainingPart], kind: str, *, path: str, more: Mapping[str, Param] | None = None
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Read `{"type", "params"}` as (type, parameters given, values of the fields in `more`)."""
    fields = more or {}
    given = _object(data, path, {"type", "params", *fields})
    if "type" not in given:
        raise UserError("training.missing_key", path=path, key="type")
    part = parts.get(given["type"]) if isinstance(given["type"], str) else None
    if part is None:
        raise UserError(
            "training.unknown_type", path=_join(path, "type"), kind=kind, received=given["type"], known=", ".join(parts)
        )
    known = {param.name: param for param in part.params}
    params_path = _join(path, "params")
    params = _values(_object(given.get("params", {}), params_path, known), known, params_path)
    missing = next((param.name for param in part.params if param.required and param.name not in params), None)
    if missing is not None:
        raise UserError("training.missing_key", path=params_path, key=missing)
    return part.type, params, _values(given, fields, path)


def config_schema(language: str = "en") -> dict[str, Any]:
    """The JSON Schema of a run's settings, with titles, plain sentences and defaults in `language`."""
    properties = {name: _form(param, language) for name, param in _FIELDS.items()}
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
    properties["checkpoint"] = {
        "title": _CHECKPOINT_LABEL.render(language),
        "default": {},
        **_closed({name: _form(param, language) for name, param in _CHECKPOINT_FIELDS.items()}),
    }
    properties["loss_weights"] = {
        "title": _WEIGHTS_LABEL.render(language),
        "description": _WEIGHTS_SUMMARY.render(language),
        "default": {},
        "type": "object",
        "additionalProperties": {"type": "number", "minimum": 0},
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_closed(properties)}


def _optimizer(data: object, path: str) -> OptimizerConfig:
    type_, params, _ = parse_part(data, OPTIMIZERS, "optimizer", path=path)
    values = {**OPTIMIZERS[type_].defaults, **params}
    if values.get("nesterov") and not (values.get("momentum") and not values.get("dampening")):
        raise UserError(
            "training.out_of_range",
            path=_join(path, "params.nesterov"),
            key="nesterov",
            expected="off, or go with a momentum above 0 and no dampening",
            received=True,
        )
    return OptimizerConfig(type=type_, params=params)


def _schedule(data: object, path: str) -> ScheduleConfig:
    type_, params, more = parse_part(data, SCHEDULES, "schedule", path=path, more=_SCHEDULE_FIELDS)
    only = SCHEDULES[type_].every
    if only is not None:
        for key, expected in (("every", only), ("warmup", 0)):
            if more.setdefault(key, expected) != expected:
                raise UserError(
                    "training.out_of_range",
                    path=_join(path, key),
                    key=key,
                    expected=f"{expected} with {type_}",
                    received=more[key],
                )
    return ScheduleConfig(type=type_, params=params, **more)


def _loss_weight(value: object, path: str) -> float:
    param = Param(
        name=path.rpartition(".")[2], kind="float", label=_WEIGHTS_LABEL, summary=_WEIGHTS_SUMMARY, minimum=0.0
    )
    return float(_value(value, param, path))


def _object(data: object, path: str, known: Any = None) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise UserError("training.config_not_an_object", path=path, received=_short(data))
    for key in data:
        if known is not None and key not in known:
            raise UserError("training.unknown_key", path=_join(path, key), key=key, known=", ".join(sorted(known)))
    return data


def _values(given: Mapping[str, Any], params: Mapping[str, Param], path: str) -> dict[str, Any]:
    """The values in `given` that `params` describe, each checked and in its one form."""
    return {name: _value(given[name], param, _join(path, name)) for name, param in params.items() if name in given}


def _value(value: object, param: Param, path: str) -> Any:
    if not param.accepts(value):
        raise UserError(
            "training.wrong_type", path=path, key=param.name, expected=_expected(param), received=_short(value)
        )
    if not param.in_range(value):
        raise UserError(
            "training.out_of_range", path=path, key=param.name, expected=param.range_text(), received=_short(value)
        )
    return param.normalise(value)


def _expected(param: Param) -> str:
    words = [_KINDS[param.kind].en] if param.kind in _KINDS else []
    words += [f"“{choice}”" for choice in param.choices]
    words += ["null"] if param.nullable else []
    return " / ".join(words)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _form(param: Param, language: str) -> dict[str, Any]:
    schema = param.json_schema()
    schema |= {"title": param.label.render(language), "description": param.summary.render(language)}
    return schema if param.required else schema | {"default": param.default}


def _schedule_schema(part: TrainingPart, language: str) -> dict[str, Any]:
    fields = {name: _form(param, language) for name, param in _SCHEDULE_FIELDS.items()}
    if part.every is not None:
        fields = {_EVERY.name: {**fields[_EVERY.name], "enum": [part.every], "default": part.every}}
    return _part_schema(part, language, fields)


def _part_schema(part: TrainingPart, language: str, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    params = {param.name: _form(param, language) for param in part.params}
    required = [param.name for param in part.params if param.required]
    type_ = {"const": part.type, "title": part.label.render(language)}
    return {
        "title": part.label.render(language),
        "description": part.summary.render(language),
        **_closed({"type": type_, "params": _closed(params) | {"required": required}, **(more or {})}),
        "required": ["type", "params"] if required else ["type"],
    }

"""What one entry says of a loss, an optimizer, a schedule or a metric, and how it is put together. Torch-free."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from trainer.layers.entry import About
from trainer.layers.spec import REQUIRED, Param
from trainer.messages.registry import Text
from trainer.methods.signatures import Signature
from trainer.methods.words import COMMON_WORDS

Task = Literal["classes", "labels", "numbers"]
TargetKind = Literal[
    "class", "labels", "many_labels", "signs", "pair_sign", "numbers", "counts", "distribution", "tokens"
]
Interval = Literal["epoch", "step"]

# What the other losses compare with, for a sentence: no column of a data set holds it.
WIRED_TARGETS: Mapping[TargetKind, Text] = {
    "many_labels": Text("a yes or no for each of several labels", "多个标签各自的是或否"),
    "distribution": Text("a whole distribution", "完整的概率分布"),
    "tokens": Text("a series of symbols", "一串符号"),
}
COLUMN_TARGETS: frozenset[TargetKind] = frozenset(["class", "labels", "signs", "pair_sign", "numbers", "counts"])


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingPart:
    """A loss, optimizer, schedule or metric: its type, what it is, its parameters.

    Of a loss, `inputs` are the input ports that an Output has with it, and `target_kind` says what it is compared with,
    for B samples and an input `[B, ...]`:

    - `class`: an index, int64 `[B, d...]` for scores `[B, C, d...]`
    - `labels`: 0 or 1; `numbers`; `counts`, which are not rescaled; `distribution`: float32 of the input's shape
    - `many_labels`: 0 or 1, of which one alone says nothing
    - `signs`: 0 or 1, given to the loss as -1 or 1, of the input's shape; `pair_sign`: one for each sample, `[B]`
    - `tokens`: indices filled up with the blank, int64 `[B, S]`

    `tasks` says of a loss which metrics read its answers, of a metric which losses it goes with. `every` is how often a
    schedule must be stepped, where that is not a person's choice. `formula` is KaTeX.
    """

    type: str
    label: Text
    summary: Text
    formula: str = ""
    params: tuple[Param, ...] = ()
    tasks: tuple[Task, ...] = ()
    inputs: tuple[str, ...] = ("input",)
    target_kind: TargetKind | None = None
    has_fused: bool = False
    every: Interval | None = None
    higher_is_better: bool = True

    @property
    def target(self) -> bool:
        """Whether a loss compares what arrives with a target."""
        return self.target_kind is not None

    @property
    def defaults(self) -> dict[str, object]:
        return {param.name: param.default for param in self.params if param.default is not REQUIRED}


def torch_part(
    name: str,
    signatures: Mapping[str, Signature],
    *,
    label: Text,
    summary: Text,
    formula: str,
    params: Mapping[str, About] | None = None,
    hidden: frozenset[str] = frozenset(),
    more: tuple[Param, ...] = (),
    **facts: Any,
) -> TrainingPart:
    """The entry of torch's class `name`: the parameters of its signature, less those `hidden`, and `more` of ours."""
    about_params = params or {}
    shown = [entry for entry in signatures[name] if entry[0] not in hidden]
    unknown = (set(about_params) | hidden) - {entry[0] for entry in signatures[name]}
    if unknown:
        raise ValueError(f"{name} has no parameters {sorted(unknown)}")
    ours = tuple(_torch_param(param, kind, default, about_params.get(param, {})) for param, kind, default in shown)
    return TrainingPart(type=name, label=label, summary=summary, formula=formula, params=ours + more, **facts)


def by_type(*parts: TrainingPart) -> Mapping[str, TrainingPart]:
    return {part.type: part for part in parts}


def _torch_param(name: str, kind: Any, default: object, about_param: About) -> Param:
    said: dict[str, Any] = {"kind": kind, "default": REQUIRED if default is ... else default}
    said["nullable"] = default is None
    if kind == "floats" and isinstance(default, tuple):
        said["length"] = len(default)
    return Param(**{**COMMON_WORDS.get(name, {}), **said, "name": name, **about_param})

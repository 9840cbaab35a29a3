"""What an optimizer keeps for each parameter between steps, and what it needs besides while it steps.

By torch's own code, verified by tests that let each of them step.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Final

from trainer.methods.catalogue import OPTIMIZERS
from trainer.training.config import OptimizerConfig

FLOAT_BYTES: Final = 4
NUMBER_BYTES: Final = 4  # the count of steps is a tensor of its own

Shape = tuple[int, ...]
Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Keeps:
    """For each parameter: `copies` of its size and `numbers` besides; `work` copies more while it steps.

    `decayed` says whether weight decay makes one more copy of the gradient.
    """

    copies: int
    numbers: int = 0
    work: int = 0
    decayed: bool = False


@dataclass(frozen=True, slots=True)
class OptimizerBytes:
    """`state` lasts from step to step; `work` is needed within a step, beside the gradients."""

    state: int
    work: int = 0


def optimizer_bytes(
    config: OptimizerConfig, shapes: Sequence[Shape], chosen: Sequence[bool] = (), *, all_at_once: bool = False
) -> OptimizerBytes:
    """The bytes of an optimizer for the parameters that train.

    `chosen` says of each whether Muon or SparseAdam take it, which leave the rest to AdamW and Adam. `all_at_once`:
    the parameters are stepped together, as they are on a GPU, so that the work is that of all of them.
    """
    params = {**OPTIMIZERS[config.type].defaults, **config.params}
    match config.type:
        case "LBFGS":
            return _lbfgs(params, sum(map(prod, shapes)))
        case "Adafactor":
            return _adafactor(shapes, all_at_once=all_at_once)
        case "Muon" | "SparseAdam":
            taken = [shape for shape, is_chosen in zip(shapes, chosen, strict=True) if is_chosen]
            rest = [shape for shape, is_chosen in zip(shapes, chosen, strict=True) if not is_chosen]
            first = _muon(params, taken) if config.type == "Muon" else _plain(Keeps(2), taken, all_at_once=False)
            other = _plain(Keeps(2, 1, work=2), rest, all_at_once=all_at_once)
            return OptimizerBytes(first.state + other.state, max(first.work, other.work))
        case _:
            keeps = _keeps(config.type, params)
            decays = keeps.decayed and bool(params.get("weight_decay"))
            return _plain(keeps, shapes, all_at_once=all_at_once, more_work=int(decays))


def _keeps(type_: str, params: Params) -> Keeps:
    """Of those that treat each number of a parameter alike. The fused ones work in place."""
    match type_:
        case "SGD":
            return Keeps(int(bool(params["momentum"])))
        case "Adam" | "AdamW":
            return Keeps(2 + bool(params["amsgrad"]), 1)
        case "Adagrad":
            return Keeps(1, 1)
        case "RMSprop":
            return Keeps(1 + bool(params["centered"]) + bool(params["momentum"]), 1, work=1, decayed=True)
        case "Adadelta":
            return Keeps(2, 1, work=2, decayed=True)
        case "Adamax":
            return Keeps(2, 1, work=1, decayed=True)
        case "NAdam":
            return Keeps(2, 2, work=2, decayed=not params["decoupled_weight_decay"])
        case "RAdam":  # from its sixth step on
            return Keeps(2, 1, work=5, decayed=not params["decoupled_weight_decay"])
        case "ASGD":
            return Keeps(1, 3, decayed=True)
        case "Rprop":
            return Keeps(2, 1, work=3)
    raise AssertionError(f"nothing is known of the memory of {type_}")


def _plain(keeps: Keeps, shapes: Sequence[Shape], *, all_at_once: bool, more_work: int = 0) -> OptimizerBytes:
    sizes = [FLOAT_BYTES * prod(shape) for shape in shapes]
    worked_on = sum(sizes) if all_at_once else max(sizes, default=0)
    state = keeps.copies * sum(sizes) + keeps.numbers * NUMBER_BYTES * len(sizes)
    return OptimizerBytes(state, (keeps.work + more_work) * worked_on)


def _adafactor(shapes: Sequence[Shape], *, all_at_once: bool) -> OptimizerBytes:
    """Of more than one axis, the means over the last axis and over the last but one; of one axis, all."""
    state, sizes = 0, [0]
    for shape in shapes:
        kept = prod(shape[:-1]) + prod(shape[:-2]) * shape[-1] if len(shape) > 1 else prod(shape)
        state += FLOAT_BYTES * kept + NUMBER_BYTES
        sizes.append(FLOAT_BYTES * prod(shape) + FLOAT_BYTES * kept)
    return OptimizerBytes(state, sum(sizes) if all_at_once else max(sizes))


def _muon(params: Params, shapes: Sequence[Shape]) -> OptimizerBytes:
    """The momentum; while it steps a matrix, that matrix twice and two squares of its short side, in bfloat16."""
    works = [
        (FLOAT_BYTES * prod(shape) if params["nesterov"] else 0) + 4 * prod(shape) + 4 * min(shape) ** 2
        for shape in shapes
    ]
    return OptimizerBytes(FLOAT_BYTES * sum(map(prod, shapes)), max(works, default=0))


def _lbfgs(params: Params, num_numbers: int) -> OptimizerBytes:
    """Two vectors of all parameters for each step remembered, the direction and the last gradient.

    Within a step it works with 5 more vectors, up to 8 where it searches along the line.
    """
    vector = FLOAT_BYTES * num_numbers
    work = 8 if params.get("line_search_fn") else 5
    return OptimizerBytes((2 * params["history_size"] + 2) * vector, work * vector)

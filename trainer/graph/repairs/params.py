"""Repairs of parameters: the nearest value that is allowed, or the one that follows."""

from collections.abc import Iterator, Mapping
from math import prod
from typing import Any, Final

from trainer.graph.problems import Fix, Problem
from trainer.graph.repairs.context import Repair, RepairContext
from trainer.layers.registry import CATALOGUE
from trainer.layers.spec import Param

MAX_DIVISORS: Final = 3


def reset_param(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """Back to what the parameter is when nobody sets it."""
    node = context.node(problem.node)
    fields = {"name": node.name, "param": problem.param}
    yield Fix("reset_param", (context.setting(node, str(problem.param)),), fields)


def into_range(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """The nearest value that is allowed."""
    node = context.node(problem.node)
    form = None if node.block else CATALOGUE[node.type].param(str(problem.param))
    if form is None:
        return
    value = _nearest(form, problem.fields["received"])
    if value is not None and form.in_range(value):
        yield context.set_fix(problem, form.name, value)
    yield from reset_param(problem, context)


def _nearest(form: Param, value: Any) -> Any:
    """The allowed value nearest to a number, or to each of a list of as many as are wanted."""
    if isinstance(value, list | tuple):
        length = form.length or len(value)
        filled = [*value, *value[-1:] * length][:length]
        return [_nearest(form, entry) for entry in filled]
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    step = 1 if form.kind in ("int", "ints") else 1e-3
    number = float(value)
    if form.minimum is not None:
        number = max(number, form.minimum)
    if form.maximum is not None:
        number = min(number, form.maximum)
    if form.above is not None and number <= form.above:
        number = form.above + step
    if form.below is not None and number >= form.below:
        number = form.below - step
    return int(number) if form.kind in ("int", "ints") else number


def example_value(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """The value that the layer's example has."""
    node = context.node(problem.node)
    value = None if node.block else CATALOGUE[node.type].example.params.get(str(problem.param))
    if value is not None:
        yield context.set_fix(problem, str(problem.param), list(value) if isinstance(value, tuple) else value)


def divisor(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """The number nearest to the one chosen that divides without a remainder."""
    whole = int(problem.fields.get("width", problem.fields.get("count", 1)))
    chosen = int(problem.fields["received"])
    divisors = [number for number in range(1, min(whole, 4096) + 1) if whole % number == 0]
    for number in sorted(divisors, key=lambda number: (abs(number - chosen), number))[:MAX_DIVISORS]:
        yield context.set_fix(problem, str(problem.param), number)


def set_stride(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """A stride of one, with which "same" can be held."""
    yield context.set_fix(problem, "stride", 1)


def allowed_value(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """The value that the sentence expects."""
    yield context.set_fix(problem, str(problem.param), problem.fields["expected"])


def axis(choice: int) -> Repair:
    """The axis `choice` instead of one that does not exist, or is the batch."""

    def repair(problem: Problem, context: RepairContext) -> Iterator[Fix]:
        yield context.set_fix(problem, str(problem.param), choice)

    return repair


def fit_reshape(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """The shape that was wanted, with one of its sizes changed so that they multiply to what there is."""
    count = int(problem.fields["count"])
    wanted = list(context.node(problem.node).params.get(str(problem.param)) or [])
    for number in range(len(wanted)):
        others = [-size if size < 0 else size for position, size in enumerate(wanted) if position != number]
        known = prod(others)
        if known > 0 and count % known == 0 and wanted[number] != -1:
            yield context.set_fix(
                problem, str(problem.param), [*wanted[:number], count // known, *wanted[number + 1 :]]
            )
    for number, size in enumerate(wanted):
        if size > 0 and wanted.count(-1) == 1 and len(wanted) == 2:
            largest = max(other for other in range(1, size + 1) if count % other == 0)
            yield context.set_fix(problem, str(problem.param), [*wanted[:number], largest, *wanted[number + 1 :]])
    yield context.set_fix(problem, str(problem.param), [count])


def order_axes(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """Each axis once, the batch first."""
    rank = int(problem.fields["rank"])
    yield context.set_fix(problem, "dims", [0, *range(rank - 1, 0, -1)])


PARAM_REPAIRS: Final[Mapping[str, Repair]] = {
    "param.missing": example_value,
    "param.type": reset_param,
    "param.follows": reset_param,
    "param.range": into_range,
    "param.heads": divisor,
    "param.groups": divisor,
    "param.same_stride": set_stride,
    "param.pool_padding": allowed_value,
    "param.slopes": allowed_value,
    "param.projection": reset_param,
    "param.padding_idx": allowed_value,
    "shape.last_axes": reset_param,
    "shape.reshape": fit_reshape,
    "shape.permute": order_axes,
    "batch.mixed": axis(-1),
    "batch.axis": axis(1),
}

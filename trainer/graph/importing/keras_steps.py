"""`TimeDistributed`: a layer of Keras that does the same at each step of a series."""

from collections.abc import Mapping
from dataclasses import replace
from math import prod
from typing import Any, Final

import numpy as np

from trainer.graph.importing.draft import Array
from trainer.graph.importing.keras_walk import Op, Value, handles, said, seen_in
from trainer.graph.importing.report import Unfit
from trainer.graph.importing.views import BATCH, lay, whole

# These see the last axis alone, or each number: they do the same without the wrapper.
SPREAD: Final = frozenset({"Dense", "Activation", "Dropout", "LayerNormalization", "BatchNormalization", "Rescaling"})
# What slides over pictures slides over volumes with a window of one step.
SLIDING: Final = {
    f"{kind}{axes}D": f"{kind}{axes + 1}D" for kind in ("Conv", "MaxPooling", "AveragePooling") for axes in (1, 2)
}
SIZES: Final = ("kernel_size", "strides", "dilation_rate", "pool_size")
GLOBAL: Final = {
    f"Global{kind}Pooling{axes}D": layer for kind, layer in (("Average", "Mean"), ("Max", "Max")) for axes in (1, 2, 3)
}


class _Sliding(Op):
    """A layer whose kernel has an axis for the steps besides those that the file has."""

    def weights(self, ranks: Mapping[str, int | None], part: str = "") -> dict[str, Array]:
        own = {name: rank if rank is None or name != "kernel" else rank - 1 for name, rank in ranks.items()}
        found = super().weights(own, part)
        return {name: array[np.newaxis] if name == "kernel" else array for name, array in found.items()}


@handles("TimeDistributed")
def time_distributed(op: Op) -> Value | list[Value]:
    inner = op.inner("layer")
    kind, config = inner.layer.kind, inner.layer.config
    if config.get("data_format") == "channels_first":
        raise Unfit("it has its channels before the places")
    if kind in SLIDING:
        sizes = {name: _with_one(config[name], int(kind[-2])) for name in SIZES if config.get(name) is not None}
        layer = replace(inner.layer, kind=SLIDING[kind], config={**config, **sizes})
        return said(_Sliding(inner.walk, layer, inner.call, inner.values, inner.path, inner.prefix))
    if kind == "Flatten":
        return _flat(inner)
    if kind in GLOBAL:
        return _over_places(inner)
    if kind not in SPREAD or config.get("axis", -1) not in (-1, [-1]):
        raise Unfit(f"it spreads {kind} over the steps")
    return said(inner)


def _with_one(value: Any, axes: int) -> list[Any]:
    """A size an axis, with 1 for the steps before them; what is no size is told so where it is read."""
    return [1, *(value if isinstance(value, list) else [value] * axes)]


def _flat(op: Op) -> Value:
    """The places and channels of each step in one row, in the order of Keras."""
    view = op.view()
    if view.rank < 3:
        raise Unfit("it reads no series")
    sizes = (view.shape[1], prod(view.shape[2:]))
    found = view.reshaped((BATCH, *sizes))
    if found is not None:
        return found
    return whole(op.draft, op.add("Reshape", lay(op.draft, view).wire, {"shape": list(sizes)}))


def _over_places(op: Op) -> Value:
    axes, view = int(op.layer.kind[-2]), op.view()
    if view.rank != axes + 3 or op.settings.flag("keepdims", False):
        raise Unfit(f"it reads {view.rank - 3} axes besides steps and channels, where {axes} were expected")
    laid, order = op.as_it_lies(view)
    dims = sorted(order.index(axis) for axis in range(2, view.rank - 1))
    wire = op.add(GLOBAL[op.layer.kind], laid.wire, {"dim": dims if len(dims) > 1 else dims[0]})
    left = [axis for axis in order if axis in (0, 1, view.rank - 1)]
    return seen_in(op.draft, wire, [sorted(left).index(axis) for axis in left])

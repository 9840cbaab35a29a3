"""Layers of Keras that prepare what is read, with numbers that do not learn, and those that only matter in training."""

from typing import Any, Final

import numpy as np

from trainer.graph.importing.draft import Array, Wire
from trainer.graph.importing.keras_walk import Op, Value, handles, seen_in
from trainer.graph.importing.report import Unfit

# Keras works them out in training alone; a graph has no counterpart for them.
IN_TRAINING_ONLY: Final = (
    "GaussianNoise",
    "GaussianDropout",
    "ActivityRegularization",
    "RandomFlip",
    "RandomRotation",
    "RandomTranslation",
    "RandomZoom",
    "RandomContrast",
    "RandomBrightness",
    "StochasticDepth",
)
LEAST_DEVIATION: Final = 1e-7


@handles(*IN_TRAINING_ONLY)
def in_training_only(op: Op) -> Value:
    op.draft.report.say("warning", "keras_left_out", name=op.name, what=op.layer.kind)
    return op.view()


@handles("Identity", "InputLayer", "Masking")
def identity(op: Op) -> Value:
    if op.layer.kind == "Masking":
        op.draft.report.say("warning", "keras_mask", name=op.name)
    return op.view()


@handles("Rescaling")
def rescaling(op: Op) -> Value:
    return op.same("ScaleShift", {"scale": op.settings.number("scale"), "shift": op.settings.number("offset", 0.0)})


@handles("Resizing")
def resizing(op: Op) -> Value:
    op.settings.nothing("crop_to_aspect_ratio", "pad_to_aspect_ratio", "antialias")
    mode = op.settings.choice("interpolation", ("bilinear", "nearest"), "bilinear")
    size = [op.settings.size("height"), op.settings.size("width")]
    wire = op.channels_second(op.view())
    return op.seen(op.add("Interpolate", wire, {"size": size, "mode": mode}))


@handles("Normalization")
def normalization(op: Op) -> Value:
    """`(x - mean) / deviation`, of numbers that were found out before training: frozen, or fixed where it is one."""
    view = op.view()
    factor, shift = _factor_and_shift(op)
    if op.settings.get("axis") in (None, []):
        if factor is None or shift is None or factor.size != 1:
            raise Unfit("what it subtracts and divides by is not in the file")
        return op.same("ScaleShift", {"scale": float(factor[0]), "shift": float(shift[0])})
    axis = op.settings.axis("axis", view.rank)
    size = view.shape[axis]
    laid, order = op.as_it_lies(view)
    shape = [size if place == axis else 1 for place in order[1:]]
    wire = laid.wire
    for kind, suffix, array in (("Mul", "factor", factor), ("Add", "shift", shift)):
        if array is not None and array.size not in (1, size):
            raise Unfit(f"it has {array.size} numbers for an axis of {size}")
        wire = op.add(kind, {"inputs": [wire, _frozen(op, suffix, shape, array)]}, suffix=f"{suffix}_applied")
    return seen_in(op.draft, wire, order)


def _factor_and_shift(op: Op) -> tuple[Array | None, Array | None]:
    mean, variance = (_numbers(op.settings.get(name)) for name in ("mean", "variance"))
    if mean is None or variance is None:
        found = op.weights({"mean": None, "variance": None, "count": None})
        if not found:
            return None, None
        mean, variance = found["mean"].reshape(-1), found["variance"].reshape(-1)
    if mean.size != variance.size or not mean.size:
        raise Unfit("it has as many means as variances")
    deviation = np.maximum(np.sqrt(np.maximum(variance, 0)), np.float32(LEAST_DEVIATION))
    if op.settings.flag("invert", False):
        return deviation, mean
    return 1 / deviation, -mean / deviation


def _frozen(op: Op, suffix: str, shape: list[int], array: Array | None) -> Wire:
    params = {"shape": shape, "init": "ones" if suffix == "factor" else "zeros"}
    whole_size = {} if array is None else {"": np.broadcast_to(array, (max(shape),)).reshape(shape)}
    return op.add("Parameter", {}, params, weights=whole_size, suffix=suffix, learned=True, frozen=True)


def _numbers(value: Any) -> Array | None:
    """Numbers of a setting, in however many lists."""
    if value is None:
        return None
    flat, waiting = [], [value]
    while waiting:
        entry = waiting.pop()
        if isinstance(entry, list):
            waiting += reversed(entry)
        elif type(entry) in (int, float) and abs(entry) < 1e30:
            flat.append(float(entry))
        else:
            raise Unfit("what it subtracts is no list of numbers")
    return np.array(flat, dtype=np.float32)

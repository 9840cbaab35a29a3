"""Layers of Keras that carry weights on the last axis, and that normalize."""

from collections.abc import Mapping
from math import prod
from typing import Any, Final

import numpy as np

from trainer.graph.importing.draft import Array, Wire
from trainer.graph.importing.keras_activations import activated
from trainer.graph.importing.keras_readers import KEEPING
from trainer.graph.importing.keras_walk import Op, Value, handles, seen_in
from trainer.graph.importing.report import Unfit
from trainer.graph.importing.views import View, lay, whole

# Who does something else where a step is masked, and who hands a mask on. The mean of a series is said with its mask.
_MASKED = "LSTM GRU SimpleRNN RNN Bidirectional TimeDistributed Attention AdditiveAttention MultiHeadAttention Softmax"
MASKED: Final = frozenset(_MASKED.split())
JOINING: Final = frozenset({"Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate"})


def biased(op: Op, bias: int | None = 1, **ranks: int) -> dict[str, int | None]:
    """Names and ranks of weights and, where the layer has one, of its bias."""
    return {**ranks, "bias": bias} if op.settings.flag("use_bias", True) else {**ranks}


def in_own_order(op: Op, view: View) -> tuple[Wire, Mapping[str, Any]]:
    """A flat tensor as it lies, and how weights along it are brought into its order: `{}` where they fit already.

    What comes flat out of a convolution has another order here; where nobody else reads the weights they take it over.
    """
    axis = view.axes[-1]
    if view.rank != 2 or len(axis) < 2 or not op.alone or list(axis) == sorted(axis):
        return lay(op.draft, view).wire, {}
    sizes = [view.atoms[atom] for atom in axis]
    wire = lay(op.draft, View(view.wire, view.atoms, ((0,), tuple(sorted(axis))))).wire
    return wire, {"sizes": sizes, "order": list(np.argsort(axis))}


def reordered(array: Array, sizes: list[int] | None = None, order: list[int] | None = None) -> Array:
    """`array` with its first axis in the order that `in_own_order` found."""
    if sizes is None or order is None:
        return array
    if array.shape[0] != prod(sizes):
        raise Unfit(f"its weights have {array.shape[0]} rows, expected {prod(sizes)}")
    rest = array.shape[1:]
    moved = array.reshape(*sizes, *rest).transpose(*order, *range(len(sizes), len(sizes) + len(rest)))
    return moved.reshape(-1, *rest)


def linear(op: Op, wire: Wire, units: int, weights: Mapping[str, Array], *, bias: bool, suffix: str = "") -> Wire:
    """A Linear of a kernel `[in, out]`."""
    own = {} if not weights else {"weight": weights["kernel"].T} | ({"bias": weights["bias"]} if bias else {})
    params = {"out_features": units, "bias": bias}
    return op.add("Linear", wire, params, weights=own, learned=True, suffix=suffix)


@handles("Dense")
def dense(op: Op) -> Value:
    view = op.view()
    if view.rank < 2:
        raise Unfit("it reads no axis")
    wire, moved = in_own_order(op, view)
    weights = op.weights(biased(op, kernel=2))
    if weights:
        weights["kernel"] = reordered(weights["kernel"], **moved)
    given = linear(op, wire, op.settings.size("units"), weights, bias=op.settings.flag("use_bias", True))
    return activated(op, whole(op.draft, given), op.settings.get("activation"))


@handles("Embedding")
def embedding(op: Op) -> Value:
    wire = lay(op.draft, op.view()).wire
    if op.draft.spec(wire).dtype != "int64":
        wire = op.add("Cast", wire, {"dtype": "int64"}, suffix="index")
    found = op.weights({"embeddings": 2})
    params = {"num_embeddings": op.settings.size("input_dim"), "embedding_dim": op.settings.size("output_dim")}
    weights = {"weight": found["embeddings"]} if found else {}
    given = op.add("Embedding", wire, params, weights=weights, learned=True)
    if op.settings.flag("mask_zero", False):
        op.walk.masks[given] = wire
        if op.walk.readers.kinds(op.path, KEEPING | JOINING) & MASKED:
            op.draft.report.say("warning", "keras_mask", name=op.name)
    return whole(op.draft, given)


@handles("BatchNormalization")
def batch_norm(op: Op) -> Value:
    settings, view = op.settings, op.view()
    settings.nothing("renorm", "virtual_batch_size")
    axis = settings.axis("axis", view.rank)
    moved: Mapping[str, Any] = {}
    if view.rank == 2:
        wire, moved = in_own_order(op, view)
    else:
        wire = op.channels_second(view, axis)
    if not 2 <= view.rank <= 5:
        raise Unfit(f"it normalizes {view.rank} axes")
    center, scale = settings.flag("center", True), settings.flag("scale", True)
    ranks = {**_learned(scale, center), "moving_mean": 1, "moving_variance": 1}
    found = {name: reordered(array, **moved) for name, array in op.weights(ranks).items()}
    if any(array.shape != (view.shape[axis],) for array in found.values()):
        raise Unfit(f"its weights are not {view.shape[axis]} numbers each")
    params = {
        "eps": settings.number("epsilon", 1e-3),
        "momentum": round(1 - settings.number("momentum", 0.99), 9),
        "affine": center or scale,
    }
    weights: dict[str, Array] = {}
    if found:
        weights = {"running_mean": found["moving_mean"], "running_var": found["moving_variance"]}
        weights["num_batches_tracked"] = np.array(0, dtype=np.int64)
        weights |= _affine(found, found["moving_mean"].shape) if center or scale else {}
    kind = f"BatchNorm{max(view.rank - 2, 1)}d"
    given = op.add(kind, wire, params, weights=weights, learned=True)
    if view.rank > 2:
        return op.seen(given, axis)
    return view.moved(given) if moved else whole(op.draft, given)


def _learned(scale: bool, center: bool, rank: int = 1) -> dict[str, int | None]:
    return {name: rank for name, given in (("gamma", scale), ("beta", center)) if given}


def _affine(found: Mapping[str, Array], shape: tuple[int, ...]) -> dict[str, Array]:
    """Weight and bias of torch; the one that the layer has not is what changes nothing."""
    gamma, beta = (
        found.get(name, np.full(shape, value, np.float32)) for name, value in (("gamma", 1.0), ("beta", 0.0))
    )
    return {"weight": gamma, "bias": beta}


@handles("LayerNormalization", "RMSNormalization")
def layer_norm(op: Op) -> Value:
    settings, view = op.settings, op.view()
    settings.nothing("rms_scaling")
    axes = settings.axes("axis", view.rank)
    if axes != list(range(axes[0], view.rank)):
        raise Unfit("it does not normalize the last axes")
    wire = lay(op.draft, view).wire
    shape = view.shape[axes[0] :]
    params: dict[str, Any] = {"normalized_shape": list(shape)}
    if op.layer.kind == "RMSNormalization":
        found = op.weights({"scale": len(shape)})
        weights = {"weight": found["scale"]} if found else {}
        params["eps"] = settings.number("epsilon", 1e-6)
        return whole(op.draft, op.add("RMSNorm", wire, params, weights=weights, learned=True))
    center, scale = settings.flag("center", True), settings.flag("scale", True)
    found = op.weights(_learned(scale, center, len(shape)))
    params |= {"eps": settings.number("epsilon", 1e-3), "elementwise_affine": center or scale}
    if scale and not center:
        params["bias"] = False
    weights = {name: array for name, array in _affine(found, shape).items() if center or name == "weight"}
    given = op.add("LayerNorm", wire, params, weights=weights if found else {}, learned=True)
    return whole(op.draft, given)


@handles("GroupNormalization")
def group_norm(op: Op) -> Value:
    settings, view = op.settings, op.view()
    axis = settings.axis("axis", view.rank)
    wire = op.channels_second(view, axis)
    groups = view.shape[axis] if settings.get("groups") == -1 else settings.size("groups", 32)
    center, scale = settings.flag("center", True), settings.flag("scale", True)
    found = op.weights(_learned(scale, center))
    params = {"num_groups": groups, "eps": settings.number("epsilon", 1e-3), "affine": center or scale}
    weights = _affine(found, (view.shape[axis],)) if found else {}
    return op.seen(op.add("GroupNorm", wire, params, weights=weights, learned=True), axis)


@handles("LayerScale")
def layer_scale(op: Op) -> Value:
    """A factor for each channel, as ConvNeXt has them."""
    view = op.view()
    laid, order = op.as_it_lies(view)
    size = view.shape[-1]
    found = op.weights({"gamma": 1})
    if found and found["gamma"].shape != (size,):
        raise Unfit(f"its factors are not {size}")
    shape = [size if axis == view.rank - 1 else 1 for axis in order[1:]]
    weights = {"": found["gamma"].reshape(shape)} if found else {}
    factor = op.add("Parameter", {}, {"shape": shape, "init": "ones"}, suffix="factor", weights=weights, learned=True)
    return seen_in(op.draft, op.add("Mul", {"inputs": [laid.wire, factor]}), order)


@handles("Dropout", "AlphaDropout")
def dropout(op: Op) -> Value:
    if op.settings.get("noise_shape") not in (None, []):
        op.draft.report.say("warning", "keras_left_out", name=op.name, what="noise_shape")
    return op.same(op.layer.kind, {"p": op.settings.number("rate")})


@handles("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D")
def spatial_dropout(op: Op) -> Value:
    wire = op.channels_second(op.view())
    axes = op.layer.kind[-2]
    return op.seen(op.add(f"Dropout{axes}d", wire, {"p": op.settings.number("rate")}))

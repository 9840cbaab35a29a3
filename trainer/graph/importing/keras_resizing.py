"""Layers of Keras that put a border around pictures, cut one off, and make them larger."""

from typing import Any

from trainer.graph.importing.keras_walk import Op, Value, handles
from trainer.graph.importing.report import Unfit
from trainer.graph.importing.spatial import pad


def _axes(op: Op) -> int:
    axes, rank = int(op.layer.kind[-2]), op.view().rank
    if rank != axes + 2:
        raise Unfit(f"it reads {rank - 2} axes besides the channels, where {axes} were expected")
    return axes


@handles("ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D")
def zero_padding(op: Op) -> Value:
    pairs = op.settings.pairs("padding", _axes(op))
    wire = op.channels_second(op.view())
    return op.seen(pad(op.draft, wire, [pair[0] for pair in pairs], [pair[1] for pair in pairs]))


@handles("Cropping1D", "Cropping2D", "Cropping3D")
def cropping(op: Op) -> Value:
    wire = op.channels_second(op.view())
    for axis, (before, behind) in enumerate(op.settings.pairs("cropping", _axes(op))):
        if before or behind:
            params = {"dim": axis + 2, "start": before, "end": -behind if behind else None}
            wire = op.add("Slice", wire, params)
    return op.seen(wire)


@handles("UpSampling1D", "UpSampling2D", "UpSampling3D")
def up_sampling(op: Op) -> Value:
    axes = _axes(op)
    size = op.settings.sizes("size", axes, 2)
    mode = op.settings.choice("interpolation", ("nearest", "bilinear"), "nearest")
    wire = op.channels_second(op.view())
    params: dict[str, Any] = {"mode": mode}
    if len(set(size)) == 1:
        params["scale_factor"] = float(size[0])
    else:
        params["size"] = [n * times for n, times in zip(op.draft.spec(wire).shape[1:], size, strict=True)]
    return op.seen(op.add("Upsample", wire, params))

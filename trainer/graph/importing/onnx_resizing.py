"""Operations of ONNX that give pictures and series another size, said in operations of the catalogue."""

from collections.abc import Sequence
from typing import Any

from trainer.graph.importing.onnx_axes import reshaped
from trainer.graph.importing.onnx_elementwise import short
from trainer.graph.importing.onnx_op import Op, Value
from trainer.graph.importing.onnx_walk import Walk, handles
from trainer.graph.importing.report import Unfit
from trainer.graph.importing.views import lay, plain, whole


@handles("Pad")
def pad_(walk: Walk, op: Op) -> Sequence[Value]:
    view = op.view()
    pads = op.ints(1) if len(op.inputs) > 1 else op.get("pads")
    axes = op.ints(3) if len(op.inputs) > 3 and op.inputs[3] is not None else list(range(view.rank))
    fill = op.constant(2) if len(op.inputs) > 2 else None
    value = float(fill.reshape(-1)[0]) if fill is not None else op.get("value", 0.0)
    laid = lay(walk.draft, view)
    sides = [[0, 0] for _ in laid.sizes]
    for axis, before, behind in zip(axes, pads[: len(axes)], pads[len(axes) :], strict=True):
        if before or behind:
            sides[laid.dim(view.axis(axis))] = [before, behind]
    first = next((dim for dim, pair in enumerate(sides) if any(pair)), None)
    if first is None:
        return [view]
    flat = [side for pair in reversed(sides[first:]) for side in pair]
    mode = {"edge": "replicate", "wrap": "circular"}.get(op.get("mode", "constant"), op.get("mode", "constant"))
    params = {"pad": flat, "mode": mode} | ({"value": short(value)} if mode == "constant" else {})
    wire = walk.draft.add("Pad", laid.wire, params)
    return [laid.seen(wire, [size + sum(pair) for size, pair in zip(laid.sizes, sides, strict=True)])]


@handles("Resize", "Upsample")
def resize(walk: Walk, op: Op) -> Sequence[Value]:
    wire = plain(walk.draft, op.view())
    shape = walk.draft.spec(wire).shape[1:]
    size: dict[str, Any]
    if op.op == "Resize" and len(op.inputs) > 3 and op.inputs[3] is not None:
        size = {"size": op.ints(3)[2:]}
    else:
        scales = op.needed(2 if op.op == "Resize" else 1).reshape(-1)[2:].tolist()
        exact = [old * scale for old, scale in zip(shape, scales, strict=True)]
        size = {"size": [int(new + 1e-6) for new in exact]}
        if any(abs(new - round(new)) > 1e-4 for new in exact) and len(set(scales)) == 1:
            size = {"scale_factor": short(scales[0])}  # where places lie depends on it, not on the size that is left
    mode, corners = _stretching(op, shape, size.get("size"))
    if corners:
        return [whole(walk.draft, walk.draft.add("Upsample", wire, {**size, "mode": mode, "align_corners": True}))]
    return [whole(walk.draft, walk.draft.add("Interpolate", wire, {**size, "mode": mode}))]


def _stretching(op: Op, shape: Sequence[int], wanted: Sequence[int] | None) -> tuple[str, bool]:
    """The mode of torch, and whether corners stay where they are; unfit where it stretches in a way of its own."""
    way = op.get("mode", "nearest")
    rule = "asymmetric" if op.op == "Upsample" else op.get("coordinate_transformation_mode", "half_pixel")
    rounded = "floor" if op.op == "Upsample" else op.get("nearest_mode", "round_prefer_floor")
    if way == "nearest" and (rule, rounded) == ("asymmetric", "floor"):
        return "nearest", False
    if way == "nearest" and rule in ("half_pixel", "pytorch_half_pixel"):
        if (
            wanted
            and rounded.startswith("round")
            and all(new % old == 0 for new, old in zip(wanted, shape, strict=True))
        ):
            return "nearest", False
        if rounded == "round_prefer_ceil" and rule == "half_pixel":
            return "nearest-exact", False
    mode = {1: "linear", 2: "bilinear", 3: "trilinear"}.get(len(shape), "") if way == "linear" else ""
    if way == "cubic" and len(shape) == 2 and not op.get("exclude_outside", 0):
        mode = "bicubic" if abs(op.get("cubic_coeff_a", -0.75) + 0.75) < 1e-6 else ""
    if not mode or rule not in ("half_pixel", "pytorch_half_pixel", "align_corners"):
        raise Unfit(f"it stretches in the way {way}, {rule}")
    return mode, rule == "align_corners"


@handles("DepthToSpace", "SpaceToDepth")
def between_depth_and_space(walk: Walk, op: Op) -> Sequence[Value]:
    """Channels into places or back; where the channels are counted before the places of a square, axes are moved."""
    view, edge = op.view(), op.get("blocksize")
    if op.op == "DepthToSpace" and op.get("mode", "DCR") == "CRD":
        wire = walk.draft.add("PixelShuffle", plain(walk.draft, view), {"upscale_factor": edge})
        return [whole(walk.draft, wire)]
    batch, channels, height, width = view.shape
    if op.op == "DepthToSpace":
        few = channels // edge**2
        split, order = [batch, edge, edge, few, height, width], (0, 3, 4, 1, 5, 2)
        sizes = [batch, few, height * edge, width * edge]
    else:
        split, order = [batch, channels, height // edge, edge, width // edge, edge], (0, 3, 5, 1, 2, 4)
        sizes = [batch, channels * edge**2, height // edge, width // edge]
    return [reshaped(walk, reshaped(walk, view, split).transposed(order), sizes)]

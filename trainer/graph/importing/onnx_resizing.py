"""Operations of ONNX that give pictures and series another size, said in operations of the catalogue."""

from collections.abc import Sequence
from typing import Any

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
    shape = walk.draft.spec(wire).shape
    if op.op == "Resize" and len(op.inputs) > 3 and op.inputs[3] is not None:
        sizes = op.ints(3)[2:]
    else:
        scales = op.needed(2 if op.op == "Resize" else 1)
        sizes = [int(size * scale + 1e-6) for size, scale in zip(shape[1:], scales.reshape(-1)[2:], strict=True)]
    way, rule = op.get("mode", "nearest"), op.get("coordinate_transformation_mode", "half_pixel")
    if op.op == "Upsample":
        rule = "asymmetric"
    nearest = op.get("nearest_mode", "round_prefer_floor") == "floor" or op.op == "Upsample"
    linear = {1: "linear", 2: "bilinear", 3: "trilinear"}.get(len(sizes), "")
    if way == "nearest" and rule == "asymmetric" and nearest:
        params: dict[str, Any] = {"size": sizes, "mode": "nearest"}
    elif way == "linear" and rule in ("half_pixel", "pytorch_half_pixel"):
        params = {"size": sizes, "mode": linear}
    elif way == "linear" and rule == "align_corners":
        params = {"size": sizes, "mode": linear, "align_corners": True}
        return [whole(walk.draft, walk.draft.add("Upsample", wire, params))]
    else:
        raise Unfit(f"it stretches in the way {way}, {rule}")
    return [whole(walk.draft, walk.draft.add("Interpolate", wire, params))]


@handles("DepthToSpace")
def depth_to_space(walk: Walk, op: Op) -> Sequence[Value]:
    if op.get("mode", "DCR") != "CRD":
        raise Unfit("it takes its channels in another order than PixelShuffle")
    wire = plain(walk.draft, op.view())
    return [whole(walk.draft, walk.draft.add("PixelShuffle", wire, {"upscale_factor": op.get("blocksize")}))]

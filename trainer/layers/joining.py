"""Operations that put tensors together along an axis, or take one apart."""

from collections.abc import Mapping
from typing import Any, Final

from trainer.layers.axes import axes_fault, axis_size, shape_text
from trainer.layers.entry import operation, own_param
from trainer.layers.spec import MAX_OUTPUTS, CodeCall, Example, Fault, Port, RunCall, Shapes
from trainer.messages.registry import Text

PAIR: Final = (((3, 4), "float32"), ((3, 4), "float32"))
MATRIX: Final = {"input": (((6, 4), "float32"),)}


def _concat_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    first = shapes["inputs"][0]
    fault = axes_fault("dim", values["dim"], first)
    if fault is not None:
        return fault
    axis = values["dim"] % (len(first) + 1)
    for shape in shapes["inputs"][1:]:
        if len(shape) != len(first) or shape[: axis - 1] + shape[axis:] != first[: axis - 1] + first[axis:]:
            found = {"expected": shape_text(first), "received": shape_text(shape), "dim": axis}
            return Fault("shape.concat", None, found)
    return None


def _stack_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    first = shapes["inputs"][0]
    for shape in shapes["inputs"][1:]:
        if shape != first:
            return Fault("shape.differ", None, {"expected": shape_text(first), "received": shape_text(shape)})
    return axes_fault("dim", values["dim"], (*first, 1))


def _chunk_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    shape, chunks = shapes["input"][0], values["chunks"]
    fault = axes_fault("dim", values["dim"], shape)
    if fault is not None:
        return fault
    size = axis_size(values["dim"], shape)
    width = -(-size // chunks)
    if -(-size // width) != chunks:
        return Fault("param.chunks", "chunks", {"size": size, "expected": -(-size // width), "received": chunks})
    return None


def _split_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    shape, sizes = shapes["input"][0], values["sizes"]
    fault = axes_fault("dim", values["dim"], shape)
    if fault is not None:
        return fault
    size = axis_size(values["dim"], shape)
    if not sizes or sum(sizes) != size:
        return Fault("param.sizes", "sizes", {"expected": size, "received": sum(sizes)})
    return None


def _parts_code(call: CodeCall, counted: str, taken: str) -> str:
    """Variables for the parts that are read; where a block's parameter says how many there are, `*_` for the rest."""
    parts = [name if port in call.used else "_" for port, name in call.outputs.items()]
    if counted not in call.values:
        while parts[-1] == "_":
            parts.pop()
        parts.append("*_")
    targets = f"({parts[0]},)" if len(parts) == 1 else ", ".join(parts)
    return f"{targets} = {call.one()}.{taken}, dim={call.params['dim']})"


def _list(sizes: str) -> str:
    """Sizes as the list that torch wants: a single one is "[6]"."""
    return f"[{sizes[1:-1].rstrip(',')}]" if sizes.startswith("(") else f"list({sizes})"


def _parts(parts: Any) -> dict[str, Any]:
    return {f"output_{number}": part for number, part in enumerate(parts)}


def _chunk_run(call: RunCall) -> dict[str, Any]:
    return _parts(call.one().chunk(call.params["chunks"], dim=call.params["dim"]))


def _split_run(call: RunCall) -> dict[str, Any]:
    return _parts(call.one().split(list(call.params["sizes"]), dim=call.params["dim"]))


LAYERS = (
    operation(
        "Concat",
        family="merge",
        icon="merge",
        label=Text("Concat", "拼接"),
        summary=Text("Puts tensors side by side along one axis.", "沿一个轴把张量并排拼接。"),
        formula=r"y = [x_1; x_2; \dots; x_n]",
        params=(own_param("dim", "int", 1),),
        inputs=(Port("inputs", variadic=True),),
        telling=("dim",),
        code=lambda call: f"torch.cat([{call.many()}], dim={call.params['dim']})",
        run=lambda call: call.torch.cat(call.inputs["inputs"], dim=call.params["dim"]),
        wrong=_concat_fault,
        example=Example(inputs={"inputs": PAIR}, tries={"dim": (2, -1)}),
    ),
    operation(
        "Stack",
        family="merge",
        icon="merge",
        label=Text("Stack", "堆叠"),
        summary=Text("Puts tensors behind one another along a new axis.", "沿一个新轴把张量叠放。"),
        formula=r"y_k = x_k, \quad k = 1, \dots, n",
        params=(own_param("dim", "int", 1),),
        inputs=(Port("inputs", variadic=True),),
        telling=("dim",),
        code=lambda call: f"torch.stack([{call.many()}], dim={call.params['dim']})",
        run=lambda call: call.torch.stack(call.inputs["inputs"], dim=call.params["dim"]),
        wrong=_stack_fault,
        example=Example(inputs={"inputs": PAIR}, tries={"dim": (2, -1)}),
    ),
    operation(
        "Chunk",
        family="merge",
        icon="fork",
        label=Text("Chunk", "等分"),
        summary=Text(
            "Cuts an axis into parts of one size, each with an output of its own; the last part may be smaller.",
            "把一个轴切成大小相同的几份，每份一个输出；最后一份可能较小。",
        ),
        formula=r"[y_0; y_1; \dots; y_{n-1}] = x",
        params=(own_param("chunks", "int", 2, minimum=1, maximum=MAX_OUTPUTS), own_param("dim", "int", 1)),
        inputs=(Port("input"),),
        counted="chunks",
        telling=("chunks", "dim"),
        code=lambda call: _parts_code(call, "chunks", f"chunk({call.params['chunks']}"),
        run=_chunk_run,
        wrong=_chunk_fault,
        example=Example(inputs=MATRIX, tries={"chunks": (1, 3), "dim": (2, -1)}),
    ),
    operation(
        "Split",
        family="merge",
        icon="fork",
        label=Text("Split", "切分"),
        summary=Text(
            "Cuts an axis into parts of given sizes, each with an output of its own.",
            "按给定大小切开一个轴，每份一个输出。",
        ),
        formula=r"[y_0; y_1; \dots; y_{n-1}] = x",
        params=(own_param("sizes", "ints", minimum=1, most=64), own_param("dim", "int", 1)),
        inputs=(Port("input"),),
        counted="sizes",
        telling=("sizes", "dim"),
        code=lambda call: _parts_code(call, "sizes", f"split({_list(call.params['sizes'])}"),
        run=_split_run,
        wrong=_split_fault,
        example=Example(
            inputs={"input": (((6, 6), "float32"),)},
            params={"sizes": [2, 4]},
            tries={"sizes": ([1, 2, 3], [6]), "dim": (2, -1)},
        ),
    ),
)

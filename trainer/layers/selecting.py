"""Operations that take a part of a tensor: a stretch of an axis, one entry, or the entries at given indices."""

from collections.abc import Mapping
from typing import Any, Final

from trainer.layers.axes import axes_fault, axis_size, shape_text
from trainer.layers.entry import WHOLE, operation, own_param, tensor
from trainer.layers.spec import CodeCall, Example, Fault, Port, RunCall, Shapes
from trainer.messages.registry import Text

ANY: Final = (Port("input"),)
CUBE: Final = {"input": (((3, 4, 5), "float32"),)}


def _slice_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    shape, dim = shapes["input"][0], values["dim"]
    fault = axes_fault("dim", dim, shape)
    if fault is not None:
        return fault
    size = axis_size(dim, shape)
    if len(range(size)[values["start"] : values["end"] : values["step"]]) == 0:
        return Fault("shape.empty_slice", "end", {"dim": dim, "size": size})
    return None


def _select_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    shape, dim, index = shapes["input"][0], values["dim"], values["index"]
    fault = axes_fault("dim", dim, shape)
    if fault is not None:
        return fault
    size = axis_size(dim, shape)
    return None if -size <= index < size else Fault("param.index", "index", {"expected": size - 1, "received": index})


def _entries_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    shape, dim = shapes["input"][0], values["dim"]
    fault = axes_fault("dim", dim, shape)
    if fault is not None:
        return fault
    size = axis_size(dim, shape)
    if not values["indices"]:
        return Fault("shape.empty_slice", "indices", {"dim": dim, "size": size})
    wrong = next((index for index in values["indices"] if index >= size), None)
    return None if wrong is None else Fault("param.index", "indices", {"expected": size - 1, "received": wrong})


def _entries_code(call: CodeCall) -> str:
    x = call.one()
    return f"{x}.index_select({call.params['dim']}, torch.tensor({call.params['indices']}, device={x}.device))"


def _entries_run(call: RunCall) -> Any:
    x = call.one()
    return x.index_select(call.params["dim"], call.torch.tensor(call.params["indices"], device=x.device))


def _gather_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    """Indices may be as many as one likes along the axis, and at most as many as there are entries along others."""
    shape, index, dim = shapes["input"][0], shapes["index"][0], values["dim"]
    fault = axes_fault("dim", dim, shape)
    if fault is not None:
        return fault
    axis = dim % (len(shape) + 1) - 1
    fits = len(shape) == len(index) and all(
        number == axis or ours >= theirs for number, (ours, theirs) in enumerate(zip(shape, index, strict=True))
    )
    if fits:
        return None
    return Fault("shape.gather", None, {"expected": shape_text(shape), "received": shape_text(index), "dim": dim})


def _slice_code(call: CodeCall) -> str:
    start, end, step = (call.params[name] for name in ("start", "end", "step"))
    parts = ["" if start == "0" else start, "" if end == "None" else end, *([] if step == "1" else [step])]
    stretch = ":".join(parts)
    if "." in stretch:  # attributes: the formatter sets them off
        stretch = " : ".join(parts).strip().replace(":  :", "::")
    dim = call.values.get("dim")
    if dim is None:
        return f"{call.one()}.movedim({call.params['dim']}, 0)[{stretch}].movedim(0, {call.params['dim']})"
    before = ":, " * dim if dim > 0 else "..., "
    after = ", :" * (-dim - 1)
    return f"{call.one()}[{before}{stretch}{after}]"


def _slice_run(call: RunCall) -> Any:
    stretch = slice(call.params["start"], call.params["end"], call.params["step"])
    dim = call.params["dim"]
    everything = slice(None)
    return call.one()[(everything,) * dim + (stretch,) if dim > 0 else (..., stretch, *(everything,) * (-dim - 1))]


LAYERS = (
    operation(
        "Slice",
        family="shape",
        icon="filter",
        label=Text("Slice", "切片"),
        summary=Text(
            "Takes a stretch of an axis: from a start up to an end that no longer belongs to it.",
            "取一个轴的一段：从起点到终点（不含终点）。",
        ),
        formula=r"y_i = x_{\text{start} + i \cdot \text{step}}",
        params=(
            own_param("dim", "int", 1),
            own_param("start", "int", 0),
            own_param("end", "int", None, nullable=True),
            own_param("step", "int", 1, minimum=1),
        ),
        inputs=ANY,
        telling=("dim", "start", "end"),
        code=_slice_code,
        run=_slice_run,
        wrong=_slice_fault,
        example=Example(
            inputs=CUBE,
            tries={"dim": (2, 3, -1, -2), "start": (1, -2), "end": (2, -1), "step": (2, 3)},
            with_params={"dim": {"end": 2}},
        ),
    ),
    operation(
        "Select",
        family="shape",
        icon="list",
        label=Text("Select", "选取"),
        summary=Text("Takes one entry of an axis, such as the last step.", "取某个轴的一项，例如最后一步。"),
        formula=r"y_{\dots j \dots} = x_{\dots k, j \dots}",
        params=(own_param("dim", "int", 1), own_param("index", "int", -1)),
        inputs=ANY,
        telling=("dim", "index"),
        code=lambda call: f"{call.one()}.select({call.params['dim']}, {call.params['index']})",
        run=lambda call: call.one().select(call.params["dim"], call.params["index"]),
        wrong=_select_fault,
        example=Example(inputs=CUBE, tries={"dim": (2, 3), "index": (0, 1)}),
    ),
    operation(
        "IndexSelect",
        family="shape",
        icon="list",
        label=Text("Select several", "选取多项"),
        summary=Text(
            "Takes entries of an axis in the order of a list, such as channels the other way round.",
            "按列表的顺序取某个轴上的多项，例如颠倒通道的次序。",
        ),
        formula=r"y_{i j} = x_{\text{indices}_i, j}",
        params=(own_param("dim", "int", 1), own_param("indices", "ints", minimum=0, most=1024)),
        inputs=ANY,
        telling=("dim", "indices"),
        code=_entries_code,
        run=_entries_run,
        wrong=_entries_fault,
        example=Example(
            inputs=CUBE, params={"indices": [2, 0]}, tries={"dim": (2, -1), "indices": ([0, 1, 2], [1, 1, 0, 2])}
        ),
    ),
    operation(
        "Gather",
        family="shape",
        icon="search",
        label=Text("Gather", "按索引收集"),
        summary=Text(
            "Takes the entries of an axis at the indices that arrive, place by place.",
            "按传入的索引逐位取某个轴上的项。",
        ),
        formula=r"y_{ij} = x_{i, \text{index}_{ij}}",
        params=(own_param("dim", "int", 1),),
        inputs=(Port("input"), tensor("index", dtypes=WHOLE)),
        telling=("dim",),
        code=lambda call: f"{call.one()}.gather({call.params['dim']}, {call.one('index')})",
        run=lambda call: call.one().gather(call.params["dim"], call.one("index")),
        wrong=_gather_fault,
        example=Example(
            inputs={"input": (((4, 5), "float32"),), "index": (((4, 5), "int64"),)}, tries={"dim": (2, -1)}
        ),
    ),
)

"""Pooling: fewer, larger places; and the way back."""

from collections.abc import Mapping
from typing import Any, Final

from trainer.layers.axes import shape_text
from trainer.layers.entry import WHOLE, about, tensor, torch_layer
from trainer.layers.spec import CodeCall, Example, Fault, Layer, Port, RunCall, Shapes
from trainer.layers.windows import KINDS, sizes, window_fault
from trainer.messages.registry import Text

WITH_INDICES: Final = (Port("output"), Port("indices", optional=True))
ASKED: Final = {"indices": {"return_indices": True}}
MAXIMUM: Final = r"y_i = \max_{j \in W_i} x_j"
MEAN: Final = r"y_i = \frac{1}{|W_i|} \sum_{j \in W_i} x_j"
SHAPES: Final = ((3, 12), (3, 12, 11), (2, 9, 8, 10))
SMALL: Final = ((3, 8), (3, 8, 6), (2, 6, 4, 5))


def _kind(axes: int) -> Text:
    return Text(KINDS[axes - 1].en, ("序列", "图像", "体数据")[axes - 1])


def _indices_code(call: CodeCall) -> str:
    return f"{call.outputs['output']}, {call.outputs['indices']} = {call.module}({call.one()})"


def _indices_run(call: RunCall) -> dict[str, Any]:
    output, indices = call.module(call.one())
    return {"output": output, "indices": indices}


def _window_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    """Padding of more than half the window, or a window larger than the padded input."""
    size = shapes["input"][0][1:]
    pairs = zip(sizes(values.get("padding", 0), len(size)), sizes(values["kernel_size"], len(size)), strict=True)
    for padding, kernel in pairs:
        if padding > kernel // 2:
            return Fault("param.pool_padding", "padding", {"expected": kernel // 2, "received": padding})
    return window_fault(values, size)


def _bare_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    """The same, and a window larger than the volume without its padding, which torch's mean does not take."""
    size = shapes["input"][0][1:]
    for kernel, extent in zip(sizes(values["kernel_size"], len(size)), size, strict=True):
        if kernel > extent:
            return Fault("shape.bare_window", "kernel_size", {"expected": extent, "received": kernel})
    return _window_fault(values, shapes)


def _pool(axes: int, kind: str, words: Text, formula: str, *, tries: Mapping[str, tuple[Any, ...]]) -> Layer:
    name, most = f"{kind}Pool{axes}d", kind == "Max"
    sized = ("kernel_size", "stride", *(name for name in ("padding", "dilation") if kind != "LP" and name in tries))
    power = about(
        Text("Power", "幂次"),
        Text("1 gives the sum of a window; the larger, the nearer to its maximum.", "1 为窗口之和；越大越接近最大值。"),
        above=0,
        important=True,
    )
    only_numbers = name == "LPPool1d"  # torch takes no list here
    window = about(kind="int", scalar=False) if only_numbers else about(length=axes)
    where = _kind(axes)
    facts: dict[str, Any] = (
        {"outputs": WITH_INDICES, "asked": ASKED, "code": _indices_code, "run": _indices_run} if most else {}
    )
    return torch_layer(
        name,
        family="pool",
        icon="pool" if most else "avgpool",
        label=Text(name, f"{KINDS[axes - 1].zh}{words.zh}池化"),
        summary=Text(
            f"Shrinks {where.en}, {words.en} of each window.",
            f"缩小{where.zh}，{SUMMARIES[kind]}。",
        ),
        formula=formula,
        params={**dict.fromkeys(sized, window), **({"norm_type": power} if kind == "LP" else {})},
        inputs=(tensor(ranks=(axes + 2,)),),
        telling=("kernel_size", "stride"),
        wrong=_bare_fault if axes == 3 and not most else _window_fault,
        example=Example(
            inputs={"input": ((SHAPES[axes - 1], "float32"),)},
            params={"kernel_size": 3, **({"norm_type": 2.0} if kind == "LP" else {})},
            tries={
                "kernel_size": (2, 4 if only_numbers else [4] * axes),
                "stride": (1, 2 if only_numbers else [2] * axes),
                **tries,
            },
            with_params={"ceil_mode": {"kernel_size": 5, "stride": 2}, "count_include_pad": {"padding": 1}},
        ),
        **facts,
    )


SUMMARIES: Final = {"Max": "保留每个窗口中最强的值", "Avg": "取每个窗口的平均", "LP": "取每个窗口的幂平均"}


def _adaptive(axes: int, kind: str) -> Layer:
    name, where, most = f"Adaptive{kind}Pool{axes}d", _kind(axes), kind == "Max"
    facts: dict[str, Any] = (
        {"outputs": WITH_INDICES, "asked": ASKED, "code": _indices_code, "run": _indices_run} if most else {}
    )
    return torch_layer(
        name,
        family="pool",
        icon="pool" if most else "avgpool",
        label=Text(name, f"{KINDS[axes - 1].zh}自适应{'最大' if most else '平均'}池化"),
        summary=Text(
            f"Keeps the strongest values of {where.en}, down to the size you choose."
            if most
            else f"Averages {where.en} down to the size you choose.",
            f"{'保留最强的值，把' if most else '把'}{where.zh}{'缩到' if most else '平均到'}你选择的尺寸。",
        ),
        formula=MAXIMUM if most else MEAN,
        params={"output_size": about(length=axes)},
        inputs=(tensor(ranks=(axes + 2,)),),
        telling=("output_size",),
        example=Example(
            inputs={"input": ((SMALL[axes - 1], "float32"),)},
            params={"output_size": 1},
            tries={"output_size": (2, [3] * axes)},
        ),
        **facts,
    )


def _fractional_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    size, ratio, given = values["output_size"], values["output_ratio"], shapes["input"][0][1:]
    if (size is None) == (ratio is None):
        return Fault("param.size_or_factor", "output_size")
    wanted = sizes(size, len(given)) if size is not None else [int(extent * ratio) for extent in given]
    for extent, out, kernel in zip(given, wanted, sizes(values["kernel_size"], len(given)), strict=True):
        room = extent - out + (1 if len(given) == 2 else 0)  # torch leaves one place more free in volumes
        if out < 1 or kernel > room:
            return Fault("shape.window", "kernel_size", {"expected": max(room, 0), "received": kernel})
    return None


def _fractional(axes: int) -> Layer:
    name, where = f"FractionalMaxPool{axes}d", _kind(axes)
    return torch_layer(
        name,
        family="pool",
        icon="pool",
        label=Text(name, f"{KINDS[axes - 1].zh}分数最大池化"),
        summary=Text(
            f"Shrinks {where.en} by a factor that is no whole number, with windows placed at random.",
            f"以非整数倍缩小{where.zh}，窗口位置随机。",
        ),
        formula=MAXIMUM + r", \quad W_i \text{ placed at random}",
        params={
            "kernel_size": about(length=axes),
            "output_size": about(length=axes, nullable=True),
            "output_ratio": about(
                Text("Ratio", "比例"),
                Text(
                    "The output as a share of the input; the size stays empty then.", "输出占输入的比例；此时尺寸留空。"
                ),
                kind="float",
                scalar=False,
                above=0,
                below=1,
                nullable=True,
                important=True,
            ),
        },
        inputs=(tensor(ranks=(axes + 2,)),),
        outputs=WITH_INDICES,
        asked=ASKED,
        code=_indices_code,
        run=_indices_run,
        telling=("kernel_size", "output_size", "output_ratio"),
        wrong=_fractional_fault,
        example=Example(
            inputs={"input": ((SHAPES[axes - 1], "float32"),)},
            params={"kernel_size": 2, "output_ratio": 0.5},
            tries={
                "kernel_size": (3, [1] * axes),
                "output_size": (3, [5] * axes),
                "output_ratio": (0.3, 0.7),
            },
            with_params={"output_size": {"output_ratio": None}},
        ),
    )


def _unpool_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    given, indices = shapes["input"][0], shapes["indices"][0]
    if given != indices:
        return Fault("shape.differ", None, {"expected": shape_text(given), "received": shape_text(indices)})
    count = len(given) - 1
    stride = values["kernel_size"] if values["stride"] is None else values["stride"]
    axes = zip(
        given[1:],
        sizes(values["kernel_size"], count),
        sizes(stride, count),
        sizes(values["padding"], count),
        strict=True,
    )
    wanted = shapes["like"][0][1:] if "like" in shapes else (None,) * count
    for (extent, kernel, step, padding), size in zip(axes, wanted, strict=True):
        follows = (extent - 1) * step - 2 * padding + kernel
        if size is None and follows < 1:
            return Fault("param.pool_padding", "padding", {"expected": kernel // 2, "received": padding})
        if size is not None and not follows - step < size < follows + step:
            possible = f"{max(1, follows - step + 1)}-{follows + step - 1}"
            return Fault("shape.unpool_like", None, {"expected": possible, "received": size})
    return None


def _unpool_code(call: CodeCall) -> str:
    size = f", output_size={call.one('like')}.shape[2:]" if "like" in call.inputs else ""
    return f"{call.module}({call.one()}, {call.one('indices')}{size})"


def _unpool_run(call: RunCall) -> Any:
    like = call.one("like")
    return call.module(call.one(), call.one("indices"), output_size=None if like is None else like.shape[2:])


def _unpool(axes: int) -> Layer:
    """`like` is any tensor of the size that was pooled, which the windows alone do not tell where one was left over."""
    name, where = f"MaxUnpool{axes}d", _kind(axes)
    shape = ((3, 4), (3, 4, 3), (2, 3, 2, 3))[axes - 1]
    return torch_layer(
        name,
        family="pool",
        icon="up",
        label=Text(name, f"{KINDS[axes - 1].zh}最大反池化"),
        summary=Text(
            f"Puts what a max pooling kept of {where.en} back in its place, and zeros around it. "
            "Wire what was pooled to “like” to get its size back exactly.",
            f"把最大池化从{where.zh}中保留的值放回原位，其余填零。把池化前的张量接到“like”可精确还原其大小。",
        ),
        formula=r"y_{j} = \begin{cases} x_i & j = \text{indices}_i \\ 0 & \text{otherwise} \end{cases}",
        params=dict.fromkeys(("kernel_size", "stride", "padding"), about(length=axes)),
        inputs=(
            tensor(ranks=(axes + 2,)),
            tensor("indices", ranks=(axes + 2,), dtypes=WHOLE),
            tensor("like", ranks=(axes + 2,), dtypes=(), optional=True),
        ),
        telling=("kernel_size", "stride"),
        code=_unpool_code,
        run=_unpool_run,
        wrong=_unpool_fault,
        example=Example(
            inputs={"input": ((shape, "float32"),), "indices": ((shape, "int64"),)},
            optional={"like": (((1, *(2 * extent + 1 for extent in shape[1:])), "float32"),)},
            params={"kernel_size": 2},
            tries={"kernel_size": (3, [4] * axes), "stride": (1, [3] * axes), "padding": (1, [1, 0, 0][:axes])},
            with_params={"padding": {"kernel_size": 4, "stride": 3}},
        ),
    )


LAYERS = (
    *(
        _pool(
            axes,
            "Max",
            Text("keeping the strongest", "最大"),
            MAXIMUM,
            tries={
                "padding": (1, [1] * axes),
                "dilation": (2, [3] * axes),
                "ceil_mode": (True,),
            },
        )
        for axes in (2, 1, 3)
    ),
    *(
        _pool(
            axes,
            "Avg",
            Text("taking the mean", "平均"),
            MEAN,
            tries={
                "padding": (1, [1] * axes),
                "ceil_mode": (True,),
                "count_include_pad": (False,),
                **({"divisor_override": (1, 5)} if axes > 1 else {}),
            },
        )
        for axes in (2, 1, 3)
    ),
    *(_adaptive(axes, "Avg") for axes in (2, 1, 3)),
    *(_adaptive(axes, "Max") for axes in (2, 1, 3)),
    *(
        _pool(
            axes,
            "LP",
            Text("taking the power mean", "幂平均"),
            r"y_i = \Bigl(\sum_{j \in W_i} x_j^p\Bigr)^{1/p}",
            tries={"norm_type": (1.0, 4.0), "ceil_mode": (True,)},
        )
        for axes in (1, 2, 3)
    ),
    *(_fractional(axes) for axes in (2, 3)),
    *(_unpool(axes) for axes in (1, 2, 3)),
)

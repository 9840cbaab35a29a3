"""Layers of torch that give the same numbers another shape, or more or fewer places."""

from collections.abc import Mapping
from math import prod
from typing import Any, Final

from trainer.layers.axes import axes_fault, axis_size, shape_text
from trainer.layers.entry import about, tensor, torch_layer
from trainer.layers.margins import CHANNEL_AXES, SCALE_MODES
from trainer.layers.spec import Example, Fault, Layer, Port, Shapes
from trainer.layers.windows import sizes, window_fault
from trainer.messages.registry import Text

CUBE: Final = {"input": (((3, 4, 5), "float32"),)}
IMAGE: Final = (tensor(ranks=(4,)),)
LINEAR_MODES: Final = ("linear", "bilinear", "bicubic", "trilinear")
FACTOR: Final = about(Text("Factor", "倍数"), minimum=1, important=True)
SIZE: Final = about(
    Text("Size", "尺寸"),
    Text("The height and width that come out; the factor stays empty then.", "输出的高与宽；此时倍数留空。"),
    minimum=1,
    important=True,
    nullable=True,
)
SCALE: Final = about(
    Text("Factor", "倍数"),
    Text("How many times as large each axis becomes; the size stays empty then.", "各轴放大的倍数；此时尺寸留空。"),
    kind="float",
    scalar=False,
    above=0,
    important=True,
    nullable=True,
)
PLACES: Final = r"y_i = \sum_j w_{ij}\, x_j"


def _flatten_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    """Axes from the first to the last; the batch is not among them."""
    shape = shapes["input"][0]
    for name in ("start_dim", "end_dim"):
        fault = axes_fault(name, values[name], shape)
        if fault is not None:
            return fault
    first, last = (values[name] % (len(shape) + 1) for name in ("start_dim", "end_dim"))
    return Fault("param.order", "end_dim", {"expected": first, "received": last}) if first > last else None


def _unflatten_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    shape, wanted = shapes["input"][0], list(values["unflattened_size"])
    fault = axes_fault("dim", values["dim"], shape)
    if fault is not None:
        return fault
    size, known = axis_size(values["dim"], shape), prod(entry for entry in wanted if entry != -1)
    holes = wanted.count(-1)
    if wanted and holes <= 1 and known > 0 and (size == known if not holes else size % known == 0):
        return None
    return Fault("shape.reshape", "unflattened_size", {"count": size, "received": size, "wanted": shape_text(wanted)})


def _divides(param: str, square: bool, axes: tuple[int, ...]) -> Any:
    """The check that a factor, or its square, divides the sizes of axes of a sample."""

    def fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
        factor = values[param] ** 2 if square else values[param]
        for axis in axes:
            size = shapes["input"][0][axis]
            if size % factor:
                return Fault("shape.factor", param, {"expected": factor, "received": size})
        return None

    return fault


def _upsample_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    size, factor, shape = values["size"], values["scale_factor"], shapes["input"][0]
    rank, mode = len(shape) + 1, values.get("mode", "nearest")
    if (size is None) == (factor is None):
        return Fault("param.size_or_factor", "size")
    if rank not in SCALE_MODES[mode]:
        fitting = ", ".join(name for name in UPSAMPLE_MODES if rank in SCALE_MODES[name])
        return Fault("param.mode", "mode", {"expected": fitting, "received": mode, "shape": shape_text(shape)})
    if values.get("align_corners") is not None and mode not in LINEAR_MODES:
        return Fault("param.align_corners", "align_corners", {"expected": ", ".join(LINEAR_MODES), "received": mode})
    if isinstance(size, list | tuple) and len(size) != rank - CHANNEL_AXES:
        return Fault("param.size_axes", "size", {"expected": rank - CHANNEL_AXES, "received": len(size)})
    if factor is not None and any(int(axis * factor) < 1 for axis in shape[1:]):
        return Fault("param.factor", "scale_factor", {"received": factor, "shape": shape_text(shape)})
    return None


def _unfold_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    return window_fault(values, shapes["input"][0][1:])


def _fold_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    """As many columns as there are windows, each as long as a window over all channels."""
    rows, columns = shapes["input"][0]
    kernel, size = (sizes(values[name], 2) for name in ("kernel_size", "output_size"))
    if rows % prod(kernel):
        return Fault("shape.factor", "kernel_size", {"expected": prod(kernel), "received": rows})
    fault = window_fault(values, tuple(size))
    if fault is not None:
        return fault
    padding, dilation, stride = (sizes(values[name], 2) for name in ("padding", "dilation", "stride"))
    windows = prod(
        (size[axis] + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1) // stride[axis] + 1
        for axis in (0, 1)
    )
    return None if windows == columns else Fault("shape.columns", None, {"expected": windows, "received": columns})


UPSAMPLE_MODES: Final = ("nearest", "linear", "bilinear", "bicubic", "trilinear")


def _upsampling(name: str, label: Text, summary: Text, *, mode: bool) -> Layer:
    tries: dict[str, tuple[Any, ...]] = {"size": (7, [9, 5]), "scale_factor": (1.5, 3.0)}
    modes = about(
        Text("Method", "方法"),
        Text("How values between the old places are found.", "如何求出原位置之间的值。"),
        choices=UPSAMPLE_MODES,
        important=True,
    )
    corners = about(
        Text("Corners stay", "对齐角点"),
        Text("Whether the outermost values stay at the outermost places.", "最外侧的值是否保持在最外侧位置。"),
        nullable=True,
    )
    return torch_layer(
        name,
        family="shape",
        icon="fit",
        label=label,
        summary=summary,
        formula=PLACES,
        params={"size": SIZE, "scale_factor": SCALE, **({"mode": modes, "align_corners": corners} if mode else {})},
        inputs=(tensor(ranks=(3, 4, 5)),) if mode else IMAGE,
        telling=("size", "scale_factor", *(("mode",) if mode else ())),
        wrong=_upsample_fault,
        example=Example(
            inputs=CUBE,
            params={"scale_factor": 2.0},
            tries={**tries, **({"mode": ("bilinear", "bicubic"), "align_corners": (True,)} if mode else {})},
            with_params={"size": {"scale_factor": None}, "align_corners": {"mode": "bilinear", "scale_factor": 1.7}},
        ),
    )


def _shuffle(
    name: str, param: str, label: Text, summary: Text, formula: str, *, shape: tuple[int, ...], words: Text, wrong: Any
) -> Layer:
    return torch_layer(
        name,
        family="shape",
        icon="shuffle",
        label=label,
        summary=summary,
        formula=formula,
        params={param: {**FACTOR, "summary": words}},
        inputs=(tensor(ranks=(4,) if name != "ChannelShuffle" else (3, 4, 5)),),
        telling=(param,),
        wrong=wrong,
        example=Example(inputs={"input": ((shape, "float32"),)}, params={param: 2}, tries={param: (1, 4)}),
    )


WINDOW: Final = about(length=2)
WINDOWS: Final = {"kernel_size": WINDOW, "dilation": WINDOW, "padding": WINDOW, "stride": WINDOW}

LAYERS = (
    torch_layer(
        "Flatten",
        family="shape",
        icon="flatten",
        label=Text("Flatten", "展平"),
        summary=Text("Lays an image or a sequence out as one row of numbers.", "把图像或序列摊成一行数。"),
        formula=r"\mathbb{R}^{d_1 \times \dots \times d_n} \to \mathbb{R}^{d_1 \cdots d_n}",
        inputs=(Port("input"),),
        wrong=_flatten_fault,
        example=Example(inputs=CUBE, tries={"start_dim": (2, 3), "end_dim": (1, 2)}),
    ),
    torch_layer(
        "Unflatten",
        family="shape",
        icon="shape",
        label=Text("Unflatten", "还原形状"),
        summary=Text("Splits one axis into several.", "把一个轴拆成多个。"),
        formula=r"\mathbb{R}^{d_1 \cdots d_n} \to \mathbb{R}^{d_1 \times \dots \times d_n}",
        params={
            "unflattened_size": about(
                Text("Sizes", "各轴大小"),
                Text(
                    "The sizes of the new axes; one -1 stands for what is left.", "新各轴的大小；可用一个 -1 表示其余。"
                ),
                scalar=False,
                important=True,
            )
        },
        inputs=(Port("input"),),
        telling=("dim", "unflattened_size"),
        wrong=_unflatten_fault,
        example=Example(
            inputs={"input": (((12, 4), "float32"),)},
            params={"dim": 1, "unflattened_size": [3, 4]},
            tries={"dim": (2, -1), "unflattened_size": ([2, 6], [-1, 2])},
            with_params={"dim": {"unflattened_size": [2, -1]}},
        ),
    ),
    _upsampling(
        "Upsample",
        Text("Upsample", "上采样"),
        Text(
            "Makes a sequence, an image or a volume larger, by a factor or to a size.",
            "按倍数或尺寸放大序列、图像或体数据。",
        ),
        mode=True,
    ),
    _upsampling(
        "UpsamplingNearest2d",
        Text("UpsamplingNearest2d", "最近邻上采样"),
        Text("Makes an image larger by repeating its values.", "通过重复像素值放大图像。"),
        mode=False,
    ),
    _upsampling(
        "UpsamplingBilinear2d",
        Text("UpsamplingBilinear2d", "双线性上采样"),
        Text("Makes an image larger, going evenly from value to value.", "在相邻值之间平滑过渡来放大图像。"),
        mode=False,
    ),
    _shuffle(
        "PixelShuffle",
        "upscale_factor",
        Text("PixelShuffle", "像素重排"),
        Text("Makes an image larger by laying channels side by side.", "把通道并排铺开来放大图像。"),
        r"\mathbb{R}^{C r^2 \times H \times W} \to \mathbb{R}^{C \times rH \times rW}",
        shape=(16, 3, 2),
        words=Text("How many times as high and wide the image becomes.", "图像的高与宽放大多少倍。"),
        wrong=_divides("upscale_factor", True, (0,)),
    ),
    _shuffle(
        "PixelUnshuffle",
        "downscale_factor",
        Text("PixelUnshuffle", "像素逆重排"),
        Text("Makes an image smaller by laying its places into channels.", "把各位置收进通道来缩小图像。"),
        r"\mathbb{R}^{C \times rH \times rW} \to \mathbb{R}^{C r^2 \times H \times W}",
        shape=(2, 8, 4),
        words=Text("How many times as low and narrow the image becomes.", "图像的高与宽缩小多少倍。"),
        wrong=_divides("downscale_factor", False, (1, 2)),
    ),
    _shuffle(
        "ChannelShuffle",
        "groups",
        Text("ChannelShuffle", "通道重排"),
        Text(
            "Mixes the channels of groups, so that the next grouped layer sees all.",
            "打乱各组的通道，使下一个分组层能看到全部。",
        ),
        r"y_{j g + i} = x_{i C/g + j}",
        shape=(8, 3, 2),
        words=Text("How many groups the channels come in.", "通道分为几组。"),
        wrong=_divides("groups", False, (0,)),
    ),
    torch_layer(
        "Unfold",
        family="shape",
        icon="grid",
        label=Text("Unfold", "展开窗口"),
        summary=Text("Lays out each window of an image as a column of numbers.", "把图像的每个窗口展成一列数。"),
        formula=r"\mathbb{R}^{C \times H \times W} \to \mathbb{R}^{C k_h k_w \times L}",
        params=WINDOWS,
        inputs=IMAGE,
        telling=("kernel_size", "stride"),
        wrong=_unfold_fault,
        example=Example(
            inputs={"input": (((3, 6, 5), "float32"),)},
            params={"kernel_size": 2},
            tries={
                "kernel_size": (1, [2, 3]),
                "dilation": (2, [1, 2]),
                "padding": (1, [0, 1]),
                "stride": (2, [1, 2]),
            },
        ),
    ),
    torch_layer(
        "Fold",
        family="shape",
        icon="grid",
        label=Text("Fold", "合回窗口"),
        summary=Text(
            "Puts columns back as windows of an image; what overlaps adds up.", "把各列放回图像窗口，重叠处相加。"
        ),
        formula=r"\mathbb{R}^{C k_h k_w \times L} \to \mathbb{R}^{C \times H \times W}",
        params={"output_size": about(length=2), **WINDOWS},
        inputs=(tensor(ranks=(3,)),),
        telling=("output_size", "kernel_size"),
        wrong=_fold_fault,
        example=Example(
            inputs={"input": (((12, 12), "float32"),)},
            params={"output_size": [4, 5], "kernel_size": 2},
            tries={
                "output_size": ([5, 4], [2, 13]),
                "kernel_size": ([1, 4], [2, 3]),
                "dilation": (2, [2, 1]),
                "padding": ([0, 1], [2, 0]),
                "stride": ([1, 2], [3, 1]),
            },
            with_params={
                "kernel_size": {"output_size": [4, 6], "kernel_size": [3, 1]},
                "dilation": {"output_size": [5, 13], "stride": 2},
                "padding": {"output_size": [5, 5], "stride": [3, 1], "padding": 1},
                "stride": {"output_size": [5, 7], "stride": [2, 1]},
            },
        ),
    ),
)

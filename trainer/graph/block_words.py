"""The words of the parameters that blocks of the library have and no layer does, or has for something else."""

from collections.abc import Mapping
from typing import Any, Final

from trainer.messages.registry import Text


def _size(label: Text, summary: Text, *, important: bool = False) -> Mapping[str, Any]:
    return {"label": label, "summary": summary, "minimum": 1, "important": important}


BLOCK_WORDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "width": _size(
        Text("Width", "宽度"),
        Text("How many channels or features leave the block.", "模块输出多少个通道或特征。"),
        important=True,
    ),
    "in_width": _size(
        Text("Width in", "输入宽度"),
        Text("How many channels arrive; it must be exact.", "传入多少个通道，必须与实际一致。"),
        important=True,
    ),
    "hidden": _size(
        Text("Hidden width", "隐藏宽度"),
        Text("How many channels or features are used inside.", "模块内部使用多少个通道或特征。"),
        important=True,
    ),
    "growth": _size(
        Text("Growth", "增长量"),
        Text("How many channels each layer adds to what it got.", "每层在输入之上新增多少个通道。"),
        important=True,
    ),
    "heads": _size(
        Text("Heads", "头数"),
        Text("How many attentions work side by side; they share the width.", "并行的注意力个数，它们平分宽度。"),
        important=True,
    ),
    "code": _size(
        Text("Code size", "编码大小"),
        Text("How many numbers an input is squeezed into.", "把输入压缩成多少个数。"),
        important=True,
    ),
    "channels": _size(Text("Channels", "通道数"), Text("How many channels the picture has.", "图像有多少个通道。")),
    "units": _size(
        Text("Units", "单元数"),
        Text("The numbers of the smallest picture: its sizes multiplied.", "最小特征图的元素个数，即各边长之积。"),
    ),
    "picture": _size(
        Text("Smallest picture", "最小特征图"),
        Text("Its channels, height and width; their product is the units.", "其通道、高、宽；乘积等于单元数。"),
    ),
    "patch": _size(
        Text("Patch", "图块"),
        Text("The edge of a square patch, in pixels.", "正方形图块的边长（像素）。"),
        important=True,
    ),
    "max_length": _size(
        Text("Longest sequence", "最大长度"),
        Text("How many positions have a vector of their own.", "有多少个位置拥有自己的向量。"),
        important=True,
    ),
    "num_values": _size(
        Text("Values", "取值数"),
        Text("How many different categories there are over all columns.", "所有列合计有多少种类别取值。"),
        important=True,
    ),
    "layer_scale": _size(
        Text("Shape of the scale", "缩放的形状"),
        Text("One learned factor a channel: 1, 1, channels.", "每个通道一个可学习系数：1、1、通道数。"),
    ),
    "ones": _size(
        Text("Ones", "全 1 形状"),
        Text(
            "A 1 for each axis of a sample, so that a whole sample is dropped.",
            "样本的每个轴写一个 1，从而整体丢弃一个样本。",
        ),
    ),
    "padding_left": {
        "label": Text("Padding", "填充"),
        "summary": Text(
            "Zeros before and after: (kernel - 1) x dilation before, 0 after.",
            "前后补零数：前面（核−1）×膨胀，后面 0。",
        ),
        "minimum": 0,
    },
    "one": _size(
        Text("1x1 channels", "1×1 通道数"), Text("Channels of the branch without a window.", "无窗口分支的通道数。")
    ),
    "before_three": _size(
        Text("Before 3x3", "3×3 之前"), Text("Channels before the 3x3 convolution.", "3×3 卷积之前的通道数。")
    ),
    "three": _size(Text("3x3 channels", "3×3 通道数"), Text("Channels of the 3x3 branch.", "3×3 分支的通道数。")),
    "before_five": _size(
        Text("Before 5x5", "5×5 之前"), Text("Channels before the 5x5 convolution.", "5×5 卷积之前的通道数。")
    ),
    "five": _size(Text("5x5 channels", "5×5 通道数"), Text("Channels of the 5x5 branch.", "5×5 分支的通道数。")),
    "pooled": _size(
        Text("Pooled channels", "池化通道数"), Text("Channels of the branch behind the pooling.", "池化分支的通道数。")
    ),
}

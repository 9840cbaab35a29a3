"""The settings of a run that belong together: what each takes and what it does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from trainer.layers.spec import Param
from trainer.messages.registry import Text
from trainer.methods.settings import MAX_EPOCHS, by_name

BEST_BY: Final = ("metric", "loss")
PARALLEL_KINDS: Final = ("data", "sharded")
MAX_PROCESSES: Final = 1024
MAX_MACHINES: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Settings that belong together. One that is `optional` is off while it is null."""

    label: Text
    summary: Text
    params: Mapping[str, Param]
    optional: bool = False


def _amount(name: str, label: Text, summary: Text, maximum: float) -> Param:
    return Param(name=name, kind="float", label=label, summary=summary, default=0.0, minimum=0.0, maximum=maximum)


GROUPS: Final[Mapping[str, Group]] = {
    "gradients": Group(
        label=Text("Gradients", "梯度"),
        summary=Text("What happens to gradients before the optimizer uses them.", "优化器使用梯度之前对梯度的处理。"),
        params=by_name(
            Param(
                name="accumulate",
                kind="int",
                label=Text("Accumulate", "累积批数"),
                summary=Text(
                    "How many batches make one step: their gradients add up as if the batch were that much larger.",
                    "多少个批合为一步：其梯度累加，相当于把批放大相应的倍数。",
                ),
                default=1,
                minimum=1,
                maximum=100_000,
            ),
            Param(
                name="clip_norm",
                kind="float",
                label=Text("Clip by norm", "按范数裁剪"),
                summary=Text(
                    "Gradients that are longer than this, all taken together, are shortened to it.",
                    "所有梯度的总范数超过此值时，按比例缩短到此值。",
                ),
                default=None,
                above=0.0,
                nullable=True,
            ),
            Param(
                name="clip_value",
                kind="float",
                label=Text("Clip by value", "按值裁剪"),
                summary=Text(
                    "Each single gradient is cut off at this size, in both directions.",
                    "每个梯度的绝对值不超过此值。",
                ),
                default=None,
                above=0.0,
                nullable=True,
            ),
        ),
    ),
    "averaging": Group(
        label=Text("Average of the weights", "权重平均"),
        summary=Text(
            "A moving average of the weights is kept beside them; it is what is evaluated and deployed.",
            "在权重之外维护其滑动平均；评估、最佳检查点与部署使用的都是平均后的权重。",
        ),
        optional=True,
        params=by_name(
            Param(
                name="decay",
                kind="float",
                label=Text("Decay", "衰减系数"),
                summary=Text(
                    "How much of the average stays at each step; nearer to 1 is slower and smoother.",
                    "每一步保留多少平均值；越接近 1 变化越慢、越平滑。",
                ),
                default=0.999,
                minimum=0.0,
                below=1.0,
            ),
        ),
    ),
    "early_stopping": Group(
        label=Text("Early stopping", "提前停止"),
        summary=Text(
            "Training ends when the validation rows have not got better for a while.",
            "验证集长时间没有改善时结束训练。",
        ),
        optional=True,
        params=by_name(
            Param(
                name="patience",
                kind="int",
                label=Text("Patience (epochs)", "耐心（轮）"),
                summary=Text("How many epochs without a better one it waits.", "连续多少轮没有改善后停止。"),
                default=5,
                minimum=1,
                maximum=MAX_EPOCHS,
            ),
            Param(
                name="min_delta",
                kind="float",
                label=Text("Least improvement", "最小改善"),
                summary=Text(
                    "By how much an epoch must be better to count; of equal metrics the loss decides.",
                    "改善至少达到此值才算；指标相同时以损失为准。",
                ),
                default=0.0,
                minimum=0.0,
            ),
        ),
    ),
    "checkpoint": Group(
        label=Text("Checkpoints", "检查点"),
        summary=Text(
            "When the run is stored, how many are kept, and what makes one the best.",
            "何时保存、保留多少个，以及如何判定最佳。",
        ),
        params=by_name(
            Param(
                name="every_epochs",
                kind="int",
                label=Text("Keep every (epochs)", "保留间隔（轮）"),
                summary=Text(
                    "Epochs after which a checkpoint is kept, besides the last and the best.",
                    "除最新与最佳之外，每隔多少轮保留一个检查点。",
                ),
                default=None,
                minimum=1,
                nullable=True,
            ),
            Param(
                name="keep",
                kind="int",
                label=Text("Keep at most", "最多保留"),
                summary=Text("How many of those are kept; the oldest goes first.", "最多保留多少个；最旧的先删除。"),
                default=3,
                minimum=1,
                maximum=1000,
            ),
            Param(
                name="every_seconds",
                kind="float",
                label=Text("Store every (seconds)", "保存间隔（秒）"),
                summary=Text(
                    "How often the run is stored within an epoch, besides its end.",
                    "除每轮结束外，在一轮之内多久保存一次。",
                ),
                default=30.0,
                minimum=0.1,
                nullable=True,
            ),
            Param(
                name="every_steps",
                kind="int",
                label=Text("Store every (steps)", "保存间隔（步）"),
                summary=Text("The same, counted in steps.", "同上，按步计。"),
                default=None,
                minimum=1,
                nullable=True,
            ),
            Param(
                name="best_by",
                kind="choice",
                choices=BEST_BY,
                label=Text("Best by", "最佳依据"),
                summary=Text(
                    "What decides which weights are the best: the first metric of the first output, or the loss; "
                    "on the validation rows.",
                    "依据什么判定最佳权重：第一个输出的第一个指标，或损失；均在验证集上计算。",
                ),
                default="metric",
            ),
        ),
    ),
    "augmentation": Group(
        label=Text("Augmentation of images", "图像增强"),
        summary=Text(
            "Training images are changed a little, differently at each step; validation and test stay as they are.",
            "训练图像在每一步都会随机改变一点；验证集与测试集保持不变。",
        ),
        params=by_name(
            Param(
                name="flip",
                kind="bool",
                label=Text("Flip left and right", "左右翻转"),
                summary=Text("Every second image is mirrored.", "一半的图像被左右镜像。"),
                default=False,
            ),
            Param(
                name="flip_vertical",
                kind="bool",
                label=Text("Flip up and down", "上下翻转"),
                summary=Text("Every second image is turned upside down.", "一半的图像被上下镜像。"),
                default=False,
            ),
            _amount(
                "shift",
                Text("Shift", "平移"),
                Text("Up to this part of its size.", "最多平移图像尺寸的这一比例。"),
                0.5,
            ),
            _amount(
                "rotate",
                Text("Rotate (degrees)", "旋转（度）"),
                Text("Up to so far either way.", "左右最多旋转的角度。"),
                180.0,
            ),
            _amount(
                "zoom",
                Text("Zoom", "缩放"),
                Text("Larger or smaller by up to this part.", "放大或缩小的最大比例。"),
                0.5,
            ),
            _amount(
                "brightness",
                Text("Brightness", "亮度"),
                Text("Lighter or darker by up to this part.", "变亮或变暗的最大比例。"),
                1.0,
            ),
            _amount(
                "contrast",
                Text("Contrast", "对比度"),
                Text("More or less by up to this part.", "增强或减弱的最大比例。"),
                1.0,
            ),
            _amount(
                "erase",
                Text("Erase", "擦除"),
                Text("A square of up to this part of its side is blanked.", "随机抹去一个边长至多为此比例的方块。"),
                0.5,
            ),
        ),
    ),
    "limits": Group(
        label=Text("Limits", "限制"),
        summary=Text("What a run may take at most.", "训练最多可以占用多少。"),
        params=by_name(
            Param(
                name="minutes",
                kind="float",
                label=Text("Minutes", "分钟"),
                summary=Text(
                    "After so long, pauses not counted, it ends as if the epochs were over: evaluated and stored.",
                    "超过此时长（不计暂停）后，如同轮数已满一样结束：完成评估并保存。",
                ),
                default=None,
                above=0.0,
                nullable=True,
            ),
            Param(
                name="gigabytes",
                kind="float",
                label=Text("Memory (GB)", "内存（GB）"),
                summary=Text(
                    "A run whose process or GPU holds more than this is stopped and says so.",
                    "进程或 GPU 占用超过此值的训练会被停止并给出说明。",
                ),
                default=None,
                above=0.0,
                nullable=True,
            ),
        ),
    ),
    "parallel": Group(
        label=Text("Several processes", "多进程并行"),
        summary=Text(
            "The run is shared out: each process takes its part of the rows of every batch, on a device of its own. "
            "The steps are those of one process with the same batch size.",
            "由多个进程分担训练：每个进程在各自的设备上处理每个批中属于它的行，每一步与单进程使用相同批大小时一致。",
        ),
        optional=True,
        params=by_name(
            Param(
                name="kind",
                kind="choice",
                choices=PARALLEL_KINDS,
                label=Text("What is shared", "分担的内容"),
                summary=Text(
                    "“data” gives each process the whole network. “sharded” divides weights, gradients and the "
                    "optimizer's memory among them too, for a network that does not fit one device.",
                    "“data”让每个进程都持有完整的网络；“sharded”还会把权重、梯度与优化器状态分摊到各进程，"
                    "适合单个设备放不下的网络。",
                ),
                default="data",
            ),
            Param(
                name="processes",
                kind="int",
                label=Text("Processes", "进程数"),
                summary=Text(
                    "On each machine. Empty: one for each GPU of the worker, and one where it has none.",
                    "每台机器上的进程数。留空：训练节点的每个 GPU 一个进程；没有 GPU 时为一个。",
                ),
                default=None,
                minimum=1,
                maximum=MAX_PROCESSES,
                nullable=True,
            ),
            Param(
                name="machines",
                kind="int",
                label=Text("Machines", "机器数"),
                summary=Text(
                    "How many train workers share the run. It waits until so many are free at the same time.",
                    "由多少个训练节点共同训练。训练会等到有这么多节点同时空闲时才开始。",
                ),
                default=1,
                minimum=1,
                maximum=MAX_MACHINES,
            ),
        ),
    ),
}

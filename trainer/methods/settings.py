"""The settings of a run that are single values, or values by name: what each takes and what it does."""

from collections.abc import Mapping
from typing import Final

from trainer.layers.spec import Param
from trainer.messages.registry import Text
from trainer.methods.part import Interval
from trainer.methods.schedules import WARM_UP

MAX_EPOCHS: Final = 1_000_000
MAX_ROWS: Final = 10**9
PRECISIONS: Final = ("auto", "float32", "bfloat16", "float16")
DEVICES: Final = ("auto", "cpu", "cuda")
RECOMPUTED: Final = ("nothing", "blocks")
DECAYS: Final = ("all", "weights")
# The losses that take weights of classes: for scores of classes one each, for yes or no how much a yes counts.
BY_CLASS: Final = ("CrossEntropyLoss", "NLLLoss", "MultiMarginLoss")
BY_YES: Final = ("BCEWithLogitsLoss",)
INTERVALS: Final[tuple[Interval, ...]] = ("epoch", "step")


def by_name(*params: Param) -> Mapping[str, Param]:
    return {param.name: param for param in params}


FIELDS: Final[Mapping[str, Param]] = by_name(
    Param(
        name="epochs",
        kind="int",
        label=Text("Epochs", "轮数"),
        summary=Text("How many times training goes through all training rows.", "训练遍历全部训练数据的次数。"),
        default=5,
        minimum=1,
        maximum=MAX_EPOCHS,
        important=True,
    ),
    Param(
        name="batch_size",
        kind="int",
        choices=("all",),
        label=Text("Batch size", "批大小"),
        summary=Text(
            "How many rows go through the network at once. “all” is plain gradient descent on all training rows.",
            "每次有多少行数据通过网络。“all”即在整个训练集上做普通梯度下降。",
        ),
        default=32,
        minimum=1,
        maximum=MAX_ROWS,
        important=True,
    ),
    Param(
        name="decay",
        kind="choice",
        choices=DECAYS,
        label=Text("Weight decay on", "权重衰减的范围"),
        summary=Text(
            "“weights” leaves out biases and the scales of normalizations, as is usual for transformers.",
            "“weights”不对偏置与归一化的缩放参数做衰减，这是 Transformer 的常见做法。",
        ),
        default="all",
    ),
    Param(
        name="frozen",
        kind="names",
        label=Text("Frozen nodes", "冻结的节点"),
        summary=Text(
            "Nodes whose weights stay as they are, besides those that are frozen in the graph.",
            "除计算图中已冻结的节点外，权重保持不变的节点。",
        ),
        default=(),
    ),
    Param(
        name="seed",
        kind="int",
        label=Text("Seed", "随机种子"),
        summary=Text(
            "Decides the first weights and the order of the rows: the same seed gives the same run.",
            "决定初始权重与数据顺序：相同的种子得到相同的训练过程。",
        ),
        default=0,
        minimum=0,
        maximum=2**53,
    ),
    Param(
        name="deterministic",
        kind="bool",
        label=Text("Deterministic", "确定性模式"),
        summary=Text(
            "Only computes in ways that give the same bits each time; on a GPU slower. The CPU always does.",
            "只使用每次结果逐位相同的计算方式；在 GPU 上较慢。CPU 上总是如此。",
        ),
        default=False,
    ),
    Param(
        name="precision",
        kind="choice",
        choices=PRECISIONS,
        label=Text("Precision", "精度"),
        summary=Text(
            "The numbers it computes with. bfloat16 is faster on newer GPUs and a little coarser; float16 suits older "
            "ones and scales the loss so that small gradients survive. “auto” is bfloat16 where a GPU has it, else "
            "float32.",
            "计算所用的数值格式。bfloat16 在较新的 GPU 上更快，但略粗糙；"
            "float16 适合较旧的 GPU，并对损失做缩放以保留小梯度。"
            "“auto”在 GPU 支持时用 bfloat16，否则用 float32。",
        ),
        default="auto",
    ),
    Param(
        name="recompute",
        kind="choice",
        choices=RECOMPUTED,
        label=Text("Compute again", "重新计算"),
        summary=Text(
            "“blocks” keeps only what enters a block and computes its inside again on the way back: much less memory, "
            "a third more time, the same result.",
            "“blocks”只保留进入各模块的数据，反向传播时重新计算其内部：内存大幅减少，耗时约增加三分之一，结果不变。",
        ),
        default="nothing",
    ),
    Param(
        name="device",
        kind="choice",
        choices=DEVICES,
        label=Text("Device", "设备"),
        summary=Text(
            "Where it trains. “auto” takes a GPU where there is one.", "在哪里训练。“auto”会在有 GPU 时使用 GPU。"
        ),
        default="auto",
    ),
)
SCHEDULE_FIELDS: Final[Mapping[str, Param]] = by_name(
    Param(
        name="every",
        kind="choice",
        choices=INTERVALS,
        label=Text("Stepped every", "更新时机"),
        summary=Text("Whether the schedule counts epochs or single steps.", "学习率计划按轮还是按步计数。"),
        default="epoch",
    ),
    WARM_UP,
)
LOSS_WEIGHTS: Final = Param(
    name="loss_weights",
    kind="float",
    label=Text("Loss weights", "损失权重"),
    summary=Text(
        "How much the loss of each output counts, by the output's name; instead of what the graph says.",
        "各输出的损失所占的权重，按输出名称给出；用来替代图中的设置。",
    ),
    minimum=0.0,
)
RATES: Final = Param(
    name="rates",
    kind="float",
    label=Text("Learning rates of nodes", "节点的学习率"),
    summary=Text(
        "What the learning rate of a node is multiplied by, by the node's name: 0.1 lets it learn ten times slower.",
        "按节点名称给出其学习率的倍数：0.1 表示学习速度慢十倍。",
    ),
    minimum=0.0,
    maximum=1000.0,
)
CLASS_WEIGHTS: Final = Param(
    name="class_weights",
    kind="floats",
    choices=("balanced",),
    label=Text("Class weights", "类别权重"),
    summary=Text(
        "How much a mistake on each class counts, by the output's name. “balanced” lets rare classes count as much as "
        "frequent ones; or one number for each class, in the order of the classes.",
        "按输出名称给出各类别错误的权重。“balanced”使稀有类别与常见类别同等重要；也可按类别顺序逐一给出数字。",
    ),
    minimum=0.0,
)

"""The settings of encoders, as forms show them."""

from typing import Final

from trainer.layers.spec import Param
from trainer.messages.registry import Text

SIZE: Final = Param(
    name="size",
    kind="ints",
    default=None,
    nullable=True,
    length=2,
    minimum=1,
    maximum=1024,
    label=Text("Size", "尺寸"),
    summary=Text(
        "Height and width that every picture is resized to. Left empty, that of the data set.",
        "每张图片缩放到的高和宽。留空则用数据集的尺寸。",
    ),
)
UNIT: Final = Param(
    name="tokens",
    kind="choice",
    default="words",
    choices=("words", "subwords", "characters"),
    important=True,
    label=Text("Tokens", "词元"),
    summary=Text(
        "What a text is cut into: whole words in lower case, frequent pieces of words, or single characters.",
        "文本切分的单位：小写的整词、常见的词片段，或单个字符。",
    ),
)
VOCABULARY: Final = Param(
    name="vocab_size",
    kind="int",
    default=None,
    nullable=True,
    minimum=16,
    maximum=200_000,
    important=True,
    label=Text("Vocabulary", "词表大小"),
    summary=Text(
        "How many different tokens are known; the rarer ones become “unknown”. Left empty: 10,000 words, 4,096 "
        "subwords or 256 characters.",
        "认识多少种词元；更少见的记作“未知”。留空则为 10,000 个词、4,096 个词片段或 256 个字符。",
    ),
)
LENGTH: Final = Param(
    name="max_length",
    kind="int",
    default=128,
    minimum=2,
    maximum=8192,
    important=True,
    label=Text("Length", "长度"),
    summary=Text(
        "How many tokens of a text the network sees: longer ones are cut off, shorter ones filled up. A network that "
        "learns the next token sees so many at once.",
        "网络看到的词元个数：过长的截断，过短的补齐。学习下一个词元的网络一次看这么多。",
    ),
)


def normalisation(*choices: str) -> Param:
    """How numbers are brought into a common range; the first of `choices` is usual."""
    return Param(
        name="normalisation",
        kind="choice",
        default=choices[0],
        choices=choices,
        label=Text("Scale", "缩放"),
        summary=Text(
            "How values are scaled, measured on the training rows: to mean 0 and deviation 1, to 0..1, or not at all.",
            "数值如何缩放（按训练行统计）：均值 0、标准差 1，缩到 0..1，或不缩放。",
        ),
    )

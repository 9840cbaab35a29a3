"""The families of the palette, in its order."""

from collections.abc import Mapping
from types import MappingProxyType

from trainer.layers.spec import Family
from trainer.messages.registry import Text

FAMILIES: Mapping[Family, Text] = MappingProxyType(
    {
        "data": Text("Data", "数据"),
        "linear": Text("Dense", "全连接"),
        "conv": Text("Convolution", "卷积"),
        "pool": Text("Pooling", "池化"),
        "norm": Text("Normalization", "归一化"),
        "act": Text("Activation", "激活"),
        "drop": Text("Dropout", "随机失活"),
        "recur": Text("Recurrent", "循环"),
        "attn": Text("Attention", "注意力"),
        "embed": Text("Embedding", "嵌入"),
        "shape": Text("Shape", "形状"),
        "merge": Text("Merging and arithmetic", "合并与运算"),
        "block": Text("Blocks", "模块"),
    }
)

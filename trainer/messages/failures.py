"""What torch refuses, told in our words: what the layer expects, what it received, how it is set."""

from trainer.messages.registry import Text, register_messages

register_messages(
    "shape",
    {
        "mismatch": Text(
            "{name} ({type}) expected {expected}. It received {received}, set to {settings}. "
            "Change what is wired to it, or its parameters.",
            "{name}（{type}）应收到 {expected}。实际收到 {received}，设置为 {settings}。请修改它的输入或参数。",
        ),
        "disagree": Text(
            "What is wired to {name} ({type}) does not fit together: it expected {expected}, with sizes that agree, "
            "and received {received}. Make the sizes equal.",
            "接到 {name}（{type}）的张量互不相符：应为尺寸一致的 {expected}，收到 {received}。请统一尺寸。",
        ),
        "too_small": Text(
            "{name} ({type}) would have nothing to give: {received} is too small for {settings}; it expected "
            "{expected}. Make its window or padding smaller, or its input larger.",
            "{name}（{type}）的结果为空：{received} 对于 {settings} 太小；应为 {expected}。请减小窗口或填充。",
        ),
        "empty": Text(
            "{name} ({type}) gives {received}, in which an axis is empty; every axis needs one place at least. "
            "Look at its parameters.",
            "{name}（{type}）的结果是 {received}，其中有一个轴为空；每个轴至少要有一格。请检查它的参数。",
        ),
    },
)
register_messages(
    "dtype",
    {
        "unfit": Text(
            "{name} ({type}) cannot work with these number types: it expected {expected} and received {received}. "
            "Insert a Cast.",
            "{name}（{type}）不能处理这些数值类型：应为 {expected}，收到 {received}。请插入类型转换。",
        ),
    },
)
register_messages(
    "norm",
    {
        "one_place": Text(
            "{name} ({type}) takes mean and spread over the places of each channel and received only one place "
            "({received}). Use it before the places are pooled away, or use LayerNorm.",
            "{name}（{type}）在每个通道的各位置上求均值和方差，但只收到一个位置（{received}）。"
            "请放在池化之前，或改用 LayerNorm。",
        ),
        "one_value": Text(
            "{name} ({type}) takes mean and spread over the batch and received a single value for each channel "
            "({received}, batch size 1). Choose a larger batch, or a normalization that needs none.",
            "{name}（{type}）在批次上求均值和方差，但每个通道只有一个值（{received}，批大小为 1）。"
            "请增大批大小，或改用不依赖批次的归一化。",
        ),
        "one_sample": Text(
            "{name} ({type}) learns the mean and spread of single samples at batch size 1, which are not those it "
            "uses later. Choose a larger batch, or a normalization that needs none.",
            "批大小为 1 时，{name}（{type}）学到的是单个样本的均值和方差，与之后使用的不同。"
            "请增大批大小，或改用不依赖批次的归一化。",
        ),
    },
)

"""The words, ranges and importance that parameters of the same name share across layers. An entry may say otherwise."""

from typing import Any

from trainer.messages.registry import Text

HIDDEN = frozenset(
    {"inplace", "return_indices", "recompute_scale_factor", "max_norm", "norm_type", "scale_grad_by_freq", "sparse"}
)

COMMON_WORDS: dict[str, dict[str, Any]] = {
    "in_features": {
        "label": Text("Features in", "输入特征数"),
        "summary": Text("How many numbers arrive for each sample.", "每个样本传入多少个数。"),
    },
    "out_features": {
        "label": Text("Features out", "输出特征数"),
        "summary": Text(
            "How many numbers leave. More can hold more and cost more.", "输出多少个数。越多表达力越强，开销也越大。"
        ),
        "minimum": 1,
        "important": True,
    },
    "bias": {
        "label": Text("Bias", "偏置"),
        "summary": Text("Adds a learned number to each output.", "给每个输出加上一个学到的数。"),
    },
    "p": {
        "label": Text("Probability", "概率"),
        "summary": Text(
            "The share of values set to zero in each training step. 0.2 to 0.5 is usual.",
            "每个训练步中置零的比例，常用 0.2 到 0.5。",
        ),
        "minimum": 0,
        "maximum": 1,
        "important": True,
    },
    "start_dim": {
        "label": Text("First axis", "起始轴"),
        "summary": Text("The first axis to flatten; 0 is the batch.", "从哪个轴开始展平；0 是批次轴。"),
    },
    "end_dim": {
        "label": Text("Last axis", "结束轴"),
        "summary": Text("The last axis to flatten; -1 is the last one.", "展平到哪个轴为止；-1 表示最后一个轴。"),
    },
}

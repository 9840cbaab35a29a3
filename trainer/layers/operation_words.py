"""The words and importance of the parameters of operations, which no signature of torch's describes."""

from typing import Any

from trainer.messages.registry import Text

OPERATION_WORDS: dict[str, dict[str, Any]] = {
    "chunks": {
        "label": Text("Parts", "份数"),
        "summary": Text("How many parts there are; each is an output.", "切成几份，每份一个输出。"),
        "important": True,
    },
    "sizes": {
        "label": Text("Sizes", "各份大小"),
        "summary": Text(
            "The size of each part; together they are the size of the axis.", "每份的大小，总和等于该轴的大小。"
        ),
        "important": True,
    },
    "start": {
        "label": Text("Start", "起点"),
        "summary": Text("The first entry that is taken; -1 is the last one.", "取的第一项；-1 表示最后一项。"),
        "important": True,
    },
    "end": {
        "label": Text("End", "终点"),
        "summary": Text(
            "The first entry that is no longer taken; empty goes to the end.", "第一个不再取的项；留空表示直到末尾。"
        ),
        "important": True,
    },
    "step": {
        "label": Text("Step", "步长"),
        "summary": Text("Takes every so many-th entry.", "每隔多少项取一项。"),
    },
    "indices": {
        "label": Text("Entries", "各项"),
        "summary": Text(
            "Which entries are taken, in this order and as often as they are named; 0 is the first.",
            "取哪些项：按此顺序，可重复；0 表示第一项。",
        ),
        "important": True,
    },
    "repeats": {
        "label": Text("Copies", "份数"),
        "summary": Text("How many copies along each axis, without the batch.", "每个轴上放几份，不含批次轴。"),
        "important": True,
    },
    "pad": {
        "label": Text("Padding", "填充"),
        "summary": Text(
            "Two numbers an axis, before and after, from the last axis back.",
            "每个轴两个数（前、后），从最后一个轴往前写。",
        ),
        "important": True,
    },
    "mode": {
        "label": Text("Mode", "方式"),
        "summary": Text("How new values come about.", "新的值如何得出。"),
        "important": True,
    },
    "min": {
        "label": Text("Lowest", "下限"),
        "summary": Text("What is smaller becomes this; empty sets no limit.", "更小的数变为此值；留空表示不限。"),
        "important": True,
    },
    "max": {
        "label": Text("Highest", "上限"),
        "summary": Text("What is larger becomes this; empty sets no limit.", "更大的数变为此值；留空表示不限。"),
        "important": True,
    },
    "scale": {
        "label": Text("Scale", "缩放"),
        "summary": Text("What each number is multiplied by.", "每个数乘以多少。"),
        "important": True,
    },
    "shift": {
        "label": Text("Shift", "平移"),
        "summary": Text("What is then added to it.", "然后再加上多少。"),
        "important": True,
    },
    "num_classes": {
        "label": Text("Classes", "类别数"),
        "summary": Text(
            "How many different indices there are, and so how wide the row is.",
            "共有多少个不同的索引，也就是一行的宽度。",
        ),
        "important": True,
    },
    "size": {
        "label": Text("Size", "尺寸"),
        "summary": Text("The size that comes out, without batch and channels.", "输出的尺寸，不含批次轴和通道轴。"),
        "important": True,
    },
    "scale_factor": {
        "label": Text("Factor", "倍数"),
        "summary": Text("How many times as large the result is; 0.5 halves it.", "结果放大多少倍；0.5 为缩小一半。"),
        "important": True,
    },
    "dropout_p": {
        "label": Text("Dropout", "随机失活"),
        "summary": Text(
            "The share of attention weights set to zero while training.", "训练时把多大比例的注意力权重置零。"
        ),
        "minimum": 0,
        "maximum": 1,
    },
    "is_causal": {
        "label": Text("Causal", "因果"),
        "summary": Text(
            "Each position sees only itself and what came before, as a language model needs.",
            "每个位置只能看到自己和之前的位置，语言模型需要这样。",
        ),
        "important": True,
    },
    "tgt_is_causal": {
        "label": Text("Causal target", "目标因果"),
        "summary": Text(
            "Each position of the target sees only itself and what came before, so that none is given away.",
            "目标的每个位置只能看到自己和之前的位置，避免泄露后文。",
        ),
        "important": True,
    },
    "norm": {
        "label": Text("Final normalization", "末尾归一化"),
        "summary": Text(
            "Normalizes what leaves the last layer; usual where each layer normalizes first.",
            "对最后一层的输出再做归一化，先归一化的结构通常需要。",
        ),
    },
}

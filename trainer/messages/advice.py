"""What builds and runs and is a mistake nevertheless."""

from trainer.messages.registry import Text, register_messages

register_messages(
    "advice",
    {
        "softmax_before_loss": Text(
            "{loss} of {output} expects plain scores and received what {name} ({type}) makes of them: it does that "
            "itself, and done twice learning is slow. Remove {name}; predictions stay probabilities.",
            "{output} 的 {loss} 应收到原始分数，却收到 {name}（{type}）的结果：它自己会做这一步，做两次会使学习变慢。"
            "请删除 {name}，预测结果仍是概率。",
        ),
        "relu_before_loss": Text(
            "{loss} of {output} expects scores of any sign, and {name} ({type}) gives none below zero: half of what "
            "could be said is lost. Remove {name}.",
            "{output} 的 {loss} 应收到可正可负的分数，而 {name}（{type}）不会给出负数，丢失了一半信息。请删除 {name}。",
        ),
        "bounded_before_loss": Text(
            "{output} learns numbers that are centred on zero, and {name} ({type}) can give only some of them. "
            "Remove {name}.",
            "{output} 学习的数以零为中心，而 {name}（{type}）只能给出其中一部分。请删除 {name}。",
        ),
        "log_needed": Text(
            "{loss} of {name} expects logarithms of probabilities and received what {received} ({source_type}) gives. "
            "Insert a LogSoftmax.",
            "{name} 的 {loss} 应收到概率的对数，却收到 {received}（{source_type}）的结果。请插入 LogSoftmax。",
        ),
        "probability_needed": Text(
            "{loss} of {name} expects probabilities from 0 to 1 and received what {received} ({source_type}) gives. "
            "Take BCEWithLogitsLoss, or insert a Sigmoid.",
            "{name} 的 {loss} 应收到 0 到 1 的概率，却收到 {received}（{source_type}）的结果。"
            "请改用 BCEWithLogitsLoss，或插入 Sigmoid。",
        ),
        "last_dropout": Text(
            "{name} ({type}) drops what {output} answers itself, so that learning sees answers that were never given. "
            "Remove it, or put it before the last layer.",
            "{name}（{type}）丢弃的是 {output} 的答案本身，学习会看到从未给出的答案。请删除它，或放到最后一层之前。",
        ),
        "activations": Text(
            "{name} ({type}) follows {before} ({before_type}) directly: two activations in a row say no more than one "
            "and pass less through. Remove one.",
            "{name}（{type}）紧跟在 {before}（{before_type}）之后：连续两个激活不会更好，只会丢失信息。请删除一个。",
        ),
        "channels_last": Text(
            "{name} ({type}) expects the channels first and received {received}, which looks like an image with its "
            "{channels} channels last. Insert a Permute.",
            "{name}（{type}）要求通道在首位，收到 {received}，像是 {channels} 个通道在末位的图像。请插入 Permute。",
        ),
        "dropout_unused": Text(
            "{name} ({type}) drops between its layers and has only one: a dropout of {received} does nothing. "
            "Stack more layers, or leave it empty.",
            "{name}（{type}）的丢弃发生在层与层之间，而它只有一层：{received} 的丢弃率不起作用。请增加层数，或留空。",
        ),
    },
)
register_messages(
    "node",
    {
        "unused": Text(
            "{name} ({type}) leads to no Output, so that the network does without it. Wire it on, or remove it.",
            "{name}（{type}）没有通向任何输出，网络不会用到它。请接上它，或将其删除。",
        ),
    },
)
register_messages(
    "output",
    {
        "unreached": Text(
            "No Input reaches {name}: it gives the same for every sample. Wire an Input to it.",
            "没有输入到达 {name}：它对每个样本给出相同的结果。请接入一个输入。",
        ),
    },
)
register_messages(
    "data",
    {
        "leak": Text(
            "{name} reads {column}, the very column that {output} is to learn: the answer is among the questions. "
            "Leave it out.",
            "{name} 读取了 {column}，而 {output} 要学习的正是这一列：答案就在问题里。请去掉它。",
        ),
    },
)
register_messages(
    "embed",
    {
        "range": Text(
            "{name} ({type}) has {received} entries, and {column} has {expected} indices, from 0 to one less. "
            "Give it {expected}.",
            "{name}（{type}）有 {received} 个条目，而 {column} 有 {expected} 个索引（从 0 开始）。请设为 {expected}。",
        ),
    },
)

"""What is wrong with a graph that can be read: expected, received, what to do."""

import trainer.messages.failures
import trainer.messages.layer_problems
import trainer.messages.operation_problems  # noqa: F401 - the sentences of the operations
from trainer.messages.registry import Text, register_messages

register_messages(
    "graph",
    {
        "cycle": Text(
            "{name} is part of a circle ({members}): each waits for the other. Remove one of its wires.",
            "{name} 处在一个环中（{members}），互相等待。请删除其中一条连线。",
        ),
        "no_input": Text(
            "The graph has no Input. Add one to give it data.", "图中没有输入节点。请添加一个以接入数据。"
        ),
        "input_unused": Text(
            "No Input reaches an Output. Wire one through to it.",
            "没有输入节点连到输出节点。请把它们连起来。",
        ),
        "no_output": Text(
            "The graph has no Output. Add one to say what is to be learned.",
            "图中没有输出节点。请添加一个来说明要学习什么。",
        ),
    },
)
register_messages(
    "edge",
    {
        "dangling": Text(
            "A wire leads from {source}.{source_port} to {target}.{target_port}, which does not exist. Remove it.",
            "有一条连线从 {source}.{source_port} 到 {target}.{target_port}，其中一端不存在。请删除它。",
        ),
    },
)
register_messages(
    "port",
    {
        "taken": Text(
            "“{port}” of {name} takes one wire and received a second. Remove one, or join them with Add or Concat.",
            "{name} 的“{port}”只接受一条连线，却收到第二条。请删除一条，或先用 Add 或 Concat 合并。",
        ),
        "missing": Text(
            "Nothing is wired to “{port}” of {name} ({type}). Connect something to it.",
            "{name}（{type}）的“{port}”没有连线。请给它接上输入。",
        ),
        "count": Text(
            "“{port}” of {name} expects {expected} wires and received {received}.",
            "{name} 的“{port}”应接 {expected} 条连线，实际为 {received} 条。",
        ),
    },
)
register_messages(
    "name",
    {
        "duplicate": Text(
            "Two nodes are called {name}. Rename one; names become the names of the weights.",
            "有两个节点都叫 {name}。请改名，名称会用作权重的名字。",
        ),
    },
)
register_messages(
    "param",
    {
        "missing": Text("{name} ({type}) needs “{param}”. Set it.", "{name}（{type}）需要“{param}”。请设置它。"),
        "type": Text(
            "“{param}” of {name} ({type}) cannot be {received}.",
            "{name}（{type}）的“{param}”不能是 {received}。",
        ),
        "range": Text(
            "“{param}” of {name} ({type}) expects {expected} and received {received}.",
            "{name}（{type}）的“{param}”应在 {expected} 内，收到的是 {received}。",
        ),
        "groups": Text(
            "{name} ({type}) splits {count} channels ({other}) into {received} groups, which leaves a remainder. "
            "Choose a number that divides {count}.",
            "{name}（{type}）要把 {count} 个通道（{other}）分成 {received} 组，无法整除。请选择 {count} 的约数。",
        ),
        "heads": Text(
            "{name} ({type}) splits a width of {width} among {received} heads, which leaves a remainder. "
            "Choose a number that divides {width}.",
            "{name}（{type}）要把宽度 {width} 分给 {received} 个头，无法整除。请选择 {width} 的约数。",
        ),
        "same_stride": Text(
            "{name} ({type}): padding “same” needs a stride of 1 and received {stride}. Set one of the two.",
            "{name}（{type}）：“same”填充要求步幅为 1，现为 {stride}。请修改其中之一。",
        ),
        "pool_padding": Text(
            "{name} ({type}): padding may be half the window, {expected} at most, and is {received}. Make it smaller.",
            "{name}（{type}）：填充最多为窗口的一半（{expected}），现为 {received}。请减小。",
        ),
        "slopes": Text(
            "{name} ({type}) takes one slope, or one for each of {expected} channels, and received {received}.",
            "{name}（{type}）可用 1 个斜率，或 {expected} 个通道各一个，收到 {received}。",
        ),
        "projection": Text(
            "{name} ({type}): the projection must be smaller than the memory, {expected} at most, and is {received}.",
            "{name}（{type}）：投影须小于记忆大小，最多 {expected}，现为 {received}。",
        ),
        "padding_idx": Text(
            "{name} ({type}): the padding index is one of the entries, {expected} at most, and is {received}.",
            "{name}（{type}）：填充索引须是条目之一，最多 {expected}，现为 {received}。",
        ),
        "follows": Text(
            "“{param}” of {name} follows from its input, {expected}, and is set to {received}. Leave it empty.",
            "{name} 的“{param}”由输入决定，必须为 {expected}，现为 {received}。请留空。",
        ),
    },
)
register_messages(
    "shape",
    {
        "rank": Text(
            "{name} ({type}) expects {expected} axes at “{port}” and received {count} ({received}).",
            "{name}（{type}）的“{port}”应有 {expected} 个轴，收到 {count} 个（{received}）。",
        ),
        "axes": Text(
            "{name} ({type}) expects {expected} axes at “{port}” and received {received}.",
            "{name}（{type}）的“{port}”需要 {expected} 个轴，收到 {received}。",
        ),
        "window": Text(
            "{name} ({type}) moves a window of {received} over an input that is {expected} wide with its padding. "
            "Make the kernel smaller, or pool less before it.",
            "{name}（{type}）的窗口为 {received}，而加上填充后输入只有 {expected}。请减小卷积核，或减少前面的池化。",
        ),
        "last_axes": Text(
            "{name} ({type}) normalizes the last axes {expected} and received {received}. Leave it empty to follow.",
            "{name}（{type}）要归一化最后的轴 {expected}，收到 {received}。留空即可自动跟随。",
        ),
        "reshape": Text(
            "{name} has {count} numbers ({received}), which do not fit into {wanted}. Sizes must multiply to {count}.",
            "{name} 有 {count} 个数（{received}），放不进 {wanted}。各尺寸之积须为 {count}。",
        ),
        "permute": Text(
            "{name} names each of {rank} axes once, 0 first, such as {example}; it received {received}.",
            "{name} 须把 {rank} 个轴各列一次，0 在首位，例如 {example}；收到 {received}。",
        ),
        "differ": Text(
            "{name} ({type}) joins place by place: it expected {expected} and received {received}. Make them equal.",
            "{name}（{type}）逐位运算：应为 {expected}，收到 {received}。请让两者形状相同。",
        ),
        "concat": Text(
            "{name} joins along axis {dim}; all other axes must agree. It expected {expected} and received {received}.",
            "{name} 沿第 {dim} 轴拼接，其余各轴须相同。应为 {expected}，收到 {received}。",
        ),
        "matmul": Text(
            "{name} multiplies matrices: the last axis of {expected} must be the last but one of {received}.",
            "{name} 做矩阵乘：{expected} 的最后一轴须等于 {received} 的倒数第二轴。",
        ),
        "state": Text(
            "{name} ({type}) expected a memory of {expected} and received {received}. Wire that of an equal layer.",
            "{name}（{type}）的记忆应为 {expected}，收到 {received}。请接入结构相同的层的记忆。",
        ),
        "widths": Text(
            "{name} ({type}) expected a width of {expected} at “{port}” and received {received}. Make them equal.",
            "{name}（{type}）的“{port}”宽度应为 {expected}，收到 {received}。请统一宽度。",
        ),
        "mask": Text(
            "{name} ({type}) expected one mask value for each of {expected} positions and received {received}.",
            "{name}（{type}）的掩码应对应 {expected} 个位置，收到 {received}。",
        ),
        "not_flat": Text(
            "{name} expected one row of numbers and received {received}: a dense layer sees only the last axis "
            "({size}). Insert a Flatten before it.",
            "{name} 应收到一行数，却收到 {received}：全连接层只看最后一个轴（{size}）。请在它前面插入展平层。",
        ),
    },
)
register_messages(
    "dtype",
    {
        "mismatch": Text(
            "{name} ({type}) expects {expected} at “{port}” and received {received}.",
            "{name}（{type}）的“{port}”应为 {expected}，收到 {received}。",
        ),
    },
)
register_messages(
    "batch",
    {
        "mixed": Text(
            "{name} ({type}) works along axis 0, the batch, and would mix samples. Choose another; -1 is the last.",
            "{name}（{type}）沿第 0 轴（批次）计算，会混合不同样本。请换一个轴；-1 是最后一轴。",
        ),
        "axis": Text(
            "{name} ({type}) names axis {received}. Choose one from 1 to {last}; 0 is the batch.",
            "{name}（{type}）指定了第 {received} 轴。请选择 1 到 {last} 的轴；0 是批次轴。",
        ),
        "disturbed": Text(
            "{name} ({type}) gives {received}: the batch (B) must stay the first axis, once. Choose other axes.",
            "{name}（{type}）的结果是 {received}：批次轴（B）必须保持在首位且只出现一次。请选择其他轴。",
        ),
    },
)
register_messages(
    "limit",
    {
        "overflow": Text(
            "{name} ({type}) would be larger than any computer can count. Make its sizes smaller.",
            "{name}（{type}）大得无法计算。请减小它的尺寸。",
        ),
        "parameters": Text(
            "{name} would have {count:,} parameters ({size}); at most {limit:,} fit here. Make it smaller.",
            "{name} 将有 {count:,} 个参数（{size}），这里最多 {limit:,} 个。请减小规模。",
        ),
        "activation": Text(
            "{name} would give {size} for a single sample; at most {limit} fit. Make it smaller.",
            "{name} 对单个样本就产生 {size}，最多 {limit}。请减小规模。",
        ),
        "total": Text(
            "The network would have {count:,} parameters ({size}); at most {limit:,} fit here. Make it smaller.",
            "网络将有 {count:,} 个参数（{size}），这里最多 {limit:,} 个。请减小规模。",
        ),
        "memory": Text(
            "Training would need more than {size} at batch size {batch_size}; at most {limit} fit. "
            "Choose a smaller batch.",
            "批大小为 {batch_size} 时训练需要超过 {size}，最多 {limit}。请减小批大小。",
        ),
        "layers": Text(
            "With its repeats the network would have {count:,} layers; at most {limit:,} are taken. Repeat less.",
            "算上重复，网络将有 {count:,} 层，最多 {limit:,} 层。请减少重复。",
        ),
    },
)
register_messages(
    "share",
    {
        "unfit": Text(
            "{name} cannot share the weights of {owner}: both must be the same layer with the same parameters.",
            "{name} 无法与 {owner} 共享权重：两者必须是参数相同的同一种层。",
        ),
    },
)
register_messages(
    "tie",
    {
        "unfit": Text(
            "“{param}” of {name} cannot be tied to {owner}. Tie it to a weight of the same shape, and to none that "
            "leads back to it.",
            "{name} 的“{param}”无法与 {owner} 绑定。请绑定到形状相同的权重，且不要绕回自身。",
        ),
    },
)
register_messages(
    "block",
    {
        "no_ports": Text(
            "{name}: no way leads from an input of the block {block} to an output. Wire one through it.",
            "{name}：模块 {block} 的输入没有连到输出。请在其中接通。",
        ),
    },
)
register_messages(
    "repeat",
    {
        "unfit": Text(
            "{name} ({type}) cannot be repeated: only a layer or block with one input and one output can.",
            "{name}（{type}）不能重复：只有单输入单输出的层或模块可以。",
        ),
        "shape": Text(
            "To be repeated, {name} must give what it takes; it takes {expected} and gives {received}.",
            "要重复 {name}，其输入输出形状须相同；现在输入 {expected}，输出 {received}。",
        ),
    },
)
register_messages(
    "input",
    {
        "no_shape": Text(
            "{name} has no shape yet. Choose a data set, or type the shape of one sample.",
            "{name} 还没有形状。请选择数据集，或填写单个样本的形状。",
        ),
        "no_columns": Text(
            "{name} has no columns yet. Choose which it reads.", "{name} 还没有选择列。请选择要读取的列。"
        ),
        "shape": Text(
            "The columns of {name} give {expected}, and its shape says {received}. Take the shape of the data.",
            "{name} 的列给出 {expected}，而形状写的是 {received}。请采用数据的形状。",
        ),
        "dtype": Text(
            "The columns of {name} give {expected}, and it says {received}. Take the type of the data.",
            "{name} 的列给出 {expected}，而它写的是 {received}。请采用数据的类型。",
        ),
    },
)
register_messages(
    "output",
    {
        "no_target": Text("{name} needs one target column. Choose it.", "{name} 需要一个目标列。请选择。"),
        "no_loss": Text("{name} has no loss yet. Choose one.", "{name} 还没有损失函数。请选择。"),
        "metric": Text(
            "{name}: {metric} does not go with {loss}. Choose another metric.",
            "{name}：{metric} 不适用于 {loss}。请换一个指标。",
        ),
        "dtype": Text(
            "{name}: {loss} expects float32 and received {received}.",
            "{name}：{loss} 需要 float32，收到 {received}。",
        ),
        "rank": Text(
            "{name}: {loss} expects one row of {expected} for each sample and received {received}.",
            "{name}：{loss} 需要每个样本一行 {expected} 个数，收到 {received}。",
        ),
        "width": Text(
            "{name}: {loss} on {column} expects {expected} for each sample and received {received}.",
            "{name}：{column} 上的 {loss} 需要每个样本 {expected}，收到 {received}。",
        ),
        "ports_differ": Text(
            "{name}: {loss} expects the same shape at {ports}, {expected}, and received {received}. Make them equal.",
            "{name}：{loss} 的 {ports} 形状须相同（{expected}），收到 {received}。请统一形状。",
        ),
        "no_wired_target": Text(
            "{name}: {loss} compares with {holds}, which no column holds, so that its target comes through a wire, and "
            "none leads to “target”. Connect an Input or a layer that gives it.",
            "{name}：{loss} 的目标是{holds}，无法由一列给出，须由连线给出，而“target”没有连线。请接入给出它的节点。",
        ),
        "two_targets": Text(
            "{name}: {loss} expects one target and received several: a column, a wire, the next token. Keep one.",
            "{name}：{loss} 只需要一个目标，却同时有列、连线或下一个词元中的多个。请只保留一个。",
        ),
        "target_unused": Text(
            "{name}: {loss} needs no target and received one, which is left out. Leave it empty.",
            "{name}：{loss} 不需要目标，所给的目标不会使用。请留空。",
        ),
        "target_dtype": Text(
            "{name}: {loss} expects {expected} at “target” and received {received}. Wire another target.",
            "{name}：{loss} 的“target”应为 {expected}，收到 {received}。请接入其他目标。",
        ),
        "target_shape": Text(
            "{name}: {loss} expects {expected} at “target”, for each sample, and received {received}. "
            "Make the answer and the target alike.",
            "{name}：{loss} 的“target”应为每个样本 {expected}，收到 {received}。请让回答与目标的形状一致。",
        ),
        "no_tokens": Text(
            "{name} learns the next token with {loss}: it expects one Input of whole numbers in a row, and received "
            "{count}; the loss must be one for classes.",
            "{name} 用 {loss} 学习下一个词元：需要恰好一个整数序列输入，现有 {count} 个；损失须用于分类。",
        ),
        "steps": Text(
            "{name}: {loss} on the next token expects {expected}, the scores of each step, and received {received}.",
            "{name}：对下一个词元使用 {loss} 需要每一步的得分 {expected}，收到 {received}。",
        ),
        "vocabulary": Text(
            "{name}: the text of {column} is read with {expected} tokens, and scores of {received} arrive. "
            "Let the last layer give {expected}.",
            "{name}：{column} 的文本有 {expected} 种词元，只收到 {received} 个分数。请让最后一层输出 {expected} 个。",
        ),
        "classes": Text(
            "{name}: {column} has {expected} classes and {received} scores arrive. Let the last layer give {expected}.",
            "{name}：{column} 有 {expected} 个类别，收到 {received} 个分数。请让最后一层输出 {expected} 个特征。",
        ),
    },
)
register_messages(
    "data",
    {
        "unbound": Text(
            "“{param}” of {name} comes from {column}.{fact}, and no data set is chosen. Choose one, or type a number.",
            "{name} 的“{param}”取自 {column}.{fact}，但尚未选择数据集。请选择数据集，或直接填写数值。",
        ),
        "no_column": Text(
            "{name} refers to the column {column}, which the data set does not have. Choose another.",
            "{name} 引用了数据集中没有的列 {column}。请另选一列。",
        ),
        "no_fact": Text(
            "“{param}” of {name}: the column {column} ({kind}) has no {fact}. Type a number instead.",
            "{name} 的“{param}”：列 {column}（{kind}）没有 {fact}。请直接填写数值。",
        ),
    },
)

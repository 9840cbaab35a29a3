"""What is wrong with the parameters of an operation, or with the shapes it is given."""

from trainer.messages.registry import Text, register_messages

register_messages(
    "param",
    {
        "axes": Text(
            "“{param}” of {name} ({type}) names axes {received}. Name at least one, and each only once.",
            "{name}（{type}）的“{param}”指定了轴 {received}。请至少指定一个轴，且每个只写一次。",
        ),
        "bounds": Text(
            "{name} ({type}): the highest number must lie above the lowest, {expected}, and is {received}. Raise it.",
            "{name}（{type}）：上限须高于下限 {expected}，现为 {received}。请调高上限。",
        ),
        "bounds_missing": Text(
            "{name} ({type}) expects a lowest or a highest number and received neither. Set one.",
            "{name}（{type}）需要下限或上限，两者都没有设置。请设置其中之一。",
        ),
        "causal": Text(
            "{name} ({type}) is causal and expects as many keys as queries, {expected}; it received {received}. Turn "
            "“{param}” off, or wire sequences of one length.",
            "{name}（{type}）是因果的，键应与查询一样多（{expected}），收到 {received}。"
            "请关闭“{param}”，或接入等长的序列。",
        ),
        "chunks": Text(
            "{name} ({type}) was asked for {received} parts of an axis of {size}, which gives {expected}. "
            "Ask for {expected}, or use Split.",
            "{name}（{type}）要把大小为 {size} 的轴切成 {received} 份，只能得到 {expected} 份。"
            "请改为 {expected} 份，或使用切分 (Split)。",
        ),
        "factor": Text(
            "{name} ({type}): a factor of {received} leaves nothing of {shape}. Choose a larger one.",
            "{name}（{type}）：倍数 {received} 会让 {shape} 缩到没有。请选择更大的倍数。",
        ),
        "index": Text(
            "{name} ({type}) expects an index up to {expected} and received {received}. Choose one on the axis.",
            "{name}（{type}）的索引最大为 {expected}，收到 {received}。请选择轴内的索引。",
        ),
        "init_axes": Text(
            "{name} ({type}): the start “{received}” expects a shape of two axes or more and received {count}. "
            "Choose another start.",
            "{name}（{type}）：初值“{received}”要求形状至少有两个轴，现有 {count} 个。请换一种初值。",
        ),
        "mode": Text(
            "{name} ({type}) expects one of {expected} for {shape} and received {received}. Choose one of them.",
            "{name}（{type}）对 {shape} 可用 {expected}，收到 {received}。请选择其中之一。",
        ),
        "pad": Text(
            "{name} ({type}) expects two numbers for each padded axis, {expected} at most, and received {received}. "
            "Add or remove some.",
            "{name}（{type}）的每个填充轴需要两个数，最多 {expected} 个，收到 {received} 个。请增减。",
        ),
        "pad_axes": Text(
            "{name} ({type}): “{mode}” pads all axes behind the channels and expects {expected} numbers here; it "
            "received {received}. Change them, or pad with a constant.",
            "{name}（{type}）：“{mode}”会填充通道之后的所有轴，此处需要 {expected} 个数，收到 {received} 个。"
            "请修改，或改用常数填充。",
        ),
        "pad_empty": Text(
            "{name} ({type}) cuts {received} off an axis of {size}, which leaves nothing. Cut off less.",
            "{name}（{type}）要从大小为 {size} 的轴裁掉 {received}，什么也不剩。请少裁一些。",
        ),
        "pad_size": Text(
            "{name} ({type}): “{mode}” expects 0 to {expected} at this axis and received {received}. Change the "
            "padding.",
            "{name}（{type}）：“{mode}”在该轴上可填充 0 到 {expected}，收到 {received}。请修改填充。",
        ),
        "repeats": Text(
            "{name} ({type}) expects a number of copies for each of {expected} axes and received {received}. "
            "Name them all, without the batch.",
            "{name}（{type}）的 {expected} 个轴都要给出份数，收到 {received} 个。请逐一填写，不含批次轴。",
        ),
        "size_axes": Text(
            "{name} ({type}) expects {expected} sizes, or one for all axes, and received {received}.",
            "{name}（{type}）需要 {expected} 个尺寸，或一个通用尺寸，收到 {received} 个。请修改。",
        ),
        "size_or_factor": Text(
            "{name} ({type}) expects either a size or a factor. Set one of the two and leave the other empty.",
            "{name}（{type}）需要尺寸或倍数二者之一。请只填写一个。",
        ),
        "sizes": Text(
            "{name} ({type}) expects parts that make {expected} together and received {received}. Change the sizes.",
            "{name}（{type}）各份之和应为 {expected}，现为 {received}。请修改各份大小。",
        ),
    },
)
register_messages(
    "shape",
    {
        "empty_slice": Text(
            "{name} ({type}) takes nothing of axis {dim}, which has {size}. Move the start or the end.",
            "{name}（{type}）在大小为 {size} 的第 {dim} 轴上什么也没有取到。请移动起点或终点。",
        ),
        "attention": Text(
            "{name} ({type}): “{port}” expects {expected} and received {received}. Reshape it, or change the layer "
            "before it.",
            "{name}（{type}）：“{port}”应为 {expected}，收到 {received}。请调整形状，或修改前一层。",
        ),
        "expand": Text(
            "{name} ({type}) received {received} and cannot stretch it to {wanted}: only axes of size 1 stretch, and "
            "each axis must be named. Use -1 for those that stay.",
            "{name}（{type}）收到 {received}，无法扩展为 {wanted}：只有大小为 1 的轴可以扩展，且每个轴都要写出。"
            "不变的轴请写 -1。",
        ),
        "gather": Text(
            "{name} ({type}) expects indices of as many axes as {expected}, no larger save along axis {dim}, and "
            "received {received}. Reshape them.",
            "{name}（{type}）的索引应与 {expected} 轴数相同，除第 {dim} 轴外不得更大，收到 {received}。请调整形状。",
        ),
        "halves": Text(
            "{name} ({type}) halves axis {dim} and expects an even size; it received {received}. Change the layer "
            "before it.",
            "{name}（{type}）把第 {dim} 轴分成两半，需要偶数大小，收到 {received}。请修改前一层。",
        ),
        "squeeze": Text(
            "{name} ({type}) expects a size of 1 at axis {dim} and received {size}. Choose an axis of size 1.",
            "{name}（{type}）要求第 {dim} 轴大小为 1，收到 {size}。请选择大小为 1 的轴。",
        ),
        "var": Text(
            "{name} ({type}) expects two numbers at least along its axes and received one. Choose another axis.",
            "{name}（{type}）沿该轴至少需要两个数，只收到一个。请换一个轴。",
        ),
    },
)

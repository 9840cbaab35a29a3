"""What is wrong with the parameters of a layer of torch's, or with the shapes it is given."""

from trainer.messages.registry import Text, register_messages

register_messages(
    "param",
    {
        "align_corners": Text(
            "{name} ({type}): corners can only be kept with {expected}; the method is {received}. "
            "Leave “align_corners” empty or change the method.",
            "{name}（{type}）：仅 {expected} 支持对齐角点，当前方法为 {received}。请留空“align_corners”或更换方法。",
        ),
        "order": Text(
            "{name} ({type}): the last axis must be {expected} or later and is {received}. Change one of the two.",
            "{name}（{type}）：结束轴须不小于 {expected}，现为 {received}。请修改其一。",
        ),
    },
)
register_messages(
    "shape",
    {
        "bare_window": Text(
            "{name} ({type}) moves a window of {received} over a volume that is {expected} wide; here padding does not "
            "count. Make the kernel smaller, or pool less before it.",
            "{name}（{type}）的窗口为 {received}，而体数据只有 {expected}；这里不计填充。"
            "请减小卷积核，或减少前面的池化。",
        ),
        "columns": Text(
            "{name} ({type}) has room for {expected} windows and received {received} columns. "
            "Change the output size, or the windows.",
            "{name}（{type}）可容纳 {expected} 个窗口，收到 {received} 列。请修改输出尺寸或窗口。",
        ),
        "unpool_like": Text(
            "{name} ({type}) can give {expected} places along an axis, and what is wired to “like” has {received}. "
            "Wire what was pooled, with the windows of that pooling.",
            "{name}（{type}）沿一个轴可输出 {expected} 个位置，而接到“like”的大小为 {received}。"
            "请接上池化前的张量，并使用与该池化相同的窗口。",
        ),
        "unpool_size": Text(
            "{name} ({type}) gives {received}, and its indices point into the {expected} that {pool} pooled: values "
            "would land in wrong places or outside. Wire what {pool} pools to “like”.",
            "{name}（{type}）输出 {received}，而其索引指向 {pool} 池化前的 {expected}：值会落到错误的位置或越界。"
            "请把 {pool} 的输入接到“like”。",
        ),
        "unpool_cut": Text(
            "{name} ({type}) gives {received} where {pool} pooled {expected}: the rest is cut off. "
            "Wire what {pool} pools to “like” to get its size back.",
            "{name}（{type}）输出 {received}，而 {pool} 池化前为 {expected}：多余部分被截掉。"
            "把 {pool} 的输入接到“like”可还原其大小。",
        ),
        "factor": Text(
            "{name} ({type}) expects a size that {expected} divides and received {received}. "
            "Change the factor, or the size that arrives.",
            "{name}（{type}）要求大小可被 {expected} 整除，收到 {received}。请修改倍数或输入的大小。",
        ),
    },
)

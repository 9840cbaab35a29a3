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
    "in_channels": {
        "label": Text("Channels in", "输入通道数"),
        "summary": Text("How many channels arrive.", "传入多少个通道。"),
    },
    "out_channels": {
        "label": Text("Channels out", "输出通道数"),
        "summary": Text(
            "How many filters; each gives one channel. More see more patterns and cost more.",
            "过滤器的个数，每个产生一个通道。越多能看到的模式越多，开销也越大。",
        ),
        "minimum": 1,
        "important": True,
    },
    "kernel_size": {
        "label": Text("Kernel", "卷积核大小"),
        "summary": Text("How wide the window is that slides over the input.", "在输入上滑动的窗口有多大。"),
        "minimum": 1,
        "important": True,
    },
    "stride": {
        "label": Text("Stride", "步幅"),
        "summary": Text("How far the window moves each time; 2 halves the size.", "窗口每次移动多远；2 会使尺寸减半。"),
        "minimum": 1,
        "important": True,
    },
    "padding": {
        "label": Text("Padding", "填充"),
        "summary": Text(
            "How much is added around the edges so that they count too.", "在边缘补多少，使边缘同样被考虑。"
        ),
        "minimum": 0,
        "important": True,
    },
    "dilation": {
        "label": Text("Dilation", "膨胀"),
        "summary": Text(
            "The gap between the points of the window; larger sees farther.", "窗口内各点的间隔；越大看得越远。"
        ),
        "minimum": 1,
    },
    "groups": {
        "label": Text("Groups", "分组"),
        "summary": Text("Splits the channels into groups that do not see each other.", "把通道分成互不相见的组。"),
        "minimum": 1,
    },
    "padding_mode": {
        "label": Text("Padding with", "填充方式"),
        "summary": Text("What the added edge holds.", "补上的边缘填什么。"),
        "choices": ("zeros", "reflect", "replicate", "circular"),
    },
    "output_padding": {
        "label": Text("Output padding", "输出填充"),
        "summary": Text("Added to one side of the output, to settle its size.", "加在输出一侧，用来确定输出尺寸。"),
        "minimum": 0,
    },
    "num_features": {
        "label": Text("Features", "特征数"),
        "summary": Text("How many channels arrive.", "传入多少个通道。"),
    },
    "eps": {
        "label": Text("Epsilon", "ε"),
        "summary": Text("A small number that keeps a division from going wrong.", "避免除以零的小数。"),
        "minimum": 0,
    },
    "momentum": {
        "label": Text("Momentum", "动量"),
        "summary": Text("How fast the running mean and variance follow the data.", "滑动均值和方差跟随数据的快慢。"),
        "minimum": 0,
        "maximum": 1,
    },
    "affine": {
        "label": Text("Learned scale", "可学习缩放"),
        "summary": Text(
            "Scales and shifts each channel by numbers that are learned.", "用学到的数缩放和平移每个通道。"
        ),
    },
    "elementwise_affine": {
        "label": Text("Learned scale", "可学习缩放"),
        "summary": Text("Scales each number by one that is learned.", "用学到的数缩放每个值。"),
    },
    "track_running_stats": {
        "label": Text("Running statistics", "滑动统计"),
        "summary": Text("Keeps a running mean and variance for prediction.", "保存滑动均值和方差，供预测时使用。"),
    },
    "normalized_shape": {
        "label": Text("Normalized axes", "归一化的轴"),
        "summary": Text("The sizes of the last axes that are normalized together.", "一起归一化的最后几个轴的大小。"),
        "minimum": 1,
    },
    "num_groups": {
        "label": Text("Groups", "组数"),
        "summary": Text("How many groups the channels are split into.", "把通道分成几组。"),
        "minimum": 1,
        "important": True,
    },
    "num_channels": {
        "label": Text("Channels", "通道数"),
        "summary": Text("How many channels arrive.", "传入多少个通道。"),
    },
    "negative_slope": {
        "label": Text("Slope below zero", "负半轴斜率"),
        "summary": Text("What negative values are multiplied by.", "负值乘以多少。"),
    },
    "alpha": {
        "label": Text("Alpha", "α"),
        "summary": Text("How far below zero it can go.", "负值最低能到多少。"),
    },
    "approximate": {
        "label": Text("Form", "形式"),
        "summary": Text("The exact form, or a faster one with tanh.", "精确形式，或用 tanh 的快速形式。"),
        "choices": ("none", "tanh"),
    },
    "dim": {
        "label": Text("Axis", "轴"),
        "summary": Text("Which axis; 0 is the batch, -1 the last.", "哪个轴；0 是批次轴，-1 是最后一个轴。"),
        "important": True,
    },
    "beta": {
        "label": Text("Beta", "β"),
        "summary": Text("How sharp the bend is.", "拐弯有多急。"),
        "above": 0,
    },
    "threshold": {
        "label": Text("Threshold", "阈值"),
        "summary": Text("Above this it is a straight line.", "超过该值后为直线。"),
    },
    "num_parameters": {
        "label": Text("Slopes", "斜率个数"),
        "summary": Text("One slope for all, or one for each channel.", "所有通道共用一个斜率，或每个通道一个。"),
        "minimum": 1,
    },
    "init": {
        "label": Text("Start", "初值"),
        "summary": Text("Where learning starts.", "学习从哪里开始。"),
    },
    "input_size": {
        "label": Text("Features in", "输入特征数"),
        "summary": Text("How many numbers arrive at each step.", "每一步传入多少个数。"),
    },
    "hidden_size": {
        "label": Text("Memory", "记忆大小"),
        "summary": Text("How many numbers it remembers from step to step.", "在步与步之间记住多少个数。"),
        "minimum": 1,
        "important": True,
    },
    "num_layers": {
        "label": Text("Layers", "层数"),
        "summary": Text("How many are stacked.", "叠加几层。"),
        "minimum": 1,
        "maximum": 64,
        "important": True,
    },
    "dropout": {
        "label": Text("Dropout", "随机失活"),
        "summary": Text("The share set to zero while training.", "训练时置零的比例。"),
        "minimum": 0,
        "maximum": 1,
    },
    "bidirectional": {
        "label": Text("Both ways", "双向"),
        "summary": Text("Reads from the end too, and joins both.", "同时从末尾读起，并把两者合在一起。"),
        "important": True,
    },
    "proj_size": {
        "label": Text("Projection", "投影大小"),
        "summary": Text("Makes the output smaller than the memory; 0 leaves it.", "让输出比记忆更小；0 表示不变。"),
        "minimum": 0,
    },
    "nonlinearity": {
        "label": Text("Activation", "激活函数"),
        "summary": Text("What bends the signal at each step.", "每一步使用的激活函数。"),
        "choices": ("tanh", "relu"),
    },
    "num_embeddings": {
        "label": Text("Entries", "条目数"),
        "summary": Text("How many different indices there are.", "共有多少个不同的索引。"),
        "minimum": 1,
        "important": True,
    },
    "embedding_dim": {
        "label": Text("Width", "宽度"),
        "summary": Text("How many numbers stand for each index.", "每个索引用多少个数表示。"),
        "minimum": 1,
        "important": True,
    },
    "padding_idx": {
        "label": Text("Padding index", "填充索引"),
        "summary": Text("The index that means nothing; its row stays zero.", "表示“空”的索引，对应行保持为零。"),
        "minimum": 0,
    },
    "embed_dim": {
        "label": Text("Width", "宽度"),
        "summary": Text("How many numbers stand for each position.", "每个位置用多少个数表示。"),
    },
    "num_heads": {
        "label": Text("Heads", "头数"),
        "summary": Text(
            "How many views attend side by side; the width must be divisible by it.",
            "并行关注的视角数；宽度须能被它整除。",
        ),
        "minimum": 1,
        "important": True,
    },
    "add_bias_kv": {
        "label": Text("Learned key and value", "可学习键值"),
        "summary": Text("Adds one learned key and value to the sequence.", "在序列中加入一个学到的键和值。"),
    },
    "add_zero_attn": {
        "label": Text("Attend to nothing", "可关注空"),
        "summary": Text("Lets a position attend to a row of zeros.", "允许位置关注一行零。"),
    },
    "d_model": {
        "label": Text("Width", "宽度"),
        "summary": Text("How many numbers stand for each position.", "每个位置用多少个数表示。"),
    },
    "nhead": {
        "label": Text("Heads", "头数"),
        "summary": Text(
            "How many views attend side by side; the width must be divisible by it.",
            "并行关注的视角数；宽度须能被它整除。",
        ),
        "minimum": 1,
        "important": True,
    },
    "dim_feedforward": {
        "label": Text("Inner width", "内部宽度"),
        "summary": Text("How wide the dense part is in the middle.", "中间全连接部分的宽度。"),
        "minimum": 1,
        "important": True,
    },
    "activation": {
        "label": Text("Activation", "激活函数"),
        "summary": Text("What bends the signal between the two dense layers.", "两层全连接之间的激活函数。"),
        "choices": ("relu", "gelu"),
    },
    "layer_norm_eps": {
        "label": Text("Epsilon", "ε"),
        "summary": Text("A small number that keeps a division from going wrong.", "避免除以零的小数。"),
        "minimum": 0,
    },
    "norm_first": {
        "label": Text("Normalize first", "先归一化"),
        "summary": Text(
            "Normalizes before attention instead of after; trains more steadily.",
            "在注意力之前而不是之后归一化，训练更稳定。",
        ),
    },
    "ceil_mode": {
        "label": Text("Round up", "向上取整"),
        "summary": Text("Keeps the last window although it is not full.", "保留不完整的最后一个窗口。"),
    },
    "count_include_pad": {
        "label": Text("Count padding", "计入填充"),
        "summary": Text("Whether the added zeros count in the mean.", "求平均时是否计入补的零。"),
    },
    "divisor_override": {
        "label": Text("Divide by", "除数"),
        "summary": Text("Divides by this instead of the size of the window.", "用它代替窗口大小作除数。"),
        "minimum": 1,
    },
    "output_size": {
        "label": Text("Size out", "输出尺寸"),
        "summary": Text("The size that comes out, whatever goes in.", "无论输入多大，输出的尺寸。"),
        "minimum": 1,
        "important": True,
    },
    "in1_features": {
        "label": Text("Features of the first", "第一输入特征数"),
        "summary": Text("How many numbers arrive at the first input.", "第一个输入传入多少个数。"),
    },
    "in2_features": {
        "label": Text("Features of the second", "第二输入特征数"),
        "summary": Text("How many numbers arrive at the second input.", "第二个输入传入多少个数。"),
    },
    "shape": {
        "label": Text("Shape", "形状"),
        "summary": Text("The shape of one sample, without the batch.", "单个样本的形状，不含批次轴。"),
        "important": True,
    },
    "dims": {
        "label": Text("Order of axes", "轴的顺序"),
        "summary": Text(
            "Every axis in its new place; 0, the batch, stays first.", "各轴的新位置；0（批次轴）保持在首位。"
        ),
        "important": True,
    },
    "dim0": {
        "label": Text("First axis", "第一个轴"),
        "summary": Text("One of the two axes that change places; 0 is the batch.", "互换的两个轴之一；0 是批次轴。"),
        "important": True,
    },
    "dim1": {
        "label": Text("Second axis", "第二个轴"),
        "summary": Text("The other axis.", "另一个轴。"),
        "important": True,
    },
    "keepdim": {
        "label": Text("Keep the axis", "保留轴"),
        "summary": Text("Keeps the axis with size 1 instead of taking it away.", "保留该轴（大小为 1），而不是去掉。"),
    },
    "index": {
        "label": Text("Index", "索引"),
        "summary": Text("Which entry; -1 is the last.", "第几项；-1 是最后一项。"),
        "important": True,
    },
    "dtype": {
        "label": Text("Number type", "数值类型"),
        "summary": Text(
            "float32 for measurements, int64 for indices, bool for yes or no.",
            "测量值用 float32，索引用 int64，是否用 bool。",
        ),
        "important": True,
    },
    "value": {
        "label": Text("Value", "值"),
        "summary": Text("The number that fills it.", "填充用的数。"),
        "important": True,
    },
}

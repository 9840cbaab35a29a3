"""Where data enters and leaves the graph."""

from trainer.layers.entry import own_param
from trainer.layers.spec import Example, Layer, Port
from trainer.messages.registry import Text

DTYPES = ("float32", "int64", "bool")

INPUT = Layer(
    type="Input",
    family="data",
    icon="data",
    label=Text("Input", "输入"),
    summary=Text("Where columns of the data set enter the graph.", "数据集的列从这里进入图。"),
    inputs=(),
    telling=("shape",),
    params=(
        own_param(
            "columns",
            "names",
            None,
            nullable=True,
            important=True,
            label=Text("Columns", "列"),
            summary=Text(
                "One column of images or of texts, or any number of number columns or of category columns.",
                "一个图像列或文本列，或任意多个数值列，或任意多个类别列。",
            ),
        ),
        own_param(
            "encoder",
            "object",
            None,
            nullable=True,
            label=Text("Encoder", "编码器"),
            summary=Text("How raw values become numbers: size, scale, flags.", "原始值如何变成数：尺寸、缩放、标记。"),
        ),
        own_param(
            "shape",
            "ints",
            None,
            nullable=True,
            minimum=1,
            label=Text("Shape", "形状"),
            summary=Text(
                "The shape of one sample, without the batch. With a data set it comes from the columns.",
                "单个样本的形状，不含批次轴。绑定数据集后由列决定。",
            ),
        ),
        own_param(
            "dtype",
            "choice",
            None,
            nullable=True,
            choices=DTYPES,
            label=Text("Number type", "数值类型"),
            summary=Text("float32 for measurements, int64 for indices.", "测量值用 float32，索引用 int64。"),
        ),
    ),
    example=Example(inputs={}, params={"shape": [3]}),
)

OUTPUT = Layer(
    type="Output",
    family="data",
    icon="data-out",
    label=Text("Output", "输出"),
    summary=Text(
        "What the network answers, the column it is compared with, and how a mistake is counted.",
        "网络的回答、用来对照的列，以及误差的计算方式。",
    ),
    inputs=(Port("input"), Port("target", optional=True)),
    outputs=(),
    telling=("loss",),
    params=(
        own_param(
            "columns",
            "names",
            None,
            nullable=True,
            important=True,
            label=Text("Target", "目标"),
            summary=Text("The column to predict.", "要预测的列。"),
        ),
        own_param(
            "target",
            "choice",
            None,
            nullable=True,
            choices=("next_token",),
            label=Text("Own target", "自带目标"),
            summary=Text(
                "Instead of a column: “next_token” is what follows in the Input's tokens, for a language model.",
                "代替目标列：“next_token”即输入词元的下一个，用于语言模型。",
            ),
        ),
        own_param(
            "loss",
            "object",
            None,
            nullable=True,
            important=True,
            label=Text("Loss", "损失"),
            summary=Text("How far an answer is from the truth, as one number.", "回答与真值的差距，用一个数表示。"),
        ),
        own_param(
            "loss_weight",
            "float",
            1.0,
            minimum=0,
            label=Text("Weight of the loss", "损失权重"),
            summary=Text("How much this output counts beside the others.", "与其他输出相比，这个输出占多大分量。"),
        ),
        own_param(
            "metrics",
            "names",
            None,
            nullable=True,
            label=Text("Metrics", "指标"),
            summary=Text("What is measured beside the loss.", "除损失外还要衡量什么。"),
        ),
        own_param(
            "predict",
            "bool",
            True,
            label=Text("Part of predictions", "用于预测"),
            summary=Text("Whether a deployment answers with this output.", "部署后是否返回这个输出。"),
        ),
        own_param(
            "threshold",
            "float",
            None,
            nullable=True,
            above=0,
            below=1,
            label=Text("Threshold", "阈值"),
            summary=Text("From which probability on the answer is yes.", "概率达到多少算作“是”。"),
        ),
    ),
    example=Example(inputs={"input": (((3,), "float32"),)}),
)

BLOCK_INPUT = Layer(
    type="BlockInput",
    family="block",
    icon="data",
    label=Text("Block input", "模块输入"),
    summary=Text("A port through which a block receives.", "模块接收数据的端口。"),
    inputs=(),
    example=Example(inputs={}),
)

BLOCK_OUTPUT = Layer(
    type="BlockOutput",
    family="block",
    icon="data-out",
    label=Text("Block output", "模块输出"),
    summary=Text("A port through which a block gives.", "模块给出结果的端口。"),
    outputs=(),
    example=Example(inputs={"input": (((3,), "float32"),)}),
)

LAYERS = (INPUT, OUTPUT, BLOCK_INPUT, BLOCK_OUTPUT)

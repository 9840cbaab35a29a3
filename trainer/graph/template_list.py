"""The projects that come along: what each is, the data set it trains on, and how it is trained well. Torch-free."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal

from trainer.messages.registry import Text

Kind = Literal["image", "table", "text", "series", "pairs"]
Task = Literal[
    "classification",
    "regression",
    "several",
    "reconstruction",
    "segmentation",
    "similarity",
    "generation",
    "forecasting",
]


@dataclass(frozen=True, slots=True)
class Score:
    """What the test rows gave after a run with the template's settings, and the seconds that one core worked for it.

    Measured by `tests.bench.templates`; `value` is None where no run was made to its end, for want of the data set or
    because it takes hours: the seconds are then those of a few steps, times as many as there are.
    """

    metric: str
    value: float | None
    seconds: int


@dataclass(frozen=True, slots=True)
class Template:
    """`id` names the graph in `trainer/graph/templates`.

    `sample` is the data set of `trainer.data.samples` that it trains on, None where a person brings one; `settings` are
    those of a run that reaches its `score`.
    """

    id: str
    title: Text
    summary: Text
    kind: Kind
    task: Task
    sample: str | None
    settings: Mapping[str, Any]
    score: Score | None = None

    @property
    def at_once(self) -> bool:
        """Whether it trains within a minute on a CPU."""
        return self.score is not None and self.score.seconds <= 60


def _settings(epochs: int, batch_size: int, *, lr: float = 0.001) -> Mapping[str, Any]:
    return {"epochs": epochs, "batch_size": batch_size, "optimizer": {"type": "Adam", "params": {"lr": lr}}}


TEMPLATES: Final[Mapping[str, Template]] = MappingProxyType(
    {
        template.id: template
        for template in (
            Template(
                "fashion-mnist-dense",
                Text("Fashion-MNIST, dense", "Fashion-MNIST，全连接"),
                Text(
                    "Ten kinds of clothes in small grey pictures, told apart by two dense layers.",
                    "用两个全连接层区分小幅灰度图中的十类服饰。",
                ),
                kind="image",
                task="classification",
                sample="fashion-mnist",
                settings=_settings(5, 64),
                score=Score("accuracy", 0.874, 17),
            ),
            Template(
                "fashion-cnn",
                Text("Fashion-MNIST, convolutional", "Fashion-MNIST，卷积"),
                Text(
                    "The same clothes with two convolutions in front: slower to train, better at it.",
                    "同样的服饰，前面加两层卷积：训练更慢，效果更好。",
                ),
                kind="image",
                task="classification",
                sample="fashion-mnist",
                settings=_settings(5, 64),
                score=Score("accuracy", 0.907, 206),
            ),
            Template(
                "digits-dense",
                Text("Handwritten digits", "手写数字"),
                Text(
                    "Eight by eight pixels are enough to read a digit. Trains in seconds.",
                    "八乘八像素就足以认出数字，几秒即可训练完成。",
                ),
                kind="image",
                task="classification",
                sample="digits",
                settings=_settings(20, 32),
                score=Score("accuracy", 0.967, 10),
            ),
            Template(
                "mnist-cnn",
                Text("MNIST, convolutional", "MNIST，卷积"),
                Text(
                    "The classic: handwritten digits, 28 by 28, with two convolutions.",
                    "经典示例：28×28 的手写数字，两层卷积。",
                ),
                kind="image",
                task="classification",
                sample="mnist",
                settings=_settings(3, 64),
                score=Score("accuracy", None, 124),
            ),
            Template(
                "iris",
                Text("Iris", "鸢尾花"),
                Text("Which iris is it, from four lengths of its petals?", "根据四项花瓣尺寸判断鸢尾花的品种。"),
                kind="table",
                task="classification",
                sample="iris",
                settings=_settings(60, 16, lr=0.01),
                score=Score("accuracy", 0.933, 11),
            ),
            Template(
                "wine",
                Text("Wine", "葡萄酒"),
                Text("Which grape, from thirteen chemical measures?", "根据十三项化学指标判断葡萄品种。"),
                kind="table",
                task="classification",
                sample="wine",
                settings=_settings(40, 16, lr=0.003),
                score=Score("accuracy", 1.0, 11),
            ),
            Template(
                "breast-cancer",
                Text("Breast cancer", "乳腺癌"),
                Text(
                    "Benign or malignant, from thirty measures of cell nuclei. Not for diagnosis.",
                    "根据三十项细胞核指标判断良性或恶性。不可用于诊断。",
                ),
                kind="table",
                task="classification",
                sample="breast-cancer",
                settings=_settings(30, 16),
                score=Score("accuracy", 0.982, 10),
            ),
            Template(
                "diabetes",
                Text("Diabetes", "糖尿病"),
                Text(
                    "How far the disease goes on in a year: a number instead of a class.",
                    "预测一年后的病情进展：输出是数值而非类别。",
                ),
                kind="table",
                task="regression",
                sample="diabetes",
                settings=_settings(60, 16, lr=0.003),
                score=Score("r2", 0.507, 9),
            ),
            Template(
                "rows-lstm",
                Text("Rows through an LSTM", "LSTM 逐行读图"),
                Text(
                    "Reads a picture row by row, as if it were a sequence of 28 steps.",
                    "把图像当作 28 步的序列逐行读取。",
                ),
                kind="image",
                task="classification",
                sample="fashion-mnist",
                settings=_settings(5, 64),
                score=Score("accuracy", 0.883, 78),
            ),
            Template(
                "resnet-18",
                Text("ResNet-18", "ResNet-18"),
                Text(
                    "Eight residual blocks in four widths, with a stem for small pictures. Wants a GPU.",
                    "四种宽度的八个残差块，前端适合小图；建议使用 GPU。",
                ),
                kind="image",
                task="classification",
                sample="fashion-mnist",
                settings=_settings(10, 128),
                score=Score("accuracy", None, 18700),
            ),
            Template(
                "vit",
                Text("Vision transformer", "视觉 Transformer"),
                Text(
                    "Cuts a picture into 49 patches that look at one another.",
                    "把图像切成 49 块，让它们互相关注。",
                ),
                kind="image",
                task="classification",
                sample="fashion-mnist",
                settings=_settings(10, 128),
            ),
            Template(
                "autoencoder",
                Text("Autoencoder", "自编码器"),
                Text(
                    "Squeezes a picture into 32 numbers and draws it again from them.",
                    "把图像压缩成 32 个数，再由它们重画。",
                ),
                kind="image",
                task="reconstruction",
                sample="fashion-mnist",
                settings=_settings(5, 64),
                score=Score("loss", 0.084, 54),
            ),
            Template(
                "vae",
                Text("Variational autoencoder", "变分自编码器"),
                Text(
                    "An autoencoder whose codes are spread evenly, so that new ones can be drawn.",
                    "编码分布均匀的自编码器，可由新编码生成图像。",
                ),
                kind="image",
                task="reconstruction",
                sample="fashion-mnist",
                settings=_settings(10, 64),
                score=Score("picture/loss", 0.098, 111),
            ),
            Template(
                "two-in-two-out",
                Text("Two inputs, two outputs", "两个输入，两个输出"),
                Text(
                    "Looks at two groups of measures apart, joins them, and answers with a class and a number.",
                    "分别看两组测量值，合并后同时给出类别和数值。",
                ),
                kind="table",
                task="several",
                sample="breast-cancer",
                settings=_settings(40, 16),
                score=Score("diagnosis/accuracy", 0.982, 11),
            ),
            Template(
                "u-net",
                Text("U-Net", "U-Net"),
                Text(
                    "Says of each pixel which class it belongs to. Needs pictures with masks.",
                    "判断每个像素属于哪一类；需要带掩码的图像。",
                ),
                kind="image",
                task="segmentation",
                sample=None,
                settings=_settings(30, 16),
            ),
            Template(
                "siamese",
                Text("Siamese network", "孪生网络"),
                Text(
                    "One encoder looks at two pictures: do they show the same? Needs pairs.",
                    "同一个编码器看两张图：是否相同？需要成对数据。",
                ),
                kind="pairs",
                task="similarity",
                sample=None,
                settings=_settings(10, 64),
            ),
            Template(
                "text-mean",
                Text("Food reviews", "食品评论"),
                Text(
                    "Averages what it knows of the words of a review: five stars, or fewer?",
                    "对评论中各个词的含义取平均：五星，还是更低？",
                ),
                kind="text",
                task="classification",
                sample="food-reviews",
                settings=_settings(8, 64, lr=0.003),
                score=Score("accuracy", 0.779, 30),
            ),
            Template(
                "text-lstm",
                Text("Text, LSTM", "文本，LSTM"),
                Text(
                    "Reads a text word by word in both directions and says which of two classes it is.",
                    "双向逐词读取文本，判断属于两类中的哪一类。",
                ),
                kind="text",
                task="classification",
                sample="food-reviews",
                settings=_settings(5, 64),
            ),
            Template(
                "text-gru",
                Text("Text, GRU", "文本，GRU"),
                Text(
                    "The same with a smaller memory: a little faster, often as good.",
                    "同上，记忆单元更小：稍快，效果往往相当。",
                ),
                kind="text",
                task="classification",
                sample="food-reviews",
                settings=_settings(5, 64),
            ),
            Template(
                "text-transformer",
                Text("Text, transformer", "文本，Transformer"),
                Text(
                    "Two encoder layers let all words look at one another; padding is passed over.",
                    "两层编码器让所有词互相关注，填充部分会被跳过。",
                ),
                kind="text",
                task="classification",
                sample="food-reviews",
                settings=_settings(5, 64),
            ),
            Template(
                "gpt",
                Text("Small GPT", "小型 GPT"),
                Text(
                    "Learns to say the next word. One number, its width, sets how many blocks it has and how large.",
                    "学习预测下一个词。宽度这一个数决定模块的数量与大小。",
                ),
                kind="text",
                task="generation",
                sample="food-reviews",
                settings=_settings(5, 32),
            ),
            Template(
                "forecast-tcn",
                Text("Forecast", "时间序列预测"),
                Text(
                    "Looks 96 steps back with widening windows and says the next 24.",
                    "用逐渐变宽的窗口回看 96 步，预测之后 24 步。",
                ),
                kind="series",
                task="forecasting",
                sample=None,
                settings=_settings(20, 64),
            ),
        )
    }
)

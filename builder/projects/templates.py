"""The sample projects of the start page: a graph that comes along, and the sample data set it trains on."""

from dataclasses import dataclass

from trainer.messages.registry import Text


@dataclass(frozen=True)
class Template:
    """`id` names the graph in `trainer/graph/templates`, `sample` the data set in `trainer.data.samples`."""

    id: str
    title: Text
    summary: Text
    sample: str
    kind: str


TEMPLATES = {
    template.id: template
    for template in (
        Template(
            "fashion-mnist-dense",
            Text("Fashion-MNIST, dense", "Fashion-MNIST，全连接"),
            Text(
                "Ten kinds of clothes in small grey pictures, told apart by two dense layers.",
                "用两个全连接层区分小幅灰度图中的十类服饰。",
            ),
            "fashion-mnist",
            "image",
        ),
        Template(
            "fashion-cnn",
            Text("Fashion-MNIST, convolutional", "Fashion-MNIST，卷积"),
            Text(
                "The same clothes with two convolutions in front: slower to train, better at it.",
                "同样的服饰，前面加两层卷积：训练更慢，效果更好。",
            ),
            "fashion-mnist",
            "image",
        ),
        Template(
            "digits-dense",
            Text("Handwritten digits", "手写数字"),
            Text(
                "Eight by eight pixels are enough to read a digit. Trains in seconds.",
                "八乘八像素就足以认出数字，几秒即可训练完成。",
            ),
            "digits",
            "image",
        ),
        Template(
            "mnist-cnn",
            Text("MNIST, convolutional", "MNIST，卷积"),
            Text(
                "The classic: handwritten digits, 28 by 28, with two convolutions.",
                "经典示例：28×28 的手写数字，两层卷积。",
            ),
            "mnist",
            "image",
        ),
        Template(
            "iris",
            Text("Iris", "鸢尾花"),
            Text("Which iris is it, from four lengths of its petals?", "根据四项花瓣尺寸判断鸢尾花的品种。"),
            "iris",
            "table",
        ),
        Template(
            "wine",
            Text("Wine", "葡萄酒"),
            Text("Which grape, from thirteen chemical measures?", "根据十三项化学指标判断葡萄品种。"),
            "wine",
            "table",
        ),
        Template(
            "breast-cancer",
            Text("Breast cancer", "乳腺癌"),
            Text(
                "Benign or malignant, from thirty measures of cell nuclei. Not for diagnosis.",
                "根据三十项细胞核指标判断良性或恶性。不可用于诊断。",
            ),
            "breast-cancer",
            "table",
        ),
        Template(
            "diabetes",
            Text("Diabetes", "糖尿病"),
            Text(
                "How far the disease goes on in a year: a number instead of a class.",
                "预测一年后的病情进展：输出是数值而非类别。",
            ),
            "diabetes",
            "table",
        ),
    )
}

"""The losses of torch.nn for classes and labels, and for texts."""

from functools import partial

from trainer.layers.entry import about
from trainer.messages.registry import Text
from trainer.methods.part import TrainingPart, torch_part
from trainer.methods.signatures import LOSS_SIGNATURES

loss = partial(torch_part, signatures=LOSS_SIGNATURES)

LABEL_SMOOTHING = about(
    Text("Label smoothing", "标签平滑"),
    Text(
        "Share of the target spread evenly over all classes, against overconfidence.",
        "把目标的一部分均分给所有类别，避免过度自信。",
    ),
    minimum=0.0,
    maximum=1.0,
)

CLASS_LOSSES: tuple[TrainingPart, ...] = (
    loss(
        "CrossEntropyLoss",
        label=Text("Cross entropy", "交叉熵"),
        summary=Text(
            "For one class out of several: how little probability the right class got. Takes raw scores, no softmax.",
            "用于多选一分类：正确类别得到的概率有多低。输入原始得分，不需 softmax。",
        ),
        formula=r"-\log \frac{\exp(x_y)}{\sum_c \exp(x_c)}",
        params={"label_smoothing": LABEL_SMOOTHING},
        tasks=("classes",),
        target_kind="class",
    ),
    loss(
        "NLLLoss",
        label=Text("Negative log likelihood", "负对数似然"),
        summary=Text(
            "Cross entropy for logarithms of probabilities: put a LogSoftmax before it.",
            "输入为对数概率的交叉熵：请在前面接 LogSoftmax。",
        ),
        formula=r"-x_y",
        tasks=("classes",),
        target_kind="class",
    ),
    loss(
        "MultiMarginLoss",
        label=Text("Margin between classes", "多类间隔"),
        summary=Text(
            "The right class must score higher than each other one by a margin, as in a support vector machine.",
            "正确类别的得分须比其他各类高出一个间隔，如支持向量机。",
        ),
        formula=r"\frac{1}{C}\sum_{c \neq y} \max(0,\, m - x_y + x_c)^p",
        params={
            "p": about(
                Text("Power", "幂次"),
                Text("1 counts what is missing, 2 its square.", "1 直接计算差额，2 计算其平方。"),
                minimum=1,
                maximum=2,
            ),
        },
        tasks=("classes",),
        target_kind="class",
    ),
    loss(
        "BCEWithLogitsLoss",
        label=Text("Binary cross entropy", "二元交叉熵"),
        summary=Text(
            "For yes or no, for one label or each of several. Takes raw scores, no sigmoid.",
            "用于是或否的判断，可有一个或多个标签。输入原始得分，不需 sigmoid。",
        ),
        formula=r"-\left[y \log \sigma(x) + (1 - y) \log(1 - \sigma(x))\right]",
        tasks=("labels",),
        target_kind="labels",
    ),
    loss(
        "BCELoss",
        label=Text("Binary cross entropy of probabilities", "概率的二元交叉熵"),
        summary=Text(
            "The same for probabilities: put a Sigmoid before it. Less exact than the one that takes raw scores.",
            "输入为概率的版本：请在前面接 Sigmoid。数值上不如输入原始得分的精确。",
        ),
        formula=r"-\left[y \log x + (1 - y) \log(1 - x)\right]",
        tasks=("labels",),
        target_kind="labels",
    ),
    loss(
        "MultiLabelSoftMarginLoss",
        label=Text("Soft margin for labels", "多标签软间隔"),
        summary=Text(
            "Binary cross entropy, averaged over the labels of each sample.", "对每个样本的各标签取平均的二元交叉熵。"
        ),
        formula=r"-\frac{1}{C}\sum_c \left[y_c \log \sigma(x_c) + (1 - y_c) \log(1 - \sigma(x_c))\right]",
        tasks=("labels",),
        target_kind="labels",
    ),
    loss(
        "MultiLabelMarginLoss",
        label=Text("Margin between labels", "多标签间隔"),
        summary=Text(
            "Each label that holds must score higher than each that does not, by 1. The target, a yes or no for each "
            "label, comes through a wire: no column holds it.",
            "每个成立的标签的得分须比每个不成立的标签高出 1。目标为各标签的是或否，无法由一列给出，须由连线给出。",
        ),
        formula=r"\frac{1}{C}\sum_{i:\,y_i = 1}\,\sum_{j:\,y_j = 0} \max(0,\, 1 - x_i + x_j)",
        target_kind="many_labels",
    ),
    loss(
        "SoftMarginLoss",
        label=Text("Soft margin", "软间隔"),
        summary=Text(
            "For yes or no: the logistic loss of a raw score, far below zero for no and far above for yes.",
            "用于是或否：原始得分的逻辑损失，否应远低于零，是应远高于零。",
        ),
        formula=r"\log(1 + \exp(-y\,x)),\quad y \in \{-1, 1\}",
        tasks=("labels",),
        target_kind="signs",
    ),
    loss(
        "CTCLoss",
        label=Text("CTC", "CTC"),
        summary=Text(
            "For a text of unknown alignment read from a longer series: takes logarithms of probabilities [steps, "
            "symbols], and through a wire, as no column holds it, a target of symbols filled up with the blank.",
            "用于从较长序列中读出对齐未知的文本：输入对数概率 [步数, 符号数]；"
            "目标为以空白符补齐的符号串，无法由一列给出，须由连线给出。",
        ),
        formula=r"-\log \sum_{\pi \in \mathcal{B}^{-1}(y)} \prod_t p_t(\pi_t)",
        params={
            "blank": about(
                Text("Blank", "空白符"),
                Text(
                    "The symbol that stands for nothing, and fills up the target.", "表示“无”的符号，也用于补齐目标。"
                ),
                minimum=0,
            ),
            "zero_infinity": about(
                Text("Leave out the impossible", "忽略不可能的样本"),
                Text(
                    "Count a target that is longer than its series as zero instead of infinity.",
                    "目标比序列更长时，损失计为零而非无穷大。",
                ),
            ),
        },
        target_kind="tokens",
    ),
)

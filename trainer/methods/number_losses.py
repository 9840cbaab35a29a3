"""The losses of torch.nn for numbers, counts and distributions."""

from functools import partial

from trainer.layers.entry import about
from trainer.messages.registry import Text
from trainer.methods.part import TrainingPart, torch_part
from trainer.methods.signatures import LOSS_SIGNATURES

loss = partial(torch_part, signatures=LOSS_SIGNATURES)

NUMBER_LOSSES: tuple[TrainingPart, ...] = (
    loss(
        "MSELoss",
        label=Text("Squared error", "均方误差"),
        summary=Text("The square of the difference: large errors count most.", "差的平方：大误差影响最大。"),
        formula=r"(x - y)^2",
        tasks=("numbers",),
        target_kind="numbers",
    ),
    loss(
        "L1Loss",
        label=Text("Absolute error", "绝对误差"),
        summary=Text("The size of the difference: outliers count no more than others.", "差的绝对值：离群值不占优势。"),
        formula=r"|x - y|",
        tasks=("numbers",),
        target_kind="numbers",
    ),
    loss(
        "HuberLoss",
        label=Text("Huber", "Huber"),
        summary=Text(
            "Squared for small errors, absolute for large ones: smooth, and calm about outliers.",
            "小误差取平方，大误差取绝对值：平滑且不受离群值左右。",
        ),
        formula=r"\begin{cases} \tfrac12 (x - y)^2 & |x - y| < \delta \\ "
        r"\delta\,(|x - y| - \tfrac12 \delta) & \text{otherwise} \end{cases}",
        params={
            "delta": about(
                Text("Delta", "δ"),
                Text("Where it changes from squared to absolute.", "从平方变为绝对值的分界。"),
                above=0.0,
            )
        },
        tasks=("numbers",),
        target_kind="numbers",
    ),
    loss(
        "SmoothL1Loss",
        label=Text("Smooth absolute error", "平滑绝对误差"),
        summary=Text(
            "Huber divided by beta: absolute error without a corner at zero. Usual for boxes in pictures.",
            "Huber 除以 β：在零处没有尖角的绝对误差。常用于目标框回归。",
        ),
        formula=r"\begin{cases} \frac{(x - y)^2}{2\beta} & |x - y| < \beta \\ "
        r"|x - y| - \tfrac12 \beta & \text{otherwise} \end{cases}",
        params={
            "beta": about(
                Text("Beta", "β"),
                Text("Where it changes from squared to absolute.", "从平方变为绝对值的分界。"),
                minimum=0.0,
            )
        },
        tasks=("numbers",),
        target_kind="numbers",
    ),
    loss(
        "PoissonNLLLoss",
        label=Text("Poisson", "泊松"),
        summary=Text(
            "For counts, such as visits in an hour: the network gives the logarithm of the expected count.",
            "用于计数，例如每小时的访问量：网络给出期望计数的对数。",
        ),
        formula=r"\exp(x) - y\,x",
        params={
            "log_input": about(
                Text("Logarithm", "取对数"),
                Text(
                    "Whether the network gives the logarithm of the count, or the count itself.",
                    "网络给出的是计数的对数，还是计数本身。",
                ),
            ),
        },
        tasks=("numbers",),
        target_kind="counts",
    ),
    loss(
        "GaussianNLLLoss",
        label=Text("Gaussian", "高斯"),
        summary=Text(
            "Learns a number and how sure it is of it: takes the expected value and a variance, which must be "
            "positive (put a Softplus before it).",
            "同时学习数值及其不确定性：输入期望值与方差，方差须为正（请在前面接 Softplus）。",
        ),
        formula=r"\tfrac12\left(\log v + \frac{(x - y)^2}{v}\right)",
        params={
            "eps": about(summary=Text("Variances below this count as this.", "小于该值的方差按该值计算。"), above=0.0)
        },
        tasks=("numbers",),
        inputs=("input", "var"),
        target_kind="numbers",
    ),
    loss(
        "KLDivLoss",
        label=Text("Kullback-Leibler divergence", "KL 散度"),
        summary=Text(
            "How far a distribution is from another, as in distillation: takes logarithms of probabilities; the "
            "target, a whole distribution, comes through a wire: no column holds it.",
            "一个分布与另一个分布的差距，用于蒸馏等：输入对数概率；目标为完整的分布，无法由一列给出，须由连线给出。",
        ),
        formula=r"y\,(\log y - x)",
        params={
            "reduction": about(
                summary=Text(
                    "“batchmean” is the divergence itself, a sample; “mean” divides by the number of values too.",
                    "“batchmean”为每个样本的散度本身；“mean”还会除以值的个数。",
                ),
                choices=("mean", "batchmean", "sum"),
            ),
            "log_target": about(
                Text("Target in logarithms", "目标取对数"),
                Text("Whether the target is given as logarithms too.", "目标是否也以对数给出。"),
            ),
        },
        target_kind="distribution",
    ),
)

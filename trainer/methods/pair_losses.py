"""The losses of torch.nn that compare what the network gives with one another, and our own, which need no target."""

from functools import partial

from trainer.layers.entry import about
from trainer.layers.spec import Param
from trainer.messages.registry import Text
from trainer.methods.part import TrainingPart, torch_part
from trainer.methods.signatures import LOSS_SIGNATURES
from trainer.methods.words import COMMON_WORDS

DISTANCES = ("euclidean", "squared", "manhattan", "cosine")
TRIPLET = ("anchor", "positive", "negative")
REDUCTION = Param(name="reduction", kind="choice", default="mean", **COMMON_WORDS["reduction"])

loss = partial(torch_part, signatures=LOSS_SIGNATURES)

PAIR_LOSSES: tuple[TrainingPart, ...] = (
    loss(
        "HingeEmbeddingLoss",
        label=Text("Hinge of distances", "距离铰链"),
        summary=Text(
            "For distances between two things: small where they belong together (yes), beyond the margin where not.",
            "用于两者之间的距离：属于一类（是）时应小，否则应超过间隔。",
        ),
        formula=r"\begin{cases} x & y = 1 \\ \max(0,\, m - x) & y = -1 \end{cases}",
        tasks=("labels",),
        target_kind="signs",
    ),
    loss(
        "CosineEmbeddingLoss",
        label=Text("Cosine of two vectors", "余弦嵌入"),
        summary=Text(
            "For two vectors: they should point the same way where they belong together (yes), and not where not.",
            "用于两个向量：属于一类（是）时方向应一致，否则不一致。",
        ),
        formula=r"\begin{cases} 1 - \cos(x_1, x_2) & y = 1 \\ \max(0,\, \cos(x_1, x_2) - m) & y = -1 \end{cases}",
        params={"margin": about(minimum=-1.0, maximum=1.0)},
        inputs=("input1", "input2"),
        target_kind="pair_sign",
    ),
    loss(
        "MarginRankingLoss",
        label=Text("Ranking", "排序"),
        summary=Text(
            "For two scores: the first should be higher where the target says yes, the second where it says no.",
            "用于两个得分：目标为“是”时第一个应更高，为“否”时第二个应更高。",
        ),
        formula=r"\max(0,\, -y\,(x_1 - x_2) + m)",
        inputs=("input1", "input2"),
        target_kind="signs",
    ),
    loss(
        "TripletMarginLoss",
        label=Text("Triplet", "三元组"),
        summary=Text(
            "For three vectors: the anchor should be nearer to the positive than to the negative, by a margin.",
            "用于三个向量：锚点到正例应比到负例更近，差一个间隔。",
        ),
        formula=r"\max(0,\, \|a - p\|_p - \|a - n\|_p + m)",
        params={
            "margin": about(above=0.0),
            "p": about(
                Text("Norm", "范数"),
                Text("2 is the straight distance, 1 that along the axes.", "2 为直线距离，1 为沿坐标轴的距离。"),
                above=0.0,
            ),
        },
        inputs=TRIPLET,
    ),
    loss(
        "TripletMarginWithDistanceLoss",
        label=Text("Triplet with a distance", "指定距离的三元组"),
        summary=Text("The triplet loss with a distance of your choice.", "可选择距离函数的三元组损失。"),
        formula=r"\max(0,\, d(a, p) - d(a, n) + m)",
        params={
            "distance_function": about(
                Text("Distance", "距离"),
                Text(
                    "How far two vectors are apart: straight, squared, along the axes, or by their angle.",
                    "两个向量的距离：直线、平方、沿坐标轴，或按夹角。",
                ),
                choices=DISTANCES,
                default=DISTANCES[0],
                nullable=False,
                important=True,
            ),
            "margin": about(above=0.0),
        },
        inputs=TRIPLET,
    ),
)

OWN_LOSSES: tuple[TrainingPart, ...] = (
    TrainingPart(
        type="KLDivNormal",
        label=Text("Divergence from the normal distribution", "与正态分布的散度"),
        summary=Text(
            "For a variational autoencoder: keeps the latent values near a standard normal distribution. No target.",
            "用于变分自编码器：使隐变量接近标准正态分布。不需要目标。",
        ),
        formula=r"-\tfrac12 \sum_i \left(1 + \log\sigma_i^2 - \mu_i^2 - \sigma_i^2\right)",
        params=(REDUCTION,),
        inputs=("mu", "logvar"),
    ),
    TrainingPart(
        type="Penalty",
        label=Text("Penalty", "惩罚项"),
        summary=Text(
            "The mean of what arrives, to be made small: of absolute values for few active units, for instance. "
            "No target.",
            "使到达的值的平均变小：例如对绝对值取平均，使活跃单元稀疏。不需要目标。",
        ),
        formula=r"\frac{1}{n}\sum_i x_i",
    ),
)

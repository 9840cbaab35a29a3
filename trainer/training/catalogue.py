"""The losses, optimizers, schedules and metrics a run can use: torch's own names, parameters and defaults.

Adding one is one entry here, and nothing else where torch has a class of that name; a metric also needs its accumulator
in `trainer.training.metrics`. A test compares the entries with the installed torch.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from trainer.layers.spec import REQUIRED, Param
from trainer.messages.registry import Text

Task = Literal["classes", "labels", "numbers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingPart:
    """A loss, optimizer, schedule or metric: its type, what it is, its parameters.

    `tasks` says of a loss what its target is, of a metric with which losses it goes: `classes` (one of many), `labels`
    (each yes or no), `numbers`.
    """

    type: str
    label: Text
    summary: Text
    params: tuple[Param, ...] = ()
    tasks: tuple[Task, ...] = ()
    has_fused: bool = False
    higher_is_better: bool = True

    @property
    def defaults(self) -> dict[str, object]:
        return {param.name: param.default for param in self.params if param.default is not REQUIRED}


def _by_type(*parts: TrainingPart) -> Mapping[str, TrainingPart]:
    return {part.type: part for part in parts}


def _learning_rate(default: float) -> Param:
    return Param(
        name="lr",
        kind="float",
        label=Text("Learning rate", "学习率"),
        summary=Text(
            "How far each step moves the weights. Too high and the loss jumps; too low and it crawls.",
            "每一步更新权重的幅度。过高时损失会跳动，过低时下降缓慢。",
        ),
        default=default,
        above=0.0,
        maximum=1000.0,
        important=True,
    )


def _weight_decay(default: float) -> Param:
    return Param(
        name="weight_decay",
        kind="float",
        label=Text("Weight decay", "权重衰减"),
        summary=Text(
            "Pulls every weight a little towards zero at each step, against overfitting.",
            "每一步都把权重略微拉向零，以防过拟合。",
        ),
        default=default,
        minimum=0.0,
    )


_MOMENTUM = Param(
    name="momentum",
    kind="float",
    label=Text("Momentum", "动量"),
    summary=Text(
        "How much of the last step's direction is kept. 0.9 is usual; 0 is plain gradient descent.",
        "保留上一步方向的比例。常用 0.9；0 表示普通梯度下降。",
    ),
    default=0.0,
    minimum=0.0,
    below=1.0,
    important=True,
)
_EPS = Param(
    name="eps",
    kind="float",
    label=Text("Epsilon", "ε"),
    summary=Text(
        "A small number added to the divisor so that nothing is divided by zero.", "加在除数上的小数，避免除以零。"
    ),
    default=1e-8,
    minimum=0.0,
)
_MAXIMIZE = Param(
    name="maximize",
    kind="bool",
    label=Text("Maximize", "最大化"),
    summary=Text("Climb the loss instead of going down.", "沿损失上升方向更新，而不是下降。"),
    default=False,
)
_BETAS = Param(
    name="betas",
    kind="floats",
    length=2,
    label=Text("Betas", "β 系数"),
    summary=Text(
        "How slowly the running means of the gradient and of its square forget.",
        "梯度及其平方的滑动平均的遗忘速度。",
    ),
    default=(0.9, 0.999),
    minimum=0.0,
    below=1.0,
)
_AMSGRAD = Param(
    name="amsgrad",
    kind="bool",
    label=Text("AMSGrad", "AMSGrad"),
    summary=Text(
        "Divide by the largest mean square seen so far, so that steps never grow again.",
        "用迄今最大的均方作除数，使步长不再增大。",
    ),
    default=False,
)

OPTIMIZERS = _by_type(
    TrainingPart(
        type="SGD",
        label=Text("Gradient descent (SGD)", "梯度下降（SGD）"),
        summary=Text(
            "A step against the gradient of each batch. Needs a well chosen learning rate; momentum helps.",
            "沿每批梯度的反方向更新。需要合适的学习率；加上动量更好。",
        ),
        params=(
            _learning_rate(1e-3),
            _MOMENTUM,
            Param(
                name="dampening",
                kind="float",
                label=Text("Dampening", "阻尼"),
                summary=Text("How much of the new gradient is left out of the momentum.", "新梯度中不计入动量的比例。"),
                default=0.0,
                minimum=0.0,
                maximum=1.0,
            ),
            _weight_decay(0.0),
            Param(
                name="nesterov",
                kind="bool",
                label=Text("Nesterov", "Nesterov"),
                summary=Text(
                    "Look ahead along the momentum before stepping. Needs momentum, and no dampening.",
                    "先沿动量方向前瞻再更新。需要动量且阻尼为零。",
                ),
                default=False,
            ),
            _MAXIMIZE,
        ),
        has_fused=True,
    ),
    TrainingPart(
        type="Adam",
        label=Text("Adam", "Adam"),
        summary=Text(
            "Gives each weight a step size of its own from its recent gradients. A good first choice.",
            "根据近期梯度为每个权重设定各自的步长，是不错的首选。",
        ),
        params=(_learning_rate(1e-3), _BETAS, _EPS, _weight_decay(0.0), _AMSGRAD, _MAXIMIZE),
        has_fused=True,
    ),
    TrainingPart(
        type="AdamW",
        label=Text("AdamW", "AdamW"),
        summary=Text(
            "Adam with weight decay applied to the weights themselves. Usual for transformers.",
            "将权重衰减直接作用于权重的 Adam，常用于 Transformer。",
        ),
        params=(_learning_rate(1e-3), _BETAS, _EPS, _weight_decay(1e-2), _AMSGRAD, _MAXIMIZE),
        has_fused=True,
    ),
    TrainingPart(
        type="RMSprop",
        label=Text("RMSprop", "RMSprop"),
        summary=Text(
            "Divides each step by the recent size of the gradient. Often used for recurrent networks.",
            "用近期梯度的大小缩放每一步，常用于循环网络。",
        ),
        params=(
            _learning_rate(1e-2),
            Param(
                name="alpha",
                kind="float",
                label=Text("Alpha", "α"),
                summary=Text(
                    "How slowly the running mean of the squared gradient forgets.", "梯度平方的滑动平均的遗忘速度。"
                ),
                default=0.99,
                minimum=0.0,
                maximum=1.0,
            ),
            _EPS,
            _weight_decay(0.0),
            _MOMENTUM,
            Param(
                name="centered",
                kind="bool",
                label=Text("Centered", "中心化"),
                summary=Text(
                    "Divide by the gradient's spread around its mean instead of its size.",
                    "用梯度围绕均值的离散程度而非大小作除数。",
                ),
                default=False,
            ),
            _MAXIMIZE,
        ),
    ),
)

_GAMMA_SUMMARY = Text("What the learning rate is multiplied by each time.", "每次学习率乘以的系数。")

SCHEDULES = _by_type(
    TrainingPart(
        type="StepLR",
        label=Text("Steps", "阶梯"),
        summary=Text(
            "Multiplies the learning rate by gamma after every so many epochs.", "每隔若干轮将学习率乘以 gamma。"
        ),
        params=(
            Param(
                name="step_size",
                kind="int",
                label=Text("Period", "间隔"),
                summary=Text("How many epochs lie between two changes.", "两次变化之间相隔多少轮。"),
                minimum=1,
                important=True,
            ),
            Param(
                name="gamma",
                kind="float",
                label=Text("Gamma", "γ"),
                summary=_GAMMA_SUMMARY,
                default=0.1,
                above=0.0,
                important=True,
            ),
        ),
    ),
    TrainingPart(
        type="ExponentialLR",
        label=Text("Exponential", "指数"),
        summary=Text("Multiplies the learning rate by gamma after every epoch.", "每轮之后将学习率乘以 gamma。"),
        params=(
            Param(
                name="gamma",
                kind="float",
                label=Text("Gamma", "γ"),
                summary=_GAMMA_SUMMARY,
                above=0.0,
                important=True,
            ),
        ),
    ),
    TrainingPart(
        type="CosineAnnealingLR",
        label=Text("Cosine", "余弦"),
        summary=Text(
            "Lets the learning rate fall along half a cosine, slowly at both ends.",
            "学习率沿半个余弦曲线下降，两端较缓。",
        ),
        params=(
            Param(
                name="T_max",
                kind="int",
                label=Text("Length", "长度"),
                summary=Text(
                    "How many epochs the fall takes; left empty, the whole run.",
                    "下降持续多少轮；留空则为整个训练过程。",
                ),
                default=None,
                nullable=True,
                minimum=1,
                important=True,
            ),
            Param(
                name="eta_min",
                kind="float",
                label=Text("Lowest rate", "最低学习率"),
                summary=Text("The learning rate at the end of the fall.", "下降结束时的学习率。"),
                default=0.0,
                minimum=0.0,
            ),
        ),
    ),
    TrainingPart(
        type="LinearLR",
        label=Text("Linear warm-up", "线性预热"),
        summary=Text(
            "Starts at a fraction of the learning rate and reaches it in a straight line.",
            "从学习率的一部分开始，线性升到设定值。",
        ),
        params=(
            Param(
                name="start_factor",
                kind="float",
                label=Text("First factor", "起始系数"),
                summary=Text("What the learning rate is multiplied by at first.", "开始时学习率乘以的系数。"),
                default=1.0 / 3,
                above=0.0,
                maximum=1.0,
                important=True,
            ),
            Param(
                name="end_factor",
                kind="float",
                label=Text("Last factor", "结束系数"),
                summary=Text("What the learning rate is multiplied by at the end.", "结束时学习率乘以的系数。"),
                default=1.0,
                minimum=0.0,
                maximum=1.0,
            ),
            Param(
                name="total_iters",
                kind="int",
                label=Text("Length", "长度"),
                summary=Text(
                    "How many epochs it takes from the first factor to the last.", "从起始系数到结束系数需要多少轮。"
                ),
                default=5,
                minimum=1,
                important=True,
            ),
        ),
    ),
)

_REDUCTION = Param(
    name="reduction",
    kind="choice",
    choices=("mean", "sum"),
    label=Text("Reduction", "归约"),
    summary=Text(
        "Whether the loss of a batch is the mean or the sum over its values.", "一批的损失取各值的平均还是总和。"
    ),
    default="mean",
)

LOSSES = _by_type(
    TrainingPart(
        type="CrossEntropyLoss",
        label=Text("Cross entropy", "交叉熵"),
        summary=Text(
            "For one class out of several: how little probability the right class got. Takes raw scores, no softmax.",
            "用于多选一分类：正确类别得到的概率有多低。输入原始得分，不需 softmax。",
        ),
        params=(
            Param(
                name="ignore_index",
                kind="int",
                label=Text("Ignored class", "忽略的类别"),
                summary=Text("Targets with this number count for nothing.", "目标为该编号时不计入损失。"),
                default=-100,
            ),
            _REDUCTION,
            Param(
                name="label_smoothing",
                kind="float",
                label=Text("Label smoothing", "标签平滑"),
                summary=Text(
                    "Share of the target spread evenly over all classes, against overconfidence.",
                    "把目标的一部分均分给所有类别，避免过度自信。",
                ),
                default=0.0,
                minimum=0.0,
                maximum=1.0,
            ),
        ),
        tasks=("classes",),
    ),
    TrainingPart(
        type="BCEWithLogitsLoss",
        label=Text("Binary cross entropy", "二元交叉熵"),
        summary=Text(
            "For yes or no, for one label or each of several. Takes raw scores, no sigmoid.",
            "用于是或否的判断，可有一个或多个标签。输入原始得分，不需 sigmoid。",
        ),
        params=(_REDUCTION,),
        tasks=("labels",),
    ),
    TrainingPart(
        type="MSELoss",
        label=Text("Squared error", "均方误差"),
        summary=Text("The square of the difference: large errors count most.", "差的平方：大误差影响最大。"),
        params=(_REDUCTION,),
        tasks=("numbers",),
    ),
    TrainingPart(
        type="L1Loss",
        label=Text("Absolute error", "绝对误差"),
        summary=Text("The size of the difference: outliers count no more than others.", "差的绝对值：离群值不占优势。"),
        params=(_REDUCTION,),
        tasks=("numbers",),
    ),
    TrainingPart(
        type="HuberLoss",
        label=Text("Huber", "Huber"),
        summary=Text(
            "Squared for small errors, absolute for large ones: smooth, and calm about outliers.",
            "小误差取平方，大误差取绝对值：平滑且不受离群值左右。",
        ),
        params=(
            _REDUCTION,
            Param(
                name="delta",
                kind="float",
                label=Text("Delta", "δ"),
                summary=Text("Where it changes from squared to absolute.", "从平方变为绝对值的分界。"),
                default=1.0,
                above=0.0,
            ),
        ),
        tasks=("numbers",),
    ),
)

METRICS = _by_type(
    TrainingPart(
        type="accuracy",
        label=Text("Accuracy", "准确率"),
        summary=Text("The share of answers that are right.", "答对的比例。"),
        tasks=("classes", "labels"),
    ),
    TrainingPart(
        type="f1",
        label=Text("F1", "F1"),
        summary=Text(
            "The balance of precision and recall, averaged over the classes: fair where classes are rare.",
            "精确率与召回率的平衡，对各类取平均：类别不均衡时更公平。",
        ),
        tasks=("classes", "labels"),
    ),
    TrainingPart(
        type="mae",
        label=Text("Mean absolute error", "平均绝对误差"),
        summary=Text(
            "How far off the answers are on average, in the target's own unit.", "平均偏差，以目标自身的单位计。"
        ),
        tasks=("numbers",),
        higher_is_better=False,
    ),
    TrainingPart(
        type="r2",
        label=Text("R²", "R²"),
        summary=Text(
            "The share of the target's variation that is explained: 1 is perfect, 0 is no better than the mean.",
            "解释了目标变化的比例：1 为完美，0 表示不比均值好。",
        ),
        tasks=("numbers",),
    ),
)

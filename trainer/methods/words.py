"""Names, sentences and ranges of the parameters that several losses, optimizers and schedules share."""

from collections.abc import Mapping
from typing import Any, Final

from trainer.messages.registry import Text

COMMON_WORDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "lr": {
        "label": Text("Learning rate", "学习率"),
        "summary": Text(
            "How far each step moves the weights. Too high and the loss jumps; too low and it crawls.",
            "每一步更新权重的幅度。过高时损失会跳动，过低时下降缓慢。",
        ),
        "above": 0.0,
        "maximum": 1000.0,
        "important": True,
    },
    "weight_decay": {
        "label": Text("Weight decay", "权重衰减"),
        "summary": Text(
            "Pulls every weight a little towards zero at each step, against overfitting.",
            "每一步都把权重略微拉向零，以防过拟合。",
        ),
        "minimum": 0.0,
    },
    "decoupled_weight_decay": {
        "label": Text("Decoupled weight decay", "解耦权重衰减"),
        "summary": Text(
            "Shrink the weights themselves, as AdamW does, instead of adding to the gradient.",
            "像 AdamW 那样直接缩小权重，而不是加到梯度上。",
        ),
    },
    "momentum": {
        "label": Text("Momentum", "动量"),
        "summary": Text(
            "How much of the last step's direction is kept. 0.9 is usual; 0 is plain gradient descent.",
            "保留上一步方向的比例。常用 0.9；0 表示普通梯度下降。",
        ),
        "minimum": 0.0,
        "below": 1.0,
        "important": True,
    },
    "nesterov": {
        "label": Text("Nesterov", "Nesterov"),
        "summary": Text(
            "Look ahead along the momentum before stepping. Needs momentum, and no dampening.",
            "先沿动量方向前瞻再更新。需要动量且阻尼为零。",
        ),
    },
    "eps": {
        "label": Text("Epsilon", "ε"),
        "summary": Text(
            "A small number added so that nothing is divided by zero, and no logarithm is taken of it.",
            "一个很小的数，避免除以零或对零取对数。",
        ),
        "minimum": 0.0,
    },
    "maximize": {
        "label": Text("Maximize", "最大化"),
        "summary": Text("Climb the loss instead of going down.", "沿损失上升方向更新，而不是下降。"),
    },
    "betas": {
        "label": Text("Betas", "β 系数"),
        "summary": Text(
            "How slowly the running means of the gradient and of its square forget.",
            "梯度及其平方的滑动平均的遗忘速度。",
        ),
        "minimum": 0.0,
        "below": 1.0,
    },
    "amsgrad": {
        "label": Text("AMSGrad", "AMSGrad"),
        "summary": Text(
            "Divide by the largest mean square seen so far, so that steps never grow again.",
            "用迄今最大的均方作除数，使步长不再增大。",
        ),
    },
    "gamma": {
        "label": Text("Gamma", "γ"),
        "summary": Text("What the learning rate is multiplied by each time.", "每次学习率乘以的系数。"),
        "above": 0.0,
        "important": True,
    },
    "eta_min": {
        "label": Text("Lowest rate", "最低学习率"),
        "summary": Text("The learning rate at the end of the fall.", "下降结束时的学习率。"),
        "minimum": 0.0,
    },
    "total_iters": {
        "label": Text("Length", "长度"),
        "summary": Text("How many epochs it takes to the end.", "到结束需要多少轮。"),
        "minimum": 1,
        "important": True,
    },
    "max_lr": {
        "label": Text("Highest rate", "最高学习率"),
        "summary": Text("The learning rate at the top.", "最高点的学习率。"),
        "above": 0.0,
        "maximum": 1000.0,
        "important": True,
    },
    "cycle_momentum": {
        "label": Text("Cycle the momentum", "动量循环"),
        "summary": Text(
            "Let the momentum fall while the learning rate rises. Only for optimizers that have one.",
            "学习率上升时让动量下降。仅适用于带动量的优化器。",
        ),
    },
    "base_momentum": {
        "label": Text("Lowest momentum", "最低动量"),
        "summary": Text("The momentum where the learning rate is highest.", "学习率最高时的动量。"),
        "minimum": 0.0,
        "below": 1.0,
    },
    "max_momentum": {
        "label": Text("Highest momentum", "最高动量"),
        "summary": Text("The momentum where the learning rate is lowest.", "学习率最低时的动量。"),
        "minimum": 0.0,
        "below": 1.0,
    },
    "reduction": {
        "label": Text("Reduction", "归约"),
        "summary": Text(
            "Whether the loss of a batch is the mean or the sum over its values.", "一批的损失取各值的平均还是总和。"
        ),
        "choices": ("mean", "sum"),
    },
    "margin": {
        "label": Text("Margin", "间隔"),
        "summary": Text("How far apart the two must be before the loss is zero.", "两者相距多远，损失才为零。"),
        "important": True,
    },
    "ignore_index": {
        "label": Text("Ignored class", "忽略的类别"),
        "summary": Text("Targets with this number count for nothing.", "目标为该编号时不计入损失。"),
    },
    "swap": {
        "label": Text("Swap", "交换"),
        "summary": Text(
            "Measure from the positive instead of the anchor where that is nearer to the negative.",
            "若正例离负例更近，则从正例而非锚点计算距离。",
        ),
    },
    "full": {
        "label": Text("Full value", "完整值"),
        "summary": Text(
            "Add the constant term, so that the loss is the true negative log likelihood. Learning is the same.",
            "加上常数项，使损失成为真正的负对数似然。学习过程不变。",
        ),
    },
}

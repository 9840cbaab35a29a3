"""The schedules of torch.optim.lr_scheduler. Their lengths count epochs, or steps where they are stepped after each."""

from functools import partial

from trainer.layers.entry import about
from trainer.layers.spec import Param
from trainer.messages.registry import Text
from trainer.methods.part import by_type, torch_part
from trainer.methods.signatures import SCHEDULE_SIGNATURES

RATE_FUNCTIONS = ("inverse_sqrt", "inverse_time")

schedule = partial(torch_part, signatures=SCHEDULE_SIGNATURES)

SCHEDULES = by_type(
    schedule(
        "StepLR",
        label=Text("Steps", "阶梯"),
        summary=Text(
            "Multiplies the learning rate by gamma after every so many epochs.", "每隔若干轮将学习率乘以 gamma。"
        ),
        formula=r"\eta_t = \eta_0\,\gamma^{\lfloor t / s \rfloor}",
        params={
            "step_size": about(
                Text("Period", "间隔"),
                Text("How many epochs lie between two changes.", "两次变化之间相隔多少轮。"),
                minimum=1,
                important=True,
            )
        },
    ),
    schedule(
        "MultiStepLR",
        label=Text("Milestones", "里程碑"),
        summary=Text(
            "Multiplies the learning rate by gamma at the epochs you name.", "在指定的轮次将学习率乘以 gamma。"
        ),
        formula=r"\eta_t = \eta_0\,\gamma^{\,|\{m : m \le t\}|}",
        params={
            "milestones": about(
                Text("Milestones", "里程碑"),
                Text(
                    "After how many epochs the rate changes, in rising order.", "在多少轮之后改变学习率，按升序排列。"
                ),
                minimum=1,
                important=True,
            )
        },
    ),
    schedule(
        "ExponentialLR",
        label=Text("Exponential", "指数"),
        summary=Text("Multiplies the learning rate by gamma after every epoch.", "每轮之后将学习率乘以 gamma。"),
        formula=r"\eta_t = \eta_0\,\gamma^{t}",
    ),
    schedule(
        "CosineAnnealingLR",
        label=Text("Cosine", "余弦"),
        summary=Text(
            "Lets the learning rate fall along half a cosine, slowly at both ends.",
            "学习率沿半个余弦曲线下降，两端较缓。",
        ),
        formula=r"\eta_t = \eta_{\min} + \tfrac12(\eta_0 - \eta_{\min})\left(1 + \cos\frac{\pi t}{T_{\max}}\right)",
        params={
            "T_max": about(
                Text("Length", "长度"),
                Text(
                    "How many epochs the fall takes; left empty, the whole run.",
                    "下降持续多少轮；留空则为整个训练过程。",
                ),
                default=None,
                nullable=True,
                minimum=1,
                important=True,
            )
        },
    ),
    schedule(
        "CosineAnnealingWarmRestarts",
        label=Text("Cosine with restarts", "带重启的余弦"),
        summary=Text(
            "Falls along half a cosine, jumps back to the full rate, and falls again.",
            "沿半个余弦下降，跳回原学习率，再次下降。",
        ),
        formula=r"\eta_t = \eta_{\min} + \tfrac12(\eta_0 - \eta_{\min})\left(1 + \cos\frac{\pi T_{cur}}{T_i}\right)",
        params={
            "T_0": about(
                Text("First length", "首段长度"),
                Text("How many epochs the first fall takes.", "第一次下降持续多少轮。"),
                minimum=1,
                important=True,
            ),
            "T_mult": about(
                Text("Stretch", "延长倍数"),
                Text("How many times longer each fall is than the one before.", "每次下降比前一次长多少倍。"),
                minimum=1,
            ),
        },
    ),
    schedule(
        "LinearLR",
        label=Text("Linear warm-up", "线性预热"),
        summary=Text(
            "Starts at a fraction of the learning rate and reaches it in a straight line.",
            "从学习率的一部分开始，线性升到设定值。",
        ),
        formula=r"\eta_t = \eta_0\left(f_0 + (f_1 - f_0)\,\frac{\min(t, T)}{T}\right)",
        params={
            "start_factor": about(
                Text("First factor", "起始系数"),
                Text("What the learning rate is multiplied by at first.", "开始时学习率乘以的系数。"),
                above=0.0,
                maximum=1.0,
                important=True,
            ),
            "end_factor": about(
                Text("Last factor", "结束系数"),
                Text("What the learning rate is multiplied by at the end.", "结束时学习率乘以的系数。"),
                minimum=0.0,
                maximum=1.0,
            ),
            "total_iters": about(
                summary=Text(
                    "How many epochs it takes from the first factor to the last.", "从起始系数到结束系数需要多少轮。"
                )
            ),
        },
    ),
    schedule(
        "ConstantLR",
        label=Text("Constant, then full", "先固定后恢复"),
        summary=Text(
            "Multiplies the learning rate by a factor for some epochs, then takes it as it is.",
            "先在若干轮内将学习率乘以一个系数，之后恢复。",
        ),
        formula=r"\eta_t = \begin{cases} f\,\eta_0 & t < T \\ \eta_0 & t \ge T \end{cases}",
        params={
            "factor": about(
                Text("Factor", "系数"),
                Text("What the learning rate is multiplied by until then.", "在此之前学习率乘以的系数。"),
                minimum=0.0,
                maximum=1.0,
                important=True,
            ),
            "total_iters": about(summary=Text("For how many epochs the factor holds.", "该系数保持多少轮。")),
        },
    ),
    schedule(
        "PolynomialLR",
        label=Text("Polynomial", "多项式"),
        summary=Text(
            "Lets the learning rate fall to zero along a power of the time that is left.",
            "学习率按剩余时间的幂次下降到零。",
        ),
        formula=r"\eta_t = \eta_0\left(1 - \frac{\min(t, T)}{T}\right)^{p}",
        params={
            "power": about(
                Text("Power", "幂次"),
                Text("1 is a straight line; more falls faster at first.", "1 为直线；越大则开始时下降越快。"),
                above=0.0,
            )
        },
    ),
    schedule(
        "OneCycleLR",
        label=Text("One cycle", "单周期"),
        summary=Text(
            "Rises to the highest rate and falls far below the first one, over the whole run. Stepped after each step.",
            "在整个训练中先升到最高学习率，再降到远低于起点。每步更新一次。",
        ),
        formula=r"\frac{\eta_{\max}}{d} \;\nearrow\; \eta_{\max} \;\searrow\; \frac{\eta_{\max}}{d\, d_{final}}",
        params={
            "total_steps": about(
                Text("Length", "长度"),
                Text("How many steps it takes; left empty, the whole run.", "持续多少步；留空则为整个训练过程。"),
                minimum=1,
            ),
            "pct_start": about(
                Text("Share of the rise", "上升比例"),
                Text("Which share of the steps the rate rises.", "学习率上升阶段所占的比例。"),
                above=0.0,
                below=1.0,
            ),
            "anneal_strategy": about(
                Text("Form", "形状"),
                Text("Whether it follows a cosine or a straight line.", "沿余弦还是直线变化。"),
                choices=("cos", "linear"),
            ),
            "div_factor": about(
                Text("First division", "起始除数"),
                Text("The first rate is the highest divided by this.", "起始学习率为最高学习率除以该数。"),
                above=0.0,
            ),
            "final_div_factor": about(
                Text("Last division", "结束除数"),
                Text("The last rate is the first divided by this.", "结束学习率为起始学习率除以该数。"),
                above=0.0,
            ),
            "three_phase": about(
                Text("Three phases", "三个阶段"),
                Text(
                    "Fall back to the first rate as fast as it rose, then below it.",
                    "先以上升的速度降回起始值，再继续下降。",
                ),
            ),
        },
        # a run knows its epochs and steps
        hidden=frozenset({"epochs", "steps_per_epoch"}),
        every="step",
    ),
    schedule(
        "CyclicLR",
        label=Text("Cycles", "循环"),
        summary=Text(
            "Rises and falls between two rates again and again. Stepped after each step.",
            "在两个学习率之间反复升降。每步更新一次。",
        ),
        formula=r"\eta_t = \eta_{base} + (\eta_{\max} - \eta_{base})\max(0, 1 - x_t)\, s_t",
        params={
            "base_lr": about(
                Text("Lowest rate", "最低学习率"),
                Text("The learning rate at the bottom of a cycle.", "循环最低点的学习率。"),
                minimum=0.0,
                maximum=1000.0,
                important=True,
            ),
            "step_size_up": about(
                Text("Steps up", "上升步数"),
                Text("How many steps a rise takes.", "一次上升需要多少步。"),
                minimum=1,
                important=True,
            ),
            "step_size_down": about(
                Text("Steps down", "下降步数"),
                Text(
                    "How many steps a fall takes; left empty, as many as a rise.",
                    "一次下降需要多少步；留空则与上升相同。",
                ),
                minimum=1,
            ),
            "mode": about(
                Text("Form", "形状"),
                Text(
                    "Whether cycles stay as high, halve, or shrink with gamma.",
                    "循环高度保持不变、逐次减半，或按 gamma 缩小。",
                ),
                choices=("triangular", "triangular2", "exp_range"),
            ),
            "gamma": about(
                summary=Text(
                    "How the cycles shrink with each step in “exp_range”.", "“exp_range”中循环随每步缩小的系数。"
                ),
                important=False,
            ),
        },
        # a Python function; the three forms are the functions of the paper
        hidden=frozenset({"scale_fn", "scale_mode"}),
        every="step",
    ),
    schedule(
        "ReduceLROnPlateau",
        label=Text("When it no longer helps", "停滞时降低"),
        summary=Text(
            "Multiplies the learning rate by a factor when the loss on the validation rows has not fallen for a while.",
            "验证集损失一段时间不再下降时，将学习率乘以一个系数。",
        ),
        formula=r"\eta_{t+1} = \begin{cases} f\,\eta_t & \text{no better for } p \text{ epochs} \\ \eta_t \end{cases}",
        params={
            "factor": about(
                Text("Factor", "系数"),
                Text("What the learning rate is multiplied by.", "学习率乘以的系数。"),
                above=0.0,
                below=1.0,
                important=True,
            ),
            "patience": about(
                Text("Patience", "耐心"),
                Text("How many epochs without progress it lets pass.", "容忍多少轮没有进步。"),
                minimum=0,
                important=True,
            ),
            "threshold": about(
                Text("Threshold", "阈值"),
                Text("How much better counts as progress.", "改善多少才算进步。"),
                minimum=0.0,
            ),
            "threshold_mode": about(
                Text("Threshold is", "阈值类型"),
                Text("Whether the threshold is a share of the loss or a number.", "阈值是损失的比例还是绝对值。"),
                choices=("rel", "abs"),
            ),
            "cooldown": about(
                Text("Cooldown", "冷却"),
                Text("How many epochs it waits after a change.", "改变之后等待多少轮。"),
                minimum=0,
            ),
            "min_lr": about(
                Text("Lowest rate", "最低学习率"),
                Text("The learning rate never falls below this.", "学习率不会低于该值。"),
                minimum=0.0,
            ),
            "eps": about(
                summary=Text("Changes smaller than this are left out.", "小于该值的改变将被忽略。"),
            ),
        },
        # it follows the loss, which is to fall
        hidden=frozenset({"mode"}),
        every="epoch",
    ),
    schedule(
        "LambdaLR",
        label=Text("By a formula", "按公式"),
        summary=Text(
            "Multiplies the learning rate by a function of the time: one over its root, or one over it.",
            "将学习率乘以时间的函数：其平方根的倒数，或其倒数。",
        ),
        formula=r"\eta_t = \eta_0 \cdot \frac{1}{\sqrt{1 + t}} \quad\text{or}\quad \eta_0 \cdot \frac{1}{1 + t}",
        params={
            "lr_lambda": about(
                Text("Function", "函数"),
                Text(
                    "“inverse_sqrt” falls slowly, as for transformers; “inverse_time” faster.",
                    "“inverse_sqrt”下降较慢，常用于 Transformer；“inverse_time”较快。",
                ),
                choices=RATE_FUNCTIONS,
                default=RATE_FUNCTIONS[0],
                important=True,
            )
        },
    ),
)

WARM_UP = Param(
    name="warmup",
    kind="int",
    label=Text("Warm-up", "预热"),
    summary=Text(
        "For how many epochs (or steps) the learning rate first rises from near zero, before the schedule begins.",
        "在学习率计划开始之前，先用多少轮（或步）从接近零升起。",
    ),
    default=0,
    minimum=0,
    maximum=10**9,
)

"""The optimizers of torch.optim."""

from functools import partial

from trainer.layers.entry import about
from trainer.messages.registry import Text
from trainer.methods.part import by_type, torch_part
from trainer.methods.signatures import OPTIMIZER_SIGNATURES

optimizer = partial(torch_part, signatures=OPTIMIZER_SIGNATURES)

OPTIMIZERS = by_type(
    optimizer(
        "SGD",
        label=Text("Gradient descent (SGD)", "梯度下降（SGD）"),
        summary=Text(
            "A step against the gradient of each batch. Needs a well chosen learning rate; momentum helps.",
            "沿每批梯度的反方向更新。需要合适的学习率；加上动量更好。",
        ),
        formula=r"b_t = \mu b_{t-1} + g_t,\quad \theta_t = \theta_{t-1} - \eta\, b_t",
        params={
            "dampening": about(
                Text("Dampening", "阻尼"),
                Text("How much of the new gradient is left out of the momentum.", "新梯度中不计入动量的比例。"),
                minimum=0.0,
                maximum=1.0,
            )
        },
        has_fused=True,
    ),
    optimizer(
        "Adam",
        label=Text("Adam", "Adam"),
        summary=Text(
            "Gives each weight a step size of its own from its recent gradients. A good first choice.",
            "根据近期梯度为每个权重设定各自的步长，是不错的首选。",
        ),
        formula=r"m_t = \beta_1 m_{t-1} + (1-\beta_1) g_t,\quad v_t = \beta_2 v_{t-1} + (1-\beta_2) g_t^2,\quad "
        r"\theta_t = \theta_{t-1} - \eta\,\frac{\hat m_t}{\sqrt{\hat v_t} + \epsilon}",
        has_fused=True,
    ),
    optimizer(
        "AdamW",
        label=Text("AdamW", "AdamW"),
        summary=Text(
            "Adam with weight decay applied to the weights themselves. Usual for transformers.",
            "将权重衰减直接作用于权重的 Adam，常用于 Transformer。",
        ),
        formula=r"\theta_t = (1 - \eta\lambda)\,\theta_{t-1} - \eta\,\frac{\hat m_t}{\sqrt{\hat v_t} + \epsilon}",
        has_fused=True,
    ),
    optimizer(
        "RMSprop",
        label=Text("RMSprop", "RMSprop"),
        summary=Text(
            "Divides each step by the recent size of the gradient. Often used for recurrent networks.",
            "用近期梯度的大小缩放每一步，常用于循环网络。",
        ),
        formula=r"v_t = \alpha v_{t-1} + (1-\alpha) g_t^2,\quad "
        r"\theta_t = \theta_{t-1} - \eta\,\frac{g_t}{\sqrt{v_t} + \epsilon}",
        params={
            "alpha": about(
                Text("Alpha", "α"),
                Text("How slowly the running mean of the squared gradient forgets.", "梯度平方的滑动平均的遗忘速度。"),
                minimum=0.0,
                maximum=1.0,
            ),
            "centered": about(
                Text("Centered", "中心化"),
                Text(
                    "Divide by the gradient's spread around its mean instead of its size.",
                    "用梯度围绕均值的离散程度而非大小作除数。",
                ),
            ),
        },
    ),
    optimizer(
        "Adagrad",
        label=Text("Adagrad", "Adagrad"),
        summary=Text(
            "Divides each step by all the gradient a weight has had so far: rare features keep large steps.",
            "用权重至今累积的梯度缩放步长：少见的特征保持较大的步长。",
        ),
        formula=r"s_t = s_{t-1} + g_t^2,\quad \theta_t = \theta_{t-1} - \eta\,\frac{g_t}{\sqrt{s_t} + \epsilon}",
        params={
            "lr_decay": about(
                Text("Rate decay", "学习率衰减"),
                Text("How fast the learning rate itself falls with the steps.", "学习率随步数下降的快慢。"),
                minimum=0.0,
            ),
            "initial_accumulator_value": about(
                Text("First sum", "初始累积值"),
                Text("What the sum of squared gradients starts from.", "梯度平方和的初始值。"),
                minimum=0.0,
            ),
        },
        has_fused=True,
    ),
    optimizer(
        "Adadelta",
        label=Text("Adadelta", "Adadelta"),
        summary=Text(
            "Scales each step by the size of the recent steps, so that it hardly needs a learning rate.",
            "用近期更新的幅度来缩放步长，几乎不需要学习率。",
        ),
        formula=r"\Delta_t = \frac{\sqrt{u_{t-1} + \epsilon}}{\sqrt{v_t + \epsilon}}\, g_t,\quad "
        r"u_t = \rho u_{t-1} + (1-\rho)\Delta_t^2,\quad \theta_t = \theta_{t-1} - \eta\,\Delta_t",
        params={
            "rho": about(
                Text("Rho", "ρ"),
                Text("How slowly both running means forget.", "两个滑动平均的遗忘速度。"),
                minimum=0.0,
                maximum=1.0,
            )
        },
    ),
    optimizer(
        "Adamax",
        label=Text("Adamax", "Adamax"),
        summary=Text(
            "Adam that divides by the largest recent gradient instead of the mean: calmer where gradients are rare.",
            "用近期最大的梯度而非平均值作除数的 Adam：梯度稀疏时更平稳。",
        ),
        formula=r"u_t = \max(\beta_2 u_{t-1}, |g_t| + \epsilon),\quad "
        r"\theta_t = \theta_{t-1} - \frac{\eta}{1 - \beta_1^t}\,\frac{m_t}{u_t}",
    ),
    optimizer(
        "NAdam",
        label=Text("NAdam", "NAdam"),
        summary=Text("Adam with a look ahead along its momentum.", "带 Nesterov 前瞻的 Adam。"),
        formula=r"\theta_t = \theta_{t-1} - \frac{\eta}{\sqrt{\hat v_t} + \epsilon}"
        r"\left(\mu_{t+1} \hat m_t + \frac{(1-\mu_t)\, g_t}{1 - \prod_i \mu_i}\right)",
        params={
            "momentum_decay": about(
                Text("Momentum decay", "动量衰减"),
                Text("How fast the momentum comes to its full value.", "动量达到完整值的快慢。"),
                minimum=0.0,
            )
        },
    ),
    optimizer(
        "RAdam",
        label=Text("RAdam", "RAdam"),
        summary=Text(
            "Adam that is careful in its first steps, so that it needs no warm-up.",
            "在最初几步更谨慎的 Adam，因此不需要预热。",
        ),
        formula=r"\theta_t = \theta_{t-1} - \eta\, r_t\,\frac{\hat m_t}{\sqrt{\hat v_t} + \epsilon}",
    ),
    optimizer(
        "ASGD",
        label=Text("Averaged gradient descent", "平均梯度下降（ASGD）"),
        summary=Text(
            "Gradient descent whose steps shrink with time, and which keeps the mean of the weights beside them.",
            "步长随时间减小的梯度下降，并同时记录权重的平均值。",
        ),
        formula=r"\theta_t = (1 - \lambda \eta_t)\,\theta_{t-1} - \eta_t g_t,\quad "
        r"\eta_t = \frac{\eta}{(1 + \lambda \eta t)^{\alpha}}",
        params={
            "lambd": about(
                Text("Lambda", "λ"),
                Text("How fast the steps shrink, and the weights with them.", "步长（以及权重）缩小的快慢。"),
                minimum=0.0,
            ),
            "alpha": about(
                Text("Alpha", "α"),
                Text("The power with which the steps shrink.", "步长缩小的幂次。"),
                minimum=0.0,
            ),
            "t0": about(
                Text("Averaging from", "开始平均的步数"),
                Text("From which step on the weights are averaged.", "从第几步开始对权重取平均。"),
                minimum=0.0,
            ),
        },
    ),
    optimizer(
        "Rprop",
        label=Text("Rprop", "Rprop"),
        summary=Text(
            "Looks at the sign of the gradient only. For batch size “all”: single batches mislead it.",
            "只看梯度的符号。适合批大小为“all”：小批量会误导它。",
        ),
        formula=r"\theta_t = \theta_{t-1} - \eta_t\,\mathrm{sign}(g_t),\quad "
        r"\eta_t = \eta_{t-1} \cdot \begin{cases} \eta^{+} & g_{t-1} g_t > 0 \\ \eta^{-} & g_{t-1} g_t < 0 \end{cases}",
        params={
            "etas": about(
                Text("Shrink and grow", "缩小与放大系数"),
                Text(
                    "What a step is multiplied by when the sign changes, and when it stays.",
                    "符号改变时与不变时步长分别乘以的系数。",
                ),
                above=0.0,
            ),
            "step_sizes": about(
                Text("Smallest and largest step", "最小与最大步长"),
                Text("The limits of a step.", "步长的上下限。"),
                minimum=0.0,
            ),
        },
    ),
    optimizer(
        "Adafactor",
        label=Text("Adafactor", "Adafactor"),
        summary=Text(
            "Like Adam with far less memory: it keeps the rows and columns of a matrix's squared gradients only.",
            "类似 Adam，但内存少得多：只保留梯度平方矩阵的行与列。",
        ),
        formula=r"\hat v = \frac{r\, c}{\mathbf{1}^\top r},\quad "
        r"\theta_t = \theta_{t-1} - \eta_t \max(\epsilon_2, \mathrm{RMS}(\theta_{t-1}))\,"
        r"\frac{u_t}{\max(1, \mathrm{RMS}(u_t)/d)},\quad u_t = \frac{g_t}{\sqrt{\hat v}}",
        params={
            "beta2_decay": about(
                Text("Decay", "衰减"),
                Text("How the memory of squared gradients lengthens with time.", "梯度平方的记忆随时间变长的方式。"),
                maximum=0.0,
            ),
            "d": about(
                Text("Clipping", "裁剪"),
                Text("How large a step may be beside the usual one.", "单步相对通常幅度的上限。"),
                minimum=1.0,
            ),
        },
        # its first entry is empty, which stands for the smallest number of the type: nothing a form can ask for
        hidden=frozenset({"eps"}),
    ),
    optimizer(
        "LBFGS",
        label=Text("L-BFGS", "L-BFGS"),
        summary=Text(
            "Follows the curvature of the loss and looks at each batch several times a step. For small networks and "
            "batch size “all”.",
            "利用损失的曲率，每一步多次计算同一批数据。适合小网络与批大小“all”。",
        ),
        formula=r"\theta_t = \theta_{t-1} - \eta\, H_t\, g_t",
        params={
            "max_iter": about(
                Text("Iterations", "迭代次数"),
                Text("How many times it improves the weights in one step.", "每一步最多改进权重多少次。"),
                minimum=1,
                maximum=10_000,
                important=True,
            ),
            "max_eval": about(
                Text("Evaluations", "求值次数"),
                Text(
                    "How many times it looks at the batch in one step; left empty, a quarter more than the iterations.",
                    "每一步最多计算这批数据多少次；留空则为迭代次数的 1.25 倍。",
                ),
                minimum=1,
                maximum=100_000,
            ),
            "tolerance_grad": about(
                Text("Smallest gradient", "梯度容差"),
                Text("It stops where the gradient is smaller than this.", "梯度小于该值时停止。"),
                minimum=0.0,
            ),
            "tolerance_change": about(
                Text("Smallest change", "变化容差"),
                Text("It stops where loss or weights change less than this.", "损失或权重变化小于该值时停止。"),
                minimum=0.0,
            ),
            "history_size": about(
                Text("Memory", "历史长度"),
                Text(
                    "How many steps it remembers; each takes as much memory as the weights.",
                    "记住多少步；每步占用与权重相同的内存。",
                ),
                minimum=1,
                maximum=1000,
            ),
            "line_search_fn": about(
                Text("Line search", "线搜索"),
                Text("Search along each direction for a good step length.", "沿每个方向搜索合适的步长。"),
                choices=("strong_wolfe",),
            ),
        },
    ),
    optimizer(
        "Muon",
        label=Text("Muon", "Muon"),
        summary=Text(
            "Turns the momentum of each weight matrix into an orthogonal step. Embeddings and all that is no matrix "
            "train with AdamW at the same learning rate and weight decay.",
            "把每个权重矩阵的动量正交化后更新。嵌入以及非矩阵的参数用 AdamW 训练，学习率与权重衰减相同。",
        ),
        formula=r"B_t = \mu B_{t-1} + G_t,\quad O_t = \mathrm{NS}(B_t) \approx U V^\top,\quad "
        r"\theta_t = (1 - \eta\lambda)\,\theta_{t-1} - \eta\, O_t",
        params={
            "ns_coefficients": about(
                Text("Newton-Schulz coefficients", "Newton-Schulz 系数"),
                Text("The polynomial that makes a matrix orthogonal.", "用于正交化矩阵的多项式系数。"),
            ),
            "ns_steps": about(
                Text("Newton-Schulz steps", "Newton-Schulz 步数"),
                Text("How many times the polynomial is applied.", "多项式应用的次数。"),
                minimum=1,
                maximum=99,
            ),
            "adjust_lr_fn": about(
                Text("Rate for the shape", "按形状调整学习率"),
                Text(
                    "How the learning rate of a matrix follows from its shape; “match_rms_adamw” takes AdamW's rates.",
                    "矩阵的学习率如何随形状调整；“match_rms_adamw”可沿用 AdamW 的学习率。",
                ),
                choices=("original", "match_rms_adamw"),
            ),
        },
    ),
    optimizer(
        "SparseAdam",
        label=Text("Sparse Adam", "稀疏 Adam"),
        summary=Text(
            "Adam for large embeddings: touches only the entries that a batch looked up. All else trains with Adam.",
            "用于大型嵌入的 Adam：只更新这批数据查到的条目。其余参数用 Adam 训练。",
        ),
        formula=r"\theta_{t,i} = \theta_{t-1,i} - \eta\,\frac{\hat m_{t,i}}{\sqrt{\hat v_{t,i}} + \epsilon}"
        r"\quad\text{where } g_{t,i} \neq 0",
    ),
)

"""The metrics, ours alone: their accumulators are in `trainer.training.metrics`."""

from trainer.messages.registry import Text
from trainer.methods.part import TrainingPart, by_type

METRICS = by_type(
    TrainingPart(
        type="accuracy",
        label=Text("Accuracy", "准确率"),
        summary=Text("The share of answers that are right.", "答对的比例。"),
        formula=r"\frac{\text{right}}{\text{all}}",
        tasks=("classes", "labels"),
    ),
    TrainingPart(
        type="top5_accuracy",
        label=Text("Top-5 accuracy", "前五准确率"),
        summary=Text("The share of rows whose class is among the five best answers.", "正确类别位列前五的比例。"),
        formula=r"\frac{1}{N}\sum_i [\,y_i \in \mathrm{top}_5(x_i)\,]",
        tasks=("classes",),
    ),
    TrainingPart(
        type="balanced_accuracy",
        label=Text("Balanced accuracy", "平衡准确率"),
        summary=Text(
            "The accuracy within each class, averaged over the classes: rare classes count as much as others.",
            "各类内准确率的平均：少见的类别同样重要。",
        ),
        formula=r"\frac{1}{C}\sum_c \frac{TP_c}{TP_c + FN_c}",
        tasks=("classes", "labels"),
    ),
    TrainingPart(
        type="precision",
        label=Text("Precision", "精确率"),
        summary=Text(
            "Of what was answered as a class, the share that is, averaged over the classes.",
            "回答为某类的样本中确为该类的比例，对各类取平均。",
        ),
        formula=r"\frac{1}{C}\sum_c \frac{TP_c}{TP_c + FP_c}",
        tasks=("classes", "labels"),
    ),
    TrainingPart(
        type="recall",
        label=Text("Recall", "召回率"),
        summary=Text(
            "Of what is a class, the share that was answered so, averaged over the classes.",
            "某类样本中被正确回答的比例，对各类取平均。",
        ),
        formula=r"\frac{1}{C}\sum_c \frac{TP_c}{TP_c + FN_c}",
        tasks=("classes", "labels"),
    ),
    TrainingPart(
        type="f1",
        label=Text("F1", "F1"),
        summary=Text(
            "The balance of precision and recall, averaged over the classes: fair where classes are rare.",
            "精确率与召回率的平衡，对各类取平均：类别不均衡时更公平。",
        ),
        formula=r"\frac{1}{C}\sum_c \frac{2\,TP_c}{2\,TP_c + FP_c + FN_c}",
        tasks=("classes", "labels"),
    ),
    TrainingPart(
        type="auroc",
        label=Text("AUROC", "AUROC"),
        summary=Text(
            "How surely a row of a class scores above one that is not, averaged over the classes: 1 is perfect, 0.5 "
            "chance. Probabilities are told apart to a thousandth.",
            "某类样本得分高于非该类样本的把握，对各类取平均：1 为完美，0.5 为随机。概率精确到千分之一。",
        ),
        formula=r"P(s_{+} > s_{-}) + \tfrac12 P(s_{+} = s_{-})",
        tasks=("classes", "labels"),
    ),
    TrainingPart(
        type="mcc",
        label=Text("Matthews correlation", "马修斯相关系数"),
        summary=Text(
            "The correlation of answers and truth: 1 is perfect, 0 no better than chance, whatever the classes' sizes.",
            "回答与真值的相关系数：1 为完美，0 与随机相当，不受类别大小影响。",
        ),
        formula=r"\frac{c\,s - \sum_k p_k t_k}{\sqrt{(s^2 - \sum_k p_k^2)(s^2 - \sum_k t_k^2)}}",
        tasks=("classes", "labels"),
    ),
    TrainingPart(
        type="perplexity",
        label=Text("Perplexity", "困惑度"),
        summary=Text(
            "Among how many equally likely classes the network hesitates; 1 is certainty.",
            "网络相当于在多少个等可能的类别之间犹豫；1 表示确定。",
        ),
        formula=r"\exp\left(-\frac{1}{N}\sum_i \log p(y_i)\right)",
        tasks=("classes",),
        higher_is_better=False,
    ),
    TrainingPart(
        type="mae",
        label=Text("Mean absolute error", "平均绝对误差"),
        summary=Text(
            "How far off the answers are on average, in the target's own unit.", "平均偏差，以目标自身的单位计。"
        ),
        formula=r"\frac{1}{N}\sum_i |x_i - y_i|",
        tasks=("numbers",),
        higher_is_better=False,
    ),
    TrainingPart(
        type="rmse",
        label=Text("Root of the mean squared error", "均方根误差"),
        summary=Text(
            "How far off the answers are, large errors counting more, in the target's own unit.",
            "偏差的大小，大误差影响更大，以目标自身的单位计。",
        ),
        formula=r"\sqrt{\frac{1}{N}\sum_i (x_i - y_i)^2}",
        tasks=("numbers",),
        higher_is_better=False,
    ),
    TrainingPart(
        type="mape",
        label=Text("Mean absolute percentage error", "平均绝对百分比误差"),
        summary=Text(
            "How far off the answers are on average, as a share of the truth. Of no use where the truth is near zero.",
            "平均偏差占真值的比例。真值接近零时没有意义。",
        ),
        formula=r"\frac{1}{N}\sum_i \left|\frac{x_i - y_i}{y_i}\right|",
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
        formula=r"1 - \frac{\sum_i (x_i - y_i)^2}{\sum_i (y_i - \bar y)^2}",
        tasks=("numbers",),
    ),
    TrainingPart(
        type="explained_variance",
        label=Text("Explained variance", "可解释方差"),
        summary=Text(
            "Like R², but an error that is the same for all rows does not count.", "类似 R²，但所有行相同的偏差不计。"
        ),
        formula=r"1 - \frac{\mathrm{Var}(y - x)}{\mathrm{Var}(y)}",
        tasks=("numbers",),
    ),
    TrainingPart(
        type="cosine_similarity",
        label=Text("Cosine similarity", "余弦相似度"),
        summary=Text(
            "How far the vectors of answer and truth point the same way, averaged over the rows: 1 is the same way.",
            "回答向量与真值向量方向的一致程度，对各行取平均：1 为完全一致。",
        ),
        formula=r"\frac{x \cdot y}{\|x\|\,\|y\|}",
        tasks=("numbers",),
    ),
)

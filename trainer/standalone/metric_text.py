"""The metric that early stopping goes by, as it stands in train.py. A test holds the names to the trainer's own."""

from collections.abc import Mapping
from typing import Any, Final

from trainer.graph.literals import literal
from trainer.graph.parts import Node
from trainer.methods.catalogue import METRICS
from trainer.standalone.facts import Facts, task_of

MEASURES: Final[Mapping[tuple[str, str], str]] = {
    ("accuracy", "classes"): "right_classes",
    ("accuracy", "labels"): "right_labels",
    ("top5_accuracy", "classes"): "among_best_five",
    ("mae", "numbers"): "absolute_error",
}
COUNTS: Final[Mapping[tuple[str, str], str]] = {
    ("f1", "classes"): "ClassF1",
    ("f1", "labels"): "LabelF1",
    ("precision", "classes"): "ClassPrecision",
    ("precision", "labels"): "LabelPrecision",
    ("recall", "classes"): "ClassRecall",
    ("recall", "labels"): "LabelRecall",
    ("balanced_accuracy", "classes"): "BalancedAccuracy",
    ("balanced_accuracy", "labels"): "LabelBalancedAccuracy",
    ("mcc", "classes"): "ClassCorrelation",
    ("mcc", "labels"): "LabelCorrelation",
    ("auroc", "classes"): "ClassArea",
    ("auroc", "labels"): "LabelArea",
}
SUMS: Final[Mapping[tuple[str, str], str]] = {
    ("perplexity", "classes"): "Perplexity",
    ("r2", "numbers"): "R2",
    ("explained_variance", "numbers"): "ExplainedVariance",
    ("rmse", "numbers"): "RootMeanSquare",
    ("mape", "numbers"): "PercentageError",
    ("cosine_similarity", "numbers"): "CosineSimilarity",
}
SHIFTED: Final = ("BCEWithLogitsLoss", "MultiLabelSoftMarginLoss", "SoftMarginLoss")


def metric_imports(facts: Facts) -> list[str]:
    """The lines that bring what counts the metric, in the order of their modules."""
    if facts.graded is None:
        return []
    output, metric = facts.graded
    key = metric, task_of(output)
    if key in MEASURES:
        return ["from mean import Mean", f"from measures import {MEASURES[key]}"]
    if key in COUNTS:
        return [f"from class_tallies import {COUNTS[key]}"]
    return [f"from number_tallies import {SUMS[key]}, Unit"]


def new_metric(facts: Facts) -> str:
    """The metric of one pass, before it has counted anything. Needs a run whose early stopping goes by one."""
    assert facts.graded is not None
    output, metric = facts.graded
    encoder, key = facts.encoders["outputs"].get(output.name, {}), (metric, task_of(output))
    mean, deviation = encoder.get("mean", 0.0), encoder.get("deviation", 1.0)
    if key in MEASURES:
        return f"Mean({MEASURES[key]}{f'({literal(deviation)})' if metric == 'mae' else ''})"
    if key in COUNTS:
        return f"{COUNTS[key]}()"
    unit = f"mean={literal(mean)}, deviation={literal(deviation)}" if metric in ("rmse", "mape") else ""
    return f"{SUMS[key]}(Unit({unit}))"


def can_be_none(facts: Facts) -> bool:
    """Whether a pass over rows may have no such metric, so that its loss takes the place."""
    assert facts.graded is not None
    output, metric = facts.graded
    return (metric, task_of(output)) not in MEASURES


def sign(facts: Facts) -> str:
    """What makes higher better."""
    assert facts.graded is not None
    return "" if METRICS[facts.graded[1]].higher_is_better else "-"


def answer_of(output: Node, arriving: str) -> str:
    """What the metric reads, from what arrives at the Output: `losses.reader` where that is not the same."""
    if not needs_reader(output):
        return f"{arriving}.detach()"
    loss, threshold = output.params["loss"], output.params.get("threshold")
    written = ", ".join(f'"{name}": {literal(value)}' for name, value in (loss.get("params") or {}).items())
    by = "" if threshold is None else f", threshold={literal(threshold)}"
    return f'reader("{loss["type"]}", {{{written}}}{by})({arriving}.detach())'


def needs_reader(output: Node) -> bool:
    """Whether a metric reads something else than what arrives at this Output."""
    loss: Mapping[str, Any] = output.params["loss"]
    match loss["type"]:
        case "BCELoss" | "HingeEmbeddingLoss":
            return True
        case "PoissonNLLLoss":
            return bool((loss.get("params") or {}).get("log_input", True))
        case other:
            return other in SHIFTED and output.params.get("threshold") is not None

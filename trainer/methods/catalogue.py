"""The losses, optimizers, schedules and metrics a run can use: torch's own names, parameters and defaults.

Adding one is one entry in `trainer.methods`, and nothing else where torch has a class of that name; a metric
also needs its accumulator in `trainer.training.metrics`. A test compares the entries with the installed torch: what
torch has and the catalogue has not is listed here, with the reason.
"""

from collections.abc import Mapping
from typing import Final

from trainer.methods.class_losses import CLASS_LOSSES
from trainer.methods.metrics import METRICS
from trainer.methods.number_losses import NUMBER_LOSSES
from trainer.methods.optimizers import OPTIMIZERS
from trainer.methods.pair_losses import OWN_LOSSES, PAIR_LOSSES
from trainer.methods.part import (
    COLUMN_TARGETS,
    WIRED_TARGETS,
    Interval,
    TargetKind,
    Task,
    TrainingPart,
    by_type,
)
from trainer.methods.schedules import SCHEDULES

__all__ = [
    "COLUMN_TARGETS",
    "LEFT_OUT",
    "LOSSES",
    "METRICS",
    "OPTIMIZERS",
    "SCHEDULES",
    "WIRED_TARGETS",
    "Interval",
    "TargetKind",
    "Task",
    "TrainingPart",
]

LOSSES = by_type(*CLASS_LOSSES, *NUMBER_LOSSES, *PAIR_LOSSES, *OWN_LOSSES)

LEFT_OUT: Final[Mapping[str, str]] = {
    "AdaptiveLogSoftmaxWithLoss": "it holds the last layer's weights inside the loss, where a prediction, an "
    "export and the counts of the graph cannot reach them; Linear and CrossEntropyLoss learn the same classes",
    "LinearCrossEntropyLoss": "it is a Linear and a CrossEntropyLoss in one, computed in slices; as two nodes the "
    "weights stay in the graph, where a prediction needs them",
    "MultiplicativeLR": "it takes a Python function; with a constant factor it is ExponentialLR, and LambdaLR has "
    "named functions of the time",
    "SequentialLR": "it takes other schedules; a warm-up before any of them is the setting `warmup`, which builds one",
    "ChainedScheduler": "it takes other schedules and multiplies them; the setting `warmup` covers what it is used for",
}

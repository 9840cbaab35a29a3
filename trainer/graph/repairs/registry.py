"""Which edits may repair which problem. They are proposals: `trainer.graph.fixes` keeps those that hold."""

from collections.abc import Mapping
from typing import Final

from trainer.graph.repairs.axes import AXES_REPAIRS
from trainer.graph.repairs.context import Repair
from trainer.graph.repairs.ends import END_REPAIRS
from trainer.graph.repairs.habits import HABIT_REPAIRS
from trainer.graph.repairs.joins import JOIN_REPAIRS
from trainer.graph.repairs.operations import OPERATION_REPAIRS
from trainer.graph.repairs.params import PARAM_REPAIRS
from trainer.graph.repairs.structure import STRUCTURE_REPAIRS
from trainer.graph.repairs.targets import TARGET_REPAIRS

REPAIRS: Final[Mapping[str, Repair]] = {
    **STRUCTURE_REPAIRS,
    **PARAM_REPAIRS,
    **AXES_REPAIRS,
    **JOIN_REPAIRS,
    **END_REPAIRS,
    **HABIT_REPAIRS,
    **OPERATION_REPAIRS,
    **TARGET_REPAIRS,
}

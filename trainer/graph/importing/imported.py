"""What comes out of an import, whatever went in."""

from dataclasses import dataclass, field

from trainer.graph.importing.draft import Array
from trainer.graph.importing.report import Report
from trainer.graph.parts import Document


@dataclass(frozen=True, slots=True)
class Imported:
    """A graph, the weights of its network by their names there, and what is to be said about both."""

    document: Document
    weights: dict[str, Array] = field(default_factory=dict)
    report: Report = field(default_factory=Report)

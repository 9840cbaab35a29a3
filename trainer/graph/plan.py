"""What a checked graph comes to: the steps that build and run it, with every value and shape known.

The code generator writes a plan; the interpreter runs it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from trainer.graph.parts import Node
from trainer.graph.shapes import TensorSpec
from trainer.graph.wiring import Source, input_ports
from trainer.layers.spec import Layer


@dataclass(frozen=True, slots=True)
class Step:
    """One node to build and to call. `values` are its parameters, set and inferred; `used` the outputs that are read.

    A use of a block has no layer, and its inside is `body`.
    """

    node: Node
    layer: Layer | None
    values: Mapping[str, Any]
    inputs: Mapping[str, list[Source]]
    used: frozenset[str]
    outputs: Mapping[str, TensorSpec]
    body: "Plan | None" = None

    @property
    def ports(self) -> tuple[str, ...]:
        """The names of its outputs, in their order."""
        if self.body is not None:
            return tuple(end.node.name for end in self.body.outputs)
        assert self.layer is not None
        return tuple(port.name for port in self.layer.output_ports(self.values))

    @property
    def builds(self) -> bool:
        """Whether this step makes a module or parameter of its own."""
        return self.node.shares is None and (
            self.layer is None or self.layer.module is not None or self.layer.weight is not None
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of one graph in construction order; only those that reach an output.

    `inputs` and `outputs` are the names of its ends: Input and Output nodes at the top, ports inside a block.
    """

    steps: tuple[Step, ...]
    block: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def inputs(self) -> tuple[Step, ...]:
        steps = [step for step in self.steps if step.node.type in ("Input", "BlockInput")]
        return tuple(sorted(steps, key=lambda step: step.node.id)) if self.block else tuple(steps)

    @property
    def outputs(self) -> tuple[Step, ...]:
        steps = [step for step in self.steps if step.node.type in ("Output", "BlockOutput")]
        return tuple(sorted(steps, key=lambda step: step.node.id)) if self.block else tuple(steps)

    @property
    def results(self) -> tuple[tuple[Step, str], ...]:
        """What a forward pass returns: for each end, in order, its wired ports in order, a target's last."""
        return tuple(
            (step, port.name)
            for step in self.outputs
            for port in input_ports(step.node, {})
            if port.name in step.inputs
        )

    @property
    def ties(self) -> tuple[tuple[Step, str, Step, str], ...]:
        """Which parameter of a step is that of another: of a chain of them, the end that owns it first."""
        steps = {step.node.id: step for step in self.steps}
        found = [
            (step, param, steps[owner], owned)
            for step in self.steps
            for param, (owner, owned) in sorted(step.node.ties.items())
        ]
        return tuple(sorted(found, key=lambda tie: self._steps_to_owner(steps, tie[2], tie[3])))

    def _steps_to_owner(self, steps: Mapping[str, Step], step: Step, param: str) -> int:
        count = 0
        while (further := step.node.ties.get(param)) is not None:
            step, param, count = steps[further[0]], further[1], count + 1
        return count


def repeated_ports(step: Step) -> tuple[str, str]:
    """Through which input and output a repeated node hands its tensor from copy to copy."""
    if step.body is not None:
        return step.body.inputs[0].node.name, step.body.outputs[0].node.name
    return "input", step.ports[0]

"""One class a block, although each use of it may infer other sizes: what differs becomes a constructor argument."""

from collections.abc import Mapping
from typing import Any

from trainer.graph.canonical import canonical_params
from trainer.graph.literals import Reference, literal
from trainer.graph.parts import Block
from trainer.graph.plan import Plan, Step
from trainer.graph.values import block_param_form, is_reference


class BlockClasses:
    """All uses of all blocks below a plan. `names` lists the blocks, those that others use first."""

    def __init__(self, plan: Plan, blocks: Mapping[str, Block]) -> None:
        self._blocks = blocks
        self.instances: dict[str, list[Plan]] = {}
        self._collect(plan)
        self.names = list(self.instances)
        self._extra: dict[str, dict[str, tuple[str, str]]] = {}
        for name in self.names:
            self._extra[name] = self._differing(name)

    def signature(self, name: str) -> str:
        """The parameters of a block's `__init__`."""
        extra = [*self._extra[name]]
        own = [f"{param.name}={literal(param.default)}" for param in self._blocks[name].params]
        return ", ".join(["self", *(["*"] if extra or own else []), *extra, *own])

    def arguments(self, step: Step, holder: Plan) -> str:
        """What one use of a block passes to its class."""
        assert step.node.block is not None
        assert step.body is not None
        written = []
        for argument in self._extra[step.node.block]:
            value = self.extra_value(step.body, argument)
            outer = self._outer_argument(holder, step, argument)
            own = outer or self._own_argument(holder, step, argument)
            written.append(f"{argument}={literal(Reference(own) if own else value)}")
        forms = {param.name: block_param_form(param) for param in self._blocks[step.node.block].params}
        telling = canonical_params(step.node.params, forms)
        for name in (name for name in forms if name in telling):
            said = telling[name]
            value = Reference(said["$"]) if is_reference(said) else said
            written.append(f"{name}={literal(value)}")
        return ", ".join(written)

    def inferred(self, plan: Plan, step: Step, param: str) -> Any:
        """An inferred value as the class of `plan` writes it: itself, or the argument that carries it."""
        assert plan.block is not None
        for argument, place in self._extra[plan.block].items():
            if place == (step.node.id, param):
                return Reference(argument)
        position = plan.steps.index(step)
        values = [use.steps[position].values[param] for use in self.instances[plan.block]]
        own = self._own_param(plan.block, values) if any(value != values[0] for value in values) else None
        return Reference(own) if own else step.values[param]

    def extra_value(self, plan: Plan, argument: str) -> Any:
        """What `argument` is in one use of the block."""
        assert plan.block is not None
        node_id, name = self._extra[plan.block][argument]
        step = next(step for step in plan.steps if step.node.id == node_id)
        return step.values[name] if step.body is None else self.extra_value(step.body, name)

    def _collect(self, plan: Plan) -> None:
        for step in plan.steps:
            if step.body is not None and step.node.block is not None:
                self._collect(step.body)
                self.instances.setdefault(step.node.block, []).append(step.body)

    def _outer_argument(self, holder: Plan, step: Step, argument: str) -> str | None:
        if holder.block is None:
            return None
        places = self._extra[holder.block].items()
        return next((name for name, place in places if place == (step.node.id, argument)), None)

    def _own_argument(self, holder: Plan, step: Step, argument: str) -> str | None:
        """The parameter of the holding block that an argument of an inner block always equals."""
        if holder.block is None:
            return None
        position = holder.steps.index(step)
        bodies = [use.steps[position].body for use in self.instances[holder.block]]
        values = [self.extra_value(body, argument) for body in bodies if body is not None]
        return self._own_param(holder.block, values) if any(value != values[0] for value in values) else None

    def rank(self, plan: Plan, step: Step, port: str) -> int | None:
        """How many axes leave `port` of a node, batch included; None where uses of the block differ in that."""
        position = plan.steps.index(step)
        uses = self.instances[plan.block] if plan.block else [plan]
        ranks = {len(use.steps[position].outputs[port].shape) + 1 for use in uses}
        return ranks.pop() if len(ranks) == 1 else None

    def outputs_agree(self, plan: Plan, step: Step) -> bool:
        """Whether a node of a block gives the same shapes in all uses of the block, so that a comment may say them."""
        if plan.block is None:
            return True
        position = plan.steps.index(step)
        return all(use.steps[position].outputs == step.outputs for use in self.instances[plan.block])

    def _differing(self, name: str) -> dict[str, tuple[str, str]]:
        """The arguments a block needs beside its own parameters: name -> (node id, parameter or inner argument)."""
        plans = self.instances[name]
        taken = set(plans[0].values)
        extra: dict[str, tuple[str, str]] = {}
        for position, step in enumerate(plans[0].steps):
            steps = [plan.steps[position] for plan in plans]
            for param, values in self._inner_values(steps):
                if any(value != values[0] for value in values) and not self._own_param(name, values):
                    argument = f"{step.node.name}_{param}"
                    while argument in taken:
                        argument += "_"
                    taken.add(argument)
                    extra[argument] = (step.node.id, param)
        return extra

    def _own_param(self, name: str, values: list[Any]) -> str | None:
        """The parameter of the block itself that has these values in all its uses."""
        uses = self.instances[name]
        return next((p for p in uses[0].values if [use.values[p] for use in uses] == values), None)

    def _inner_values(self, steps: list[Step]) -> list[tuple[str, list[Any]]]:
        first = steps[0]
        if first.node.block is not None:
            names = list(self._extra[first.node.block])
            return [(name, [self.extra_value(step.body, name) for step in steps if step.body]) for name in names]
        names = [name for name in first.values if name not in first.node.params]
        return [(name, [step.values[name] for step in steps]) for name in names]

"""Running a plan directly, layer by layer: the oracle that the generated code is tested against."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from trainer.graph.analysis import examine
from trainer.graph.modules import build_module, call_layer
from trainer.graph.parts import Document
from trainer.graph.plan import Plan, Step, repeated_ports
from trainer.graph.refusal import invalid_graph


class Interpreter(nn.Module):
    """A network made from a document without writing code. Raises `graph.invalid` for one with problems.

    Takes one tensor an Input, in construction order, and gives a tuple of the plan's results.
    """

    def __init__(self, document: Document) -> None:
        analysis = examine(document)
        if analysis.errors:
            raise invalid_graph(analysis.errors)
        super().__init__()
        _build(self, analysis.plan)
        self._plan = analysis.plan

    def forward(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        return _run(self, self._plan, tensors)


class _BlockUse(nn.Module):
    """One use of a block."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        _build(self, plan)
        self._plan = plan

    def forward(self, *tensors: Tensor) -> Any:
        outputs = _run(self, self._plan, tensors)
        return outputs[0] if len(outputs) == 1 else outputs


def _build(holder: nn.Module, plan: Plan) -> None:
    for step in plan.steps:
        if step.builds:
            setattr(holder, step.node.name, _build_step(step))
        if step.node.frozen and step.builds:
            getattr(holder, step.node.name).requires_grad_(False)
    for step, param, owner, owned in plan.ties:
        _set_parameter(holder, step.node.name, param, _get_parameter(holder, owner.node.name, owned))


def _build_step(step: Step) -> Any:
    copies = [_build_one(step) for _ in range(step.node.repeat)]
    return nn.ModuleList(copies) if step.node.repeat > 1 else copies[0]


def _build_one(step: Step) -> Any:
    if step.body is not None:
        return _BlockUse(step.body)
    assert step.layer is not None
    return build_module(step.layer, step.values, step.used)


def _get_parameter(holder: nn.Module, name: str, param: str) -> nn.Parameter:
    owner = getattr(holder, name)
    return owner if isinstance(owner, nn.Parameter) else owner.get_parameter(param)


def _set_parameter(holder: nn.Module, name: str, param: str, value: nn.Parameter) -> None:
    if isinstance(getattr(holder, name), nn.Parameter):
        setattr(holder, name, value)
        return
    parent, _, leaf = param.rpartition(".")
    setattr(getattr(holder, name).get_submodule(parent), leaf, value)


def _run(holder: nn.Module, plan: Plan, tensors: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    values: dict[tuple[str, str], Tensor] = {}
    for step, tensor in zip(plan.inputs, tensors, strict=True):
        values[step.node.id, "output"] = tensor
    names = {step.node.id: step.node.name for step in plan.steps}
    for step in plan.steps:
        inputs = {port: [values[s.node, s.port] for s in group] for port, group in step.inputs.items()}
        module = getattr(holder, names[step.node.shares or step.node.id], None)
        if step.node.type in ("Input", "BlockInput"):
            continue
        if step.node.type in ("Output", "BlockOutput"):
            values |= {(step.node.id, port): arriving[0] for port, arriving in inputs.items()}
            continue
        for port, tensor in _call_step(step, module, inputs, tensors[0], holder.training).items():
            values[step.node.id, port] = tensor
    return tuple(values[step.node.id, port] for step, port in plan.results)


def _call_step(
    step: Step, module: Any, inputs: Mapping[str, list[Tensor]], first: Tensor, training: bool
) -> dict[str, Tensor]:
    if step.node.repeat == 1:
        return _call_once(step, module, inputs, first, training)
    given, port = repeated_ports(step)
    tensor = inputs[given][0]
    for copy in module:
        tensor = _call_once(step, copy, {**inputs, given: [tensor]}, first, training)[port]
    return {port: tensor}


def _call_once(
    step: Step, module: Any, inputs: Mapping[str, list[Tensor]], first: Tensor, training: bool
) -> dict[str, Tensor]:
    if step.body is None:
        assert step.layer is not None
        return call_layer(step.layer, module, inputs, step.values, step.used, first, training)
    result = module(*[inputs[end.node.name][0] for end in step.body.inputs])
    outputs = result if isinstance(result, tuple) else (result,)
    return {end.node.name: tensor for end, tensor in zip(step.body.outputs, outputs, strict=True)}

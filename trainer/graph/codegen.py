"""Writing a graph as one readable Python module: what trains, and what a person can take away.

Only catalogue types, typed values and checked names reach the text. A class a block; shapes stand as comments without
the batch axis, which is always the first.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from trainer.graph.analysis import examine
from trainer.graph.block_classes import BlockClasses
from trainer.graph.layout import lay_out
from trainer.graph.literals import Reference, literal
from trainer.graph.names import CALLED
from trainer.graph.parts import Document
from trainer.graph.plan import Plan, Step, repeated_ports
from trainer.graph.refusal import invalid_graph
from trainer.graph.shapes import TensorSpec
from trainer.graph.values import is_reference
from trainer.graph.variables import Variables
from trainer.graph.wiring import Source
from trainer.layers.spec import REQUIRED, CodeCall, Layer

HEADER: Final = '"""A network drawn with Layerloom. Shapes leave out the batch axis, which is always the first."""'
POSITIONAL: Final = frozenset(
    [
        "in_features",
        "in1_features",
        "in2_features",
        "out_features",
        "in_channels",
        "out_channels",
        "num_features",
        "num_groups",
        "num_channels",
        "normalized_shape",
        "input_size",
        "hidden_size",
        "num_embeddings",
        "embedding_dim",
        "embed_dim",
        "num_heads",
        "d_model",
        "nhead",
    ]
)


def generate_code(document: Document) -> str:
    """The module of `document`: a class `Network` and a run on random data. Raises `graph.invalid`."""
    analysis = examine(document)
    if analysis.errors:
        raise invalid_graph(analysis.errors)
    return write_module(analysis.plan, document)


def write_module(plan: Plan, document: Document) -> str:
    """The module of a plan, formatted as `ruff format` would leave it."""
    blocks = BlockClasses(plan, document.blocks)
    lines = [HEADER, "", "import torch", "from torch import nn"]
    for name in blocks.names:
        lines += ["", "", *_write_class(name, blocks.instances[name][0], blocks)]
    lines += ["", "", *_write_class("Network", plan, blocks)]
    lines += ["", "", *_write_smoke_run(plan)]
    return "\n".join(lines) + "\n"


def _write_class(name: str, plan: Plan, blocks: BlockClasses) -> list[str]:
    writer = _ClassWriter(plan, blocks)
    signature = blocks.signature(name) if plan.block else "self"
    lines = [f"class {name}(nn.Module):", *lay_out(f"def __init__({signature}):", 1), "        super().__init__()"]
    calls = [line for step in plan.steps for line in writer.call(step)]
    lines += writer.kept_arguments(calls)
    for step in plan.steps:
        lines += writer.construction(step)
    lines += writer.ties()
    variables = [writer.variables.of(step.node.id, "output") for step in plan.inputs]
    known = all(blocks.outputs_agree(plan, step) for step in plan.inputs)
    comment = ", ".join(
        shape_text(step.outputs["output"])
        if len(variables) == 1
        else f"{variable} {shape_text(step.outputs['output'])}"
        for variable, step in zip(variables, plan.inputs, strict=True)
    )
    lines += ["", *lay_out(f"def forward({', '.join(['self', *variables])}):", 1, comment if known else "")]
    lines += calls
    lines += lay_out(f"return {', '.join(writer.variable(step, port) for step, port in plan.results)}", 2)
    return lines


class _ClassWriter:
    """The statements of one class."""

    def __init__(self, plan: Plan, blocks: BlockClasses) -> None:
        self.plan = plan
        self.blocks = blocks
        self.variables = Variables(plan)
        self.names = {step.node.id: step.node.name for step in plan.steps}
        self.steps = {step.node.id: step for step in plan.steps}
        self.kept: dict[str, str] = {}

    def kept_arguments(self, calls: list[str]) -> list[str]:
        """The arguments of the constructor that `forward` reads: `self.dim = dim`."""
        read = set(re.findall(r"self\.\w+", "\n".join(calls)))
        return [f"        {kept} = {name}" for name, kept in self.kept.items() if kept in read]

    def construction(self, step: Step) -> list[str]:
        """What `__init__` says of one node."""
        if not step.builds or step.node.type in ("Input", "Output", "BlockInput", "BlockOutput"):
            return []
        expression = self._constructor(step)
        if step.node.repeat > 1:
            expression = f"nn.ModuleList([{expression} for _ in range({step.node.repeat})])"
        comment = ", ".join(self.shapes(step)[:1])
        lines = lay_out(f"self.{step.node.name} = {expression}", 2, comment)
        if step.node.frozen:
            lines.append(f"        self.{step.node.name}.requires_grad_(False)")
        return lines

    def shapes(self, step: Step) -> list[str]:
        """The shapes that are read of a node, where they can be said."""
        read = [spec for port, spec in step.outputs.items() if port in step.used]
        return [shape_text(spec) for spec in read] if self.blocks.outputs_agree(self.plan, step) else []

    def ties(self) -> list[str]:
        """The parameters that are those of other nodes, put in place at the end of `__init__`."""
        return [
            line
            for step, param, owner, owned in self.plan.ties
            for line in lay_out(f"{_attribute(step, param)} = {_attribute(owner, owned)}", 2)
        ]

    def call(self, step: Step) -> list[str]:
        """What `forward` says of one node."""
        if step.node.type in ("Input", "Output", "BlockInput", "BlockOutput"):
            return []
        comment = ", ".join(self.shapes(step))
        module = f"self.{self.names[step.node.shares or step.node.id]}"
        if step.node.repeat == 1:
            return self._call_once(step, module, self._inputs(step), 2, comment)
        given, port = repeated_ports(step)
        target, copy = self.variables.of(step.node.id, port), self.variables.free("block" if step.body else "layer")
        return [
            *lay_out(f"{target} = {self.variable(step, given)}", 2),
            *lay_out(f"for {copy} in {module}:", 2),
            *self._call_once(step, copy, {**self._inputs(step), given: [target]}, 3, comment),
        ]

    def _call_once(
        self, step: Step, module: str, inputs: Mapping[str, list[str]], indent: int, comment: str
    ) -> list[str]:
        """The statements that call `module` on the variables `inputs`."""
        if step.body is not None:
            arguments = [inputs[end.node.name][0] for end in step.body.inputs]
            targets = [self.variables.of(step.node.id, port) if port in step.used else "_" for port in step.ports]
            return lay_out(f"{', '.join(targets)} = {module}({', '.join(arguments)})", indent, comment)
        assert step.layer is not None
        target = self.variables.of(step.node.id, step.ports[0])
        if step.layer.code is None or step.layer.is_called_plainly(step.used):
            return lay_out(f"{target} = {module}({inputs['input'][0]})", indent, comment)
        written = step.layer.code(replace(self._code_call(step, module), inputs=inputs))
        if len(step.layer.outputs) == 1 and step.layer.counted is None:
            return lay_out(f"{target} = {written}", indent, comment)
        return [line for statement in written.split("\n") for line in lay_out(statement, indent)]

    def variable(self, step: Step, port: str) -> str:
        """The variable that reaches an input port."""
        source = step.inputs[port][0]
        return self.variables.of(source.node, source.port)

    def _inputs(self, step: Step) -> dict[str, list[str]]:
        return {port: [self.variables.of(s.node, s.port) for s in group] for port, group in step.inputs.items()}

    def _code_call(self, step: Step, module: str) -> CodeCall:
        assert step.layer is not None
        values = self._values(step, step.layer, with_defaults=True)
        ranks = {port: self._rank(group[0]) for port, group in step.inputs.items() if group}
        return CodeCall(
            module=module,
            inputs=self._inputs(step),
            params={
                name: self._keep(value.name) if isinstance(value, Reference) else literal(value)
                for name, value in values.items()
            },
            values={name: value for name, value in values.items() if not isinstance(value, Reference)},
            ranks={port: rank for port, rank in ranks.items() if rank is not None},
            outputs={port: self.variables.of(step.node.id, port) for port in step.ports},
            used=step.used,
            first=self.variables.of(self.plan.inputs[0].node.id, "output"),
        )

    def _rank(self, source: Source) -> int | None:
        return self.blocks.rank(self.plan, self.steps[source.node], source.port)

    def _keep(self, argument: str) -> str:
        """The attribute that holds an argument of the constructor for `forward`."""
        if argument not in self.kept:
            attribute = argument
            while attribute in self.names.values() or f"self.{attribute}" in self.kept.values():
                attribute += "_"
            self.kept[argument] = f"self.{attribute}"
        return self.kept[argument]

    def _constructor(self, step: Step) -> str:
        if step.body is not None:
            assert step.node.block is not None
            return f"{step.node.block}({self.blocks.arguments(step, self.plan)})"
        assert step.layer is not None
        if step.layer.weight_code is not None:
            return f"nn.Parameter({step.layer.weight_code(self._literals(step, step.layer, with_defaults=True))})"
        arguments: list[str] = []
        written = self._literals(step, step.layer)
        if step.layer.build_code is not None:
            return step.layer.build_code(written)
        for name, value in written.items():
            if name in step.layer.call_params:
                continue
            positional = name in POSITIONAL and name == step.layer.params[len(arguments)].name
            arguments.append(value if positional else f"{name}={value}")
        arguments += [f"{name}={literal(value)}" for name, value in step.layer.arguments_for(step.used).items()]
        return f"nn.{step.layer.module}({', '.join(arguments)})"

    def _literals(self, step: Step, layer: Layer, *, with_defaults: bool = False) -> dict[str, str]:
        return {name: literal(value) for name, value in self._values(step, layer, with_defaults=with_defaults).items()}

    def _values(self, step: Step, layer: Layer, *, with_defaults: bool = False) -> dict[str, Any]:
        """The parameters that are written, in torch's order; those at their default only where asked for."""
        written: dict[str, Any] = {}
        for param in layer.params:
            if param.name not in step.values:
                if with_defaults and param.default is not REQUIRED:
                    written[param.name] = param.default
                continue
            said = step.node.params.get(param.name)
            value: Any = step.values[param.name]
            if is_reference(said):
                value = Reference(said["$"])
            elif self.plan.block and said is None:
                value = self.blocks.inferred(self.plan, step, param.name)
            if not isinstance(value, Reference):
                value = param.normalise(value)  # so that documents with one hash have one code
            if with_defaults or param.always or isinstance(value, Reference) or value != param.default:
                written[param.name] = value
        return written


def _attribute(step: Step, param: str) -> str:
    bare = step.layer is not None and step.layer.weight is not None
    return f"self.{step.node.name}" if bare else f"self.{step.node.name}.{param}"


def shape_text(spec: TensorSpec) -> str:
    """A shape as a comment."""
    return f"[{', '.join(map(str, spec.shape))}]" + ("" if spec.dtype == "float32" else f" {spec.dtype}")


def _write_smoke_run(plan: Plan) -> list[str]:
    lines = ['if __name__ == "__main__":', *lay_out("network = Network()", 1)]
    taken = {"network", "results", "torch", *CALLED}
    names = []
    for step in plan.inputs:
        spec = step.outputs["output"]
        size = ", ".join(map(str, (2, *spec.shape)))
        made = f"torch.randn({size})" if spec.dtype == "float32" else f"torch.zeros({size}, dtype=torch.{spec.dtype})"
        names.append(step.node.name if step.node.name not in taken else f"sample_{step.node.name}")
        while names[-1] in taken:
            names[-1] += "_"
        taken.add(names[-1])
        lines += lay_out(f"{names[-1]} = {made}", 1)
    call = f"network({', '.join(names)})"
    if len(plan.results) == 1:
        return [*lines, *lay_out(f"print(tuple({call}.shape))", 1)]
    lines += lay_out(f"results = {call}", 1)
    return [*lines, *lay_out("print([tuple(result.shape) for result in results])", 1)]

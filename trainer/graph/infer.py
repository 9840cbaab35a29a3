"""Shapes and counts of a whole graph: each node tried on the meta device, in topological order.

A node that fails is marked, what hangs on it waits, other branches go on: all problems come at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any, Literal

from trainer.graph.check import Scope, check_scope
from trainer.graph.limits import limit_problem
from trainer.graph.parts import Document, Node
from trainer.graph.plan import Plan, Step
from trainer.graph.precheck import infer_values, precheck
from trainer.graph.problems import Problem
from trainer.graph.shapes import TensorSpec
from trainer.graph.trial import InputSpecs, Trial, TrialCache
from trainer.graph.wiring import Source
from trainer.layers.registry import CATALOGUE

State = Literal["ok", "error", "waiting", "unused"]
TensorKey = tuple[str, str]  # path of a node, output port


@dataclass(slots=True)
class NodeReport:
    """What the check says of one node; counts include what is inside it, once for each repetition.

    `parameters` are the shapes of those of its own module, by torch's names for them.
    """

    state: State = "waiting"
    outputs: Mapping[str, TensorSpec] = field(default_factory=dict)
    num_parameters: int = 0
    num_trainable: int = 0
    macs: int = 0
    activation_bytes: int = 0
    parameters: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        shapes = {name: list(shape) for name, shape in self.parameters.items()}
        return {
            "outputs": {port: spec.to_json() for port, spec in self.outputs.items()},
            **({"parameters": shapes} if shapes else {}),
            "num_parameters": self.num_parameters,
            "macs": self.macs,
            "activation_bytes": self.activation_bytes,
            "state": self.state,
        }


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of trying a node: a trial, or a problem. `asked` is all that it follows from."""

    asked: tuple[Node, Mapping[str, Any], InputSpecs, frozenset[str]]
    values: Mapping[str, Any]
    trial: Trial | None
    problem: Problem | None


@dataclass(slots=True)
class Inference:
    """A document being inferred: reports by path, problems, and what the backward pass keeps of one sample.

    `attempts` are what nodes came to, by path, and may hold those of another document: a node of which the same is
    asked as before is not tried again, so that an edited copy costs little.
    """

    document: Document
    cache: TrialCache
    attempts: dict[str, Attempt] = field(default_factory=dict)
    reports: dict[str, NodeReport] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    saved: dict[TensorKey, int] = field(default_factory=dict)
    saved_inside: int = 0

    def run(self) -> "ScopeWalk":
        """Walk the whole document from its top."""
        walk = ScopeWalk(self, Scope(self.document.graph, self.document.blocks), {})
        walk.run()
        return walk

    def attempt(
        self, path: str, node: Node, values: Mapping[str, Any], inputs: InputSpecs, used: frozenset[str]
    ) -> Attempt:
        """Try a node, or take what is known of it."""
        asked = (node, values, inputs, used)
        known = self.attempts.get(path)
        if known is None or known.asked != asked:
            known = self.attempts[path] = _attempt(self.cache, path, asked)
        return known

    @property
    def saved_bytes(self) -> int:
        """Bytes of one sample that are kept from the forward to the backward pass."""
        return sum(self.saved.values()) + self.saved_inside


class ScopeWalk:
    """One graph of the document, walked in construction order: the top, or a block where it is used."""

    def __init__(self, inference: Inference, scope: Scope, given: Mapping[str, TensorSpec]) -> None:
        self.inference = inference
        self.scope = scope
        self.given = given
        self.specs: dict[tuple[str, str], TensorSpec] = {}
        self.roots: dict[tuple[str, str], TensorKey] = {}
        self.steps: list[Step] = []
        self.parameter_shapes: dict[str, Mapping[str, tuple[int, ...]]] = {}
        self.structure = check_scope(scope)
        self.used = self._used_outputs()

    def run(self) -> None:
        useful = self.structure.useful
        length = len(self.scope.path)
        for problem in self.structure.problems:
            unused = problem.node is not None and problem.node[length:] not in useful
            self.inference.problems.append(replace(problem, severity="warning") if unused else problem)
        nodes = {node.id: node for node in self.scope.graph.nodes}
        for node_id in self.structure.order:
            self._visit(nodes[node_id])
        self._check_sharing()
        for node_id in nodes:
            report = self.inference.reports.setdefault(self.scope.path + node_id, NodeReport())
            if node_id in self.structure.broken:
                report.state = "error"
            if node_id not in useful:
                report.state = "unused"

    def plan(self, block: str | None = None) -> Plan:
        """What is to be built and run: the steps that reach an output."""
        steps = tuple(step for step in self.steps if step.node.id in self.structure.useful)
        return Plan(steps, block, dict(self.scope.values or {}))

    def arriving(self, node_id: str, port: str) -> TensorSpec | None:
        """What reaches an input port, where that is known."""
        sources = self.structure.wiring.sources[node_id].get(port)
        return self.specs.get((sources[0].node, sources[0].port)) if sources else None

    def _visit(self, node: Node) -> None:
        path = self.scope.path + node.id
        report = self.inference.reports[path] = NodeReport()
        sources = self.structure.wiring.sources[node.id]
        if node.id in self.structure.broken:
            return
        if any(source not in self.specs for group in sources.values() for source in group):
            return
        inputs = {port: tuple([self.specs[source] for source in group]) for port, group in sources.items()}
        values = self.scope.literal_params(node)
        if node.shares is not None:
            values = self.scope.literal_params(self.scope.graph.node(node.shares))
        step = (
            self._enter_block(node, values, inputs, report)
            if node.block
            else self._try_layer(node, values, inputs, report)
        )
        if step is None:
            report.state = "error"
            return
        if node.repeat > 1 and not self._repeat(node, inputs, step, report):
            report.state = "error"
            return
        report.state = "ok"
        self.steps.append(step)
        for port, spec in step.outputs.items():
            self.specs[node.id, port] = spec
            self.roots.setdefault((node.id, port), (path, port))

    def _check_sharing(self) -> None:
        """Shared modules need one form, tied parameters one shape; what is tied counts once."""
        steps = {step.node.id: step for step in self.steps}
        useful = self.structure.useful
        for step in self.steps:
            node, path = step.node, self.scope.path + step.node.id
            owner = steps.get(node.shares or "")
            if node.shares and (owner is None or owner.node.id not in useful or not _same_form(step, owner)):
                named = self.scope.graph.node(node.shares).name
                self._problem(Problem(code="share.unfit", node=path, fields={"name": node.name, "owner": named}))
            for param, (owner_id, owned) in node.ties.items():
                ours = self.parameter_shapes.get(node.id, {}).get(param)
                theirs = self.parameter_shapes.get(owner_id, {}).get(owned)
                report = self.inference.reports[path]
                if ours is None or ours != theirs or owner_id not in useful:
                    fields = {"name": node.name, "owner": self.scope.graph.node(owner_id).name, "param": param}
                    self._problem(Problem(code="tie.unfit", node=path, fields=fields))
                else:
                    report.num_parameters -= prod(ours)
                    report.num_trainable = max(0, report.num_trainable - prod(ours))

    def _problem(self, problem: Problem) -> None:
        unused = problem.node is not None and problem.node[len(self.scope.path) :] not in self.structure.useful
        self.inference.problems.append(replace(problem, severity="warning") if unused else problem)

    def _try_layer(self, node: Node, values: Mapping[str, Any], inputs: InputSpecs, report: NodeReport) -> Step | None:
        path, used, sources = self.scope.path + node.id, self.used[node.id], self.structure.wiring.sources[node.id]
        if node.type in ("Input", "BlockInput", "BlockOutput", "Output"):
            return self._pass_on(node, values, inputs, report)
        attempt = self.inference.attempt(path, node, values, inputs, used)
        trial = attempt.trial
        if attempt.problem is not None:
            self._problem(attempt.problem)
        if trial is None:
            return None
        self.parameter_shapes[node.id] = trial.parameter_shapes
        report.outputs = trial.outputs
        report.parameters = {} if node.shares else trial.parameter_shapes
        report.num_parameters = 0 if node.shares else trial.num_parameters
        report.num_trainable = 0 if node.frozen else report.num_parameters
        report.macs, report.activation_bytes = trial.macs, trial.activation_bytes
        for port, name in trial.aliases.items():
            given, number = _numbered(name)
            self.roots[node.id, port] = self.roots[sources[given][number]]
        if node.id in self.structure.useful:
            self._keep(path, trial, inputs, sources)
        return Step(node, CATALOGUE[node.type], attempt.values, sources, used, trial.outputs)

    def _keep(self, path: str, trial: Trial, inputs: InputSpecs, sources: Mapping[str, Sequence[Source]]) -> None:
        """Count what the backward pass of this node needs; a tensor that several need is kept once."""
        self.inference.saved_inside += trial.saved_bytes
        for name in trial.saved:
            if "." in name:
                port, number = _numbered(name)
                self.inference.saved[self.roots[sources[port][number]]] = inputs[port][number].num_bytes
            else:
                self.inference.saved[path, name] = trial.outputs[name].num_bytes

    def _pass_on(self, node: Node, values: Mapping[str, Any], inputs: InputSpecs, report: NodeReport) -> Step | None:
        """The ends of a graph: they hold no layer, and give what they get."""
        outputs: dict[str, TensorSpec] = {}
        if node.type == "BlockInput":
            if node.name not in self.given:
                return None  # nothing in the block reads it, and so nothing is brought to it
            outputs = {"output": self.given[node.name]}
        elif node.type == "Input":
            if values.get("shape") is None:
                fields = {"name": node.name}
                self._problem(
                    Problem(code="input.no_shape", node=self.scope.path + node.id, param="shape", fields=fields)
                )
                return None
            outputs = {"output": TensorSpec(tuple(values["shape"]), values.get("dtype") or "float32")}
        report.outputs = outputs
        report.activation_bytes = sum(spec.num_bytes for spec in outputs.values())
        sources = self.structure.wiring.sources[node.id]
        return Step(node, CATALOGUE[node.type], values, sources, self.used[node.id], outputs)

    def _enter_block(
        self, node: Node, values: Mapping[str, Any], inputs: InputSpecs, report: NodeReport
    ) -> Step | None:
        assert node.block is not None
        block = self.scope.blocks[node.block]
        complete = {param.name: values.get(param.name, param.default) for param in block.params}
        scope = Scope(block.graph, self.scope.blocks, f"{self.scope.path}{node.id}/", complete)
        walk = ScopeWalk(self.inference, scope, {port: specs[0] for port, specs in inputs.items()})
        before = self.inference.saved_bytes
        walk.run()
        plan = walk.plan(node.block)
        inner = [self.inference.reports[scope.path + child.id] for child in block.graph.nodes]
        if any(report.state in ("error", "waiting") for report in inner):
            return None
        if not plan.inputs or not plan.outputs:
            fields = {"name": node.name, "block": node.block}
            self._problem(Problem(code="block.no_ports", node=self.scope.path + node.id, fields=fields))
            return None
        report.num_parameters = 0 if node.shares else sum(child.num_parameters for child in inner)
        report.num_trainable = 0 if node.frozen or node.shares else sum(child.num_trainable for child in inner)
        report.macs = sum(child.macs for child in inner)
        report.activation_bytes = sum(child.activation_bytes for child in inner)
        self.inference.saved_inside += (node.repeat - 1) * (self.inference.saved_bytes - before)
        outputs = {
            step.node.name: walk.specs[step.inputs["input"][0].node, step.inputs["input"][0].port]
            for step in plan.outputs
        }
        report.outputs = outputs
        return Step(node, None, complete, self.structure.wiring.sources[node.id], self.used[node.id], outputs, plan)

    def _repeat(self, node: Node, inputs: InputSpecs, step: Step, report: NodeReport) -> bool:
        """Whether a repeated node gives what it takes; its counts are then those of all repetitions."""
        repeated = inputs if node.block else {"input": inputs["input"]}
        arriving = [spec for specs in repeated.values() for spec in specs]
        leaving = list(step.outputs.values())
        if len(arriving) != 1 or arriving != leaving:
            fields = {
                "name": node.name,
                "expected": ", ".join(spec.text() for spec in arriving),
                "received": ", ".join(spec.text() for spec in leaving),
            }
            self._problem(Problem(code="repeat.shape", node=self.scope.path + node.id, param="repeat", fields=fields))
            return False
        for name in ("num_parameters", "num_trainable", "macs", "activation_bytes"):
            setattr(report, name, getattr(report, name) * node.repeat)
        return True

    def _used_outputs(self) -> dict[str, frozenset[str]]:
        """By node, the outputs that somebody reads; who reaches no output does not count for one who does."""
        useful = self.structure.useful
        used: dict[str, set[str]] = {node.id: set() for node in self.scope.graph.nodes}
        for target, ports in self.structure.wiring.sources.items():
            for source, port in (source for group in ports.values() for source in group):
                if target in useful or source not in useful:
                    used[source].add(port)
        for node in self.scope.graph.nodes:
            if node.id in useful and node.shares in useful and not node.block and CATALOGUE[node.type].asked:
                used[node.shares] |= used[node.id]  # one module, that gives what any of them reads
                used[node.id] = used[node.shares]
        return {node: frozenset(ports) for node, ports in used.items()}


def _attempt(
    cache: TrialCache, path: str, asked: tuple[Node, Mapping[str, Any], InputSpecs, frozenset[str]]
) -> Attempt:
    """Look at what arrives at a node and at its parameters, then try its layer."""
    node, values, inputs, used = asked
    layer = CATALOGUE[node.type]
    problem = precheck(node.name, path, layer, values, inputs)
    if problem is not None:
        return Attempt(asked, values, None, problem)
    complete = {**values, **infer_values(layer, values, inputs)}
    trial = cache.try_layer(layer, complete, inputs, used)
    problem = _trial_problem(node, path, trial, inputs) or limit_problem(node.name, path, trial, node.repeat)
    return Attempt(asked, complete, None if problem else trial, problem)


def _numbered(name: str) -> tuple[str, int]:
    """A tensor that arrives, as trials name it: "inputs.1" -> ("inputs", 1)."""
    port, _, number = name.rpartition(".")
    return port, int(number)


def _same_form(step: Step, owner: Step) -> bool:
    """Whether two nodes can be one module: the same values, and the same inside where they are blocks."""
    if step.values != owner.values or (step.body is None) != (owner.body is None):
        return False
    if step.body is None or owner.body is None:
        return True
    return len(step.body.steps) == len(owner.body.steps) and all(
        _same_form(one, other) for one, other in zip(step.body.steps, owner.body.steps, strict=True)
    )


def _trial_problem(node: Node, path: str, trial: Trial, inputs: InputSpecs) -> Problem | None:
    """The problem that torch found, in our words; its own are kept as details."""
    if trial.failure is None:
        return None
    failure = trial.failure
    received = ", ".join(spec.text() for specs in inputs.values() for spec in specs)
    fields = {"name": node.name, "type": node.type, "received": received, **failure.fields}
    return Problem(code=failure.code, node=path, param=failure.param, fields=fields, details=failure.details)

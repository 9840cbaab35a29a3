"""One training step of a graph on torch's fake tensors: what it holds at each moment, as it grows with the batch.

Fake tensors take torch's own way through a step on a CPU, kernel by kernel, and have a size but no memory. A step at
two batch sizes gives a line for each moment. B rows of a batch.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import DataDependentOutputException, DynamicOutputShapeException, FakeTensorMode

from trainer.errors import UserError
from trainer.graph.analysis import examine
from trainer.graph.compile import CompiledGraph, compile_graph
from trainer.graph.parts import Document
from trainer.graph.plan import Plan
from trainer.graph.shapes import TensorSpec
from trainer.methods.catalogue import TargetKind
from trainer.training.config import RunConfig
from trainer.training.heads import Head, build_heads, compare_all
from trainer.training.memory.ledger import Ledger, TooLong
from trainer.training.memory.lines import Line, Peak
from trainer.training.memory.recurrent import ShortRecurrences
from trainer.training.memory.sparse_tables import SparseTables
from trainer.training.parallel.units import units
from trainer.training.parameter_groups import ParameterGroups
from trainer.training.precision import MixedPrecision
from trainer.training.recompute import recompute_blocks
from trainer.training.split_optimizer import chosen_parameters

SIZES: Final = (16, 32)
MAX_SECONDS: Final = 15.0
DTYPES: Final = {"float32": torch.float32, "int64": torch.int64, "bool": torch.bool}


@dataclass(frozen=True, slots=True)
class StepMemory:
    """Bytes of a step without the optimizer's, which are the same at every batch size.

    `working` is the peak over forward and backward pass, `forward` that of the forward pass, `held` what is there when
    the optimizer steps, `evaluating` the peak of a forward pass without gradients; each with weights and buffers.
    `units` are the weights of each part that is put together on its own where the network is divided. `shapes` are
    those of the parameters that train, `chosen` which of them Muon or SparseAdam take. `inputs` are those of the graph
    by name, `target_bytes` what a row has as targets besides, `activation_bytes` what the check counts of a row.
    `knows_losses` is false where results are compared with nothing, because an Output has no loss yet or one that
    cannot be followed.
    """

    weights: int
    buffers: int
    gradients: Line
    batch: Line
    working: Peak
    forward: Peak
    held: Line
    evaluating: Peak
    units: tuple[int, ...]
    shapes: tuple[tuple[int, ...], ...]
    chosen: tuple[bool, ...]
    inputs: Mapping[str, TensorSpec]
    target_bytes: int
    activation_bytes: int
    knows_losses: bool


def measure_step(document: Document, config: RunConfig) -> StepMemory:
    """Follow a step of a bound document, which depends on the precision, the frozen nodes and the kind of optimizer.

    Raises `graph.invalid` (422), `training.*` and `memory.*`.
    """
    plan = examine(document).plan
    try:
        with FakeTensorMode(allow_non_fake_inputs=True):
            compiled = compile_graph(document)
            ParameterGroups.of(compiled.network, config)
            if config.recompute == "blocks":
                recompute_blocks(compiled.network)
            chosen = chosen_parameters(config.optimizer.type, compiled.network)
            precision = MixedPrecision(config.precision, "cpu")
            heads = _heads(document, compiled)
            deadline = time.monotonic() + MAX_SECONDS
            try:
                return _measure(plan, compiled, heads, chosen, precision, deadline)
            except (DataDependentOutputException, DynamicOutputShapeException):
                return _measure(plan, compiled, [], chosen, precision, deadline)
    except TooLong as error:
        raise UserError("memory.too_long", status=422, seconds=int(MAX_SECONDS)) from error
    except (DataDependentOutputException, DynamicOutputShapeException, NotImplementedError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:300]
        raise UserError("memory.unknown", status=422, reason=reason) from error


def _heads(document: Document, compiled: CompiledGraph) -> list[Head]:
    """The heads of the graph; none while an Output lacks what its loss needs."""
    try:
        return build_heads(document.to_json(), results=compiled.results, loss_weights={}, encoders={})
    except UserError:
        return []


def _measure(
    plan: Plan,
    compiled: CompiledGraph,
    heads: Sequence[Head],
    chosen: Sequence[nn.Parameter],
    precision: MixedPrecision,
    deadline: float,
) -> StepMemory:
    network = compiled.network
    inputs = [step.outputs["output"] for step in plan.inputs]
    targets = [target_spec(head, plan) for head in heads if head.has_column]
    steps = [_Step(compiled, heads, inputs, targets, chosen, precision, deadline, size) for size in SIZES]
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    ids = {id(parameter) for parameter in chosen}
    one, other = steps
    return StepMemory(
        weights=sum(_num_bytes(parameter) for parameter in network.parameters()),
        buffers=sum(_num_bytes(buffer) for buffer in network.buffers()),
        gradients=Line.through(SIZES, (one.gradients, other.gradients)),
        batch=Line.through(SIZES, (one.batch, other.batch)),
        working=Peak.through(SIZES, (one.working, other.working)),
        forward=Peak.through(SIZES, (one.forward, other.forward)),
        held=Line.through(SIZES, (one.held, other.held)),
        evaluating=Peak.through(SIZES, (one.evaluating, other.evaluating)),
        units=tuple(sum(map(_num_bytes, unit.parameters())) for unit in units(network)),
        shapes=tuple(tuple(parameter.shape) for parameter in trained),
        chosen=tuple(id(parameter) in ids for parameter in trained),
        inputs=dict(zip(compiled.inputs, inputs, strict=True)),
        target_bytes=sum(spec.num_bytes for spec in targets),
        activation_bytes=compiled.activation_bytes,
        knows_losses=bool(heads),
    )


class _Step:
    """A step at one batch size, followed to its end."""

    def __init__(
        self,
        compiled: CompiledGraph,
        heads: Sequence[Head],
        inputs: Sequence[TensorSpec],
        targets: Sequence[TensorSpec],
        chosen: Sequence[nn.Parameter],
        precision: MixedPrecision,
        deadline: float,
        size: int,
    ) -> None:
        network = compiled.network
        ledger = Ledger(deadline=deadline)
        own = [*network.parameters(), *network.buffers()]
        sparse = SparseTables(network)
        network.train()
        with ledger, sparse, ShortRecurrences(ledger):
            for tensor in own:
                ledger.see(tensor)
            weights = ledger.live
            rows, columns = _batch(inputs, size), _batch(targets, size)
            self.batch = ledger.live - weights
            with precision.autocast():
                left = _losses(compiled, heads, rows, columns)
            self.forward = list(ledger.marks)
            left[0].backward()  # type: ignore[no-untyped-call]
            gradients = [parameter.grad for parameter in network.parameters() if parameter.grad is not None]
            self.gradients = sum(map(_num_bytes, [*gradients, *sparse.gradients]))
            self.held = ledger.live
            self.working = list(ledger.marks)
            for parameter in network.parameters():
                parameter.grad = None
            sparse.gradients.clear()
            del left, gradients
            ledger.marks.clear()
            network.eval()
            with torch.no_grad():
                compiled.run(*rows)
            self.evaluating = list(ledger.marks)


def _losses(
    compiled: CompiledGraph, heads: Sequence[Head], rows: Sequence[Tensor], columns: Sequence[Tensor]
) -> tuple[Tensor, object]:
    """The loss that training would go back from, and what it keeps of a batch besides."""
    results = compiled.run(*rows)
    if heads:
        return compare_all(heads, results, columns)
    means = [result.mean() for result in results if result.requires_grad]
    if not means:
        raise UserError("training.no_parameters", path="graph", status=422)
    return torch.stack(means).sum(), None


def _batch(specs: Sequence[TensorSpec], size: int) -> list[Tensor]:
    return [torch.empty(size, *spec.shape, dtype=DTYPES[spec.dtype]) for spec in specs]


def target_spec(head: Head, plan: Plan) -> TensorSpec:
    """What a column gives as the target of a head: of its class, of each label, of each number."""
    steps = {step.node.id: step for step in plan.steps}
    end, port = plan.results[head.arriving[0]]
    source = end.inputs[port][0]
    shape = steps[source.node].outputs[source.port].shape
    kind: TargetKind | None = head.target_kind
    if head.scores_steps:
        return TensorSpec(shape[:-1], "int64")
    match kind:
        case "class":
            return TensorSpec(shape[1:], "int64")
        case "tokens":
            return TensorSpec(shape[:1], "int64")
        case "pair_sign":
            return TensorSpec((), "float32")
        case _:
            return TensorSpec(shape, "float32")


def _num_bytes(tensor: Tensor) -> int:
    return tensor.numel() * tensor.element_size()

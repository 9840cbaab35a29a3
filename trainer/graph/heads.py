"""Whether what reaches an Output fits its loss and its target, from a column, a wire or the Input's tokens."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any, Final

from trainer.data.columns import Column, DataFacts
from trainer.data.encoders import target_spec
from trainer.errors import UserError
from trainer.graph.infer import ScopeWalk
from trainer.graph.order import construction_order, useful_nodes
from trainer.graph.parts import Document, Node
from trainer.graph.problems import Problem
from trainer.graph.shapes import TensorSpec
from trainer.graph.wiring import input_ports
from trainer.layers.registry import CATALOGUE
from trainer.methods.catalogue import COLUMN_TARGETS, LOSSES, METRICS, WIRED_TARGETS, TrainingPart

# The least and the largest number of axes that a loss reads, the batch left out, and how they are written.
RANKS: Final[Mapping[str, tuple[int, int | None, str]]] = {
    "MultiMarginLoss": (1, 1, "C"),
    "MultiLabelMarginLoss": (1, 1, "C"),
    "MultiLabelSoftMarginLoss": (1, None, "C"),
    "CTCLoss": (2, 2, "T, C"),
    "KLDivLoss": (1, None, "C"),
    "CosineEmbeddingLoss": (1, 1, "D"),
    "TripletMarginLoss": (1, None, "D"),
    "TripletMarginWithDistanceLoss": (1, 1, "D"),
}
SEQUENCE_FAMILIES: Final = frozenset({"recur", "attn", "embed"})


def head_problems(document: Document, walk: ScopeWalk, facts: DataFacts | None) -> list[Problem]:
    """What is wrong with the Outputs of `document`, each problem at the node where it begins."""
    problems = []
    for node in document.nodes:
        if node.type == "Output":
            for problem in _output_problems(node, walk, facts):
                problems.append(_at_its_origin(problem, document, walk))
    return problems


def _at_its_origin(problem: Problem, document: Document, walk: ScopeWalk) -> Problem:
    """Too many axes at an Output begin at the first dense layer that was given an image or a series of measurements."""
    if problem.code != "output.rank" or problem.node is None:
        return problem
    nodes = {node.id: node for node in document.nodes}
    before = useful_nodes(document.graph, [problem.node])
    for node_id in construction_order(document.graph):
        node = nodes[node_id]
        if node_id not in before:
            continue
        if CATALOGUE.get(node.type) is None or CATALOGUE[node.type].family in SEQUENCE_FAMILIES:
            return problem
        arriving = walk.arriving(node_id, "input")
        if node.type == "Linear" and arriving is not None and len(arriving.shape) > 1:
            fields = {"name": node.name, "received": arriving.text(), "size": arriving.shape[-1]}
            return Problem(code="shape.not_flat", node=node_id, fields=fields)
    return problem


def _output_problems(node: Node, walk: ScopeWalk, facts: DataFacts | None) -> Iterator[Problem]:
    """What is wrong with one Output; `facts` is the data set, if any."""
    loss = LOSSES.get((node.params.get("loss") or {}).get("type", ""))
    arriving = {port.name: walk.arriving(node.id, port.name) for port in input_ports(node, {})}
    is_wired = "target" in walk.structure.wiring.sources[node.id]
    if loss is None:
        if facts is not None:
            yield from _column(node, facts, is_needed=True)
            yield Problem(code="output.no_loss", node=node.id, param="loss", fields={"name": node.name})
        return
    fields = {"name": node.name, "loss": loss.type}
    for metric in node.params.get("metrics") or ():
        if not set(METRICS[metric].tasks) & set(loss.tasks):
            more = {"metric": metric}
            yield Problem(code="output.metric", node=node.id, param="metrics", fields={**fields, **more})
    yield from _origin_problems(node, loss, is_wired)
    column = None
    if facts is not None and loss.target and not is_wired and not node.params.get("target"):
        column = yield from _column(node, facts, is_needed=loss.target_kind in COLUMN_TARGETS)
        holds = WIRED_TARGETS.get(loss.target_kind) if loss.target_kind else None
        if column is None and holds is not None:
            yield Problem(code="output.no_wired_target", node=node.id, fields={**fields, "holds": holds})
    specs = [arriving[port] for port in loss.inputs]
    known = [spec for spec in specs if spec is not None]
    if len(known) < len(specs):
        return
    fault = _arriving_problem(node, loss, known)
    if fault is not None:
        yield fault
    elif node.params.get("target") == "next_token":
        yield from _token_problems(node, loss, known[0], walk, facts)
    elif column is not None:
        yield from _column_problems(node, known[0], loss, column)
    elif is_wired and arriving["target"] is not None:
        yield from _wire_problems(node, known[0], loss, arriving["target"])


def _column(node: Node, facts: DataFacts, *, is_needed: bool) -> Generator[Problem, None, Column | None]:
    """The target column of an Output."""
    names: Sequence[str] = node.params.get("columns") or ()
    fields: dict[str, Any] = {"name": node.name}
    if len(names) != 1:
        if names or is_needed:
            yield Problem(code="output.no_target", node=node.id, param="columns", fields=fields)
        return None
    if names[0] not in facts.columns:
        fields |= {"column": names[0], "param": "columns"}
        yield Problem(code="data.no_column", node=node.id, param="columns", fields=fields)
        return None
    return facts.columns[names[0]]


def _origin_problems(node: Node, loss: TrainingPart, is_wired: bool) -> Iterator[Problem]:
    """A target has one origin, and a loss without a target has none."""
    fields = {"name": node.name, "loss": loss.type}
    has_columns, has_own = bool(node.params.get("columns")), bool(node.params.get("target"))
    if not loss.target and (has_columns or has_own):
        param = "columns" if has_columns else "target"
        yield Problem(code="output.target_unused", node=node.id, param=param, severity="warning", fields=fields)
    elif loss.target and has_columns + has_own + is_wired > 1:
        param = "columns" if has_columns else "target"
        yield Problem(code="output.two_targets", node=node.id, param=param, fields=fields)


def _arriving_problem(node: Node, loss: TrainingPart, specs: Sequence[TensorSpec]) -> Problem | None:
    """What the loss itself asks of what arrives: numbers, as many axes as it reads, one shape at all its ports."""
    fields: dict[str, Any] = {"name": node.name, "loss": loss.type}
    for spec in specs:
        if spec.dtype != "float32":
            return Problem(code="output.dtype", node=node.id, fields={**fields, "received": spec.dtype})
    if any(spec.shape != specs[0].shape for spec in specs):
        received = ", ".join(spec.text() for spec in specs)
        more = {"ports": ", ".join(loss.inputs), "expected": specs[0].text(), "received": received}
        return Problem(code="output.ports_differ", node=node.id, fields={**fields, **more})
    rank = len(specs[0].shape)
    least, most, expected = RANKS.get(loss.type) or ((1, None, "C") if loss.target_kind == "class" else (0, None, ""))
    if rank < least or (most is not None and rank > most):
        more = {"expected": expected, "received": specs[0].text()}
        return Problem(code="output.rank", node=node.id, fields={**fields, **more})
    return None


def _column_problems(node: Node, spec: TensorSpec, loss: TrainingPart, column: Column) -> Iterator[Problem]:
    fields: Mapping[str, Any] = {"name": node.name, "loss": loss.type, "received": spec.text()}
    try:
        target = target_spec(column, loss.type)
    except UserError as error:
        yield Problem(code=error.code, node=node.id, param="loss", fields=error.fields)
        return
    if loss.target_kind == "class":
        num_classes = int(column.facts["num_classes"])
        if len(spec.shape) != 1 + len(target.shape):
            yield Problem(code="output.rank", node=node.id, fields={**fields, "expected": num_classes})
        elif spec.shape[0] != num_classes:
            more = {"expected": num_classes, "received": spec.shape[0], "column": column.name}
            yield Problem(code="output.classes", node=node.id, fields={**fields, **more})
    elif loss.target_kind != "pair_sign" and spec.shape != target.shape and spec.shape != ():
        code = "output.rank" if len(spec.shape) > len(target.shape) else "output.width"
        expected = TensorSpec(target.shape).text()
        yield Problem(code=code, node=node.id, fields={**fields, "expected": expected, "column": column.name})


def _wire_problems(node: Node, spec: TensorSpec, loss: TrainingPart, target: TensorSpec) -> Iterator[Problem]:
    """Whether a wired target is what the loss compares with."""
    dtype = "int64" if loss.target_kind in ("class", "tokens") else "float32"
    fields: Mapping[str, Any] = {"name": node.name, "loss": loss.type, "received": target.text()}
    if target.dtype != dtype:
        more = {"expected": dtype, "received": target.dtype}
        yield Problem(code="output.target_dtype", node=node.id, fields={**fields, **more})
        return
    if loss.target_kind == "tokens":
        if len(target.shape) != 1:
            yield Problem(code="output.target_shape", node=node.id, fields={**fields, "expected": "[S]"})
        return
    expected = {"class": spec.shape[1:], "pair_sign": ()}.get(str(loss.target_kind), spec.shape)
    if target.shape not in (expected, (*expected, 1)) and (*target.shape, 1) != expected:
        more = {"expected": TensorSpec(expected).text()}
        yield Problem(code="output.target_shape", node=node.id, fields={**fields, **more})


def _token_problems(
    node: Node, loss: TrainingPart, spec: TensorSpec, walk: ScopeWalk, facts: DataFacts | None
) -> Iterator[Problem]:
    """The next token needs one Input of tokens `[T]`, and scores of all tokens for each of them, `[T, C]`.

    That is the only Input, and of a text column, where there is data: its rows are windows of the whole text.
    """
    inputs = [(step.node, step.outputs["output"]) for step in walk.plan().inputs]
    tokens = [(one, given) for one, given in inputs if given.dtype == "int64" and len(given.shape) == 1]
    fields: Mapping[str, Any] = {"name": node.name, "loss": loss.type}
    if len(tokens) != 1 or loss.target_kind != "class":
        yield Problem(code="output.no_tokens", node=node.id, param="target", fields={**fields, "count": len(tokens)})
        return
    ((taken, given),) = tokens
    if len(spec.shape) != 2 or spec.shape[0] != given.shape[0]:
        more = {"expected": f"[{given.shape[0]}, C]", "received": spec.text()}
        yield Problem(code="output.steps", node=node.id, fields={**fields, **more})
    columns = (
        [facts.columns[name] for name in taken.params.get("columns") or () if name in facts.columns] if facts else []
    )
    if not columns:
        return
    if len(inputs) > 1 or columns[0].kind != "text" or _compares_columns(walk):
        yield Problem(code="data.whole_text_alone", node=node.id, param="target", fields={"output": node.name})
    elif len(spec.shape) == 2 and spec.shape[1] < columns[0].facts.get("vocab_size", 0):
        sizes = {"expected": columns[0].facts["vocab_size"], "received": spec.shape[1]}
        more_fields = {**fields, **sizes, "column": columns[0].name}
        yield Problem(code="output.vocabulary", node=node.id, fields=more_fields)


def _compares_columns(walk: ScopeWalk) -> bool:
    """Whether an Output has a column as its target."""
    wired = {node_id for node_id, sources in walk.structure.wiring.sources.items() if "target" in sources}
    ends = [node for node in walk.scope.graph.nodes if node.type == "Output" and node.id not in wired]
    return any(end.params.get("columns") and not end.params.get("target") for end in ends)

"""Whether what reaches an Output fits its loss and its target column."""

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
from trainer.layers.registry import CATALOGUE
from trainer.training.catalogue import LOSSES, METRICS

CLASSES: Final = "CrossEntropyLoss"
SEQUENCE_FAMILIES: Final = frozenset({"recur", "attn", "embed"})


def head_problems(document: Document, walk: ScopeWalk, facts: DataFacts | None) -> list[Problem]:
    """What is wrong with the Outputs of `document`, each problem at the node where it begins."""
    problems = []
    for node in document.nodes:
        if node.type == "Output":
            arriving = walk.arriving(node.id, "input")
            for problem in _output_problems(node, arriving, facts):
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


def _output_problems(node: Node, spec: TensorSpec | None, facts: DataFacts | None) -> Iterator[Problem]:
    """What is wrong with one Output; `spec` is what reaches it, `facts` the data set, if any."""
    loss = (node.params.get("loss") or {}).get("type")
    column = None
    if facts is not None:
        column = yield from _target_column(node, facts)
        if loss is None:
            yield Problem(code="output.no_loss", node=node.id, param="loss", fields={"name": node.name})
    if loss is None:
        return
    tasks = LOSSES[loss].tasks
    for metric in node.params.get("metrics") or ():
        if not set(METRICS[metric].tasks) & set(tasks):
            fields = {"name": node.name, "metric": metric, "loss": loss}
            yield Problem(code="output.metric", node=node.id, param="metrics", fields=fields)
    if spec is not None:
        yield from _shape_problems(node, spec, loss, column)


def _target_column(node: Node, facts: DataFacts) -> Generator[Problem, None, Column | None]:
    names: Sequence[str] = node.params.get("columns") or ()
    fields: dict[str, Any] = {"name": node.name}
    if len(names) != 1:
        yield Problem(code="output.no_target", node=node.id, param="columns", fields=fields)
        return None
    if names[0] not in facts.columns:
        fields |= {"column": names[0], "param": "columns"}
        yield Problem(code="data.no_column", node=node.id, param="columns", fields=fields)
        return None
    return facts.columns[names[0]]


def _shape_problems(node: Node, spec: TensorSpec, loss: str, column: Column | None) -> Iterator[Problem]:
    fields: Mapping[str, Any] = {"name": node.name, "loss": loss, "received": spec.text()}
    if spec.dtype != "float32":
        yield Problem(code="output.dtype", node=node.id, fields={**fields, "received": spec.dtype})
        return
    if loss == CLASSES and not spec.shape:
        yield Problem(code="output.rank", node=node.id, fields={**fields, "expected": "C"})
        return
    if column is None:
        return
    try:
        target = target_spec(column, loss)
    except UserError as error:
        yield Problem(code=error.code, node=node.id, param="loss", fields=error.fields)
        return
    if loss == CLASSES:
        num_classes = int(column.facts["num_classes"])
        if len(spec.shape) != 1 + len(target.shape):
            yield Problem(code="output.rank", node=node.id, fields={**fields, "expected": num_classes})
        elif spec.shape[0] != num_classes:
            more = {"expected": num_classes, "received": spec.shape[0], "column": column.name}
            yield Problem(code="output.classes", node=node.id, fields={**fields, **more})
    elif spec.shape != target.shape and spec.shape != ():
        code = "output.rank" if len(spec.shape) > len(target.shape) else "output.width"
        expected = TensorSpec(target.shape).text()
        yield Problem(code=code, node=node.id, fields={**fields, "expected": expected, "column": column.name})

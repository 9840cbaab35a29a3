"""Putting the data set into a document: data values resolved, Inputs as their columns give them. Torch-free."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from trainer.data.columns import DataFacts
from trainer.data.encoders import bound_columns, input_spec
from trainer.data.inputs.text import TextEncoder
from trainer.data.spec import TensorSpec
from trainer.errors import UserError
from trainer.graph.parts import Block, Document, Graph, Node
from trainer.graph.problems import Problem
from trainer.graph.refusal import invalid_graph
from trainer.graph.values import data_parts, is_data


@dataclass(frozen=True, slots=True)
class Bound:
    """A document with the data set in it, and what did not fit. What could not be resolved stays as it was.

    `facts` are those of the data set, and what the document's encoders make of it.
    """

    document: Document
    problems: tuple[Problem, ...]
    facts: DataFacts


def bind(document: Document, facts: DataFacts) -> Document:
    """The document that a run freezes; raises `graph.invalid` (422) where the data set does not fit it."""
    bound = try_bind(document, facts)
    if bound.problems:
        raise invalid_graph(bound.problems)
    return bound.document


def try_bind(document: Document, facts: DataFacts) -> Bound:
    """As much of `document` bound as fits."""
    problems: list[Problem] = []
    facts = _with_vocabularies(document, facts)
    graph = _bind_graph(document.graph, facts, problems)
    blocks: dict[str, Block] = {
        name: replace(block, graph=_bind_graph(block.graph, facts, None)) for name, block in document.blocks.items()
    }
    return Bound(replace(document, graph=graph, blocks=blocks), tuple(problems), facts)


def _with_vocabularies(document: Document, facts: DataFacts) -> DataFacts:
    """With the sizes of the vocabularies, which the Inputs of text columns set."""
    columns = dict(facts.columns)
    for node in document.nodes:
        for name in (node.params.get("columns") or ()) if node.type == "Input" else ():
            if name in columns and columns[name].kind == "text":
                try:
                    size = TextEncoder.num_indices(node.params.get("encoder") or {})
                except UserError:  # told where the Input is bound
                    continue
                columns[name] = replace(columns[name], facts={**columns[name].facts, "vocab_size": size})
    return replace(facts, columns=columns)


def _bind_graph(graph: Graph, facts: DataFacts, problems: list[Problem] | None) -> Graph:
    return replace(graph, nodes=tuple(_bind_node(node, facts, problems) for node in graph.nodes))


def _bind_node(node: Node, facts: DataFacts, problems: list[Problem] | None) -> Node:
    params: dict[str, Any] = {}
    for name, value in node.params.items():
        resolved = _data_value(value, facts) if is_data(value) else value
        if resolved is None and is_data(value):
            if problems is not None:
                problems.append(_unknown_fact(node, name, value, facts))
            resolved = value
        params[name] = resolved
    if node.type == "Input" and problems is not None:
        spec = _column_spec(node, facts, problems)
        if spec is not None:
            params |= {"shape": list(spec.shape), "dtype": spec.dtype}
    return replace(node, params=params)


def _data_value(value: Mapping[str, str], facts: DataFacts) -> Any:
    column, fact = data_parts(value)
    return facts.columns[column].data_value(fact) if column in facts.columns else None


def _unknown_fact(node: Node, param: str, value: Mapping[str, str], facts: DataFacts) -> Problem:
    column, fact = data_parts(value)
    fields = {"name": node.name, "param": param, "column": column, "fact": fact}
    if column not in facts.columns:
        return Problem(code="data.no_column", node=node.id, param=param, fields=fields)
    fields["kind"] = facts.columns[column].kind
    return Problem(code="data.no_fact", node=node.id, param=param, fields=fields)


def _column_spec(node: Node, facts: DataFacts, problems: list[Problem]) -> TensorSpec | None:
    """The tensor that the columns of an Input give; a problem where they give none, or another than the node says."""
    place: Any = {"node": node.id, "param": "columns"}
    if not node.params.get("columns"):
        problems.append(Problem(code="input.no_columns", **place, fields={"name": node.name}))
        return None
    try:
        columns = bound_columns(facts, node.params["columns"])
        spec = input_spec(columns, node.params.get("encoder") or {})
    except UserError as error:
        problems.append(Problem(code=error.code, **place, fields=error.fields))
        return None
    said = node.params.get("shape")
    if said is not None and tuple(said) != spec.shape:
        fields = {"name": node.name, "expected": list(spec.shape), "received": list(said)}
        problems.append(Problem(code="input.shape", node=node.id, param="shape", fields=fields))
    kind = node.params.get("dtype")
    if kind is not None and kind != spec.dtype:
        fields = {"name": node.name, "expected": spec.dtype, "received": kind}
        problems.append(Problem(code="input.dtype", node=node.id, param="dtype", fields=fields))
    return spec

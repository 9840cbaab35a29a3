"""Small graphs for the tests, and facts of data sets to bind them to."""

from itertools import pairwise
from typing import Any

from trainer.data.columns import Column, DataFacts
from trainer.graph.document import Document, parse_document

CROSS_ENTROPY = {"type": "CrossEntropyLoss", "params": {}}
MEAN_SQUARE = {"type": "MSELoss", "params": {}}


def node(node_id: str, node_type: str, /, **more: Any) -> dict[str, Any]:
    """A node named after its id; keys of the node by keyword, all else is a parameter."""
    keys = {"name", "repeat", "shares", "ties", "frozen", "position", "label", "note", "color"}
    data = {"id": node_id, "name": more.pop("name", node_id), "type": node_type}
    data |= {key: more.pop(key) for key in list(more) if key in keys}
    return {**data, "params": more}


def edge(text: str, index: int | None = None) -> dict[str, Any]:
    """ "a>b", "a.h_n>b.state" """
    source, target = text.split(">")
    (source, _, source_port), (target, _, target_port) = source.partition("."), target.partition(".")
    ends = {"source": source, "source_port": source_port or "output", "target": target}
    data = {"id": f"e_{text.replace('>', '-').replace('.', '_')}", **ends, "target_port": target_port or "input"}
    return data if index is None else {**data, "index": index}


def graph(nodes: list[dict[str, Any]], wires: str, blocks: dict[str, Any] | None = None) -> dict[str, Any]:
    """A document of `nodes` with edges from words like "a>b b>c.inputs"."""
    return {"format": 1, "nodes": nodes, "edges": [edge(word) for word in wires.split()], "blocks": blocks or {}}


def block(nodes: list[dict[str, Any]], wires: str, params: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """The inside of a block as `graph` writes it, with its parameters."""
    inside = graph(nodes, wires)
    return {"params": params or [], "nodes": inside["nodes"], "edges": inside["edges"]}


def chain(*nodes: dict[str, Any]) -> dict[str, Any]:
    """Nodes in a row."""
    wires = " ".join(f"{one['id']}>{other['id']}" for one, other in pairwise(nodes))
    return graph(list(nodes), wires)


def document(data: dict[str, Any]) -> Document:
    return parse_document(data)


def image_manifest(height: int = 28, width: int = 28, num_classes: int = 10) -> dict[str, Any]:
    """Of a data set of grey images in classes, like Fashion-MNIST, with two numbers beside."""
    columns = [
        {"name": "image", "kind": "image", "missing": 0, "height": height, "width": width, "channels": 1},
        {
            "name": "label",
            "kind": "category",
            "missing": 0,
            "values": list(range(num_classes)),
            "num_classes": num_classes,
        },
        *(
            {"name": name, "kind": "number", "missing": 0, "min": 0, "max": 1, "mean": 0.5, "std": 0.1, "median": 0.5}
            for name in ("weight", "height")
        ),
    ]
    return {"columns": columns, "num_rows": 100, "splits": {"train": 80, "val": 10, "test": 10}, "target": "label"}


def image_facts(height: int = 28, width: int = 28, num_classes: int = 10) -> DataFacts:
    return DataFacts.from_manifest(image_manifest(height, width, num_classes))


def image_input(**more: Any) -> dict[str, Any]:
    return node("image", "Input", columns=["image"], **more)


def label_output(**more: Any) -> dict[str, Any]:
    return node("label", "Output", **{"columns": ["label"], "loss": CROSS_ENTROPY, **more})


def text_facts() -> DataFacts:
    """A column of texts and its two classes."""
    review = Column("review", "text", 0, {"max_words": 9})
    score = Column("score", "category", 0, {"values": ["a", "b"], "num_classes": 2, "counts": [5, 5]})
    return DataFacts({"review": review, "score": score}, 10, {"train": 8, "val": 1, "test": 1})

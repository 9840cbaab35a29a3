"""Reading the graph document, strictly: what cannot be read is refused with the path of the place.

What can be read but is wrong as a network (a cycle, a missing input) is the check's to say. Nothing here imports torch.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final, NoReturn

import trainer.messages.graph  # noqa: F401 - registers the sentences of the errors raised here
from trainer.errors import UserError
from trainer.graph.canonical import content_hash
from trainer.graph.fields import Fields, fail
from trainer.graph.names import is_argument_name, is_block_name, is_name
from trainer.graph.parts import BLOCK_PREFIX, FORMAT, Block, BlockParam, Document, Edge, Graph, Node, Note
from trainer.graph.upgrades import upgrade
from trainer.graph.values import check_block_param, check_param
from trainer.layers.registry import CATALOGUE
from trainer.layers.spec import is_number
from trainer.methods.catalogue import LOSSES, METRICS
from trainer.methods.reading import parse_part

__all__ = [
    "FORMAT",
    "Block",
    "Document",
    "Edge",
    "Graph",
    "Node",
    "Note",
    "content_hash",
    "number_edges",
    "parse_document",
    "parse_edge",
    "parse_node",
    "read_json",
]

MAX_BYTES: Final = 4 * 1024 * 1024
MAX_DEPTH: Final = 32
MAX_NODES: Final = 3000
MAX_EDGES: Final = 10_000
MAX_NOTES: Final = 1000
MAX_BLOCKS: Final = 200
MAX_TEXT: Final = 10_000
MAX_REPEAT: Final = 1000
UNWRITABLE: Final = re.compile("[\0\ud800-\udfff]")
BLOCK_PARAM_TYPES: Final = ("int", "float", "bool", "str", "ints")
ONLY_IN_BLOCKS: Final = frozenset({"BlockInput", "BlockOutput"})
ONLY_AT_TOP: Final = frozenset({"Input", "Output"})


def read_json(text: str | bytes, *, max_bytes: int = MAX_BYTES) -> Any:
    """The JSON value in `text`; raises `graph.too_large`, `graph.too_deep` or `graph.not_json`."""
    if len(text) > max_bytes:
        raise UserError("graph.too_large", status=413, size=len(text), limit=max_bytes)
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise UserError("graph.too_deep", limit=MAX_DEPTH) from None
    except (ValueError, UnicodeDecodeError) as error:
        raise UserError("graph.not_json", reason=str(error)) from None
    return value


def parse_document(data: object) -> Document:
    """The document in `data` (as read from JSON), upgraded to the newest format.

    Raises `UserError` (`graph.*`, status 400) naming the path of the first thing that cannot be read.
    """
    _check_depth(data)
    if not _is_writable(data):
        _refuse_unwritable(data, "")
    fields = Fields(upgrade(data), "document")
    fields.integer("format")
    blocks = _parse_blocks(fields.mapping("blocks", default={}))
    graph = _parse_graph(fields, "", blocks)
    notes = tuple(_parse_note(entry) for entry in fields.list("notes", MAX_NOTES))
    fields.finish()
    _check_unique([note.id for note in notes], "notes")
    count = len(graph.nodes) + sum(len(block.graph.nodes) for block in blocks.values())
    if count > MAX_NODES:
        fail("graph.too_many", "nodes", count=count, what="nodes", limit=MAX_NODES)
    return Document(graph, blocks, notes)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _check_depth(data: object) -> None:
    """Refuse deep nesting without recursion."""
    level = [data]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for value in level
            for child in (value.values() if isinstance(value, dict) else value if isinstance(value, list) else ())
            if type(child) in (dict, list)
        ]
        if not level:
            return
    fail("graph.too_deep", "document", limit=MAX_DEPTH)


def _is_writable(data: object) -> bool:
    """Whether `_refuse_unwritable` would find nothing: the quicker question, for it needs no places."""
    ahead = [data]
    while ahead:
        value = ahead.pop()
        if isinstance(value, str):
            if UNWRITABLE.search(value):
                return False
        elif isinstance(value, dict):
            ahead.extend(value)
            ahead.extend(value.values())
        elif isinstance(value, list):
            ahead.extend(value)
        elif isinstance(value, float) and not is_number(value):
            return False
    return True


def _refuse_unwritable(value: object, path: str) -> None:
    """Refuse what no database and no file takes back: NUL and halves of characters in texts, endless numbers."""
    match value:
        case str() if UNWRITABLE.search(value):
            fail("graph.bad_text", path or "document")
        case float() if not is_number(value):
            fail("graph.bad_value", path or "document", expected="a finite number", received=str(value))
        case dict():
            for key, inner in value.items():
                place = f"{path}.{str(key)[:80]}" if path else str(key)[:80]
                _refuse_unwritable(key, ascii(place)[1:-1])
                _refuse_unwritable(inner, place)
        case list():
            for number, inner in enumerate(value):
                _refuse_unwritable(inner, f"{path}[{number}]")


def _parse_blocks(data: Mapping[str, Any]) -> dict[str, Block]:
    if len(data) > MAX_BLOCKS:
        fail("graph.too_many", "blocks", count=len(data), what="blocks", limit=MAX_BLOCKS)
    for name in data:
        if not is_block_name(name):
            fail("graph.bad_block_name", f"blocks.{name[:80]}", value=name[:80])
    headers = {name: Fields(value, f"blocks.{name}") for name, value in data.items()}
    params = {name: _parse_block_params(fields) for name, fields in headers.items()}
    outlines = {name: Block(Graph(), params[name]) for name in headers}
    blocks = {}
    for name, fields in headers.items():
        blocks[name] = Block(_parse_graph(fields, name, outlines), params[name])
        fields.finish()
    _refuse_circles(blocks)
    return blocks


def _parse_block_params(fields: Fields) -> tuple[BlockParam, ...]:
    params = []
    for entry in fields.list("params", 64):
        name, kind = entry.text("name"), entry.text("type")
        if not is_argument_name(name):
            fail("graph.bad_name", f"{entry.path}.name", value=name[:80])
        if kind not in BLOCK_PARAM_TYPES:
            fail("graph.bad_value", f"{entry.path}.type", expected="/".join(BLOCK_PARAM_TYPES), received=kind[:80])
        param = BlockParam(name, kind, entry.any("default"))
        check_block_param(param, param.default, f"{entry.path}.default")
        entry.finish()
        params.append(param)
    _check_unique([param.name for param in params], f"{fields.path}.params")
    return tuple(params)


def _refuse_circles(blocks: Mapping[str, Block]) -> None:
    uses = {name: {node.block for node in block.graph.nodes if node.block} for name, block in blocks.items()}
    for start in uses:
        seen: set[str] = set()
        ahead = set(uses[start])
        while ahead:
            name = ahead.pop()
            if name == start:
                fail("graph.block_in_itself", f"blocks.{start}", value=start)
            if name not in seen:
                seen.add(name)
                ahead |= uses[name]


def _parse_graph(fields: Fields, block: str, blocks: Mapping[str, Block]) -> Graph:
    in_block = blocks[block] if block else None
    nodes = tuple(parse_node(entry, in_block, blocks) for entry in fields.list("nodes", MAX_NODES))
    _check_unique([node.id for node in nodes], f"{fields.prefix}nodes")
    edges = tuple(parse_edge(entry) for entry in fields.list("edges", MAX_EDGES))
    _check_unique([edge.id for edge in edges], f"{fields.prefix}edges")
    return Graph(nodes, number_edges(nodes, edges))


def number_edges(nodes: tuple[Node, ...], edges: tuple[Edge, ...]) -> tuple[Edge, ...]:
    """Edges into a port that takes many get an index, in the order they are written, where they have none."""
    types = {node.id: node.type for node in nodes}
    following: dict[tuple[str, str], int] = {}
    for edge in edges:
        key = (edge.target, edge.target_port)
        following[key] = max(following.get(key, 0), 0 if edge.index is None else edge.index + 1)
    numbered = []
    for edge in edges:
        layer = CATALOGUE.get(types.get(edge.target, ""))
        port = layer.input(edge.target_port) if layer else None
        if port is not None and port.variadic and edge.index is None:
            key = (edge.target, edge.target_port)
            numbered.append(Edge(edge.id, edge.source, edge.target, edge.source_port, edge.target_port, following[key]))
            following[key] += 1
        else:
            numbered.append(edge)
    return tuple(numbered)


def parse_node(fields: Fields, in_block: Block | None, blocks: Mapping[str, Block]) -> Node:
    """One node of the top graph, or of the inside of `in_block`; `blocks` are all of the document."""
    node_id, name, node_type = fields.identifier("id"), fields.text("name"), fields.text("type")
    if not is_name(name):
        fail("graph.bad_name", f"{fields.path}.name", value=name[:80])
    params = fields.mapping("params", default={})
    path = f"{fields.path}.params"
    if node_type.startswith(BLOCK_PREFIX):
        block = blocks.get(node_type.removeprefix(BLOCK_PREFIX))
        if block is None:
            fail("graph.unknown_block", f"{fields.path}.type", value=node_type[:80])
        known_block = {param.name: param for param in block.params}
        for key, value in params.items():
            if key not in known_block:
                _unknown_param(node_type, key, path, tuple(known_block))
            check_block_param(known_block[key], value, f"{path}.{key}", in_block)
    else:
        layer = CATALOGUE.get(node_type)
        if layer is None or node_type in (ONLY_AT_TOP if in_block else ONLY_IN_BLOCKS):
            fail("graph.unknown_type", f"{fields.path}.type", value=node_type[:80])
        for key, value in params.items():
            param = layer.param(key)
            if param is None:
                _unknown_param(node_type, key, path, tuple(param.name for param in layer.params))
            check_param(param, value, f"{path}.{key}", in_block)
        if node_type == "Output":
            _check_training(params, path)
    node = Node(
        id=node_id,
        name=name,
        type=node_type,
        params=dict(params),
        position=fields.pair("position"),
        label=fields.text("label", "", MAX_TEXT),
        repeat=fields.integer("repeat", 1, minimum=2, maximum=MAX_REPEAT),
        shares=fields.identifier("shares", None),
        ties=_parse_ties(fields),
        frozen=fields.boolean("frozen"),
        color=fields.text("color", "", 64),
        collapsed=fields.boolean("collapsed"),
        note=fields.text("note", "", MAX_TEXT),
    )
    fields.finish()
    return node


def _unknown_param(node_type: str, key: str, path: str, known: tuple[str, ...]) -> NoReturn:
    fail("graph.unknown_param", f"{path}.{key[:80]}", type=node_type, param=key[:80], known=", ".join(known) or "-")


def _check_training(params: Mapping[str, Any], path: str) -> None:
    """Refuse a loss or metric that does not exist, or a parameter that a loss does not have."""
    if params.get("loss") is not None:
        parse_part(params["loss"], LOSSES, "loss", path=f"{path}.loss")
    for number, metric in enumerate(params.get("metrics") or ()):
        if metric not in METRICS:
            known = ", ".join(METRICS)
            fail("graph.unknown_metric", f"{path}.metrics[{number}]", value=metric[:80], known=known)


def _parse_ties(fields: Fields) -> dict[str, tuple[str, str]]:
    ties = {}
    for param, owner in fields.mapping("ties", default={}).items():
        path = f"{fields.path}.ties.{param[:80]}"
        if not (isinstance(owner, list) and len(owner) == 2 and all(isinstance(part, str) for part in owner)):
            fail("graph.bad_value", path, expected='["node id", "parameter"]', received=repr(owner)[:80])
        if not all(part.replace(".", "_").isidentifier() and len(part) <= 200 for part in (param, owner[1])):
            fail("graph.bad_value", path, expected="names of parameters", received=repr([param, owner[1]])[:80])
        ties[param] = (owner[0], owner[1])
    return ties


def parse_edge(fields: Fields) -> Edge:
    """One edge; whether its ends exist is the check's to say."""
    edge = Edge(
        id=fields.identifier("id"),
        source=fields.identifier("source"),
        source_port=fields.text("source_port", "output", 64),
        target=fields.identifier("target"),
        target_port=fields.text("target_port", "input", 64),
        index=fields.integer("index", None, minimum=0, maximum=MAX_EDGES),
    )
    fields.finish()
    return edge


def _parse_note(fields: Fields) -> Note:
    note = Note(
        id=fields.identifier("id"),
        text=fields.text("text", "", MAX_TEXT),
        position=fields.pair("position"),
        size=fields.pair("size", (240, 60)),
    )
    fields.finish()
    return note


def _check_unique(values: list[str], path: str) -> None:
    seen: set[str] = set()
    for number, value in enumerate(values):
        if value in seen:
            fail("graph.duplicate_id", f"{path}[{number}]", value=value)
        seen.add(value)

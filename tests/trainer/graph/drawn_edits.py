"""Random edits that may break a graph: what a person does by mistake, or a program on purpose."""

import copy
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests.trainer.graph.documents import CROSS_ENTROPY, MEAN_SQUARE
from tests.trainer.graph.drawn_graphs import NAMES, graphs
from trainer.layers.registry import CATALOGUE
from trainer.layers.spec import Param
from trainer.methods.catalogue import LOSSES, METRICS

Draw = Callable[..., Any]
JSON = dict[str, Any]
VALUES = st.one_of(
    st.sampled_from(
        [None, True, False, 0, 1, -1, 2, 7, 64, 10**6, 10**15, -(10**15), 0.5, 1.5, -0.0, 1e-300, 1e300, ""]
    ),
    st.sampled_from(["same", "mean", "float32", [], [1, 2], [0], [-1, 3], [10**9] * 4, {"$": "width"}, {"$": "dim"}]),
    st.sampled_from([{"$data": "label.num_classes"}, {"$data": "image.height"}, {"$data": "gone.num_classes"}, {}]),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=4)),
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
        max_leaves=4,
    ),
)
PORTS = ("output", "input", "inputs", "target", "h_n", "c_n", "state", "query", "mask", "indices", "output_1", "gone")
LOSS_NAMES = (*LOSSES, "CrossEntropyLoss", "MSELoss", "KLDivNormal", "BCEWithLogitsLoss")
COLUMNS = (["image"], ["label"], ["weight"], ["weight", "height"], ["gone"], ["image", "label"], [])


@st.composite
def edited_graphs(draw: Draw) -> JSON:
    """A document that was without a mistake before a few edits."""
    document: JSON = copy.deepcopy(draw(graphs(max_layers=6)))
    document.setdefault("blocks", {})
    for _ in range(draw(st.integers(1, 4))):
        parts = [document, *document["blocks"].values()]
        part = draw(st.sampled_from([document, document, *parts]))
        if part["nodes"]:
            draw(st.sampled_from(EDITS))(draw, document, part)
    return document


def _node(draw: Draw, part: JSON) -> JSON:
    found: JSON = draw(st.sampled_from(part["nodes"]))
    return found


def _remove_node(draw: Draw, document: JSON, part: JSON) -> None:
    gone = _node(draw, part)
    part["nodes"].remove(gone)
    if draw(st.booleans()):
        part["edges"] = [edge for edge in part["edges"] if gone["id"] not in (edge["source"], edge["target"])]


def _duplicate_node(draw: Draw, document: JSON, part: JSON) -> None:
    """Once more, with the wires that reach it, perhaps under the same name."""
    node = _node(draw, part)
    new = {**copy.deepcopy(node), "id": f"d{len(part['nodes'])}"}
    if draw(st.booleans()):
        new["name"] = f"again{len(part['nodes'])}"
    part["nodes"].append(new)
    for edge in [edge for edge in part["edges"] if edge["target"] == node["id"]]:
        part["edges"].append({**edge, "id": f"{edge['id']}d{len(part['edges'])}", "target": new["id"]})


def _rewire(draw: Draw, document: JSON, part: JSON) -> None:
    """Move one end of a wire to another node, or another port, or nowhere: circles come of it as well."""
    if part["edges"]:
        edge = draw(st.sampled_from(part["edges"]))
        end = draw(st.sampled_from(["source", "target"]))
        edge[end] = draw(st.sampled_from([*(node["id"] for node in part["nodes"]), "nowhere"]))
        if draw(st.booleans()):
            edge[f"{end}_port"] = draw(st.sampled_from(PORTS))


def _swap_source(draw: Draw, document: JSON, part: JSON) -> None:
    """Let a wire begin at another node above, so that another shape arrives."""
    if part["edges"]:
        edge = draw(st.sampled_from(part["edges"]))
        above = [node["id"] for node in part["nodes"] if "Output" not in node["type"] and node["id"] != edge["target"]]
        edge |= {"source": draw(st.sampled_from([*above, edge["source"]])), "source_port": "output"}


def _wire(draw: Draw, document: JSON, part: JSON) -> None:
    source, target = _node(draw, part), _node(draw, part)
    types = CATALOGUE.get(target["type"])
    ports = [port.name for port in types.inputs] if types else ["x"]
    edge = {"id": f"w{len(part['edges'])}", "source": source["id"], "target": target["id"]}
    edge["target_port"] = draw(st.sampled_from([*ports, *PORTS]))
    part["edges"].append(edge | ({"index": draw(st.integers(0, 9))} if draw(st.booleans()) else {}))


def _unwire(draw: Draw, document: JSON, part: JSON) -> None:
    if part["edges"]:
        part["edges"].remove(draw(st.sampled_from(part["edges"])))


def _set_param(draw: Draw, document: JSON, part: JSON) -> None:
    """A parameter of the layer, or one that it does not have, to what may be anything."""
    node = _node(draw, part)
    layer = CATALOGUE.get(node["type"])
    form = draw(st.sampled_from(layer.params)) if layer and layer.params else None
    if form is None or draw(st.integers(0, 9)) == 9:
        node["params"][draw(st.sampled_from(["out_features", "width", "x"]))] = draw(VALUES)
    else:
        node["params"][form.name] = draw(st.one_of(_fitting(form), VALUES))


def _fitting(form: Param) -> st.SearchStrategy[Any]:
    """What has the type of a parameter, so that the document can be read, and may be any number."""
    numbers = st.one_of(st.integers(-3, 12), st.sampled_from([10**5, 10**12]))
    by_kind: dict[str, st.SearchStrategy[Any]] = {
        "bool": st.booleans(),
        "int": numbers,
        "float": st.one_of(numbers, st.floats(-2, 2)),
        "ints": st.lists(numbers, max_size=5) if not form.scalar else st.one_of(numbers, st.lists(numbers, max_size=4)),
        "floats": st.lists(st.floats(-2, 2), max_size=4),
    }
    chosen = by_kind.get(form.kind, st.sampled_from(form.choices or ("x",)))
    return st.one_of(chosen, st.sampled_from(form.choices)) if form.choices else chosen


def _unset_param(draw: Draw, document: JSON, part: JSON) -> None:
    node = _node(draw, part)
    if node["params"]:
        node["params"].pop(draw(st.sampled_from(sorted(node["params"]))))


def _retype(draw: Draw, document: JSON, part: JSON) -> None:
    """Another layer with the parameters of its example, in the same place."""
    node = _node(draw, part)
    layer = CATALOGUE[draw(st.sampled_from(sorted(CATALOGUE)))]
    params = {name: list(value) if isinstance(value, tuple) else value for name, value in layer.example.params.items()}
    node |= {"type": layer.type, "params": params if draw(st.booleans()) else {}}


def _rename(draw: Draw, document: JSON, part: JSON) -> None:
    names = [node["name"] for node in part["nodes"]]
    _node(draw, part)["name"] = draw(st.sampled_from([*names, *NAMES, "Class", "1x", "é", "x" * 64]))


def _set_key(draw: Draw, document: JSON, part: JSON) -> None:
    """Repeats, shares, ties: where they do not fit."""
    node, other = _node(draw, part), _node(draw, part)
    key = draw(st.sampled_from(["repeat", "shares", "ties", "frozen"]))
    node[key] = {
        "repeat": draw(st.sampled_from([2, 3, 1000, 0])),
        "shares": draw(st.sampled_from([other["id"], "nowhere"])),
        "ties": {draw(st.sampled_from(["weight", "bias", "x.y", "weight_hh_l0"])): [other["id"], "weight"]},
        "frozen": True,
    }[key]


def _nest(draw: Draw, document: JSON, part: JSON) -> None:
    """A use of a block where one node stood: in the wrong place, without its wires, perhaps in itself."""
    if document["blocks"]:
        name = draw(st.sampled_from(sorted(document["blocks"])))
        params = draw(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=1))
        _node(draw, part).update({"type": f"block:{name}", "params": params if draw(st.booleans()) else {}})


def _set_end(draw: Draw, document: JSON, part: JSON) -> None:
    """What an Input reads and what an Output learns."""
    ends = [node for node in part["nodes"] if node["type"] in ("Input", "Output")]
    if not ends:
        return
    end = draw(st.sampled_from(ends))
    if draw(st.booleans()):
        end["params"]["columns"] = list(draw(st.sampled_from(COLUMNS)))
    elif end["type"] == "Output":
        loss = {"type": draw(st.sampled_from(LOSS_NAMES)), "params": {}}
        end["params"]["loss"] = draw(st.sampled_from([CROSS_ENTROPY, MEAN_SQUARE, loss, loss, {}]))
        if draw(st.booleans()):
            end["params"]["metrics"] = draw(st.lists(st.sampled_from(sorted(METRICS)), max_size=2))
        if draw(st.integers(0, 3)) == 3:
            end["params"]["target"] = "next_token"


EDITS = (
    _remove_node,
    _duplicate_node,
    _rewire,
    _swap_source,
    _swap_source,
    _wire,
    _unwire,
    *[_set_param] * 6,
    _unset_param,
    *[_retype] * 4,
    _rename,
    _set_key,
    _nest,
    _set_end,
    _set_end,
)

"""Random graphs without a mistake in them, as documents: chains, branches, joins, blocks, repeats, shares and ties."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from tests.trainer.graph.drawn_layers import RECIPES, SMALL, Outputs, Recipe, Spec, Specs
from trainer.graph.names import is_argument_name, is_name
from trainer.layers.registry import CATALOGUE
from trainer.layers.spec import REQUIRED

Draw = Callable[..., Any]
JSON = dict[str, Any]
# What Python and the generated code have names for themselves, and what comes near the names that it makes up.
AWKWARD = """
list tuple range print super slice len int isinstance getattr network block layer input output result sum max x y
dim width size outputs sample sample_network x_h_n a_output_1 inputs targets results nn_ torch_ object property
match case type_ id dict set str exec eval open n1 a b
"""
NAMES = [
    name for name in (*AWKWARD.split(), "a" * 63, "the_longest_name_that_a_node_may_have_" + "x" * 24) if is_name(name)
]
ARGUMENTS = [name for name in NAMES if is_argument_name(name)]
BLOCK_NAMES = ("Residual", "Block", "ValueError", "Tensor", "Module", "Aa", "L" * 63, "Linear", "ModuleList", "Int")
SHAPES = st.one_of(
    st.tuples(SMALL),
    st.tuples(SMALL, SMALL),
    st.tuples(st.integers(1, 4), st.integers(3, 7), st.integers(3, 7)),
)
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=10)
ONE_IN = [recipe for recipe in RECIPES if len(recipe.ports) == 1 and not recipe.variadic]
JOINS = [recipe for recipe in RECIPES if recipe not in ONE_IN]


@dataclass
class Placed:
    """A node with the wires that reach it, in the order of its ports."""

    node: JSON
    sources: list[tuple[str, str]]
    recipe: Recipe | None = None


@dataclass
class Sheet:
    """One graph while it is drawn: the top, or the inside of a block with `params`."""

    blocks: dict[str, "Sheet"]
    params: list[JSON] = field(default_factory=list)
    placed: list[Placed] = field(default_factory=list)
    edges: list[JSON] = field(default_factory=list)
    wires: dict[tuple[str, str], Spec] = field(default_factory=dict)

    def of_type(self, node_type: str) -> list[JSON]:
        return [one.node for one in self.placed if one.node["type"] == node_type]

    def to_json(self) -> JSON:
        return {"nodes": [one.node for one in self.placed], "edges": self.edges}


@st.composite
def graphs(draw: Draw, max_layers: int = 10) -> JSON:
    """A document of a graph that trains as it is."""
    sheet = Sheet({})
    for _ in range(draw(st.integers(0, 2))):
        _draw_block(draw, sheet.blocks)
    for _ in range(draw(st.integers(1, 3))):
        spec = Spec(draw(SHAPES), "int64") if draw(st.integers(0, 5)) == 5 else Spec(draw(SHAPES))
        params: JSON = {"shape": list(spec.shape)} | ({"dtype": spec.dtype} if spec.dtype != "float32" else {})
        _place(draw, sheet, {"type": "Input", "params": params}, [], {"output": spec})
    _draw_layers(draw, sheet, draw(st.integers(1, max_layers)))
    _end(draw, sheet, "Output")
    document = {"format": 1, **sheet.to_json()}
    document["blocks"] = {name: {"params": one.params, **one.to_json()} for name, one in sheet.blocks.items()}
    document["nodes"] = draw(st.permutations(document["nodes"])) if draw(st.booleans()) else document["nodes"]
    if draw(st.booleans()):
        document["notes"] = [{"id": "t1", "text": draw(TEXTS), "position": [0.5, -3], "size": [1, 2]}]
    return document


def _draw_block(draw: Draw, blocks: dict[str, Sheet]) -> None:
    """A block around one or two tensors; those drawn before may be in it."""
    sheet = Sheet(dict(blocks), _draw_params(draw))
    straight = draw(st.booleans())
    for _ in range(1 if straight else draw(st.integers(1, 2))):
        _place(draw, sheet, {"type": "BlockInput", "params": {}}, [], {"output": Spec(draw(SHAPES))})
    _draw_layers(draw, sheet, draw(st.integers(1, 4)), straight=straight)
    _end(draw, sheet, "BlockOutput")
    free = [name for name in BLOCK_NAMES if name not in blocks]
    blocks[draw(st.sampled_from(free))] = sheet


def _draw_params(draw: Draw) -> list[JSON]:
    values = {"int": SMALL, "float": st.sampled_from([0.0, 0.5, 1]), "bool": st.booleans(), "ints": st.just([1, 2])}
    names = draw(st.lists(st.sampled_from(ARGUMENTS), max_size=3, unique=True))
    kinds = [draw(st.sampled_from([*values, "int", "int"])) for _ in names]
    return [
        {"name": name, "type": kind, "default": draw(values[kind])} for name, kind in zip(names, kinds, strict=True)
    ]


def _draw_layers(draw: Draw, sheet: Sheet, count: int, *, straight: bool = False) -> None:
    for _ in range(count):
        match draw(st.integers(0, 11)):
            case 0 | 1 if not straight:
                _draw_join(draw, sheet)
            case 2 | 3 if sheet.blocks:
                _draw_use(draw, sheet, straight=straight)
            case 4 if not straight:
                _draw_shared(draw, sheet)
            case 5 if not straight:
                _draw_tensor(draw, sheet)
            case _:
                _draw_layer(draw, sheet, straight=straight)


def _draw_layer(draw: Draw, sheet: Sheet, *, straight: bool) -> None:
    source = _source(draw, sheet, straight=straight)
    for _ in range(3 if sheet.wires[source].shape else 0):
        fitting = [one for one in ONE_IN if one.fits(sheet.wires[source])]
        recipe = draw(st.sampled_from([one for one in fitting if one.params] if draw(st.booleans()) else fitting))
        params = _draw_values(draw, sheet, recipe)
        outputs = recipe.rule(_complete(recipe.type, params, _defaults(sheet)), [sheet.wires[source]])
        if outputs and not (straight and len(outputs) > 1):
            node = {"type": recipe.type, "params": params}
            plain = CATALOGUE[recipe.type].is_plain and outputs.get("output") == sheet.wires[source]
            if plain and draw(st.integers(0, 3)) == 3:
                node["repeat"] = draw(st.integers(2, 3))
            if CATALOGUE[recipe.type].module and draw(st.integers(0, 4)) == 4:
                node["frozen"] = True
            _place(draw, sheet, node, [source], outputs, recipe)
            _draw_tie(draw, sheet, sheet.placed[-1])
            return


def _draw_join(draw: Draw, sheet: Sheet) -> None:
    recipe = draw(st.sampled_from(JOINS))
    count = draw(st.integers(2, 3)) if recipe.variadic else len(recipe.ports)
    first = _source(draw, sheet)
    near = [wire for wire, spec in sheet.wires.items() if spec.dtype == sheet.wires[first].dtype]
    alike = [wire for wire in near if sheet.wires[wire] == sheet.wires[first]]
    sources = [first, *[draw(st.sampled_from(draw(st.sampled_from([near, alike])))) for _ in range(count - 1)]]
    params = _draw_values(draw, sheet, recipe)
    outputs = recipe.rule(_complete(recipe.type, params, _defaults(sheet)), [sheet.wires[one] for one in sources])
    if outputs:
        _place(draw, sheet, {"type": recipe.type, "params": params}, sources, outputs, recipe)


def _draw_use(draw: Draw, sheet: Sheet, *, straight: bool) -> None:
    """A block where it fits, perhaps with other values of its parameters, perhaps repeated."""
    name = draw(st.sampled_from(sorted(sheet.blocks)))
    block = sheet.blocks[name]
    given = [_source(draw, sheet, straight=straight) for _ in block.of_type("BlockInput")]
    params: JSON = {}
    for param in block.params:
        own = [one["name"] for one in sheet.params if one["type"] == param["type"]]
        if own and draw(st.booleans()):
            params[param["name"]] = {"$": draw(st.sampled_from(own))}
        elif param["type"] == "int" and draw(st.booleans()):
            params[param["name"]] = draw(SMALL)
    specs = [sheet.wires[source] for source in given]
    outputs = infer_block(block, _resolved(params, _defaults(sheet)), specs)
    if outputs is None or (straight and len(outputs) > 1):
        return
    node: JSON = {"type": f"block:{name}", "params": params}
    if len(given) == 1 and [*outputs.values()] == specs and draw(st.booleans()):
        node["repeat"] = 2
    _place(draw, sheet, node, given, outputs)


def _draw_shared(draw: Draw, sheet: Sheet) -> None:
    """A second node with the module of a first, on what has the same form."""
    owners = [one for one in sheet.placed if one.recipe and CATALOGUE[one.recipe.type].module]
    owners = [one for one in owners if not {"shares", "ties", "repeat"} & one.node.keys()]
    if owners:
        owner = draw(st.sampled_from(owners))
        wanted = [sheet.wires[source] for source in owner.sources]
        sources = [draw(st.sampled_from([wire for wire, spec in sheet.wires.items() if spec == one])) for one in wanted]
        assert owner.recipe is not None
        outputs = owner.recipe.rule(_complete(owner.recipe.type, owner.node["params"], _defaults(sheet)), wanted)
        assert outputs is not None
        node = {"type": owner.node["type"], "params": {}, "shares": owner.node["id"]}
        _place(draw, sheet, node, sources, outputs, owner.recipe)


def _draw_tensor(draw: Draw, sheet: Sheet) -> None:
    """A tensor that comes from nowhere, of a shape that is there already."""
    like = sheet.wires[_source(draw, sheet)].shape
    kind = draw(st.sampled_from(["Parameter", "Constant"]))
    if like:
        _place(draw, sheet, {"type": kind, "params": {"shape": list(like)}}, [], {"output": Spec(like)})


def _draw_tie(draw: Draw, sheet: Sheet, placed: Placed) -> None:
    """Let the weight of a Linear be that of another, sometimes."""
    shape = _weight_shape(sheet, placed)
    if shape is None or "repeat" in placed.node or not draw(st.booleans()):
        return
    owners = [
        one.node["id"]
        for one in sheet.placed[:-1]
        if not {"repeat", "shares"} & one.node.keys() and _weight_shape(sheet, one) == shape
    ]
    if owners:
        placed.node["ties"] = {"weight": [draw(st.sampled_from(owners)), "weight"]}


def _weight_shape(sheet: Sheet, placed: Placed) -> tuple[int, int] | None:
    """Of a Linear or an Embedding whose sizes no parameter of the block decides, so that every use has them."""
    params = placed.node["params"]
    if sheet.params or placed.recipe is None or "shares" in placed.node or sheet.of_type("BlockInput"):
        return None
    match placed.node["type"]:
        case "Linear":
            return (params["out_features"], sheet.wires[placed.sources[0]].shape[-1])
        case "Embedding":
            return (params["num_embeddings"], params["embedding_dim"])
        case _:
            return None


def _end(draw: Draw, sheet: Sheet, node_type: str) -> None:
    """An end for every node that nothing reads; an Input may stay loose where another reaches an end."""
    read = {source for one in sheet.placed for source, _ in one.sources}
    starts = {one["id"] for one in sheet.of_type(node_type.removesuffix("Output") + "Input")}
    fed = set(starts)
    for one in sheet.placed:
        if any(source in fed for source, _ in one.sources):
            fed.add(one.node["id"])
    unread = {source: (source, port) for source, port in reversed(sheet.wires) if source not in read}
    ends = [wire for source, wire in unread.items() if source not in starts]
    if node_type == "BlockOutput" or not any(source in fed for source, _ in ends):
        ends += [wire for source, wire in unread.items() if source in starts]
    for wire in ends:
        _place(draw, sheet, {"type": node_type, "params": {}}, [wire], {})


def _place(
    draw: Draw, sheet: Sheet, node: JSON, sources: list[tuple[str, str]], outputs: Outputs, recipe: Recipe | None = None
) -> None:
    """Put a node on the sheet, under an id and a name that nothing else has."""
    number = len(sheet.placed)
    node["id"] = f"{draw(st.sampled_from('azM-_'))}{number}"
    taken = {one.node["name"] for one in sheet.placed}
    free = [name for name in NAMES if name not in taken]
    node["name"] = draw(st.sampled_from([f"n{number}x", *free]))
    node["position"] = [number, draw(st.sampled_from([0, 0.5, -1e6, 64]))]
    if draw(st.integers(0, 4)) == 4:
        node |= {"label": draw(TEXTS), "note": draw(TEXTS), "color": "red"}
    placed = Placed(node, sources, recipe)
    for index, (source, (target_port, variadic)) in enumerate(zip(sources, _ports(sheet, placed), strict=False)):
        edge = {"id": f"e{len(sheet.edges)}", "source": source[0], "source_port": source[1], "target": node["id"]}
        sheet.edges.append({**edge, "target_port": target_port} | ({"index": index} if variadic else {}))
    sheet.placed.append(placed)
    sheet.wires |= {(node["id"], port): spec for port, spec in outputs.items()}


def _ports(sheet: Sheet, placed: Placed) -> list[tuple[str, bool]]:
    """The input ports of a node, as many as it has sources."""
    if placed.node["type"].startswith("block:"):
        ends = sheet.blocks[placed.node["type"][6:]].of_type("BlockInput")
        return [(end["name"], False) for end in ends]
    if placed.recipe is None:
        return [("input", False)] * len(placed.sources)
    if placed.recipe.variadic:
        return [(placed.recipe.ports[0], True)] * len(placed.sources)
    return [(port, False) for port in placed.recipe.ports]


def _source(draw: Draw, sheet: Sheet, *, straight: bool = False) -> tuple[str, str]:
    """A wire to go on from: the last one where the graph is straight, else one of the later ones rather."""
    wires = [*sheet.wires]
    return wires[-1] if straight else draw(st.sampled_from(wires[::-1]))


def _draw_values(draw: Draw, sheet: Sheet, recipe: Recipe) -> JSON:
    """Parameters of a layer: all that it needs, some of the others, some from the enclosing block."""
    params: JSON = {}
    layer = CATALOGUE[recipe.type]
    for name, values in recipe.params.items():
        form = layer.param(name)
        assert form is not None
        if form.required or name in recipe.needed or draw(st.booleans()):
            kind = form.kind if form.kind != "ints" or recipe.type == "Conv2d" else ""
            own = [one["name"] for one in sheet.params if one["type"] == kind]
            params[name] = {"$": draw(st.sampled_from(own))} if own and draw(st.booleans()) else draw(values)
    return params


def _defaults(sheet: Sheet) -> JSON:
    return {param["name"]: param["default"] for param in sheet.params}


def _resolved(params: Mapping[str, Any], values: Mapping[str, Any]) -> JSON:
    return {name: values[value["$"]] if isinstance(value, dict) else value for name, value in params.items()}


def _complete(node_type: str, params: Mapping[str, Any], values: Mapping[str, Any]) -> JSON:
    defaults = {param.name: param.default for param in CATALOGUE[node_type].params if param.default is not REQUIRED}
    return {**defaults, **_resolved(params, values)}


def infer_block(block: Sheet, given: Mapping[str, Any], specs: Specs) -> Outputs | None:
    """What leaves a use of a block, reckoned anew for what reaches this use; None where it does not fit there."""
    values = _defaults(block) | dict(given)
    wires: dict[tuple[str, str], Spec] = {}
    ends = iter(specs)
    outputs: Outputs = {}
    params = {one.node["id"]: one.node["params"] for one in block.placed}
    for placed in block.placed:
        node, arriving = placed.node, [wires[source] for source in placed.sources]
        found: Outputs | None = {}
        if node["type"] == "BlockInput":
            found = {"output": next(ends)}
        elif node["type"] == "BlockOutput":
            outputs[node["name"]] = arriving[0]
        elif node["type"] in ("Parameter", "Constant"):
            found = {"output": Spec(tuple(node["params"]["shape"]))}
        elif placed.recipe is not None:
            own = params[node.get("shares", node["id"])]
            found = placed.recipe.rule(_complete(node["type"], own, values), arriving)
        else:
            found = infer_block(block.blocks[node["type"][6:]], _resolved(node["params"], values), arriving)
        if found is None or (node.get("repeat") and [*found.values()] != arriving):
            return None
        if any(port not in found for (source, port) in block.wires if source == node["id"]):
            return None
        wires |= {(node["id"], port): spec for port, spec in found.items()}
    return outputs

"""What builds and runs and is a mistake nevertheless: the habits of losses, normalizations and data."""

from collections.abc import Iterator, Mapping
from math import prod
from typing import Any, Final

import trainer.messages.advice  # noqa: F401 - registers the sentences of the problems made here
from trainer.data.columns import DataFacts
from trainer.graph.infer import NodeReport
from trainer.graph.order import reachable
from trainer.graph.parts import Document, Graph
from trainer.graph.problems import Problem, Severity
from trainer.graph.shapes import TensorSpec
from trainer.graph.tracing import Place, Site
from trainer.layers.axes import shape_text
from trainer.layers.registry import CATALOGUE

RESHAPING: Final = frozenset(
    {"Identity", "Flatten", "Unflatten", "Reshape", "Squeeze", "Unsqueeze", "Permute", "Transpose"}
)
SCORE_LOSSES: Final = frozenset(
    {"CrossEntropyLoss", "BCEWithLogitsLoss", "MultiLabelSoftMarginLoss", "SoftMarginLoss", "MultiMarginLoss"}
)
LOG_LOSSES: Final = frozenset({"NLLLoss", "KLDivLoss"})
NUMBER_LOSSES: Final = frozenset({"MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss"})
PROBABILITIES: Final = frozenset({"Softmax", "Softmax2d", "Softmin", "Sigmoid", "Hardsigmoid"})
LOG_PROBABILITIES: Final = frozenset({"LogSoftmax", "LogSigmoid"})
NO_NEGATIVES: Final = frozenset({"ReLU", "ReLU6"})
BOUNDED: Final = PROBABILITIES | NO_NEGATIVES | {"Softplus", "Tanh", "Hardtanh", "Softsign"}
# Activations that say something about all numbers together, and may follow another one.
JOINT_ACTIVATIONS: Final = PROBABILITIES | LOG_PROBABILITIES | {"GLU", "MultiheadAttention"}
RAW: Final = frozenset({"linear", "conv", "norm"})  # families whose numbers are any
CHANNELS: Final = (1, 3, 4)
WITH_PLACES: Final = frozenset(
    layer.type for layer in CATALOGUE.values() if layer.family == "pool" and layer.output("indices")
)
INDEX_SIZES: Final = {"Embedding": "num_embeddings", "EmbeddingBag": "num_embeddings", "OneHot": "num_classes"}


def advice(
    document: Document, reports: Mapping[str, NodeReport], facts: DataFacts | None, batch_size: int
) -> Iterator[Problem]:
    """Every such problem of a document, at the nodes that count; `reports` are what was inferred of them."""
    site = Site(document.graph, document.blocks)
    for node in document.nodes:
        if node.type == "Output":
            yield from _end_problems(Place(site, node), facts)
    for place in site.all_places():
        if _counts(place.path, reports):
            yield from _layer_problems(place)
            yield from _norm_problems(place, reports, batch_size)
            yield from _index_problems(place, facts)
            yield from _unpool_problems(place, reports)
    yield from _unreached(document.graph)
    yield from _leaks(document.graph, facts)


def _counts(path: str, reports: Mapping[str, NodeReport]) -> bool:
    """Whether neither a node nor a block around it is one that the network does without."""
    ids = path.split("/")
    around = [reports.get("/".join(ids[:depth])) for depth in range(1, len(ids) + 1)]
    return all(report is None or report.state != "unused" for report in around)


def _problem(
    code: str, place: Place, *, param: str | None = None, severity: Severity = "warning", **fields: Any
) -> Problem:
    named = {"name": place.node.name, "type": place.type}
    return Problem(code=code, node=place.path, param=param, severity=severity, fields={**named, **fields})


def _end_problems(end: Place, facts: DataFacts | None) -> Iterator[Problem]:
    """What the layers before an Output do to what its loss wants."""
    place = end.source()
    passed: set[str] = set()
    while place is not None and place.path not in passed and (place.type in RESHAPING or place.family == "drop"):
        passed.add(place.path)
        if place.family == "drop":
            yield _problem("advice.last_dropout", place, output=end.node.name)
        place = place.source()
    loss = (end.node.params.get("loss") or {}).get("type")
    if place is None or loss is None:
        return
    told = {"loss": loss, "output": end.node.name}
    if loss in SCORE_LOSSES and place.type in PROBABILITIES | LOG_PROBABILITIES:
        yield _problem("advice.softmax_before_loss", place, **told)
    elif loss in SCORE_LOSSES and place.type in NO_NEGATIVES:
        yield _problem("advice.relu_before_loss", place, **told)
    elif loss in NUMBER_LOSSES and place.type in BOUNDED and _is_number(end, facts):
        yield _problem("advice.bounded_before_loss", place, **told)
    elif loss in LOG_LOSSES and (place.family in RAW or place.type in PROBABILITIES):
        yield _problem("advice.log_needed", end, loss=loss, received=place.node.name, source_type=place.type)
    elif loss == "BCELoss" and (place.family in RAW or place.type in NO_NEGATIVES):
        more = {"loss": loss, "received": place.node.name, "source_type": place.type}
        yield _problem("advice.probability_needed", end, severity="error", **more)


def _is_number(end: Place, facts: DataFacts | None) -> bool:
    """Whether an Output learns a column of numbers, which is centred on zero for the loss."""
    columns = end.node.params.get("columns") or ()
    known = [facts.columns[name].kind for name in columns if name in facts.columns] if facts else []
    return end.edge("target") is None and known == ["number"]


def _layer_problems(place: Place) -> Iterator[Problem]:
    """What one layer does on its own, or right after another."""
    is_activation, is_flat = _is_activation(place), place.type.endswith("2d")
    source = place.source() if is_activation or is_flat else None
    if source is not None and is_activation and _is_activation(source):
        yield _problem("advice.activations", place, before=source.node.name, before_type=source.type)
    if source is not None and source.type == "Input" and is_flat:
        shape = tuple(source.node.params.get("shape") or ())
        if _looks_channels_last(shape):
            yield _problem("advice.channels_last", place, received="×".join(map(str, shape)), channels=shape[2])
    if place.family == "recur" and place.value("dropout") and place.value("num_layers") == 1:
        yield _problem("advice.dropout_unused", place, param="dropout", received=place.value("dropout"))


def _norm_problems(place: Place, reports: Mapping[str, NodeReport], batch_size: int) -> Iterator[Problem]:
    """Statistics over a batch of one."""
    if batch_size != 1 or not place.type.startswith(("BatchNorm", "SyncBatchNorm")):
        return
    report = reports.get(place.path)
    if report is None:
        return
    for spec in report.outputs.values():
        if prod(spec.shape[1:]) > 1:
            yield _problem("norm.one_sample", place, received=spec.text())
        else:
            yield _problem("norm.one_value", place, severity="error", received=spec.text())


def _looks_channels_last(shape: tuple[int, ...]) -> bool:
    return len(shape) == 3 and shape[2] in CHANNELS and min(shape[:2]) > max(CHANNELS)


def _is_activation(place: Place) -> bool:
    return place.family == "act" and place.type not in JOINT_ACTIVATIONS


def _index_problems(place: Place, facts: DataFacts | None) -> Iterator[Problem]:
    """Tables of embeddings with fewer entries than the column that is looked up has values."""
    param = INDEX_SIZES.get(place.type)
    source = place.source() if param is not None else None
    if param is None or facts is None or source is None:
        return
    picked = source.type == "Select" and source.value("dim") in (1, -1)
    given = source.source() if picked else source
    if given is None or given.type != "Input":
        return
    names = [name for name in given.node.params.get("columns") or () if name in facts.columns]
    if picked:
        index = source.value("index")
        names = names[index : index + 1 or None] if isinstance(index, int) else names
    sizes = {name: _num_indices(facts, name) for name in names}
    most = max(sizes.values(), default=0)
    count = place.value(param)
    if isinstance(count, int) and 0 <= count < most:
        column = next(name for name, size in sizes.items() if size == most)
        told = {"expected": most, "received": count, "column": column, "single": len(names) == 1}
        yield _problem("embed.range", place, param=param, severity="error", **told)


def _unpool_problems(place: Place, reports: Mapping[str, NodeReport]) -> Iterator[Problem]:
    """An unpooling to another size than was pooled, which its indices do not fit, or only from the start."""
    if not place.type.startswith("MaxUnpool"):
        return
    pool, report = place.source("indices"), reports.get(place.path)
    if pool is None or pool.type not in WITH_PLACES or report is None:
        return
    pooled = _arriving(pool, reports)
    for spec in report.outputs.values() if pooled is not None else ():
        assert pooled is not None
        was, gives = pooled.shape[1:], spec.shape[1:]
        told: dict[str, Any] = {"pool": pool.node.name, "expected": shape_text(was), "received": shape_text(gives)}
        side_by_side = pool.type.startswith("MaxPool") and (pool.value("padding"), pool.value("dilation")) == (0, 1)
        if was[1:] != gives[1:] or (gives[0] < was[0] and not side_by_side):
            yield _problem("shape.unpool_size", place, severity="error", **told)
        elif gives[0] < was[0]:
            yield _problem("shape.unpool_cut", place, **told)


def _arriving(place: Place, reports: Mapping[str, NodeReport]) -> TensorSpec | None:
    """What reaches the input of a layer, where that is known."""
    edge = place.edge()
    report = reports.get(place.site.path + edge.source) if edge is not None else None
    return report.outputs.get(edge.source_port) if edge is not None and report is not None else None


def _num_indices(facts: DataFacts, column: str) -> int:
    """How many indices a column is encoded with; 0 where that is not known."""
    for fact in ("cardinalities", "vocab_size"):
        size = facts.columns[column].data_value(fact)
        if isinstance(size, int):
            return size
    return 0


def _unreached(graph: Graph) -> Iterator[Problem]:
    """Outputs that only constants and weights reach, of a graph in which an Input reaches another."""
    forward: dict[str, list[str]] = {}
    for edge in graph.edges:
        forward.setdefault(edge.source, []).append(edge.target)
    fed = reachable([node.id for node in graph.nodes if node.type == "Input"], forward)
    targets = {edge.target for edge in graph.edges}
    takes = [node.id for node in graph.nodes if node.block or CATALOGUE[node.type].inputs]
    incomplete = reachable([node_id for node_id in takes if node_id not in targets], forward)
    ends = [node for node in graph.nodes if node.type == "Output"]
    if any(end.id in fed for end in ends):
        for end in ends:
            if end.id not in fed and end.id not in incomplete:
                yield Problem(code="output.unreached", node=end.id, severity="warning", fields={"name": end.name})


def _leaks(graph: Graph, facts: DataFacts | None) -> Iterator[Problem]:
    """Inputs that read the very column that an Output is to learn."""
    wired = {edge.target for edge in graph.edges if edge.target_port == "target"}
    targets = {
        column: node.name
        for node in graph.nodes
        if node.type == "Output" and node.id not in wired and not node.params.get("target")
        for column in node.params.get("columns") or ()
    }
    for node in graph.nodes:
        for column in (node.params.get("columns") or ()) if node.type == "Input" else ():
            known = facts.columns.get(column) if facts else None
            if column in targets and known is not None and known.kind in ("number", "category", "date"):
                fields = {"name": node.name, "column": column, "output": targets[column]}
                yield Problem(code="data.leak", node=node.id, param="columns", severity="warning", fields=fields)

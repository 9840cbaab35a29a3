"""The one door to the trainer's knowledge of graphs.

What needs no torch (catalogue, documents, hashes, binding) runs here. What needs it (analysis, code) is asked of a warm
helper process, so that this process never loads torch.
"""

import logging
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import trainer.messages.memory
import trainer.messages.problems  # noqa: F401 - the sentences of what a helper may answer
from builder.import_worker import run_import
from builder.warm_helpers import HelperPool, user_error
from trainer.data.columns import DataFacts
from trainer.data.forms import encoders_json
from trainer.errors import UserError
from trainer.forms import catalogue_json
from trainer.graph.bind import bind
from trainer.graph.block_forms import blocks_json
from trainer.graph.diff import brief, changed_fields, diff, flat_settings
from trainer.graph.document import Document, content_hash, parse_document, read_json
from trainer.graph.importing.keras_model import is_keras
from trainer.graph.importing.kinds import HEAD_BYTES, TAIL_BYTES, find_kind
from trainer.graph.order import construction_order
from trainer.graph.templates import load_template, offered_sizes, usual_size
from trainer.layers.registry import CATALOGUE
from trainer.training.config import config_schema

JSON = dict[str, Any]
MAX_STRIP = 64
WARM_TEMPLATE = "fashion-mnist-dense"

log = logging.getLogger(__name__)

_helpers = HelperPool()


@cache
def catalogue(language: str) -> JSON:
    """Layers, blocks, encoders, losses, optimizers, schedules and metrics with their forms, in `language`."""
    return {**catalogue_json(language), "blocks": blocks_json(language), "encoders": encoders_json(language)}


@cache
def run_settings(language: str) -> JSON:
    """The JSON Schema of a run's settings, with titles, sentences and defaults in `language`."""
    return config_schema(language)


def parse_graph(graph: object) -> Document:
    """The document of a graph. Raises UserError (400) with the path of what cannot be read."""
    return parse_document(graph)


def graph_hash(graph: JSON) -> str:
    return content_hash(parse_document(graph))


def document_hash(document: Document) -> str:
    return content_hash(document)


def graph_strip(document: Document) -> list[str]:
    """The families of the nodes in the order of the network, for a small picture of it."""
    types = {node.id: node.type for node in document.nodes}
    order = [types[node_id] for node_id in construction_order(document.graph)[:MAX_STRIP]]
    return [CATALOGUE[name].family if name in CATALOGUE else "block" for name in order]


def diff_graphs(one: JSON, other: JSON) -> JSON:
    """What changed from one graph to another."""
    return diff(parse_document(one), parse_document(other))


def brief_change(one: JSON, other: JSON) -> JSON:
    """The same in a line, for a list of versions."""
    return brief(diff_graphs(one, other))


def diff_settings(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[JSON]:
    """The settings of two runs that differ, each by its dotted name, before and after."""
    return changed_fields(flat_settings(one), flat_settings(other))


def bind_graph(graph: JSON, facts: Mapping[str, Any]) -> JSON:
    """The graph with every `$data` resolved and its inputs shaped by the manifest `facts` of a data set version."""
    return bind(parse_document(graph), DataFacts.from_manifest(facts)).to_json()


def template_graph(name: str, size: int | None = None) -> JSON:
    """The graph of a template. Raises UserError (400) for a size that it has not."""
    return load_template(name, size)


@cache
def template_glance(name: str) -> JSON:
    """What a card shows of a template: its small picture, and how much is in it."""
    document = parse_document(load_template(name))
    types = [node.type for node in document.nodes]
    counts = {"num_nodes": len(types), "num_inputs": types.count("Input"), "num_outputs": types.count("Output")}
    sizes = [{"size": size, "num_parameters": count} for size, count in offered_sizes(name).items()]
    return {"strip": graph_strip(document), **counts, "sizes": sizes, "size": usual_size(name)}


def check_graph(
    graph: JSON, *, facts: Mapping[str, Any] | None, batch_size: int, language: str, person: object
) -> JSON:
    """Shapes, counts and problems of a graph, in the turn of `person`.

    `facts` is the manifest of the data set version it is bound to. Raises UserError: what cannot be read, and
    `engine.*` with status 503.
    """
    params = {"graph": graph, "facts": facts, "batch_size": batch_size, "language": language}
    return _helpers.call("analyse", params, person=person)


def generate_code(graph: JSON, facts: Mapping[str, Any] | None = None, *, person: object) -> str:
    """The Python module that the graph trains as, in the turn of `person`."""
    return _helpers.call("code", {"graph": graph, "facts": facts}, person=person)


def estimate_memory(
    graph: JSON,
    *,
    facts: Mapping[str, Any] | None,
    config: JSON,
    devices: Sequence[JSON],
    resident_bytes: int | None,
    person: object,
) -> JSON:
    """The memory that a run of the graph needs with the settings `config`, and whether it fits each of `devices`.

    It goes beside the turn of `person`, so that checks do not wait for it. Raises UserError: `graph.invalid` (422),
    `training.*`, `memory.*`, and `engine.*` with status 503.
    """
    params = {
        "graph": graph,
        "facts": facts,
        "config": config,
        "devices": devices,
        "resident_bytes": resident_bytes,
    }
    return _helpers.call("memory", params, person=("memory", person))


def read_companion(text: str) -> JSON:
    """The model that came as text beside weights: a graph, read as strictly as any, or the JSON of a Keras model."""
    value = read_json(text)
    return value if is_keras(value) else parse_document(value).to_json()


def import_model(
    file: Path,
    target: Path,
    *,
    name: str,
    graph: Path | None,
    language: str,
    person: object,
    gone: threading.Event | None = None,
) -> JSON:
    """The graph and the report of a model in `file`; its weights are then in `target`. Raises the importer's errors.

    A file that is no model is refused before a process is started for it, and the process ends once `gone` is set.
    """
    with file.open("rb") as source:
        head = source.read(HEAD_BYTES)
        source.seek(max(0, file.stat().st_size - TAIL_BYTES))
        find_kind(name, head, source.read(TAIL_BYTES))
    answer = run_import(file, target, name=name, graph=graph, language=language, person=person, gone=gone)
    if "error" in answer:
        raise user_error(answer["error"])
    return answer["result"]


def warm() -> None:
    """Start the first helper, so that nobody has to wait until it has imported torch."""
    try:
        _helpers.call("hash", {"graph": load_template(WARM_TEMPLATE)})
    except UserError:
        log.exception("the first helper did not start; the next request tries again")


def close() -> None:
    _helpers.close()

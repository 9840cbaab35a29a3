"""Known architectures, drawn as documents, have exactly the size that was published.

`published.json` holds for each the parameters, the GMACs (None where nobody published them) and the source. Documents
and figures lie in `tests/trainer/architectures`.
"""

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from trainer.graph.analysis import examine
from trainer.graph.codegen import generate_code
from trainer.graph.document import parse_document

FOLDER = Path(__file__).parents[1] / "architectures"
PUBLISHED: dict[str, dict[str, Any]] = json.loads((FOLDER / "published.json").read_text())
SIZES = ("kernel_size", "out_features", "hidden_size", "dim_feedforward", "num_embeddings", "width")


def load(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return document


def equals_published(document: dict[str, Any], name: str) -> bool:
    """Whether `document` is a network without errors that has the published size."""
    analysis, published = examine(parse_document(document)), PUBLISHED[name]
    found = analysis.totals["num_parameters"], round(analysis.totals["macs"] / 1e9, 3)
    expected = published["parameters"], found[1] if published["gmacs"] is None else published["gmacs"]
    return not analysis.errors and found == expected


def test_every_document_has_its_published_figures() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == {*PUBLISHED, "published"}


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_and_multiplications_are_those_published(name: str) -> None:
    assert equals_published(load(name), name)


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_figures_differ_when_one_size_is_changed(name: str) -> None:
    places = list(sizes(load(name)))

    assert places
    for place in {places[0], places[len(places) // 2], places[-1]}:
        changed = load(name)
        graph, number, param = place
        params = (changed["blocks"][graph] if graph else changed)["nodes"][number]["params"]
        params[param] = larger(params[param])
        assert not equals_published(changed, name), place


@pytest.mark.parametrize("name", ["resnet_50", "inception_v3"])
def test_blocks_of_several_widths_are_written_once(name: str) -> None:
    document = load(name)
    code = generate_code(parse_document(document))

    assert [code.count(f"class {block}(nn.Module)") for block in document["blocks"]] == [1] * len(document["blocks"])


def sizes(document: dict[str, Any]) -> Iterator[tuple[str, int, str]]:
    """Where a size is said: the block ("" at the top), the number of the node, the parameter."""
    graphs = {"": document, **document["blocks"]}
    for name, graph in graphs.items():
        for number, node in enumerate(graph["nodes"]):
            pools = node["type"].endswith(("Pool1d", "Pool2d", "Pool3d"))
            for param in SIZES:
                if not pools and isinstance(node["params"].get(param), int | list):
                    yield name, number, param


def larger(value: int | list[int]) -> int | list[int]:
    """A kernel stays odd, so that the padding around it still fits where it can."""
    changed = deepcopy(value)
    return changed + 2 if isinstance(changed, int) else [changed[0] + 2, *changed[1:]]

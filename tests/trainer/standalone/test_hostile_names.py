"""What a person calls a project, a column or a class is data of the standalone project, never a part of its code."""

import ast
import copy
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given

from tests.trainer.hostile import HOSTILE, NAMES, shape_of, texts_in
from tests.trainer.standalone.test_project import assert_same_weights, autoencoder, two_inputs, unpacked, written
from tests.trainer.training.jobs import train, write_job
from trainer.data.splits import SplitSettings
from trainer.data.version import Content, write_version
from trainer.standalone.train_script import train_script

GIVEN = {"results", "inputs", "targets", "build_loss", "nn", "Tensor"}


def named(names: dict[str, str], ends: dict[str, str]) -> dict[str, Any]:
    """The graph of two Inputs with other names of columns, and of Outputs."""
    graph = copy.deepcopy(two_inputs())
    for node in graph["nodes"]:
        node["name"] = ends.get(node["name"], node["name"])
        if "columns" in node["params"]:
            node["params"]["columns"] = [names.get(name, name) for name in node["params"]["columns"]]
    return graph


def results_of(script: str) -> list[str]:
    """The variables that `compute_loss` makes, once for each time it does."""
    functions = {node.name: node for node in ast.walk(ast.parse(script)) if isinstance(node, ast.FunctionDef)}
    names = [node for node in ast.walk(functions["compute_loss"]) if isinstance(node, ast.Name)]
    return [node.id for node in names if isinstance(node.ctx, ast.Store)]


@given(HOSTILE)
def test_a_name_of_a_column_is_no_part_of_the_script(name: str) -> None:
    plain = train_script(written(named({}, {}), {}))
    if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in name):
        return  # no document holds it
    script = train_script(written(named({"late": name[:200], "city": name[:200]}, {}), {}))

    assert shape_of(script) == shape_of(plain)
    assert texts_in(script) == texts_in(plain)


@pytest.mark.parametrize("one", ["results", "inputs", "targets", "build", "loss", "nn_", "price", "late_loss"])
@pytest.mark.parametrize("other", ["late", "results_", "late_loss", "tuple", "build_loss"])
def test_results_of_any_names_have_variables_of_their_own(one: str, other: str) -> None:
    """So that none hides what the function was given, what it calls, or another result."""
    script = train_script(written(named({}, {"late": other, "price": one}), {}))
    stored = results_of(script)

    assert len(stored) == len(set(stored)) == 4
    assert not set(stored) & GIVEN


def test_ports_of_a_loss_and_outputs_of_their_names_have_variables_of_their_own() -> None:
    graph = autoencoder()
    graph["nodes"][-2]["name"] = "divergence_mu"
    script = train_script(written(graph, {}))

    assert sorted(results_of(script)) == [
        "divergence_logvar",
        "divergence_loss",
        "divergence_mu",
        "divergence_mu_",
        "divergence_mu_loss",
        "divergence_mu_target",
    ]


def test_a_project_with_hostile_names_trains_to_the_same_weights_and_does_nothing_else(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    attack = f"\"\"\"'''\\\n{{open({str(mark)!r}, 'w')}}\"); open({str(mark)!r}, 'w')  #"
    names = {
        "city": attack,
        "line": "x; import os",
        "distance": "'\u202e\"",
        "day": "{}",
        "price": "🦙,\r\n",
        "late": "__class__",
    }
    classes = [name for name in NAMES if name.strip() and "\0" not in name]
    rows = range(160)
    table = pl.DataFrame(
        {
            names["distance"]: [None if row % 9 == 4 else str(0.1 + row / 7) for row in rows],
            names["city"]: [(attack, *classes)[row % (1 + len(classes))] for row in rows],
            names["line"]: [classes[row % 5] for row in rows],
            names["day"]: [f"2024-03-{1 + row % 28:02d} {row % 24:02d}:30:00" for row in rows],
            names["price"]: [str(row * 1.5) for row in rows],
            names["late"]: [("'; import os", attack)[row % 5 == 0] for row in rows],
        }
    )
    kinds = dict(zip(names, ("category", "category", "number", "date", "number", "category"), strict=True))
    content = Content(attack, {names[name]: kind for name, kind in kinds.items()}, table, target=names["late"])  # type: ignore[misc]
    write_version(tmp_path / "data", content, SplitSettings(seed=3))
    graph = named(names, {"late": "inputs", "price": "targets", "cities": "results"})
    graph["nodes"][1]["params"]["num_embeddings"] = 2 + len(classes)
    config = {"epochs": 2, "batch_size": 64}
    run = train(write_job(tmp_path / "job", graph, tmp_path / "data", config))
    assert run.end["status"] == "succeeded", run.end

    project = unpacked(run, tmp_path / "project", config, tmp_path / "data", title=attack)

    assert_same_weights(project, run)
    assert not mark.exists()
    for path in project.glob("*.py"):
        assert attack not in texts_in(path.read_text())

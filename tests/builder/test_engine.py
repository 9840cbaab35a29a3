"""The engine: shapes from a warm process with torch in it, and what happens when that process does not answer."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from builder import engine, helper_process
from builder.accounts.models import User
from builder.projects.models import Project
from builder.warm_helpers import HelperPool
from trainer.errors import UserError
from trainer.graph.templates import load_template

GRAPH = load_template("fashion-mnist-dense")
CHECK = "/api/v1/graphs/check/"


@pytest.fixture(scope="module", autouse=True)
def pool() -> Iterator[HelperPool]:
    """The engine's own, warm for all tests of the module."""
    yield engine._helpers
    engine.close()


def counted_graph() -> dict:
    """The template with a number in place of what the data would say."""
    graph = load_template("fashion-mnist-dense")
    graph["nodes"][4]["params"]["out_features"] = 10
    return graph


def test_check_answers_shapes_and_counts(api: APIClient) -> None:
    answer = api.post(CHECK, {"graph": counted_graph()}, format="json")
    assert answer.status_code == 200
    assert answer.json()["totals"]["num_parameters"] == 203_530
    assert answer.json()["nodes"]["n5"]["outputs"]["output"]["shape"] == ["B", 10]


def test_check_of_a_draft_keeps_its_parameter_count(api: APIClient, person: User) -> None:
    project = api.post("/api/v1/projects/", {"graph": counted_graph()}, format="json").json()
    assert project["num_parameters"] is None
    api.post(CHECK, {"graph": counted_graph(), "project": project["id"]}, format="json")
    assert Project.objects.get().num_parameters == 203_530


def test_problems_speak_the_readers_language(api: APIClient) -> None:
    answer = api.post(CHECK, {"graph": GRAPH}, format="json", headers={"Accept-Language": "zh-Hans"}).json()
    (problem,) = (entry for entry in answer["problems"] if entry["code"] == "data.unbound")
    assert "数据集" in problem["message"]


def test_unreadable_graph_is_a_400_with_its_path(api: APIClient) -> None:
    answer = api.post(CHECK, {"graph": {"format": 1, "nodes": [{"id": "n1"}], "edges": []}}, format="json")
    assert answer.status_code == 400
    assert answer.json()["details"][0]["path"].startswith("nodes[0]")


def test_code_is_one_module_that_compiles(api: APIClient) -> None:
    code = api.post("/api/v1/graphs/code/", {"graph": counted_graph()}, format="json").json()["code"]
    compile(code, "network.py", "exec")
    assert "class Network" in code


def test_dead_helper_is_said_and_replaced(pool: HelperPool) -> None:
    params = {"graph": GRAPH}
    first = pool.call("hash", params)
    pool._free[0].process.kill()
    with pytest.raises(UserError, match=r"has been started anew") as refused:
        pool.call("hash", params)
    assert refused.value.status == 503
    assert pool.call("hash", params) == first == engine.graph_hash(GRAPH)


def test_helper_that_hangs_is_ended(pool: HelperPool, monkeypatch: pytest.MonkeyPatch) -> None:
    pool.call("hash", {"graph": GRAPH})
    helper = pool._free[0].process
    os.kill(helper.pid, signal.SIGSTOP)
    monkeypatch.setattr(helper_process, "CALL_SECONDS", 0.3)
    started = time.monotonic()
    with pytest.raises(UserError, match="was stopped") as refused:
        pool.call("hash", {"graph": GRAPH})
    assert refused.value.code == "engine.timeout"
    assert time.monotonic() - started < 5
    helper.wait(5)


def test_helper_that_grew_is_replaced(pool: HelperPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helper_process, "MAX_HELPER_BYTES", 1)
    pool.call("hash", {"graph": GRAPH})
    assert not pool._free


def test_engine_imports_no_torch() -> None:
    code = "import django; django.setup(); import builder.asgi, sys; sys.exit('torch' in sys.modules)"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "builder.settings"}
    assert (
        subprocess.run([sys.executable, "-c", code], cwd=settings.BASE_DIR, env=environment, check=False).returncode
        == 0
    )


def test_catalogue_speaks_both_languages_and_names_every_family(api: APIClient) -> None:
    english = api.get("/api/v1/catalogue/", headers={"Accept-Language": "en"}).json()
    chinese = api.get("/api/v1/catalogue/", headers={"Accept-Language": "zh-Hans"}).json()
    assert [layer["type"] for layer in english["layers"]] == [layer["type"] for layer in chinese["layers"]]
    assert english["families"] != chinese["families"]
    assert {layer["family"] for layer in english["layers"]} <= {family["id"] for family in english["families"]}


def test_run_settings_are_served_in_both_languages(api: APIClient) -> None:
    english = api.get("/api/v1/catalogue/settings/", headers={"Accept-Language": "en"}).json()["properties"]
    chinese = api.get("/api/v1/catalogue/settings/", headers={"Accept-Language": "zh-Hans"}).json()["properties"]
    assert list(english) == list(chinese)
    assert {"gradients", "averaging", "early_stopping", "augmentation", "checkpoint", "limits"} <= set(english)
    assert all(english[name]["title"] != chinese[name]["title"] for name in ("gradients", "frozen", "class_weights"))
    assert "CrossEntropyLoss" in english["class_weights"]["x-losses"]

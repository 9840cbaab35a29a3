"""Projects, their drafts with ETags, and frozen versions."""

import copy

import pytest
from rest_framework.test import APIClient

from builder.accounts.models import User
from builder.datasets.models import Dataset, DatasetVersion
from builder.projects.models import GraphVersion, Project
from trainer.graph.template_list import TEMPLATES
from trainer.graph.templates import load_template, template_names
from trainer.training.config import parse_config

PROJECTS = "/api/v1/projects/"
GRAPH = load_template("fashion-mnist-dense")


@pytest.fixture
def project(api: APIClient) -> dict:
    answer = api.post(PROJECTS, {"name": "Mine", "graph": GRAPH}, format="json")
    assert answer.status_code == 201, answer.json()
    return answer.json()


def changed_graph(out_features: int) -> dict:
    graph = copy.deepcopy(GRAPH)
    graph["nodes"][2]["params"]["out_features"] = out_features
    return graph


def save(api: APIClient, project: dict, graph: object, etag: str | None):
    headers = {} if etag is None else {"If-Match": etag}
    return api.put(f"{PROJECTS}{project['id']}/graph/", graph, format="json", headers=headers)


def test_blank_project_has_an_empty_graph_and_a_name_in_the_persons_language(api: APIClient) -> None:
    answer = api.post(PROJECTS, {}, format="json", headers={"Accept-Language": "zh-Hans"}).json()
    assert answer["name"] == "未命名"
    assert api.get(f"{PROJECTS}{answer['id']}/graph/").json()["nodes"] == []


def test_project_shows_the_families_of_its_nodes_in_order(project: dict) -> None:
    assert project["strip"] == ["data", "shape", "linear", "act", "linear", "data"]


def test_template_makes_the_project_and_its_sample_data(api: APIClient, person: User) -> None:
    first = api.post(PROJECTS, {"template": "fashion-mnist-dense"}, format="json").json()
    second = api.post(PROJECTS, {"template": "fashion-mnist-dense", "name": "Again"}, format="json").json()
    assert (first["name"], second["name"]) == ("Fashion-MNIST, dense", "Again")
    assert first["dataset"]["name"] == "Fashion-MNIST"
    assert first["dataset_version"] == second["dataset_version"]
    assert Dataset.objects.get().owner == person


def test_project_of_a_template_has_its_run_settings_and_so_has_a_copy(api: APIClient, project: dict) -> None:
    made = api.post(PROJECTS, {"template": "iris"}, format="json").json()
    assert made["run_settings"] == dict(TEMPLATES["iris"].settings) != {}
    copied = api.post(f"{PROJECTS}{made['id']}/duplicate/", {}, format="json").json()
    assert copied["run_settings"] == made["run_settings"]
    assert project["run_settings"] is None


@pytest.mark.parametrize("template", TEMPLATES)
def test_run_settings_of_a_template_can_be_trained_with(template: str) -> None:
    settings = dict(TEMPLATES[template].settings)
    assert parse_config(settings, path="config").to_json().items() >= settings.items()


def test_every_template_is_offered_with_its_sample(api: APIClient) -> None:
    offered = api.get("/api/v1/templates/").json()
    assert {entry["id"] for entry in offered} == set(TEMPLATES) == set(template_names())
    assert all(entry["strip"][0] == "data" == entry["strip"][-1] for entry in offered)
    both = next(entry for entry in offered if entry["id"] == "two-in-two-out")
    assert (both["num_inputs"], both["num_outputs"], both["sample"]) == (2, 2, "breast-cancer")
    assert both["settings"]["epochs"] > 1


def test_template_without_a_sample_makes_a_project_that_waits_for_data(api: APIClient) -> None:
    answer = api.post(PROJECTS, {"template": "u-net"}, format="json")
    assert answer.status_code == 201
    assert (answer.json()["name"], answer.json()["dataset_version"]) == ("U-Net", None)
    assert not Dataset.objects.exists()


def test_one_number_sets_the_size_of_a_template(api: APIClient) -> None:
    offered = next(entry for entry in api.get("/api/v1/templates/").json() if entry["id"] == "gpt")
    assert offered["size"] in [entry["size"] for entry in offered["sizes"]]
    made = api.post(PROJECTS, {"template": "gpt", "size": 512}, format="json").json()
    blocks = next(
        node for node in api.get(f"{PROJECTS}{made['id']}/graph/").json()["nodes"] if node["name"] == "thinking"
    )
    assert (blocks["repeat"], blocks["params"]["heads"]) == (10, 16)
    refused = api.post(PROJECTS, {"template": "gpt", "size": 100}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (400, "graph.template_size")


def test_unknown_template_names_those_there_are(api: APIClient) -> None:
    answer = api.post(PROJECTS, {"template": "nothing"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "project.template")
    assert "fashion-mnist-dense" in answer.json()["message"]


def test_draft_is_saved_under_the_etag_it_was_loaded_with(api: APIClient, project: dict) -> None:
    etag = api.get(f"{PROJECTS}{project['id']}/graph/").headers["ETag"]
    answer = save(api, project, changed_graph(128), etag)
    assert answer.status_code == 200
    loaded = api.get(f"{PROJECTS}{project['id']}/graph/")
    assert loaded.json()["nodes"][2]["params"] == {"out_features": 128}
    assert loaded.headers["ETag"] == answer.headers["ETag"] != etag


def test_slower_of_two_saves_is_refused_and_changes_nothing(api: APIClient, project: dict) -> None:
    etag = api.get(f"{PROJECTS}{project['id']}/graph/").headers["ETag"]
    assert save(api, project, changed_graph(128), etag).status_code == 200
    answer = save(api, project, changed_graph(64), etag)
    assert (answer.status_code, answer.json()["code"]) == (412, "project.changed")
    assert Project.objects.get().graph["nodes"][2]["params"] == {"out_features": 128}


def test_save_without_an_etag_is_refused(api: APIClient, project: dict) -> None:
    answer = save(api, project, GRAPH, None)
    assert (answer.status_code, answer.json()["code"]) == (428, "project.no_if_match")


@pytest.mark.parametrize(
    ("spoil", "path"),
    [
        (lambda graph: graph["nodes"][2].update(type="__import__"), "nodes[2].type"),
        (
            lambda graph: graph["nodes"][2]["params"].update(out_features="256); import os"),
            "nodes[2].params.out_features",
        ),
        (lambda graph: graph["nodes"][2].update(name="os.system"), "nodes[2].name"),
        (lambda graph: graph.update(format=99), "format"),
        (lambda graph: graph.update(surprise=1), "surprise"),
    ],
)
def test_graph_that_cannot_be_read_is_refused_with_the_path(api: APIClient, project: dict, spoil, path: str) -> None:
    graph = copy.deepcopy(GRAPH)
    spoil(graph)
    answer = save(api, project, graph, '"1"')
    assert answer.status_code == 400
    assert path in answer.json()["details"][0]["path"], answer.json()
    assert Project.objects.get().graph_revision == 1


def test_draft_with_problems_is_saved(api: APIClient, project: dict) -> None:
    graph = copy.deepcopy(GRAPH)
    graph["edges"] = []
    assert save(api, project, graph, '"1"').status_code == 200


def test_freezing_keeps_the_draft_as_it_was(api: APIClient, project: dict) -> None:
    versions = f"{PROJECTS}{project['id']}/versions/"
    first = api.post(versions).json()
    save(api, project, changed_graph(128), '"1"')
    second = api.post(versions).json()
    assert (first["number"], second["number"]) == (1, 2)
    assert first["hash"] != second["hash"]
    assert api.get(f"{versions}1/").json()["graph"]["nodes"][2]["params"] == {"out_features": 256}
    assert [entry["number"] for entry in api.get(versions).json()["results"]] == [2, 1]
    assert api.get(f"{versions}3/").json()["code"] == "project.no_version"


def test_freezing_an_unchanged_network_makes_no_second_version(api: APIClient, project: dict) -> None:
    versions = f"{PROJECTS}{project['id']}/versions/"
    first = api.post(versions).json()
    moved = copy.deepcopy(GRAPH)
    moved["nodes"][0]["position"] = [500, 500]
    save(api, project, moved, '"1"')
    assert api.post(versions).json()["id"] == first["id"]
    assert GraphVersion.objects.count() == 1


def test_project_is_renamed_bound_duplicated_and_deleted(api: APIClient, person: User, project: dict) -> None:
    dataset = Dataset.objects.create(owner=person, name="data", source="upload")
    version = DatasetVersion.objects.create(dataset=dataset, number=1, status="ready", recipe={}, manifest={})
    address = f"{PROJECTS}{project['id']}/"
    renamed = api.patch(address, {"name": "New", "dataset_version": str(version.id)}, format="json").json()
    assert (renamed["name"], renamed["dataset"]["name"]) == ("New", "data")
    copied = api.post(f"{address}duplicate/", {}, format="json").json()
    assert copied["name"] == "New (copy)"
    assert copied["dataset_version"] == str(version.id)
    assert api.delete(address).status_code == 204
    assert [entry["id"] for entry in api.get(PROJECTS).json()["results"]] == [copied["id"]]


def test_list_is_paged_by_cursor(api: APIClient, person: User) -> None:
    Project.objects.bulk_create(Project(owner=person, name=f"p{i}", graph=GRAPH) for i in range(5))
    page = api.get(PROJECTS, {"limit": 2}).json()
    names = [entry["name"] for entry in page["results"]]
    while page["next"]:
        page = api.get(page["next"]).json()
        names += [entry["name"] for entry in page["results"]]
    assert names == ["p4", "p3", "p2", "p1", "p0"]


def test_versions_say_in_brief_what_changed_and_how_often_they_were_run(api: APIClient, project: dict) -> None:
    versions = f"{PROJECTS}{project['id']}/versions/"
    api.post(versions)
    graph = changed_graph(32)
    graph["nodes"].append({**graph["nodes"][3], "id": "extra", "name": "extra"})
    save(api, project, graph, '"1"')
    api.post(versions)
    second, first = api.get(versions).json()["results"]
    assert first["changes"] is None
    assert second["changes"] == {
        "added": {"count": 1, "names": ["extra"]},
        "removed": {"count": 0, "names": []},
        "changed": {"count": 1, "names": [f"{graph['nodes'][2]['name']}.out_features"]},
        "num_rewired": 0,
    }
    assert (first["num_runs"], second["num_runs"], "graph" in first) == (0, 0, False)


def test_a_version_is_held_against_the_draft_and_other_versions(api: APIClient, stranger_api: APIClient) -> None:
    project = api.post(PROJECTS, {"name": "Mine", "graph": GRAPH}, format="json").json()
    versions = f"{PROJECTS}{project['id']}/versions/"
    first = api.post(versions).json()
    save(api, project, changed_graph(17), '"1"')
    second = api.post(versions).json()
    for against in ("draft", "2", second["id"]):
        answer = api.get(f"{versions}1/diff/", {"against": against}).json()
        (changed,) = answer["nodes"]["changed"]
        assert (changed["fields"][0]["field"], changed["fields"][0]["after"]) == ("params.out_features", 17)
    back = api.get(f"{versions}2/diff/", {"against": first["id"]}).json()["nodes"]["changed"][0]["fields"][0]
    assert (back["before"], back["after"]) == (17, 256)
    for against, status in (("", 400), ("../1", 400), ("9", 404), (project["id"], 404)):
        assert api.get(f"{versions}1/diff/", {"against": against}).status_code == status
    assert stranger_api.get(f"{versions}1/diff/", {"against": "draft"}).status_code == 404

"""Random bodies at every address that takes a graph: an answer of 2xx, or of 4xx with code, message and details."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from builder.accounts.models import User
from builder.datasets.models import Dataset, DatasetVersion
from builder.projects.models import Project
from builder.projects.services import project_create
from builder.runs.models import Run
from tests.trainer.graph.documents import image_manifest
from tests.trainer.graph.drawn_edits import edited_graphs
from tests.trainer.graph.drawn_graphs import graphs
from trainer.graph.templates import load_template

Draw = Callable[..., Any]
API = "/api/v1"
GRAPH = load_template("fashion-mnist-dense")


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


# What no body may hold, and what one may hold and no graph should choke on.
UNREADABLE = st.sampled_from([float("nan"), float("inf"), float("-inf"), "\ud800", "\x00", nested(110)]).map(
    copy.deepcopy
)
NUMBERS = [10**30, 10**400, -(10**18), -0.0, 1e308, 2**63, 0, 1, True, None]
TEXTS = ["x" * 10_001, "", "\u202e", "🦙", "__import__('os')", "a\nb", "block:Residual", "Linear", "Output"]
SHAPES = [[], {}, [[]], {"$": {}}, {"$data": 3}, nested(12), nested(40), {"type": []}, [10**400]]
READABLE = st.sampled_from([*NUMBERS, *TEXTS, *SHAPES]).map(copy.deepcopy)
HOSTILE = st.integers(0, 19).flatmap(lambda chance: UNREADABLE if chance == 19 else READABLE)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=6),
    HOSTILE,
)
KEYS = st.one_of(
    st.sampled_from(["format", "nodes", "edges", "blocks", "notes", "id", "params", "$"]), st.text(max_size=4)
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)


@st.composite
def wrecked(draw: Draw, whole: st.SearchStrategy[Any]) -> Any:
    """A value in which a few places, wherever they lie, hold something else."""
    value = copy.deepcopy(draw(whole))
    for _ in range(draw(st.integers(0, 3))):
        holder: Any = None
        key: Any = None
        place = value
        while isinstance(place, dict | list) and place and (holder is None or draw(st.integers(0, 4)) > 0):
            holder, key = place, draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
            place = holder[key]
        if holder is None:
            return draw(ANYTHING)
        if isinstance(holder, dict) and draw(st.integers(0, 5)) == 5:
            holder[draw(KEYS)] = holder.pop(key)
        else:
            holder[key] = draw(st.one_of(HOSTILE, ANYTHING))
    return value


DOCUMENTS = st.one_of(wrecked(st.just(GRAPH)), wrecked(graphs(max_layers=4)), edited_graphs(), ANYTHING)


def body(**given: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """An object with these keys, some of them, perhaps wrecked, or anything at all."""
    return st.one_of(
        wrecked(st.fixed_dictionaries({}, optional=given)), wrecked(st.fixed_dictionaries(given)), ANYTHING
    )


@pytest.fixture
def version(person: User) -> DatasetVersion:
    dataset = Dataset.objects.create(owner=person, name="images", source=Dataset.Source.UPLOAD)
    return DatasetVersion.objects.create(
        dataset=dataset,
        number=1,
        status=DatasetVersion.Status.READY,
        recipe={},
        manifest=image_manifest(),
        storage_key="d/1",
    )


@pytest.fixture
def project(person: User, version: DatasetVersion) -> Project:
    return project_create(owner=person, name="Mine", graph=GRAPH, dataset_version=version)


def send(api: APIClient, method: str, path: str, data: Any, **headers: str) -> Any:
    """The answer to `data` as JSON, NaN and lone surrogates written as other programs would write them."""
    api.raise_request_exception = False
    answer = api.generic(
        method, f"{API}/{path}", json.dumps(data).encode(), content_type="application/json", headers=headers
    )
    expect_contract(answer)
    return answer


def expect_contract(answer: Any) -> None:
    assert answer.status_code < 500, answer.content[:2000]
    if answer.status_code >= 400:
        error = answer.json()
        assert error.keys() == {"code", "message", "details"}
        assert isinstance(error["code"], str)
        assert error["message"]
        assert all(part.keys() == {"path", "code", "message"} for part in error["details"])


@given(data=body(graph=DOCUMENTS, batch_size=LEAVES, language=LEAVES), language=st.sampled_from(["en", "zh-hans"]))
def test_a_check_answers_any_body(api: APIClient, data: Any, language: str) -> None:
    send(api, "POST", "graphs/check/", data, **{"Accept-Language": language})


@given(data=DOCUMENTS)
def test_a_check_on_a_data_set_answers_any_graph(api: APIClient, version: DatasetVersion, data: Any) -> None:
    send(api, "POST", "graphs/check/", {"graph": data, "dataset_version": str(version.id)})


@given(data=body(graph=DOCUMENTS, dataset_version=LEAVES))
def test_the_code_answers_any_body(api: APIClient, data: Any) -> None:
    send(api, "POST", "graphs/code/", data)


@given(data=body(name=LEAVES, graph=DOCUMENTS, template=LEAVES, dataset_version=LEAVES, weights=LEAVES))
def test_a_project_begins_with_any_body_or_says_why_not(api: APIClient, data: Any) -> None:
    answer = send(api, "POST", "projects/", data)
    if answer.status_code == 201:
        path = f"projects/{answer.json()['id']}/"
        send(api, "POST", f"{path}duplicate/", data)
        send(api, "PATCH", path, data)


@given(data=DOCUMENTS, against=st.one_of(st.sampled_from(["draft", "1", "٣", "9" * 30]), st.text(max_size=9)))
def test_a_draft_takes_any_body_or_says_why_not_and_what_it_took_can_be_frozen_compared_and_trained(
    api: APIClient, project: Project, data: Any, against: str
) -> None:
    project.refresh_from_db()
    path = f"projects/{project.id}/"
    answer = send(api, "PUT", f"{path}graph/", data, **{"If-Match": f'"{project.graph_revision}"'})
    if answer.status_code == 200:
        frozen = send(api, "POST", f"{path}versions/", {}).json()["number"]
        for other in ("draft", "1", against):
            expect_contract(api.get(f"{API}/{path}versions/{frozen}/diff/", {"against": other}))
        send(api, "POST", "runs/", {"project": str(project.id), "config": {}})


@given(
    config=body(
        epochs=LEAVES,
        batch_size=st.one_of(LEAVES, st.just("all")),
        optimizer=wrecked(st.just({"type": "SGD", "params": {"lr": 0.1, "momentum": 0.9}})),
        schedule=wrecked(st.just({"type": "StepLR", "params": {"step_size": 3}, "every": "epoch", "warmup": 1})),
        seed=LEAVES,
        loss_weights=wrecked(st.just({"label": 1.0})),
        checkpoint=wrecked(st.just({"every_seconds": 1.0})),
    ),
    more=st.fixed_dictionaries({}, optional={"name": LEAVES, "graph_version": LEAVES, "dataset_version": LEAVES}),
)
def test_a_run_starts_with_any_settings_or_says_why_not(
    api: APIClient, project: Project, config: Any, more: Any
) -> None:
    answer = send(api, "POST", "runs/", {"project": str(project.id), "config": config, **more})
    if answer.status_code == 201:
        run = answer.json()["id"]
        for address in ("", "code/", "project/", "metrics/", "checkpoints/", f"diff/?against={run}"):
            expect_contract(api.get(f"{API}/runs/{run}/{address}"))
        send(api, "PATCH", f"runs/{run}/", more)
        send(api, "POST", f"runs/{run}/fork/", {"config": config, **more})
        Run.objects.all().delete()


@given(graph=st.one_of(DOCUMENTS.map(json.dumps), st.text(max_size=20), st.sampled_from(["[" * 9000, '{"a":' * 9000])))
def test_a_graph_beside_weights_is_refused_before_the_weights_are_read(api: APIClient, graph: str) -> None:
    """Of a format that is none, so that what can be read does not come to the importer, which has tests of its own."""
    cache.clear()
    try:
        readable = json.loads(graph)["format"] == 1
    except (ValueError, TypeError, KeyError, RecursionError):
        readable = False
    if readable:
        graph = graph.replace('"format": 1', '"format": 9', 1)
    api.raise_request_exception = False
    upload = SimpleUploadedFile("weights.safetensors", b"\x00" * 16)
    answer = api.post(f"{API}/graphs/import/", {"file": upload, "graph": graph}, format="multipart")
    expect_contract(answer)

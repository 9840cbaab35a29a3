"""Somebody else's objects are not there: 404 on every address and method, and nothing changes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import serializers
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from rest_framework.test import APIClient

from builder.accounts.models import Invite, Token, User
from builder.accounts.services import token_create
from builder.datasets.models import Dataset, DatasetVersion
from builder.deployments.models import Deployment, DeploymentVersion, Key
from builder.projects.models import GraphVersion, ImportedWeights, Project
from builder.runs.models import Checkpoint, Run
from tests.security.routes import METHODS, Route, all_routes
from trainer.graph.templates import load_template

MODELS = (
    Project,
    GraphVersion,
    ImportedWeights,
    Dataset,
    DatasetVersion,
    Run,
    Checkpoint,
    Deployment,
    DeploymentVersion,
    Key,
    Token,
)
GRAPH = load_template("fashion-mnist-dense")
CONFIG = {"epochs": 1, "batch_size": 32, "optimizer": {"type": "Adam", "params": {"lr": 0.001}}, "seed": 0}

# What the parameters of an address stand for, by how the address begins.
Values = dict[str, dict[str, Any]]


@pytest.fixture
def belongings(person: User) -> Values:
    """One of everything, of `person`."""
    dataset = Dataset.objects.create(owner=person, name="data", source="sample", sample="iris")
    data = DatasetVersion.objects.create(dataset=dataset, number=1, status="ready", recipe={}, manifest={})
    project = Project.objects.create(owner=person, name="project", graph=GRAPH, dataset_version=data)
    version = GraphVersion.objects.create(project=project, number=1, graph=GRAPH, hash="h")
    ImportedWeights.objects.create(owner=person, name="model.onnx", num_tensors=1, storage_key="imports/x")
    run = Run.objects.create(
        owner=person,
        project=project,
        number=1,
        graph_version=version,
        dataset_version=data,
        bound_graph=GRAPH,
        bound_hash="h",
        config=CONFIG,
    )
    checkpoint = Checkpoint.objects.create(
        run=run, fence=1, step=1, epoch=1, storage_key="runs/x/1/step-1", size_bytes=1, kinds=["last"]
    )
    default_storage.save(f"{checkpoint.storage_key}/weights.safetensors", ContentFile(b"weights"))
    deployment = Deployment.objects.create(owner=person, project=project, name="deployment", slug="deployment-abc123")
    DeploymentVersion.objects.create(deployment=deployment, number=1, run=run, checkpoint=checkpoint, status="ready")
    key = Key.objects.create(owner=person, name="key", prefix="abcdefgh", digest=bytes(32))
    key.deployments.add(deployment)
    token, _ = token_create(user=person, name="token")
    invite = Invite.objects.create(
        email="x@example.com", secret_hash="h", invited_by=person, expires_at=timezone.now() + timedelta(days=1)
    )
    return {
        "api/v1/projects/": {"project_id": project.id, "number": 1},
        "api/v1/datasets/": {"id": dataset.id, "pk": dataset.id, "number": 1, "column": 0, "row": 0},
        "api/v1/runs/": {"id": run.id, "pk": run.id, "checkpoint_id": checkpoint.id},
        "api/v1/deployments/": {"slug": deployment.slug, "key_id": key.id},
        "api/v1/tokens/": {"pk": token.id},
        "api/v1/invites/": {"pk": invite.id},
    }


def values_of(route: Route, belongings: Values) -> dict[str, Any]:
    return next(values for prefix, values in belongings.items() if route.pattern.startswith(prefix))


def stored() -> str:
    return "\n".join(serializers.serialize("json", model.objects.order_by("pk")) for model in MODELS)


OBJECT_ROUTES = [route for route in all_routes() if route.parameters and route.pattern.startswith("api/")]


@pytest.mark.parametrize("route", OBJECT_ROUTES, ids=lambda route: route.pattern)
def test_stranger_finds_nothing_at_any_address(route: Route, belongings: Values, stranger_api: APIClient) -> None:
    before = stored()
    path = route.path(**values_of(route, belongings))
    for method in METHODS:
        answer = getattr(stranger_api, method)(path, {}, format="json" if method != "get" else None)
        expected = 404 if method in route.methods else 405
        if route.pattern.startswith("api/v1/invites/"):
            expected = 403  # invitations are the owner's; nobody else has any to find
        assert answer.status_code == expected, f"{method} {path} answered {answer.status_code}"
        if expected == 404:
            assert answer.json()["code"] == "request.not_found"
    assert stored() == before


@pytest.mark.parametrize("route", OBJECT_ROUTES, ids=lambda route: route.pattern)
def test_the_same_address_exists_for_its_owner(route: Route, belongings: Values, person: User, owner: User) -> None:
    """So that the test above cannot pass on addresses that are 404 for everybody."""
    client = APIClient()
    client.force_authenticate(owner if "invites" in route.pattern else person)
    client.raise_request_exception = False
    path = route.path(**values_of(route, belongings))
    method = route.methods[0]
    answer = getattr(client, method)(path, {}, format="json" if method != "get" else None)
    if answer.status_code == 404:
        assert answer.json()["code"] != "request.not_found", path


References = Callable[[dict[str, Any]], tuple[str, dict[str, Any]]]


def _ids(belongings: Values) -> dict[str, str]:
    project = Project.objects.get()
    return {
        "project": str(project.id),
        "data": str(DatasetVersion.objects.get().id),
        "checkpoint": str(Checkpoint.objects.get().id),
        "version": str(GraphVersion.objects.get().id),
        "run": str(Run.objects.get().id),
        "weights": str(ImportedWeights.objects.get().id),
    }


REFERENCES: dict[str, References] = {
    "a run of a stranger's project": lambda ids: (
        "runs/",
        {"project": ids["project"], "dataset_version": ids["data"], "config": CONFIG},
    ),
    "a run of a stranger's graph version": lambda ids: (
        "runs/",
        {"graph_version": ids["version"], "dataset_version": ids["data"], "config": CONFIG},
    ),
    "a project bound to a stranger's data": lambda ids: ("projects/", {"name": "p", "dataset_version": ids["data"]}),
    "a project with a stranger's weights": lambda ids: ("projects/", {"name": "p", "weights": ids["weights"]}),
    "a check against a stranger's data": lambda ids: (
        "graphs/check/",
        {"graph": GRAPH, "dataset_version": ids["data"]},
    ),
    "a check for a stranger's project": lambda ids: ("graphs/check/", {"graph": GRAPH, "project": ids["project"]}),
    "code with a stranger's data": lambda ids: ("graphs/code/", {"graph": GRAPH, "dataset_version": ids["data"]}),
    "a deployment of a stranger's checkpoint": lambda ids: (
        "deployments/",
        {"name": "d", "checkpoint": ids["checkpoint"]},
    ),
    "a deployment of a stranger's run": lambda ids: ("deployments/", {"name": "d", "run": ids["run"]}),
}


@pytest.mark.parametrize("what", REFERENCES)
def test_body_cannot_name_somebody_elses_objects(what: str, belongings: Values, stranger_api: APIClient) -> None:
    before = stored()
    path, body = REFERENCES[what](_ids(belongings))
    answer = stranger_api.post(f"/api/v1/{path}", body, format="json")
    assert answer.status_code in (400, 404), answer.json()
    assert stored() == before


@pytest.mark.parametrize("path", ["projects/", "datasets/", "runs/", "deployments/", "tokens/"])
def test_lists_hold_only_ones_own(path: str, belongings: Values, stranger_api: APIClient, api: APIClient) -> None:
    assert stranger_api.get(f"/api/v1/{path}").json()["results"] == []
    assert len(api.get(f"/api/v1/{path}").json()["results"]) == 1


@pytest.mark.parametrize("path", ["projects/", "datasets/", "runs/", "deployments/"])
@pytest.mark.parametrize("query", ["owner__email=person@example.com", "owner__password__startswith=m", "id__gt=0"])
def test_query_reaches_into_no_related_field(
    path: str, query: str, belongings: Values, stranger_api: APIClient
) -> None:
    answer = stranger_api.get(f"/api/v1/{path}?{query}")
    assert answer.status_code == 400 or answer.json()["results"] == []

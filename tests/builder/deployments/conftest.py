"""Deployments as rows with a bundle on disk, without training or exporting anything."""

import shutil
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from builder.datasets.models import Dataset, DatasetVersion
from builder.deployments.models import Deployment, DeploymentVersion
from builder.deployments.predict_app import PredictApp
from builder.deployments.services import key_create
from builder.projects.models import GraphVersion, Project
from builder.runs.models import Checkpoint, Run
from tests.bundles import write_flower_bundle

CONFIG = {"epochs": 1, "batch_size": 4, "optimizer": {"type": "Adam", "params": {}}, "seed": 0, "precision": "float32"}


@pytest.fixture
def checkpoint(person) -> Checkpoint:
    """The best checkpoint of a finished run. Its files are not there: nothing here trains."""
    dataset = Dataset.objects.create(owner=person, name="iris", source=Dataset.Source.SAMPLE, sample="iris")
    version = DatasetVersion.objects.create(
        dataset=dataset,
        number=1,
        status=DatasetVersion.Status.READY,
        recipe={},
        manifest={},
        storage_key="datasets/iris",
    )
    project = Project.objects.create(owner=person, name="Iris", graph={"format": 1}, dataset_version=version)
    graph_version = GraphVersion.objects.create(project=project, number=1, graph=project.graph, hash="0" * 64)
    run = Run.objects.create(
        owner=person,
        project=project,
        number=1,
        graph_version=graph_version,
        dataset_version=version,
        bound_graph=project.graph,
        bound_hash="0" * 64,
        config=CONFIG,
        status=Run.Status.SUCCEEDED,
    )
    return Checkpoint.objects.create(
        run=run,
        fence=1,
        step=10,
        epoch=1,
        kinds=["best", "last"],
        metrics={"val/accuracy": 0.9},
        storage_key=f"runs/{run.id}/1/step-10",
        size_bytes=1,
    )


@pytest.fixture
def make_deployment(person, checkpoint) -> Callable[..., Deployment]:
    """`make_deployment(write_bundle)`: live, with one ready version."""

    def make(write_bundle: Callable[[Path], object] = write_flower_bundle, **fields) -> Deployment:
        number = Deployment.objects.count() + 1
        deployment = Deployment.objects.create(
            owner=person,
            project=checkpoint.run.project,
            name=f"Flowers {number}",
            slug=f"flowers-{uuid4().hex[:6]}",
            **fields,
        )
        add_version(deployment, checkpoint, write_bundle)
        return deployment

    return make


def add_version(
    deployment: Deployment, checkpoint: Checkpoint, write_bundle: Callable[[Path], object], runtime: str = "onnx"
) -> DeploymentVersion:
    """A further ready version, which serves."""
    number = deployment.versions.count() + 1
    key = f"deployments/{deployment.id}/{number}-1"
    folder = Path(default_storage.path(key))
    shutil.rmtree(folder, ignore_errors=True)
    write_bundle(folder)
    version = DeploymentVersion.objects.create(
        deployment=deployment,
        number=number,
        run=checkpoint.run,
        checkpoint=checkpoint,
        checkpoint_key=checkpoint.storage_key,
        status=DeploymentVersion.Status.READY,
        storage_key=key,
        runtime=runtime,
        size_bytes=1000,
        metrics=checkpoint.metrics,
        report={"runtime": runtime, "num_parameters": 15, "parity": None, "reason": None},
        ready_at=timezone.now(),
    )
    deployment.active_version = version
    deployment.save()
    return version


@pytest.fixture
def deployment(make_deployment) -> Deployment:
    return make_deployment()


@pytest.fixture
def key(person, deployment) -> str:
    return key_create(user=person, deployment=deployment, name="shop")[1]


@pytest.fixture
def app() -> PredictApp:
    """A predict application of its own, with nothing in memory."""
    return PredictApp()


@pytest.fixture
def predict(app, deployment, key) -> Callable:
    """`await predict({"instances": [...]})`: a request with the key, as a client sends it."""
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")

    async def send(
        json: object = None, *, slug: str = deployment.slug, key: str | None = key, query: str = "", **options
    ):
        headers = options.pop("headers", {}) | ({"Authorization": f"Bearer {key}".encode()} if key else {})
        body = options if json is None else {"json": json, **options}
        return await client.post(f"/api/v1/predict/{slug}/{query}", headers=headers, **body)

    send.app = app.service
    return send

"""Runs as rows: what the lease, the log and the pages need of them, without training anything."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models import F

from builder.accounts.models import User
from builder.datasets.models import Dataset, DatasetVersion
from builder.projects.models import GraphVersion, Project
from builder.runs.models import Run

MANIFEST = {
    "format": 1,
    "name": "digits",
    "num_rows": 12,
    "columns": [],
    "target": "label",
    "splits": {"train": 8, "val": 2, "test": 2},
}
CONFIG = {
    "epochs": 2,
    "batch_size": 4,
    "optimizer": {"type": "Adam", "params": {"lr": 0.001}},
    "schedule": None,
    "seed": 0,
    "precision": "float32",
    "device": "auto",
}


@pytest.fixture
def person(db) -> User:
    return User.objects.create_user("ada@example.org", "a long enough phrase")


@pytest.fixture
def somebody_else(db) -> User:
    return User.objects.create_user("eve@example.org", "another long phrase")


@pytest.fixture
def dataset_version(person) -> DatasetVersion:
    dataset = Dataset.objects.create(owner=person, name="digits", source=Dataset.Source.SAMPLE, sample="digits")
    return DatasetVersion.objects.create(
        dataset=dataset, number=1, status=DatasetVersion.Status.READY, recipe={}, manifest=MANIFEST, storage_key="d/1"
    )


@pytest.fixture
def project(person, dataset_version) -> Project:
    return Project.objects.create(
        owner=person, name="Digits", graph={"format": 1, "nodes": [], "edges": []}, dataset_version=dataset_version
    )


@pytest.fixture
def make_run(person, project, dataset_version) -> Callable[..., Run]:
    """`make_run(status="paused", ...)`: the next run of the project, queued where nothing else is said."""
    version = GraphVersion.objects.create(project=project, number=1, graph=project.graph, hash="0" * 64)

    def make(**fields) -> Run:
        return Run.objects.create(
            project=project,
            number=project.runs.count() + 1,
            graph_version=version,
            dataset_version=dataset_version,
            bound_graph=project.graph,
            bound_hash="0" * 64,
            **{"owner": person, "config": CONFIG, **fields},
        )

    return make


@pytest.fixture
def let_lapse() -> Callable[[Run], None]:
    """Let the lease of a run end in the past, as if its holder had been silent."""

    def lapse(run: Run) -> None:
        assert Run.objects.filter(id=run.id).update(lease_until=F("lease_until") - timedelta(hours=1))

    return lapse

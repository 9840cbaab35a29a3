"""Starting a run: what is frozen, and what is refused, with the real analysis."""

import copy
import json

import pytest
from django.test import Client
from django.utils import timezone

from builder.datasets.models import DatasetVersion
from builder.projects.models import GraphVersion, ImportedWeights
from builder.projects.services import project_create
from builder.runs.log import all_events
from builder.runs.models import Run, Worker
from builder.runs.queue import most_processes
from builder.runs.services import run_create
from builder.runs.worker.job import job_path, prepare_job
from tests.faults.runs import GRAPH
from trainer.data.samples import build_sample
from trainer.errors import UserError


@pytest.fixture(scope="module")
def digits(tmp_path_factory) -> dict:
    folder = tmp_path_factory.mktemp("digits")
    return build_sample("digits", folder / "v1", lambda _: None, folder / "cache")


@pytest.fixture
def digits_version(dataset_version, digits) -> DatasetVersion:
    dataset_version.manifest = digits
    dataset_version.save()
    return dataset_version


def start(person, version, graph=GRAPH, **config) -> Run:
    project = project_create(owner=person, name="Digits", graph=graph, dataset_version=version)
    return run_create(
        user=person, project=project, graph_version=None, dataset_version=None, config=config, language="en"
    )


def test_a_run_freezes_draft_data_and_settings(person, digits_version):
    run = start(person, digits_version, epochs=3)
    logits = next(node for node in run.bound_graph["nodes"] if node["name"] == "logits")
    assert logits["params"]["out_features"] == 10
    assert (run.status, run.number, run.config["epochs"], run.config["batch_size"]) == ("queued", 1, 3, 32)
    assert len(run.bound_hash) == 64
    assert [event["status"] for event in all_events(run.id)] == ["queued"]
    assert GraphVersion.objects.get().graph["nodes"][-1]["name"] == "label"


def test_more_processes_than_any_worker_has_devices_for_are_refused(person, digits_version):
    now = timezone.now()
    Worker.objects.create(hostname="two", pid=1, device="", num_threads=2, started_at=now, heartbeat_at=now)
    gpus = [{"kind": "cuda", "name": "", "total_bytes": 1, "free_bytes": 1}] * 4
    Worker.objects.create(hostname="four", pid=1, device="", devices=gpus, started_at=now, heartbeat_at=now)
    assert (most_processes("auto"), most_processes("cpu")) == (4, 2)
    with pytest.raises(UserError) as refused:
        start(person, digits_version, parallel={"processes": 3}, device="cpu")
    assert (refused.value.code, refused.value.status) == ("training.parallel_devices", 422)
    assert refused.value.fields == {"received": 3, "expected": 2}


def test_a_graph_with_a_problem_is_refused_with_the_node_and_nothing_is_frozen(person, digits_version):
    graph = copy.deepcopy(GRAPH)
    next(node for node in graph["nodes"] if node["name"] == "drop")["type"] = "Conv2d"
    next(node for node in graph["nodes"] if node["name"] == "drop")["params"] = {"out_channels": 3, "kernel_size": 3}
    with pytest.raises(UserError) as refused:
        start(person, digits_version, graph)
    assert (refused.value.code, refused.value.status) == ("graph.invalid", 422)
    problem = refused.value.problems[0]
    assert problem.path.startswith("n5")
    assert "expects 3 axes" in problem.message()
    assert not Run.objects.exists()
    assert not GraphVersion.objects.exists()


def test_a_batch_of_a_thousand_million_rows_is_a_problem(person, digits_version):
    with pytest.raises(UserError) as refused:
        start(person, digits_version, batch_size=10**9)
    assert refused.value.status == 422


def test_a_run_that_no_worker_could_hold_is_refused_with_what_would_fit(person, digits_version):
    now = timezone.now()
    worker = Worker.objects.create(hostname="here", pid=1, device="", started_at=now, heartbeat_at=now)
    for total, code in ((1024**2, "run.too_large"), (1024, "run.never_fits")):
        worker.devices = [{"kind": "cpu", "name": "", "total_bytes": total, "free_bytes": total}]
        worker.save()
        with pytest.raises(UserError) as refused:
            start(person, digits_version, batch_size=1400)
        assert (refused.value.code, refused.value.status) == (code, 422)
        assert "here" in refused.value.message("en")
        assert "here" in refused.value.message("zh")
    assert not Run.objects.exists()


def test_a_run_keeps_the_memory_it_will_need(person, digits_version):
    small, large = start(person, digits_version, batch_size=1), start(person, digits_version, batch_size=1000)
    assert 0 < small.memory_bytes < large.memory_bytes
    assert small.gpu_memory_bytes is None


def test_data_that_is_not_ready_is_refused(person, digits_version):
    DatasetVersion.objects.filter(id=digits_version.id).update(status="ingesting")
    digits_version.refresh_from_db()
    with pytest.raises(UserError) as refused:
        start(person, digits_version)
    assert (refused.value.code, refused.value.status) == ("run.dataset_not_ready", 422)


def test_a_run_begins_with_imported_weights_of_ones_own(person, digits_version, somebody_else, tmp_path, settings):
    settings.DATA_DIR = tmp_path
    weights = ImportedWeights.objects.create(owner=person, name="m.onnx", num_tensors=2, storage_key="imports/w")
    project = project_create(owner=person, name="Digits", graph=GRAPH, dataset_version=digits_version)
    client, stranger = Client(), Client()
    client.force_login(person)
    stranger.force_login(somebody_else)
    body = {"project": str(project.id), "config": {}, "weights": str(weights.id)}
    assert stranger.post("/api/v1/runs/", body, content_type="application/json").status_code == 404
    created = client.post("/api/v1/runs/", body, content_type="application/json")
    assert created.status_code == 201, created.json()
    run = Run.objects.select_related("weights").get(id=created.json()["id"])
    path = job_path(run.id, 1)
    prepare_job(path, run, num_threads=1)
    job = json.loads((path / "job.json").read_text())
    assert job["imported_weights"].endswith("imports/w/weights.safetensors")
    assert job["initial_weights"] is None

"""The project of a run as the API gives it; that it trains to the same weights is tested with the trainer."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from asgiref.sync import async_to_sync
from django.core.files.storage import default_storage
from django.test import Client
from safetensors.numpy import save_file

from builder.projects.models import ImportedWeights
from builder.runs.models import Checkpoint, Run
from tests.trainer.training.jobs import digits_graph, train, write_job
from trainer.data.samples import build_sample
from trainer.data.version import VersionReader

CONFIG = {"epochs": 1, "batch_size": 256}


def client(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


async def everything(answer) -> bytes:
    return b"".join([piece async for piece in answer.streaming_content])


@pytest.fixture
def trained(make_run, dataset_version) -> Run:
    """A run on real digits with its files where they belong."""
    data = Path(default_storage.path("d/standalone"))
    build_sample("digits", data)
    dataset_version.storage_key = "d/standalone"
    dataset_version.save()
    run = make_run()
    done = train(write_job(Path(default_storage.path(f"runs/{run.id}")), digits_graph(), data, CONFIG))
    place = [event["path"] for event in done.of_type("checkpoint") if "last" in event["kinds"]][-1]
    key = f"runs/{run.id}/{place}"
    run.checkpoint = Checkpoint.objects.create(run=run, fence=1, step=8, epoch=1, storage_key=key, size_bytes=1)
    run.bound_graph, run.config, run.frozen = digits_graph(), CONFIG, done.frozen
    run.save()
    return run


def test_owner_gets_network_data_and_loop_as_a_zip(person, trained):
    answer = client(person).get(f"/api/v1/runs/{trained.id}/project/")

    assert answer.status_code == 200
    assert answer["Content-Disposition"] == f'attachment; filename="run-{trained.number}-project.zip"'
    content = async_to_sync(everything)(answer)
    assert len(content) == int(answer["Content-Length"])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = set(archive.namelist())
        pixels = np.load(io.BytesIO(archive.read("data/pictures/features.npy")))
        requirements = archive.read("requirements.txt").decode()
        encoders = json.loads(archive.read("encoders.json"))
    assert {"model.py", "train.py", "data.py", "README.md", "data/rows.csv"} <= names
    images = VersionReader(Path(default_storage.path("d/standalone"))).arrays(["image"])["image"]
    assert np.array_equal(pixels, images)
    assert "torch==2.13.0\n" in requirements
    assert encoders["outputs"]["label"]["values"] == list(range(10))


def test_somebody_else_gets_nothing(somebody_else, trained):
    assert client(somebody_else).get(f"/api/v1/runs/{trained.id}/project/").status_code == 404


def test_a_run_without_a_checkpoint_says_when_there_will_be_a_project(person, make_run):
    answer = client(person).get(f"/api/v1/runs/{make_run().id}/project/")

    assert (answer.status_code, answer.json()["code"]) == (409, "run.no_standalone")


def read_project(person, run: Run) -> zipfile.ZipFile:
    answer = client(person).get(f"/api/v1/runs/{run.id}/project/")
    assert answer.status_code == 200
    return zipfile.ZipFile(io.BytesIO(async_to_sync(everything)(answer)))


def test_a_run_that_began_with_imported_weights_brings_them(person, trained):
    folder = Path(default_storage.path("imports/w"))
    folder.mkdir(parents=True)
    save_file({"layer1.bias": np.zeros(32, dtype=np.float32)}, folder / "weights.safetensors")
    weights = ImportedWeights.objects.create(owner=person, name="m.onnx", num_tensors=1, storage_key="imports/w")
    Run.objects.filter(id=trained.id).update(weights=weights)

    with read_project(person, trained) as archive:
        given = archive.read("initial.safetensors")
        assert "load_fitting(network)" in archive.read("train.py").decode()
    assert given == (folder / "weights.safetensors").read_bytes()


@pytest.mark.parametrize(("limits", "is_written"), [({"minutes": 5}, True), ({}, False)])
def test_a_run_whose_time_was_over_tells_its_steps(person, trained, limits, is_written):
    Run.objects.filter(id=trained.id).update(
        config={**CONFIG, "epochs": 9, "limits": limits}, status="succeeded", num_steps=54
    )

    with read_project(person, trained) as archive:
        assert ("STEPS = 8  #" in archive.read("train.py").decode()) == is_written


def test_a_run_whose_beginning_was_deleted_says_so(person, trained):
    Run.objects.filter(id=trained.id).update(carry="weights")

    answer = client(person).get(f"/api/v1/runs/{trained.id}/project/")

    assert (answer.status_code, answer.json()["code"]) == (409, "run.no_start")

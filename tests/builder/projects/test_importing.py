"""Models of other programs through the API: the graph, the report, and weights that runs begin with."""

import io
import json
import pickle
import signal
import threading
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from builder import import_worker
from builder.files import local_folder
from builder.projects.import_services import MAX_KEPT
from builder.projects.models import ImportedWeights, Project
from tests.trainer.graph.documents import chain, node
from tests.trainer.graph.importing.exported import network, onnx_bytes
from trainer.errors import UserError
from trainer.graph.document import parse_document
from trainer.training.checkpoint import load_weights

KERAS = Path(__file__).parents[2] / "trainer/graph/importing/keras_models"
GRU = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
REST = {"layer_normalization.weight", "layer_normalization.bias", "dense.weight", "dense.bias"}
IMPORT = "/api/v1/graphs/import/"
GRAPH = chain(node("a", "Input", shape=[4]), node("hidden", "Linear", out_features=3), node("c", "Output"))


@pytest.fixture(scope="module")
def model() -> bytes:
    document = parse_document(GRAPH)
    return onnx_bytes(document, network(document))


def send(api: APIClient, data: bytes, name: str, **more: str):
    return api.post(IMPORT, {"file": SimpleUploadedFile(name, data), **more}, format="multipart")


def test_a_model_becomes_a_graph_with_a_report_and_weights_of_ones_own(api: APIClient, model: bytes) -> None:
    answer = send(api, model, "my model.onnx")
    assert answer.status_code == 200, answer.json()
    body = answer.json()
    assert [entry["type"] for entry in body["graph"]["nodes"]] == ["Input", "Linear", "Output"]
    assert all(line["level"] == "info" for line in body["report"])
    kept = ImportedWeights.objects.get(id=body["weights"])
    assert (kept.owner.email, kept.name, kept.num_tensors) == ("person@example.com", "my model.onnx", 2)
    assert set(load_weights(local_folder(kept.storage_key) / "weights.safetensors")) == {"hidden.weight", "hidden.bias"}
    project = api.post("/api/v1/projects/", {"graph": body["graph"], "weights": body["weights"]}, format="json")
    assert project.json()["weights"] == body["weights"]


def test_weights_go_into_the_graph_beside_them(api: APIClient, model: bytes) -> None:
    kept = ImportedWeights.objects.get(id=send(api, model, "m.onnx").json()["weights"])
    data = (local_folder(kept.storage_key) / "weights.safetensors").read_bytes()
    answer = send(api, data, "w.safetensors", graph=json.dumps(GRAPH)).json()
    assert "2 of 2 tensors" in answer["report"][0]["message"]
    assert send(api, data, "w.safetensors").json()["code"] == "import.no_graph"
    refused = send(api, data, "w.safetensors", graph='{"format": 1, "nodes": [{"type": "x"}], "edges": []}')
    assert refused.status_code == 400
    assert refused.json()["details"][0]["path"].startswith("nodes[0]")


def test_a_model_of_keras_comes_whole_or_as_weights_beside_its_json(api: APIClient) -> None:
    data = (KERAS / "gru.keras").read_bytes()
    whole = send(api, data, "gru.keras")
    assert whole.status_code == 200, whole.json()
    assert [line["level"] for line in whole.json()["report"]] == ["info", "info"]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        config, weights = archive.read("config.json").decode(), archive.read("model.weights.h5")
    beside = send(api, weights, "gru.weights.h5", graph=config).json()
    assert beside["graph"] == whole.json()["graph"]
    first, second = (
        load_weights(local_folder(ImportedWeights.objects.get(id=key).storage_key) / "weights.safetensors")
        for key in (whole.json()["weights"], beside["weights"])
    )
    assert (
        first.keys() == second.keys() == {f"gru.{name}" for name in GRU} | {f"gru_1.{name}" for name in GRU[:2]} | REST
    )
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert send(api, weights, "gru.weights.h5").json()["code"] == "import.keras_no_model"
    bare = send(api, config.encode(), "gru.json").json()
    assert (bare["graph"], bare["weights"]) == (beside["graph"], None)


@pytest.mark.parametrize(
    ("data", "name", "status", "code"),
    [
        (pickle.dumps([1]), "m.onnx", 415, "import.pickle"),
        (b"x", "../../etc/passwd.pt", 415, "import.pickle"),
        (b"x", "m.h5", 400, "import.broken_keras"),
        (b"", "m.onnx", 400, "import.empty"),
        (b"x", "m.exe", 415, "import.unknown_format"),
        (b"x", "m.onnx", 400, "import.broken_onnx"),
        (b"{", "m.json", 400, "graph.not_json"),
        (b"[" * 100_000, "m.json", 400, "graph.too_deep"),
    ],
)
def test_what_is_refused_says_what_to_do_in_the_persons_language(
    api: APIClient, data: bytes, name: str, status: int, code: str
) -> None:
    answer = api.post(
        IMPORT, {"file": SimpleUploadedFile(name, data)}, format="multipart", headers={"Accept-Language": "zh-Hans"}
    )
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert any("一" <= letter <= "鿿" for letter in answer.json()["message"])
    assert not ImportedWeights.objects.exists()


def test_no_file_and_another_content_type_are_refused(api: APIClient) -> None:
    assert api.post(IMPORT, {}, format="multipart").status_code == 400
    assert api.post(IMPORT, {"file": "x"}, format="json").status_code == 415


def test_a_file_over_the_limit_is_refused(api: APIClient, settings) -> None:
    settings.MAX_IMPORT_BYTES = 10
    answer = send(api, b"x" * 11, "m.onnx")
    assert (answer.status_code, answer.json()["code"]) == (413, "import.too_large")


def test_too_many_imports_in_a_minute_are_slowed(api: APIClient, settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builder.projects.import_api.ImportThrottle.rate", "2/min")
    settings.MAX_IMPORT_BYTES = 1
    statuses = [send(api, b"xx", "m.onnx").status_code for _ in range(3)]
    assert statuses == [413, 413, 429]


def test_an_import_that_takes_too_long_is_ended(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_worker, "IMPORT_SECONDS", 0.05)
    answer = send(api, b"x", "m.onnx")
    assert (answer.status_code, answer.json()["code"]) == (422, "import.failed")


def test_a_new_import_ends_the_one_that_the_person_had_under_way(model: bytes, tmp_path: Path) -> None:
    def begin(place: str, data: bytes, name: str) -> dict:
        target = tmp_path / place
        target.mkdir()
        (target / "file").write_bytes(data)
        return import_worker.run_import(
            target / "file", target, name=name, graph=None, language="en", person="somebody"
        )

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(begin, "first", model, "m.onnx")
        while "somebody" not in import_worker._under_way:
            time.sleep(0.01)
        started = time.monotonic()
        second = threads.submit(begin, "second", json.dumps(GRAPH).encode(), "g.json")
        with pytest.raises(UserError) as ended:
            first.result(5)
        assert time.monotonic() - started < 2
        assert (ended.value.code, ended.value.status) == ("import.replaced", 409)
        assert second.result(60)["result"]["graph"]["nodes"]
    assert not import_worker._under_way


def test_an_import_that_nobody_waits_for_ends(model: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(model)
    gone = threading.Event()
    with ThreadPoolExecutor(1) as threads:
        importing = threads.submit(
            import_worker.run_import,
            tmp_path / "file",
            tmp_path,
            name="m.onnx",
            graph=None,
            language="en",
            person="somebody",
            gone=gone,
        )
        while "somebody" not in import_worker._under_way:
            time.sleep(0.01)
        process = import_worker._under_way["somebody"]
        gone.set()
        with pytest.raises(UserError) as ended:
            importing.result(10)
    assert ended.value.code == "import.called_off"
    assert process.poll() == -signal.SIGKILL
    assert not import_worker._under_way


def test_the_oldest_weights_that_nothing_needs_go(api: APIClient, person, model: bytes, monkeypatch) -> None:
    def answered(command, _person, _gone):
        target = command[4]
        with open(f"{target}/weights.safetensors", "wb") as file:
            file.write(b"weights")
        with open(f"{target}/answer.json", "w") as file:
            json.dump({"result": {"graph": GRAPH, "report": [], "num_tensors": 1}}, file)

    monkeypatch.setattr(import_worker, "_run", answered)
    ids = [send(api, model, "m.onnx").json()["weights"] for _ in range(2)]
    Project.objects.create(owner=person, name="needs it", graph=GRAPH, weights_id=ids[0])
    for _ in range(MAX_KEPT):
        send(api, model, "m.onnx")
    left = {str(kept) for kept in ImportedWeights.objects.values_list("id", flat=True)}
    assert ids[0] in left
    assert ids[1] not in left
    assert len(left) == MAX_KEPT + 1

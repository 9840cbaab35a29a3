"""What a run would need and what there is room for, asked before there is a run."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from builder import engine
from builder.runs.models import Worker
from builder.runs.need import estimate_need
from builder.runs.worker import devices
from builder.runs.worker.devices import gpus_of_slot, measure_devices, read_gpu_table
from trainer.graph.templates import load_template
from trainer.training.config import parse_config

MEMORY = "/api/v1/graphs/memory/"
GIB = 1024**3


@pytest.fixture(scope="module", autouse=True)
def _close_helpers() -> Iterator[None]:
    yield
    engine.close()


@pytest.fixture
def api(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def device(kind: str, free: int, name: str = "") -> dict:
    return {"kind": kind, "name": name or kind, "total_bytes": 2 * free, "free_bytes": free}


def heard_of(hostname: str, *found: dict, seconds_ago: float = 0) -> Worker:
    at = timezone.now() - timedelta(seconds=seconds_ago)
    return Worker.objects.create(
        hostname=hostname, pid=1, device="", started_at=at, heartbeat_at=at, devices=list(found)
    )


def counted_graph() -> dict:
    graph = load_template("fashion-mnist-dense")
    graph["nodes"][4]["params"]["out_features"] = 10
    return graph


def ask(api: Client, **config: object) -> dict:
    answer = api.post(MEMORY, {"graph": counted_graph(), "config": config}, content_type="application/json")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_what_several_processes_take_of_a_machine_is_what_a_run_needs_of_it(api: Client) -> None:
    heard_of("here", device("cpu", 4 * GIB))
    alone, shared = ask(api, batch_size=8192), ask(api, batch_size=8192, parallel={"processes": 2, "machines": 2})
    assert shared["parts"]["weights"] == 2 * alone["parts"]["weights"]
    assert shared["parts"]["batch"] == alone["parts"]["batch"] / 2
    config = parse_config({"batch_size": 8192, "parallel": {"processes": 2, "machines": 2}}).to_json()
    assert estimate_need(counted_graph(), None, config, person=1).cpu_bytes == shared["peak_bytes"]


def test_peak_and_parts_follow_the_settings(api: Client) -> None:
    heard_of("here", device("cpu", GIB))
    adam = ask(api, batch_size=8192)
    sgd = ask(api, batch_size=8192, optimizer={"type": "SGD"})
    weights = 4 * 203_530
    assert adam["parts"]["weights"] == adam["parts"]["gradients"] == weights
    assert adam["parts"]["optimizer"] == 2 * weights + 16
    assert sgd["parts"]["optimizer"] == 0
    assert adam["peak_bytes"] == sum(adam["parts"].values())
    assert ask(api, batch_size=16384)["peak_bytes"] > adam["peak_bytes"] > sgd["peak_bytes"]
    assert (adam["moment"], ask(api, batch_size=1)["moment"]) == ("step", "evaluation")


def test_largest_batch_grows_with_what_is_free_and_is_told_to_fit(api: Client) -> None:
    heard_of("small", device("cpu", 50 * 1024**2))
    heard_of("large", device("cpu", 8 * GIB))
    small, large = ask(api, batch_size=32)["devices"]
    assert (small["worker"], large["worker"]) == ("small", "large")
    assert 0 < small["largest_batch"] < large["largest_batch"]
    largest = small["largest_batch"]
    assert [ask(api, batch_size=size)["devices"][0]["fits"] for size in (largest, 2 * largest)] == [True, False]


def test_nothing_fits_where_not_even_one_row_does(api: Client) -> None:
    heard_of("tiny", device("cpu", 1024**2))
    (tiny,) = ask(api)["devices"]
    assert (tiny["fits"], tiny["largest_batch"]) == (False, 0)


def test_device_is_the_one_a_run_would_go_to(api: Client) -> None:
    heard_of("here", device("cpu", 9 * GIB), device("cuda", GIB, "full"), device("cuda", 3 * GIB, "empty"))
    assert [one["name"] for one in ask(api)["devices"]] == ["empty"]
    assert [one["kind"] for one in ask(api, device="cpu")["devices"]] == ["cpu"]
    gpu, cpu = ask(api), ask(api, device="cpu")
    assert gpu["parts"]["device"] > 0 == cpu["parts"]["device"]


def test_silent_workers_are_no_devices(api: Client) -> None:
    heard_of("gone", device("cpu", GIB), seconds_ago=3600)
    answer = ask(api)
    assert answer["devices"] == []
    assert answer["peak_bytes"] > 0


def test_graph_with_problems_and_wrong_settings_are_refused(api: Client) -> None:
    unbound = {"graph": load_template("fashion-mnist-dense")}
    refused = api.post(MEMORY, unbound, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (422, "graph.invalid")
    wrong = {"graph": counted_graph(), "config": {"batch_size": 0}}
    refused = api.post(MEMORY, wrong, content_type="application/json")
    assert (refused.status_code, refused.json()["details"][0]["path"]) == (400, "config.batch_size")


def test_data_of_somebody_else_is_not_found(api: Client, somebody_else, dataset_version) -> None:
    other = Client()
    other.force_login(somebody_else)
    question = {"graph": counted_graph(), "dataset_version": str(dataset_version.id)}
    assert other.post(MEMORY, question, content_type="application/json").status_code == 404


def test_memory_of_this_machine_is_what_is_there() -> None:
    (cpu,) = measure_devices([])
    assert cpu["kind"] == "cpu"
    assert 0 < cpu["free_bytes"] <= cpu["total_bytes"]


def test_container_may_have_less_than_its_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of files that the kernel can give up count as free."""
    (tmp_path / "memory.max").write_text("1000000\n")
    (tmp_path / "memory.current").write_text("700000\n")
    (tmp_path / "memory.stat").write_text("anon 100\ninactive_file 200000\n")
    monkeypatch.setattr(devices, "CGROUP", tmp_path)
    (cpu,) = measure_devices([])
    assert (cpu["total_bytes"], cpu["free_bytes"]) == (1_000_000, 500_000)


def test_gpus_are_read_as_their_driver_says() -> None:
    table = "NVIDIA H200, 143771, 140000\nSome, other card, 100, [N/A]\n"
    assert read_gpu_table(table) == [
        {"kind": "cuda", "name": "NVIDIA H200", "total_bytes": 143771 * 1024**2, "free_bytes": 140000 * 1024**2}
    ]


def test_gpus_are_divided_among_slots_and_shared_only_where_there_are_fewer() -> None:
    def divided(gpus: list[str], num_slots: int) -> list[list[str]]:
        return [gpus_of_slot(gpus, index=index, num_slots=num_slots) for index in range(num_slots)]

    assert divided(["0", "1", "2", "3"], 1) == [["0", "1", "2", "3"]]
    assert divided(["0", "1", "2", "3"], 4) == [["0"], ["1"], ["2"], ["3"]]
    assert divided(["0", "1", "2"], 2) == [["0", "2"], ["1"]]
    assert divided(["0", "1"], 3) == [["0"], ["1"], ["0"]]
    assert divided([], 2) == [[], []]

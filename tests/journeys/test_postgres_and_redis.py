"""The same processes on PostgreSQL and Redis: from a sample project to a prediction, through the API alone."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests import services
from tests.product import Product, running_product

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    folder = tmp_path_factory.mktemp("servers")
    with (
        services.postgres(folder) as database_url,
        services.redis(folder) as redis_url,
        running_product(tmp_path_factory.mktemp("product"), DATABASE_URL=database_url, REDIS_URL=redis_url) as running,
    ):
        yield running


def wait_until(read: Callable[[], dict], ready: Callable[[dict], bool], seconds: float = 240) -> dict:
    deadline = time.monotonic() + seconds
    while not ready(state := read()):
        assert time.monotonic() < deadline, f"still {state}"
        time.sleep(0.2)
    return state


def get(api: httpx.Client, path: str) -> dict:
    return api.get(path).raise_for_status().json()


def post(api: httpx.Client, path: str, body: dict) -> dict:
    answer = api.post(path, json=body)
    assert answer.is_success, answer.text
    return answer.json()


def test_a_project_is_trained_continued_deployed_and_called(product: Product):
    api = product.api
    assert not product.pids("valkey-server"), "the embedded bus runs beside Redis"
    assert not list(Path(product.data_dir).glob("db.sqlite3*")), "the embedded store lies beside PostgreSQL"

    project = post(api, "projects/", {"template": "fashion-mnist-dense"})
    project = wait_until(
        lambda: get(api, f"projects/{project['id']}/"), lambda state: state["dataset"]["status"] == "ready"
    )
    config = {
        "epochs": 1,
        "batch_size": 64,
        "optimizer": {"type": "Adam", "params": {"lr": 1e-3}},
        "seed": 0,
    }
    run = post(api, "runs/", {"project": project["id"], "config": config})
    run = wait_until(lambda: get(api, f"runs/{run['id']}/"), lambda state: state["status"] not in ("queued", "running"))
    assert run["status"] == "succeeded", run["error"]
    assert run["test"]["accuracy"] > 0.8

    log = get(api, f"runs/{run['id']}/metrics/?after=0")
    assert not log["more"]
    assert [event["seq"] for event in log["events"]] == list(range(1, log["last_seq"] + 1))

    gentler = {"epochs": 1, "optimizer": {"type": "Adam", "params": {"lr": 1e-4}}}
    child = post(api, f"runs/{run['id']}/fork/", {"config": gentler, "carry": "weights"})
    assert child["parent"]["id"] == run["id"]

    deployment = post(api, "deployments/", {"run": run["id"]})
    slug = deployment["slug"]
    wait_until(lambda: get(api, f"deployments/{slug}/"), lambda state: state["active_version"] is not None)
    key = post(api, f"deployments/{slug}/keys/", {"name": "journey"})["key"]
    sample = get(api, f"deployments/{slug}/samples/")[0]
    answer = wait_until(
        lambda: httpx.post(
            f"{product.url}/api/v1/predict/{slug}/",
            json={"instances": [sample["instance"]]},
            headers={"Authorization": f"Bearer {key}"},
        ).json(),
        lambda state: "predictions" in state,
        seconds=70,
    )
    assert set(answer["predictions"][0]["label"]) == {"class", "probabilities"}

    child = wait_until(
        lambda: get(api, f"runs/{child['id']}/"), lambda state: state["status"] not in ("queued", "running")
    )
    assert child["status"] == "succeeded", child["error"]

"""A deployment of a trained run on the real processes: swapped, overloaded, flooded, its key taken away."""

import re
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.faults.runs import FaultRun, wait_until
from tests.product import Product

NUM_SWAPS = 100
NUM_CALLERS = 4


@dataclass
class Endpoint:
    """A live deployment with two ready versions of one run, a key, and an instance that it takes."""

    product: Product
    slug: str
    key: str
    instance: dict

    @property
    def path(self) -> str:
        return f"deployments/{self.slug}/"

    @property
    def url(self) -> str:
        return f"{self.product.url}/api/v1/predict/{self.slug}/"

    def client(self, key: str = "") -> httpx.Client:
        return httpx.Client(headers={"Authorization": f"Bearer {key or self.key}"}, timeout=30)

    def ask(self, client: httpx.Client) -> httpx.Response:
        return client.post(self.url, json={"instances": [self.instance]})

    def new_key(self, **fields: object) -> dict:
        made = self.product.api.post(f"{self.path}keys/", json={"name": "fault", **fields})
        return made.raise_for_status().json()


@pytest.fixture(scope="module")
def endpoint(product: Product, undisturbed_run: FaultRun) -> Endpoint:
    api = product.api
    made = api.post("deployments/", json={"run": undisturbed_run.id, "name": "Digits"}).raise_for_status().json()
    path = f"deployments/{made['slug']}/"
    api.post(f"{path}versions/", json={"run": undisturbed_run.id}).raise_for_status()

    def ready() -> bool:
        versions = api.get(f"{path}versions/").raise_for_status().json()
        assert not [v["error"] for v in versions if v["status"] == "failed"], versions
        return [v["status"] for v in versions] == ["ready", "ready"]

    wait_until(ready, "two exported versions", seconds=300)
    (sample,) = api.get(f"{path}samples/?count=1").raise_for_status().json()
    key = api.post(f"{path}keys/", json={"name": "shop"}).raise_for_status().json()["key"]
    return Endpoint(product, made["slug"], key, sample["instance"])


def web_pids(product: Product) -> list[int]:
    return product.pids("builder.processes.web")


def test_curl_line_works_when_pasted(endpoint: Endpoint):
    line = endpoint.product.api.get(f"{endpoint.path}snippets/").raise_for_status().json()["curl"]
    command = line.replace("YOUR_KEY", endpoint.key)
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert '"predictions":[{"label":{"class":' in done.stdout


def test_hundred_hot_swaps_under_load_fail_no_request(endpoint: Endpoint):
    seen: Counter[tuple[int, int]] = Counter()
    swapped = threading.Event()

    def call() -> Counter[tuple[int, int]]:
        mine: Counter[tuple[int, int]] = Counter()
        with endpoint.client() as client:
            while not swapped.is_set():
                answer = endpoint.ask(client)
                mine[answer.status_code, answer.json().get("version", 0)] += 1
        return mine

    with ThreadPoolExecutor(NUM_CALLERS) as callers:
        calls = [callers.submit(call) for _ in range(NUM_CALLERS)]
        try:
            for number in range(NUM_SWAPS):
                body = {"version": number % 2 + 1}
                endpoint.product.api.post(f"{endpoint.path}rollback/", json=body).raise_for_status()
        finally:
            swapped.set()
        for finished in calls:
            seen += finished.result()
    assert {status for status, _ in seen} == {200}, seen
    assert {version for _, version in seen} == {1, 2}
    with endpoint.client() as client:
        wait_until(lambda: endpoint.ask(client).json()["version"] == 2, "the version of the last swap", seconds=30)


def test_over_its_rate_a_key_is_told_to_wait_and_what_is_admitted_stays_fast(endpoint: Endpoint):
    key = endpoint.new_key(requests_per_second=20)["key"]
    admitted, refused = [], []
    with endpoint.client(key) as client:
        started = time.monotonic()
        while time.monotonic() - started < 3:
            asked = time.monotonic()
            answer = endpoint.ask(client)
            if answer.status_code == 200:
                admitted.append(time.monotonic() - asked)
            else:
                assert answer.status_code == 429
                assert int(answer.headers["retry-after"]) >= 1
                refused.append(answer)
    assert 40 <= len(admitted) <= 40 + 20 * 3.5
    assert refused
    assert sorted(admitted)[len(admitted) // 2] < 0.25


@pytest.mark.parametrize("announced", [True, False])
def test_body_of_100_mb_is_refused_while_it_arrives(endpoint: Endpoint, announced: bool):
    def flood() -> Iterator[bytes]:
        for _ in range(100):
            yield b" " * 1024**2

    content = b" " * (100 * 1024**2) if announced else flood()
    before = web_pids(endpoint.product)
    with endpoint.client() as client:
        try:
            answer = client.post(endpoint.url, content=content, headers={"Content-Type": "application/json"})
            assert answer.status_code == 413
        except httpx.WriteError:
            pass  # the connection was closed on a client that went on sending
        assert endpoint.ask(client).status_code == 200
    assert web_pids(endpoint.product) == before


def test_revoked_key_is_refused_at_once(endpoint: Endpoint):
    key = endpoint.new_key()
    with endpoint.client(key["key"]) as client:
        assert endpoint.ask(client).status_code == 200
        endpoint.product.api.delete(f"{endpoint.path}keys/{key['id']}/").raise_for_status()
        wait_until(lambda: endpoint.ask(client).status_code == 401, "the refusal", seconds=20)


def test_requests_are_counted_to_the_last_one(endpoint: Endpoint):
    def answered() -> int:
        usage = endpoint.product.api.get(f"{endpoint.path}usage/?window=1h").raise_for_status().json()
        return usage["totals"]["num_answered"]

    time.sleep(4)
    before = answered()
    with endpoint.client() as client:
        for _ in range(25):
            assert endpoint.ask(client).status_code == 200
    wait_until(lambda: answered() == before + 25, "the counts", seconds=20)


def test_web_process_has_not_loaded_torch(endpoint: Endpoint):
    with endpoint.client() as client:
        assert endpoint.ask(client).status_code == 200
    pids = web_pids(endpoint.product)
    assert pids
    for pid in pids:
        maps = Path(f"/proc/{pid}/maps").read_text()
        assert "onnxruntime" in maps
        assert not re.search(r"libtorch|/torch/", maps)


def test_key_is_in_no_log_and_no_table(endpoint: Endpoint):
    secret = endpoint.key.partition(".")[2].encode()
    for path in endpoint.product.data_dir.rglob("*"):
        if path.is_file() and "files" not in path.parts:
            assert secret not in path.read_bytes(), path

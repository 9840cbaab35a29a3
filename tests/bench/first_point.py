"""From the press of Train to the first point, at the API: `python -m tests.bench.first_point [--smoke]`, as JSON.

The clock runs from the request that starts a run of the Fashion-MNIST template until its first point comes over the
websocket. Warm: a child waits. Cold: the product has that moment printed its link, and nothing waits.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import psutil
from websockets.sync.client import connect

from tests.bench.stream import cpu_seconds
from tests.faults.runs import FaultRun, wait_until
from tests.product import Product, running_product

GOALS = {"warm_seconds": 0.5, "cold_seconds": 8.0}
IDLE_SECONDS = 1.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.first_point")
    parser.add_argument("--smoke", action="store_true", help="one round on the digits: that it runs, not how fast")
    smoke = parser.parse_args().smoke
    template = "digits-dense" if smoke else "fashion-mnist-dense"
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        data = Path(folder)
        with running_product(data) as product:
            project = make_project(product, template)
            warm = [warm_seconds(product, project) for _ in range(1 if smoke else 7)]
            token = product.token
        cold = [cold_seconds(data, project, token) for _ in range(1 if smoke else 5)]
    report = {"warm_seconds": warm, "cold_seconds": cold}
    print(json.dumps({"bench": "first_point", "smoke": smoke, "goals": GOALS, **report}, indent=1))


def make_project(product: Product, template: str) -> str:
    """A project of a template, with its data read in."""
    api = product.api
    project = api.post("projects/", json={"template": template}).raise_for_status().json()["id"]

    def is_read() -> bool:
        found = api.get("datasets/").raise_for_status().json()["results"]
        return [one["version"]["status"] for one in found] == ["ready"]

    wait_until(is_read, "the data set")
    return project


def warm_seconds(product: Product, project: str) -> float:
    wait_until(lambda: is_warm(product), "a warm child")
    return first_point_seconds(product, project)


def is_warm(product: Product) -> bool:
    """Whether a child has worked and works no more: it has imported torch, made its trial step, and waits."""
    pids = product.pids("trainer.child")
    if not pids:
        return False
    child = psutil.Process(pids[-1])
    worked = cpu_seconds(child)
    time.sleep(IDLE_SECONDS)
    return child.is_running() and worked > 1 and cpu_seconds(child) == worked


def cold_seconds(data: Path, project: str, token: str) -> float:
    """`token` is from before: to make one would give the others time to start."""
    with running_product(data, token=token) as product:
        return first_point_seconds(product, project)


def first_point_seconds(product: Product, project: str) -> float:
    """From the request to the first point. The run is then ended."""
    headers = {"Authorization": product.api.headers["Authorization"]}
    begun = time.monotonic()
    answer = product.api.post("runs/", json={"project": project, "config": {"epochs": 1, "batch_size": 64}})
    run = answer.raise_for_status().json()["id"]
    with connect(f"ws://localhost:{product.port}/ws/runs/{run}/", additional_headers=headers) as stream:
        while json.loads(stream.recv(timeout=120))["type"] != "point":
            continue
    taken = time.monotonic() - begun
    FaultRun(product, run).clear_away()
    return round(taken, 3)


if __name__ == "__main__":
    main()

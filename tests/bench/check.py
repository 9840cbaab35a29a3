"""The check of a graph through HTTP: `python -m tests.bench.check [--smoke]`, as JSON.

The product runs as `manage.py up` starts it. Every check follows one edit, of a node in the middle, so that the answer
was never computed before. `cpu_ms` is what the web process and the helpers worked for it, which a busy machine changes
less than the time on the clock. "cold" is the first check that a new graph and a new helper ever see. `beside_heavy` is
what a second person waits for while one person's graphs keep a helper busy without a pause.
"""

import argparse
import copy
import itertools
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.bench.check_graphs import residual, transformer, with_blocks
from tests.product import Product, running_product

GOALS = {
    "after_edit_ms": {"10": 15, "100": 30, "1000": 150},
    "cold_1000_seconds": 2.0,
    "beside_heavy_delay_ms": 200,
}
SIZES = (10, 100, 1000)
SHAPES: dict[str, Callable[[int], dict[str, Any]]] = {
    "residual": residual,
    "transformer": transformer,
    "blocks": with_blocks,
}
# Of which type a node in the middle is edited, and how many of that type make up one group.
EDITED = {"residual": ("Conv2d", "out_channels", 3), "transformer": ("Linear", "out_features", 2)}
EDITED["blocks"] = ("block:Residual", "width", 3)
SECOND = "second@localhost"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.check")
    parser.add_argument("--smoke", action="store_true", help="few rounds: that it runs, not how fast")
    smoke = parser.parse_args().smoke
    rounds = 5 if smoke else 60
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, running_product(Path(folder)) as product:
        client = product.api
        post(client, residual(10, varied=True))  # the first of all starts the process that helpers come from
        idle = helper_bytes(product)
        cold = [cold_seconds(product, client, number) for number in range(1 if smoke else 5)]
        after = {name: after_edits(product, name, rounds) for name in SHAPES}
        after["residual, with an error"] = after_edits(product, "residual", rounds, broken=True)
        grown = helper_bytes(product)
        beside = beside_heavy(product, client, rounds)
        busy = helper_bytes(product)
    report = {
        "after_edit_ms": after,
        "cold_1000_seconds": summary(cold),
        "beside_heavy_ms": beside,
        "helper_bytes": {"one, new": idle, "after all sizes": grown, "two at work": busy},
    }
    print(json.dumps({"bench": "check", "smoke": smoke, "goals": GOALS, **report}, indent=1))


def post(client: httpx.Client, graph: dict[str, Any], *, broken: bool = False) -> float:
    """Milliseconds of one check, the request's own bytes and the answer's included."""
    body = json.dumps({"graph": graph, "project": None})
    begun = time.perf_counter()
    answer = client.post("graphs/check/", content=body, headers={"Content-Type": "application/json"})
    taken = (time.perf_counter() - begun) * 1000
    problems = [problem for problem in answer.raise_for_status().json()["problems"] if problem["severity"] == "error"]
    assert bool(problems) is broken, problems
    return taken


def after_edits(product: Product, name: str, rounds: int, *, broken: bool = False) -> dict[str, Any]:
    """By size; `broken` edits leave two branches that do not fit, with their repairs."""
    report = {}
    for size in SIZES[1:] if broken else SIZES:
        graph = SHAPES[name](size)
        post(product.api, graph)
        worked = cpu_seconds(product)
        taken = [
            post(product.api, edited(graph, name, 11 + 2 * number, broken=broken), broken=broken)
            for number in range(rounds)
        ]
        cpu_ms = round((cpu_seconds(product) - worked) * 1000 / rounds, 1)
        report[str(size)] = {**summary(taken), "cpu_ms": cpu_ms}
    return report


def cpu_seconds(product: Product) -> float:
    """What the web process and the helpers have worked so far."""
    pids = product.pids("trainer.helper") + product.pids("builder.processes.web")
    times = [psutil.Process(pid).cpu_times() for pid in pids]
    return sum(spent.user + spent.system for spent in times)


def edited(graph: dict[str, Any], name: str, width: int, *, broken: bool = False) -> dict[str, Any]:
    """The graph with another width inside the block in its middle, or on one of two branches that are added."""
    kind, param, num_in_block = EDITED[name]
    changed = copy.deepcopy(graph)
    candidates = [node for node in changed["nodes"] if node["type"] == kind][1 if name == "residual" else 0 :]
    middle = len(candidates) // (2 * num_in_block) * num_in_block
    node = candidates[middle + (name == "residual" and not broken)] if candidates else changed["nodes"][1]
    node["params"][param] = width
    return changed


def cold_seconds(product: Product, client: httpx.Client, number: int) -> float:
    """A graph of 1000 nodes that no helper has seen, no two of its convolutions alike, to a helper just begun."""
    killed = helpers(product)
    for process in killed:
        process.kill()
    psutil.wait_procs(killed, timeout=5)
    begun = time.perf_counter()
    graph = residual(1000 + number, varied=True)
    while client.post("graphs/check/", json={"graph": graph}).status_code == 503:
        continue  # the first call finds the dead helper and says so
    return time.perf_counter() - begun


def beside_heavy(product: Product, client: httpx.Client, rounds: int) -> dict[str, Any]:
    """What the second person's checks of 100 nodes take alone and beside the first's heavy graphs, in turns."""
    other = second_person(product)
    numbers = itertools.count(1)
    alone, beside = [], []
    graph = residual(100)
    post(other, graph)
    for number in range(max(2, rounds // 6)):
        for turn in range(6):
            alone.append(post(other, edited(graph, "residual", 100 + 12 * number + turn)))
        with heavy_work(client, numbers):
            for turn in range(6):
                beside.append(post(other, edited(graph, "residual", 106 + 12 * number + turn)))
    delays = [with_heavy - statistics.median(alone) for with_heavy in beside]
    return {"alone": summary(alone), "beside": summary(beside), "worst_delay": round(max(delays), 1)}


@contextmanager
def heavy_work(client: httpx.Client, numbers: "itertools.count[int]") -> Any:
    """One graph of 1000 nodes after the other from the first person, each new to every cache."""
    done = threading.Event()
    at_work = threading.Event()

    def keep_busy() -> None:
        while not done.is_set():
            graph = residual(1000, varied=True)
            for node in graph["nodes"]:
                if "out_channels" in node["params"]:
                    node["params"]["out_channels"] += 7 * next(numbers)
                    break
            at_work.set()
            client.post("graphs/check/", json={"graph": graph})

    thread = threading.Thread(target=keep_busy)
    thread.start()
    at_work.wait()
    try:
        yield
    finally:
        done.set()
        thread.join()


def second_person(product: Product) -> httpx.Client:
    """A client signed in as somebody else."""
    create = f"from builder.accounts.models import User; User.objects.create_user(email={SECOND!r}, password=None)"
    product.manage("shell", "-c", create)
    token = product.manage("create_token", SECOND).strip()
    return httpx.Client(base_url=str(product.api.base_url), headers={"Authorization": f"Bearer {token}"}, timeout=60)


def helpers(product: Product) -> list[psutil.Process]:
    """The processes forked to check graphs; what they come from is left out."""
    found = [psutil.Process(pid) for pid in product.pids("trainer.helper")]
    return [process for process in found if process.parent() and "trainer.helper" in process.parent().cmdline()]


def helper_bytes(product: Product) -> int:
    """The proportional set size of the helpers and of what they come from."""
    return sum(psutil.Process(pid).memory_full_info().pss for pid in product.pids("trainer.helper"))


def summary(values: list[float]) -> dict[str, object]:
    return {"median": round(statistics.median(values), 2), "worst": round(max(values), 2), "count": len(values)}


if __name__ == "__main__":
    main()

"""Metrics on their way: `python -m tests.bench.stream [--smoke] [--stores sqlite,postgres]`, as JSON.

The product's web process and bus run as `manage.py up` starts them. Runs are claimed and held by the product's own
holders, in processes of their own, whose children train nothing and report 10,000 steps a second together, each with a
loss and a rate. First nobody looks: what a point takes until it is committed. Then pages follow them: what a point
takes until it is there, and that each page gets all of it, in order.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.faults.runs import FaultRun, Laboratory
from tests.product import ROOT, Product, running_product
from tests.services import postgres

GOALS = {"points_a_second": 10_000, "commit_ms_p95": 100, "pages": 200}
NUM_RUNS, NUM_PAGES, NUM_PROCESSES = 50, 200, 2


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.stream")
    parser.add_argument("--smoke", action="store_true", help="few runs: that it goes, not how fast")
    parser.add_argument("--stores", default="", help="of sqlite, postgres; by default both")
    given = parser.parse_args()
    stores = [name for name in given.stores.split(",") if name] or (
        ["sqlite"] if given.smoke else ["sqlite", "postgres"]
    )
    reports = {name: measure(name, smoke=given.smoke) for name in stores}
    print(json.dumps({"bench": "stream", "smoke": given.smoke, "goals": GOALS, **reports}, indent=1))


def measure(store: str, *, smoke: bool) -> dict[str, object]:
    num_runs, num_pages, seconds = (4, 8, 2) if smoke else (NUM_RUNS, NUM_PAGES, 20)
    with site(store) as product:
        laboratory = Laboratory(product)
        written = stream(product, laboratory, num_runs=num_runs, seconds=seconds, num_pages=0)
        followed = stream(product, laboratory, num_runs=num_runs, seconds=seconds, num_pages=num_pages)
    return {"written": written, "followed": followed}


@contextmanager
def site(store: str) -> Iterator[Product]:
    """Web process, bus and the worker that reads data in; no train worker."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        if store == "sqlite":
            with running_product(Path(folder), only="bus,web,worker") as product:
                yield product
        else:
            with (
                postgres(Path(folder)) as url,
                running_product(Path(folder) / "data", only="bus,web,worker", DATABASE_URL=url) as product,
            ):
                yield product


def stream(
    product: Product, laboratory: Laboratory, *, num_runs: int, seconds: int, num_pages: int
) -> dict[str, object]:
    """Let `num_runs` report for some seconds, with `num_pages` websockets that follow them."""
    runs = [laboratory.start() for _ in range(num_runs)]
    readers = open_pages(runs, num_pages) if num_pages else None
    (web,) = (psutil.Process(pid) for pid in product.pids("builder.processes.web"))
    num_processes = min(NUM_PROCESSES, num_runs)
    rate = GOALS["points_a_second"] // num_runs
    holders = [
        start_holders(product, num_runs // num_processes, steps_a_second=rate, seconds=seconds)
        for _ in range(num_processes)
    ]
    for process in holders:
        await_ready(process)
    worked = cpu_seconds(web)
    for process in holders:
        process.stdin.write("\n")
        process.stdin.flush()
    watches = [answer_of(process) for process in holders]
    for run in runs:
        assert_complete(run)
    begun, ended = min(watch["first"] for watch in watches), max(watch["last"] for watch in watches)
    report: dict[str, object] = {
        "runs": num_runs,
        "points_a_second": round(sum(watch["num_points"] for watch in watches) / (ended - begun)),
        "write_ms": spread([ms for watch in watches for ms in watch["write_ms"]]),
        "commit_ms": spread([ms for watch in watches for ms in watch["commit_ms"]]),
        "holders_cpu_seconds": round(sum(watch["cpu_seconds"] for watch in watches), 1),
    }
    if readers is not None:
        seen = answer_of(readers)
        last_seqs = [run.get()["last_seq"] for run in runs]
        assert seen["num_events"] == sum(last_seqs) * num_pages // num_runs, "events are missing in some page"
        report |= {"pages": num_pages, "events": seen["num_events"], "page_ms": spread(seen["latency_ms"])}
    return {**report, "web_cpu_seconds": round(cpu_seconds(web) - worked, 1)}


def open_pages(runs: Sequence[FaultRun], num_pages: int) -> subprocess.Popen[str]:
    """A process with so many websockets open, the runs shared out evenly among them."""
    product = runs[0].product
    urls = [f"ws://localhost:{product.port}/ws/runs/{runs[index % len(runs)].id}/" for index in range(num_pages)]
    task = {"urls": urls, "authorization": product.api.headers["Authorization"]}
    arguments = [sys.executable, "-m", "tests.bench.stream_readers", json.dumps(task)]
    process = subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    await_ready(process)
    return process


def start_holders(product: Product, num_slots: int, *, steps_a_second: int, seconds: int) -> subprocess.Popen[str]:
    """A process with so many slots, each with a run whose child makes `steps_a_second`."""
    settings = {"BENCH_STEPS_A_SECOND": str(steps_a_second), "BENCH_SECONDS": str(seconds)}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.bench.stream_holders", str(num_slots)],
        cwd=ROOT,
        env={**product.environment, **settings, "LAYERLOOM_LOG_LEVEL": "WARNING"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def await_ready(process: subprocess.Popen[str]) -> None:
    assert process.stdout.readline().strip() == "ready", f"{process.args} did not begin; its error is above"


def answer_of(process: subprocess.Popen[str]) -> dict[str, object]:
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, f"{process.args} ended with {process.returncode}"
    return json.loads(output)


def assert_complete(run: FaultRun) -> None:
    """Each step once, each number once."""
    ended = run.get()
    assert ended["status"] == "succeeded", ended["error"]
    events = run.events()
    assert [event["seq"] for event in events] == list(range(1, ended["last_seq"] + 1))
    assert len(run.course()[0]) == ended["num_steps"]


def cpu_seconds(process: psutil.Process) -> float:
    spent = process.cpu_times()
    return spent.user + spent.system


def spread(values: Sequence[float]) -> dict[str, object]:
    cuts = statistics.quantiles(values, n=100)
    return {
        "median": round(cuts[49], 1),
        "p95": round(cuts[94], 1),
        "worst": round(max(values), 1),
        "count": len(values),
    }


if __name__ == "__main__":
    main()

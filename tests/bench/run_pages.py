"""What the pages of runs ask for: `python -m tests.bench.run_pages [--smoke] [--stores sqlite,postgres]`, as JSON.

A list of 10,000 runs: its first page, a filtered one and the last; and the curve of a run of 100,000 steps, as it is
drawn and in full. Times are the client's, over HTTP, on the real web process; `cpu_ms` is what that worked for one
answer, which a busy machine changes less.
"""

import argparse
import json
import subprocess
import sys
import time

import httpx
import psutil

from tests.bench.stream import cpu_seconds, site, spread
from tests.faults.runs import Laboratory
from tests.product import ROOT, Product

GOALS = {"list_ms": 200, "curve_ms": 300}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.run_pages")
    parser.add_argument("--smoke", action="store_true", help="few rows: that it runs, not how fast")
    parser.add_argument("--stores", default="", help="of sqlite, postgres; by default both")
    given = parser.parse_args()
    stores = given.stores.split(",") if given.stores else ["sqlite"] if given.smoke else ["sqlite", "postgres"]
    reports = {name: measure(name, smoke=given.smoke) for name in stores}
    print(json.dumps({"bench": "run_pages", "smoke": given.smoke, "goals": GOALS, **reports}, indent=1))


def measure(store: str, *, smoke: bool) -> dict[str, object]:
    num_runs, num_steps, rounds = (300, 3_000, 5) if smoke else (10_000, 100_000, 40)
    with site(store) as product:
        run = Laboratory(product).start()
        run.act("cancel")
        project = run.get()["project"]["id"]
        write_rows(product, project, num_runs, num_steps)
        last = last_page(product.api)
        paths = {
            "first page": "runs/",
            "of a project": f"runs/?project={project}",
            "of a state": "runs/?status=failed",
            "200 a page": "runs/?limit=200",
            "last page": last,
            "curve": f"runs/{run.id}/metrics/",
            "curve, one name": f"runs/{run.id}/metrics/?names=train/loss",
            "curve, all points": f"runs/{run.id}/metrics/?points=100000",
        }
        return {name: measure_answers(product, path, rounds) for name, path in paths.items()}


def write_rows(product: Product, project: str, num_runs: int, num_steps: int) -> None:
    arguments = [sys.executable, "-m", "tests.bench.run_rows", project, str(num_runs), str(num_steps)]
    subprocess.run(arguments, cwd=ROOT, env=product.environment, check=True, stdout=sys.stderr)


def last_page(client: httpx.Client) -> str:
    path, following = "", "runs/?limit=200"
    while following:
        path, following = following, client.get(following).raise_for_status().json()["next"]
    return path


def measure_answers(product: Product, path: str, rounds: int) -> dict[str, object]:
    """Milliseconds of each answer, after a first one that is not counted."""
    client = product.api
    client.get(path).raise_for_status()
    (web,) = (psutil.Process(pid) for pid in product.pids("builder.processes.web"))
    times, worked = [], cpu_seconds(web)
    for _ in range(rounds):
        begun = time.perf_counter()
        client.get(path).raise_for_status()
        times.append((time.perf_counter() - begun) * 1000)
    return {**spread(times), "cpu_ms": round((cpu_seconds(web) - worked) / rounds * 1000, 1)}


if __name__ == "__main__":
    main()

"""What a person waits for: `python -m tests.bench.page [--smoke]`, as JSON.

The product runs as `manage.py up` starts it, a real browser sits in front, and the browser's own clock counts: from the
input event of an edit to the frame with the new shapes, from the press of Train to the frame with the first point.
"""

import argparse
import json
import re
import statistics
import tempfile
import time
from pathlib import Path

import psutil
from playwright.sync_api import Page, expect

from tests.journeys.browser import Watched, chromium
from tests.product import Product, running_product

GOALS = {"edit_ms": 50, "first_point_seconds": 1.0, "second_start_seconds": 6.0, "idle_bytes": 1_200_000_000}
WATCH_EDIT = """(wanted) => {
  window.shown = new Promise((resolve) => document.addEventListener("input", () => {
    const begun = performance.now();
    const look = () => {
      const labels = [...document.querySelectorAll("text.elabel")].map((label) => label.textContent);
      if (labels.includes(wanted)) resolve(performance.now() - begun);
      else requestAnimationFrame(look);
    };
    look();
  }, { once: true, capture: true }));
}"""
PRESS_TRAIN = """() => new Promise((resolve) => {
  const begun = performance.now();
  document.querySelector("[data-testid=train-start]").click();
  const look = () => {
    const run = document.querySelector("[data-testid=run]");
    if (run && Number(run.dataset.lastStep) > 0) requestAnimationFrame(() => resolve(performance.now() - begun));
    else requestAnimationFrame(look);
  };
  look();
})"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.page")
    parser.add_argument("--smoke", action="store_true", help="few rounds: that it runs, not how fast")
    smoke = parser.parse_args().smoke
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        data = Path(folder)
        with running_product(data) as product:
            link = product.owner_link
            first = measure_pages(product, link, num_edits=5 if smoke else 40, num_runs=1 if smoke else 5)
        second = measure_start(data, settle_seconds=5 if smoke else 30)
    print(json.dumps({"bench": "page", "smoke": smoke, "goals": GOALS, **first, **second}, indent=1))


def measure_pages(product: Product, link: str, *, num_edits: int, num_runs: int) -> dict[str, object]:
    with chromium() as browser:
        seen = Watched(browser)
        page = seen.page
        page.goto(link)
        page.get_by_test_id("open-fashion-mnist-dense").click()
        page.wait_for_url(re.compile(r"/p/.+/build"))
        build = page.url
        expect(page.locator("text.elabel").first).to_be_visible(timeout=120_000)
        edits = {"6 nodes": edit_times(page, num_edits)}
        points = [first_point_seconds(product, page, build) for _ in range(num_runs)]
        page.goto(build)
        expect(page.get_by_test_id("node-hidden")).to_be_visible(timeout=60_000)
        expect(page.get_by_test_id("save-state")).to_contain_text("Saved")
        deepen(product, build)
        page.reload()
        expect(page.get_by_test_id("node-relu0")).to_be_visible(timeout=60_000)
        edits["100 nodes"] = edit_times(page, num_edits)
        seen.close()
    return {
        "edit_ms": {name: summary(values) for name, values in edits.items()},
        "first_point_seconds": summary(points),
    }


def edit_times(page: Page, num_edits: int) -> list[float]:
    """Milliseconds from typing a width to the frame that shows it on the wires."""
    page.get_by_test_id("node-hidden").click()
    field = page.get_by_test_id("param-out_features")
    times = []
    for number in range(num_edits + 2):
        wanted = str(64 + number)
        page.evaluate(WATCH_EDIT, wanted)
        field.fill(wanted)
        times.append(page.evaluate("() => window.shown"))  # waits there: to ask again and again takes of the two cores
        page.wait_for_timeout(100)
    return times[2:]  # the first ones warm the browser and the helper


def deepen(product: Product, build: str) -> None:
    """Put 47 pairs of Linear and ReLU between the activation and the logits: 100 nodes."""
    path = f"projects/{build.rstrip('/').split('/')[-2]}/graph/"
    answer = product.api.get(path).raise_for_status()
    graph = answer.json()
    ids = {node["name"]: node["id"] for node in graph["nodes"]}
    graph["edges"] = [edge for edge in graph["edges"] if edge["target"] != ids["logits"]]
    last = ids["act"]
    for number in range(47):
        for kind, params in (("Linear", {"out_features": 64}), ("ReLU", {})):
            new = f"x{kind.lower()}{number}"
            place = [240 + 240 * (number % 8), 64 * (number // 8 * 2 + (kind == "ReLU"))]
            name = f"{kind.lower()}{number}"
            graph["nodes"].append({"id": new, "name": name, "type": kind, "params": params, "position": place})
            graph["edges"].append(wire(last, new))
            last = new
    graph["edges"].append(wire(last, ids["logits"]))
    product.api.put(path, json=graph, headers={"If-Match": answer.headers["ETag"]}).raise_for_status()


def wire(source: str, target: str) -> dict[str, str]:
    return {
        "id": f"{source}_{target}",
        "source": source,
        "source_port": "output",
        "target": target,
        "target_port": "input",
    }


def first_point_seconds(product: Product, page: Page, build: str) -> float:
    """Seconds from the press of Train to the frame after the first point, with a warm child waiting."""
    page.goto(build)
    expect(page.locator("text.elabel").first).to_be_visible(timeout=60_000)
    page.get_by_test_id("train").click()
    field = page.get_by_test_id("train-epochs")
    field.fill("1")
    field.press("Tab")
    expect(page.get_by_test_id("train-start")).to_be_enabled()
    product.wait_for_pids("trainer.child")
    time.sleep(12)  # the standby imports torch and makes its trial step
    seconds = page.evaluate(PRESS_TRAIN) / 1000
    expect(page.get_by_test_id("run-status")).to_have_attribute("data-status", "succeeded", timeout=300_000)
    return seconds


def measure_start(data: Path, *, settle_seconds: float) -> dict[str, object]:
    """A second start on a store that is there: seconds to the first page, and what all processes hold when idle."""
    begun = time.monotonic()
    with running_product(data) as product:
        seconds = time.monotonic() - begun
        product.wait_for_pids("trainer.child")
        time.sleep(settle_seconds)
        held = sum(resident_bytes(process) for process in product.processes())
    return {"second_start_seconds": round(seconds, 2), "idle_bytes": held}


def resident_bytes(process: psutil.Process) -> int:
    """Proportional set size: what is shared with others counts in part."""
    try:
        return process.memory_full_info().pss
    except psutil.NoSuchProcess:
        return 0


def summary(values: list[float]) -> dict[str, object]:
    return {"median": round(statistics.median(values), 3), "worst": round(max(values), 3), "count": len(values)}


if __name__ == "__main__":
    main()

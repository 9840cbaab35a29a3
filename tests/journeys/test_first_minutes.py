"""A newcomer's first minutes: open the link, draw, train, watch, deploy, predict, and continue training."""

import csv
import json
import re
import shlex
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.browser import Watched
from tests.product import Product

pytestmark = [pytest.mark.journey, pytest.mark.timeout(900)]
LONG = 300_000


def set_field(page: Page, test_id: str, value: object) -> None:
    field = page.get_by_test_id(test_id)
    field.fill(str(value))
    field.press("Tab")


def shown_parameters(page: Page):
    return page.get_by_test_id("totals-parameters")


def edge_shapes(page: Page) -> list[str]:
    return page.locator("text.elabel").all_text_contents()


def stored_points(product: Product, run: str) -> dict[int, float]:
    """The training loss of every step as the database holds it."""
    points: dict[int, float] = {}
    with sqlite3.connect(f"file:{product.data_dir / 'db.sqlite3'}?mode=ro", uri=True) as store:
        rows = store.execute(
            "SELECT payload FROM runs_metricchunk WHERE run_id = ? ORDER BY seq_to", [run.replace("-", "")]
        ).fetchall()
    for (payload,) in rows:
        for event in json.loads(payload):
            if event["type"] == "rewind":
                points = {step: value for step, value in points.items() if step <= event["step"]}
            if event["type"] == "point" and "train/loss" in event["values"]:
                points.update(enumerate(event["values"]["train/loss"], start=event["step"]))
    return points


def exported_points(page: Page, folder: Path) -> dict[int, float]:
    """The training loss of every step as the page holds it."""
    with page.expect_download() as download:
        page.get_by_test_id("export-csv").click()
    path = folder / "points.csv"
    download.value.save_as(path)
    with path.open(newline="") as file:
        return {int(row["step"]): float(row["train/loss"]) for row in csv.DictReader(file) if row["train/loss"]}


def wait_for_status(page: Page, status: str) -> None:
    expect(page.get_by_test_id("run-status")).to_have_attribute("data-status", status, timeout=LONG)


def test_draw_train_watch_deploy_predict_continue(product: Product, watched: Watched, tmp_path: Path):
    page = watched.page

    # The one-time link opens signed in.
    page.goto(product.owner_link)
    expect(page.get_by_test_id("open-fashion-mnist-dense")).to_be_visible()
    watched.shot("01-start")

    # The sample opens with shapes on its edges and its parameters counted.
    page.get_by_test_id("open-fashion-mnist-dense").click()
    page.wait_for_url(re.compile(r"/p/.+/build"))
    project_page = page.url
    for name in ("image", "flat", "hidden", "act", "logits", "label"):
        expect(page.get_by_test_id(f"node-{name}")).to_be_visible()
    expect(shown_parameters(page)).to_have_attribute("data-value", "203530", timeout=120_000)
    assert {"1×28×28", "784", "256", "10"} <= set(edge_shapes(page))
    expect(page.get_by_test_id("total-parameters")).to_contain_text("203,530")
    watched.shot("02-editor")

    # 256 becomes 128, and shapes and counts follow.
    page.get_by_test_id("node-hidden").click()
    field = page.get_by_test_id("param-out_features")
    field.fill("128")
    field.press("Enter")
    expect(shown_parameters(page)).to_have_attribute(
        "data-value", "101770"
    )  # 784 * 128 + 128 + 128 * 10 + 10 = 101,770
    assert "128" in edge_shapes(page)

    # A Dropout from the palette onto the edge behind the activation.
    page.get_by_test_id("palette-search").fill("Dropout")
    label = page.get_by_test_id("shape-e4").bounding_box()
    source = page.get_by_test_id("palette-Dropout").first
    target = page.get_by_test_id("canvas").bounding_box()
    source.drag_to(
        page.get_by_test_id("canvas"),
        target_position={"x": label["x"] - 10 - target["x"], "y": label["y"] + 6 - target["y"]},
    )
    expect(page.locator("[data-testid^='node-dropout'], [data-testid^='node-drop']").first).to_be_visible()
    expect(page.locator("text.elabel").filter(has_text=re.compile("^128$"))).to_have_count(3)
    watched.shot("03-dropout-inserted")

    # Without the Flatten the graph has a problem that says what is wrong and brings its repair.
    page.get_by_test_id("palette-search").fill("")
    page.get_by_test_id("node-flat").click()
    page.keyboard.press("Delete")
    expect(page.get_by_test_id("node-flat")).to_have_count(0)
    problem = page.get_by_test_id("problem").first
    expect(problem).to_be_visible()
    watched.shot("04-problem")
    page.get_by_test_id("problem-fix").first.click()
    expect(page.get_by_test_id("problem")).to_have_count(0)
    expect(shown_parameters(page)).to_have_attribute("data-value", "101770")
    watched.shot("05-repaired")

    # Undo and redo, back to the graph as it came.
    undo, redo = page.get_by_test_id("tool-undo"), page.get_by_test_id("tool-redo")
    undo.click()
    expect(page.get_by_test_id("problem").first).to_be_visible()
    redo.click()
    expect(page.get_by_test_id("problem")).to_have_count(0)
    while undo.is_enabled():
        undo.click()
    expect(shown_parameters(page)).to_have_attribute("data-value", "203530")
    expect(page.get_by_test_id("save-state")).to_contain_text("Saved")

    # Train: Adam 1e-3, batch 32, 5 epochs. The curve draws itself.
    page.get_by_test_id("train").click()
    set_field(page, "train-epochs", 5)
    set_field(page, "train-batch-size", 32)
    page.get_by_test_id("train-optimizer").select_option("Adam")
    set_field(page, "train-rate", "1e-3")
    watched.shot("06-train")
    page.get_by_test_id("train-start").click()
    page.wait_for_url(re.compile(r"/runs/.+"))
    run = page.url.rstrip("/").rsplit("/", 1)[1]
    expect(page.get_by_test_id("run")).to_have_attribute("data-last-step", re.compile("[1-9]"), timeout=60_000)
    expect(page.get_by_text("of 8,440")).to_be_visible()
    watched.shot("07-training")

    # A reload in the middle loses nothing.
    page.reload()
    wait_for_status(page, "succeeded")
    for chart in ("chart-loss", "chart-accuracy"):
        expect(page.get_by_test_id(chart)).to_be_visible()
    points = exported_points(page, tmp_path)
    stored = stored_points(product, run)
    assert list(points) == list(range(1, len(points) + 1))
    assert points == stored
    accuracy = page.get_by_test_id("test-metrics").locator("[data-metric='accuracy']")
    assert float(accuracy.get_attribute("data-value")) >= 0.86
    watched.shot("08-trained")
    run_page = page.url

    # Deploy: an endpoint, a key shown once, a curl line that works when pasted.
    page.get_by_test_id("run-deploy").click()
    page.get_by_test_id("deploy-start").click()
    page.wait_for_url(re.compile(r"/deploy/.+"))
    expect(page.get_by_test_id("endpoint-url")).to_be_visible()
    expect(page.get_by_role("tab", name="curl")).to_be_visible(timeout=120_000)  # exported and checked
    page.get_by_test_id("create-key").click()
    key = page.get_by_test_id("deployment-key").inner_text().strip()
    page.get_by_role("tab", name="curl").click()
    line = page.get_by_test_id("snippet-curl").inner_text()
    assert key in line
    answer = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True, timeout=60).stdout
    classes = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"}
    prediction = json.loads(answer)["predictions"][0]["label"]
    assert prediction["class"] in classes
    assert set(prediction["probabilities"]) == classes
    assert shlex.split(line)[0] == "curl"
    watched.shot("09-deployed")

    # The panel: a sample, an upload, a drawing.
    page.get_by_test_id("try-mode").locator("[data-value='sample']").click()
    page.locator("[data-testid='try'] [data-testid^='sample-']").first.click()
    expect(page.get_by_test_id("prediction")).to_be_visible()
    page.get_by_test_id("try-mode").locator("[data-value='upload']").click()
    picture = watched.shot("10-sample-tried")
    page.get_by_test_id("try-upload").set_input_files(picture)
    expect(page.get_by_test_id("prediction")).to_be_visible()
    page.get_by_test_id("try-mode").locator("[data-value='draw']").click()
    pad = page.get_by_test_id("draw-pad").bounding_box()
    page.mouse.move(pad["x"] + pad["width"] * 0.3, pad["y"] + pad["height"] * 0.2)
    page.mouse.down()
    page.mouse.move(pad["x"] + pad["width"] * 0.7, pad["y"] + pad["height"] * 0.8, steps=12)
    page.mouse.up()
    expect(page.get_by_test_id("prediction")).to_be_visible()
    watched.shot("11-drawing-tried")
    page.reload()
    expect(page.get_by_test_id("endpoint-url")).to_be_visible()
    assert key not in page.content(), "the key is shown a second time"

    # Continue: Adam 1e-4, 10 more epochs, from these weights, as a run of its own.
    page.goto(run_page)
    page.get_by_test_id("run-continue").click()
    form = page.get_by_test_id("continue-form")
    form.locator("[name='optimizer']").select_option("Adam")
    form.locator("[name='rate']").fill("1e-4")
    form.locator("[name='epochs']").fill("10")
    page.get_by_test_id("continue-start").click()
    page.wait_for_url(lambda url: "/runs/" in url and run not in url)
    expect(page.get_by_test_id("run-parent")).to_be_visible()
    wait_for_status(page, "succeeded")
    continued = page.get_by_test_id("test-metrics").locator("[data-metric='accuracy']")
    assert float(continued.get_attribute("data-value")) >= 0.86
    watched.shot("12-continued")

    # Both runs stand in the list, and the project still holds the original graph.
    page.goto(f"{project_page.rsplit('/', 1)[0]}/runs")
    for number in (1, 2):
        expect(page.get_by_test_id(f"run-row-{number}")).to_have_attribute("data-status", "succeeded")
    watched.shot("13-runs")
    page.get_by_test_id("runs-train").click()
    expect(page.get_by_test_id("train-start")).to_be_enabled()


def test_the_link_works_once(product: Product, watched: Watched):
    page = watched.context.browser.new_context().new_page()
    page.goto(product.owner_link)
    assert "/sign-in" in page.url


def test_the_python_snippet_of_the_page_runs(product: Product):
    """What the page shows for Python runs as it stands, with a key in place."""
    slug = product.api.get("deployments/").raise_for_status().json()["results"][0]["slug"]
    key = product.api.post(f"deployments/{slug}/keys/", json={"name": "snippet"}).raise_for_status().json()["key"]
    snippets = product.api.get(f"deployments/{slug}/snippets/").raise_for_status().json()
    code = snippets["python"].replace("YOUR_KEY", key)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "class" in done.stdout

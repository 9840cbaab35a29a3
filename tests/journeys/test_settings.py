"""The settings behind the form: set in the browser, seen in the run and its early end, and gone on from."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.browser import Watched
from tests.product import Product

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]
LONG = 120_000
CHINESE = re.compile("[\u4e00-\u9fff]")


def set_field(page: Page, test_id: str, value: object) -> None:
    field = page.get_by_test_id(test_id)
    field.fill(str(value))
    field.press("Tab")


def open_fold(page: Page, name: str) -> None:
    page.get_by_test_id(f"fold-{name}").locator("summary").click()


def changed_in(page: Page, name: str, count: int) -> None:
    expect(page.get_by_test_id(f"fold-{name}")).to_have_attribute("data-changed", str(count))


def run_of(product: Product, page: Page) -> dict:
    return product.api.get(f"runs/{page.url.rsplit('/', 1)[1]}/").raise_for_status().json()


def wait_for_success(page: Page) -> None:
    expect(page.get_by_test_id("run-status")).to_have_attribute("data-status", "succeeded", timeout=LONG)


def open_form(page: Page) -> None:
    page.get_by_test_id("train").click()
    page.get_by_test_id("train-more").click()
    expect(page.get_by_test_id("fold-gradients")).to_be_visible()


def test_settings_are_set_seen_and_gone_on_from(product: Product, watched: Watched):
    page = watched.page
    page.goto(product.owner_link)
    page.get_by_test_id("more-samples").click()
    page.get_by_test_id("open-digits-dense").click()
    page.wait_for_url(re.compile(r"/p/.+/build"))
    editor = page.url
    expect(page.get_by_test_id("totals-parameters")).to_have_attribute("data-value", "4810", timeout=LONG)

    # A fold counts what was changed in it and takes it back; what cannot be taken stays, marked, and nothing starts.
    open_form(page)
    set_field(page, "train-epochs", 300)
    set_field(page, "train-batch-size", 64)
    open_fold(page, "gradients")
    set_field(page, "param-accumulate", 7)
    changed_in(page, "gradients", 1)
    page.get_by_test_id("reset-gradients").click()
    changed_in(page, "gradients", 0)
    set_field(page, "param-accumulate", 2)
    set_field(page, "param-clip_norm", "-1")
    open_fold(page, "gradients")
    page.get_by_test_id("train-start").click()
    expect(page.get_by_test_id("train-wrong")).to_be_visible()
    expect(page.get_by_test_id("param-clip_norm")).to_have_value("-1")
    expect(page.get_by_test_id("param-clip_norm")).to_be_focused()
    set_field(page, "param-clip_norm", 0.5)
    changed_in(page, "gradients", 2)

    # The nodes with weights and the output with classes are offered by name, images are there to be changed.
    open_fold(page, "stopping")
    page.get_by_test_id("setting-early_stopping").check()
    set_field(page, "param-patience", 2)
    open_fold(page, "weights")
    page.get_by_test_id("setting-averaging").check()
    decay = page.get_by_test_id("fold-weights").get_by_test_id("param-decay")
    decay.fill("0.9")
    expect(page.get_by_test_id("node-settings").locator("tbody tr")).to_have_count(2)
    set_field(page, "rate-hidden", 0.5)
    open_fold(page, "classes")
    page.get_by_test_id("class-weights-label").select_option("balanced")
    open_fold(page, "checkpoints")
    set_field(page, "param-every_epochs", 2)
    expect(page.get_by_test_id("fold-augmentation")).to_be_visible()
    watched.shot_in_both("settings-form")

    # Only what differs from the defaults is sent.
    with page.expect_request(lambda request: request.method == "POST" and request.url.endswith("/runs/")) as sent:
        page.get_by_test_id("train-start").click()
    config = sent.value.post_data_json["config"]
    assert {name: config[name] for name in config if name not in ("epochs", "batch_size", "optimizer")} == {
        "gradients": {"accumulate": 2, "clip_norm": 0.5},
        "early_stopping": {"patience": 2},
        "averaging": {"decay": 0.9},
        "rates": {"hidden": 0.5},
        "class_weights": {"label": "balanced"},
        "checkpoint": {"every_epochs": 2},
    }

    # The run ends early and says so; its page shows the norms, the memory, what was kept and how it was set.
    page.wait_for_url(re.compile("/runs/"))
    wait_for_success(page)
    run = run_of(product, page)
    assert 2 < run["epoch"] < 300
    expect(page.get_by_role("log")).to_contain_text("Stopped early after epoch")
    expect(page.get_by_test_id("run-share")).to_have_text("ended early")
    expect(page.locator(".tiles")).to_contain_text("MiB")
    kept = page.get_by_test_id("checkpoints").locator("tr").filter(has_text="kept")
    assert 1 <= kept.count() <= 3
    with page.expect_download() as download:
        kept.first.get_by_role("link").click()
    assert download.value.path().stat().st_size > 4810 * 4
    changed = page.get_by_test_id("settings-changed")
    expect(changed.locator("[data-setting='gradients.accumulate']")).to_contain_text("2")
    expect(changed.locator("[data-setting='class_weights']")).to_contain_text("label balanced")
    page.get_by_test_id("settings-all").locator("summary").click()
    expect(page.get_by_test_id("settings-defaults").locator("[data-setting='precision']")).to_contain_text("auto")
    page.locator("[data-testid^='chart-']").first.get_by_text("Gradient norm").click()
    expect(page.get_by_test_id("chart-gradient_norm")).to_be_visible()
    watched.shot_in_both("settings-run")

    # It goes on with another rate and without the early end; what was not touched stays as it was.
    page.get_by_test_id("run-continue").click()
    form = page.get_by_test_id("continue-form")
    form.locator("[name='rate']").fill("1e-4")
    form.locator("[name='epochs']").fill("2")
    open_fold(page, "stopping")
    changed_in(page, "stopping", 2)
    page.get_by_test_id("reset-stopping").click()
    changed_in(page, "stopping", 0)
    open_fold(page, "weights")
    expect(page.get_by_test_id("rate-hidden")).to_have_value("0.5")
    watched.shot_in_both("settings-continue")
    first = page.url
    page.get_by_test_id("continue-start").click()
    page.wait_for_url(lambda url: url != first)
    wait_for_success(page)
    child = run_of(product, page)
    assert child["learning_rate"] == 1e-4
    assert child["epoch"] == child["num_epochs"] == 2
    assert child["config"]["early_stopping"] is None
    assert child["config"]["gradients"] == run["config"]["gradients"]
    assert child["parent"]["id"] == run["id"]

    # The form remembers; what an older or newer version of it left in the browser does no harm.
    key = f"layerloom.train.{run['project']['id']}"
    page.evaluate(
        "key => localStorage.setItem(key, JSON.stringify({...JSON.parse(localStorage.getItem(key)), "
        "gone: 1, precision: 'float8', epochs: 'x'}))",
        key,
    )
    page.goto(editor)
    open_form(page)
    changed_in(page, "gradients", 2)
    changed_in(page, "computing", 0)
    expect(page.get_by_test_id("train-epochs")).to_have_value("20")  # as the template recommends

    # On a narrow screen and in Chinese all of it is there.
    page.evaluate("localStorage.setItem('layerloom.language', 'zh')")
    page.set_viewport_size({"width": 1024, "height": 800})
    page.goto(first)
    expect(page.get_by_test_id("settings-changed")).to_be_visible()
    assert CHINESE.search(page.get_by_test_id("settings-changed").inner_text())
    expect(page.get_by_role("log")).to_contain_text("提前停止")
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0
    watched.shot_in_both("settings-run-narrow")
    page.get_by_test_id("run-continue").click()
    open_fold(page, "gradients")
    watched.shot("settings-continue-narrow")
    page.goto(editor)
    open_form(page)
    open_fold(page, "stopping")
    open_fold(page, "weights")
    watched.shot_in_both("settings-form-chinese")


def test_a_run_goes_on_with_the_graph_as_it_is_now(product: Product, watched: Watched):
    """A wider layer after training: what fits is carried, the rest begins random, and both are told."""
    page = watched.page
    page.evaluate("localStorage.setItem('layerloom.language', 'en')")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(product.url)
    page.get_by_test_id("open-iris").click()
    page.wait_for_url(re.compile(r"/p/.+/build"))
    editor = page.url
    expect(page.get_by_test_id("totals-parameters")).to_have_attribute("data-value", "131", timeout=LONG)
    page.get_by_test_id("train").click()
    set_field(page, "train-epochs", 2)
    page.get_by_test_id("train-start").click()
    page.wait_for_url(re.compile(r"/runs/"))
    wait_for_success(page)
    first = page.url

    page.goto(editor)
    page.get_by_test_id("node-hidden").click()
    set_field(page, "param-out_features", 20)
    expect(page.get_by_test_id("totals-parameters")).to_have_attribute("data-value", "163", timeout=LONG)
    expect(page.get_by_test_id("save-state")).to_contain_text("Saved")

    page.goto(first)
    page.get_by_test_id("run-continue").click()
    form = page.get_by_test_id("continue-form")
    form.locator("[name='graph']").select_option("draft")
    expect(form).to_contain_text("the others begin random")
    watched.shot_in_both("settings-edited-graph")
    page.get_by_test_id("continue-start").click()
    page.wait_for_url(lambda url: url != first)
    wait_for_success(page)
    child = run_of(product, page)
    assert child["graph_version"]["number"] == 2
    assert child["carried"]["taken"] == ["logits.bias"]
    assert child["carried"]["reshaped"] == ["hidden.weight", "hidden.bias", "logits.weight"]
    expect(page.get_by_test_id("lineage")).to_contain_text("Run 2")

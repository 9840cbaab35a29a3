"""The versions of a graph: saved, held against what is on the canvas, restored, and that undone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.browser import Watched
from tests.product import Product

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]


def set_width(page: Page, width: int) -> None:
    page.get_by_test_id("node-hidden").click()
    page.get_by_test_id("param-out_features").fill(str(width))
    page.get_by_test_id("param-out_features").press("Tab")


def test_versions_are_saved_compared_and_restored(product: Product, watched: Watched):
    page = watched.page
    page.goto(product.owner_link)
    page.get_by_test_id("open-iris").click()
    page.wait_for_url(re.compile(r"/p/.+/build"))
    expect(page.get_by_test_id("totals-parameters")).to_have_attribute("data-value", "131", timeout=60_000)

    # Nothing is saved as a version yet; the first one is what is on the canvas.
    page.get_by_test_id("canvas").focus()
    page.keyboard.press("v")
    expect(page.get_by_test_id("drawer")).to_contain_text("No versions yet")
    page.get_by_test_id("save-version").click()
    expect(page.get_by_test_id("version-1")).to_contain_text("The first version")
    expect(page.get_by_test_id("version-diff")).to_contain_text("The same network")
    expect(page.get_by_test_id("restore-version")).to_be_disabled()

    # What differs is said and marked on the cards as it is drawn.
    set_width(page, 32)
    difference = page.get_by_test_id("version-diff")
    expect(difference).to_contain_text("out_features 16 → 32")
    expect(page.get_by_test_id("mark-hidden")).to_have_attribute("data-mark", "changed")
    page.get_by_test_id("node-act").click()
    page.get_by_test_id("palette-search").fill("Dropout")
    page.get_by_test_id("palette-Dropout").first.press("Enter")
    page.get_by_test_id("palette-search").fill("")
    expect(page.get_by_test_id("mark-dropout")).to_have_attribute("data-mark", "added")
    expect(difference).to_contain_text("dropout")

    # A second version says in a line what it changed; the arrows go through the list.
    page.get_by_test_id("save-version").click()
    second = page.get_by_test_id("version-2")
    expect(second).to_contain_text("+ dropout")
    expect(second).to_contain_text("hidden.out_features")
    expect(second).to_have_attribute("aria-current", "true")
    expect(page.locator(".mark")).to_have_count(0)
    second.focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_test_id("version-1")).to_be_focused()
    expect(page.get_by_test_id("version-1")).to_have_attribute("aria-current", "true")
    expect(page.get_by_test_id("mark-dropout")).to_be_visible()
    watched.shot_in_both("history-01-compared")

    # A name leads to its node.
    difference.get_by_role("button", name="hidden", exact=True).click()
    expect(page.get_by_test_id("param-out_features")).to_have_value("32")

    # Restored, undone, and restored again.
    page.get_by_test_id("restore-version").click()
    expect(page.get_by_test_id("node-dropout")).to_have_count(0)
    expect(page.get_by_test_id("restored")).to_contain_text("This is version 1 again")
    expect(page.locator(".mark")).to_have_count(0)
    watched.shot_in_both("history-02-restored")
    page.keyboard.press("Control+Z")
    expect(page.get_by_test_id("node-dropout")).to_be_visible()
    expect(page.get_by_test_id("mark-dropout")).to_be_visible()
    page.get_by_test_id("restore-version").click()
    expect(page.get_by_test_id("save-state")).to_have_attribute("data-state", "saved")
    project = product.api.get("projects/").json()["results"][0]["id"]
    names = [node["name"] for node in product.api.get(f"projects/{project}/graph/").json()["nodes"]]
    assert names == ["features", "hidden", "act", "logits", "species"]

    # Closed, the history leaves no marks behind.
    set_width(page, 8)
    expect(page.get_by_test_id("mark-hidden")).to_be_visible()
    page.get_by_test_id("drawer-problems").click()
    expect(page.locator(".mark")).to_have_count(0)

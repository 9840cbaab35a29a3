"""The memory of a run: told beside the graph and in the form that starts it; the largest batch taken by keyboard."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.journeys.browser import Watched, chromium
from tests.product import Product

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def signed_in(product: Product, browser: Browser) -> StorageState:
    """The cookies of a person who followed the link, which works once."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(product.owner_link)
    expect(page.get_by_test_id("open-iris")).to_be_visible(timeout=60_000)
    state = context.storage_state()
    context.close()
    return state


def peak_of(page: Page, where: str) -> int:
    """The peak once it is that of the present settings, in bytes."""
    expect(page.locator(f"[data-testid={where}][aria-busy=false]")).to_be_visible(timeout=60_000)
    value = page.get_by_test_id({"memory-section": "memory-peak", "train-memory": "train-memory-peak"}[where])
    expect(value).to_have_attribute("data-value", re.compile(r"\d+"), timeout=60_000)
    return int(value.get_attribute("data-value") or "0")


def test_the_largest_batch_that_fits_is_taken_by_keyboard(product: Product, browser: Browser, signed_in: StorageState):
    watched = Watched(browser, storage_state=signed_in)
    page = watched.page
    page.goto(product.url)
    page.get_by_test_id("more-samples").click()
    page.get_by_test_id("open-digits-dense").click()
    page.wait_for_url(re.compile(r"/p/.+/build"))
    before = peak_of(page, "memory-section")
    expect(page.get_by_test_id("memory-section")).to_contain_text("Optimizer")
    watched.shot("memory-01-summary")

    # In the form: another optimizer needs less, and the button is reached and pressed by keyboard.
    page.keyboard.press("Control+Enter")
    peak_of(page, "train-memory")
    page.get_by_test_id("train-optimizer").select_option("SGD")
    expect(page.get_by_test_id("train-memory-peak")).not_to_have_attribute("data-value", str(before), timeout=60_000)
    assert peak_of(page, "train-memory") < before
    take = page.get_by_test_id("take-largest-batch").last
    expect(take).to_be_enabled(timeout=60_000)
    largest = re.sub(r"\D", "", take.inner_text())
    take.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("train-batch-size")).to_have_value(largest)
    expect(page.get_by_test_id("largest-batch-why").last).to_contain_text("is the largest", timeout=60_000)
    watched.shot("memory-02-largest")
    watched.close()


def test_a_batch_beyond_the_machine_is_warned_of_in_chinese_and_in_the_dark(
    product: Product, browser: Browser, signed_in: StorageState
):
    watched = Watched(browser, scheme="dark", locale="zh-CN", storage_state=signed_in)
    page = watched.page
    project = product.api.post("projects/", json={"template": "gpt"}).json()
    page.goto(f"{product.url}/p/{project['id']}/build")
    expect(page.get_by_test_id("totals-parameters")).to_be_visible(timeout=60_000)
    page.keyboard.press("Control+Enter")
    page.get_by_test_id("train-batch-size").fill("5000")
    expect(page.get_by_test_id("memory-warning").last).to_contain_text("请减小批大小", timeout=60_000)
    watched.shot("memory-03-dark")
    page.get_by_test_id("take-largest-batch").last.click()
    expect(page.get_by_test_id("memory-warning")).to_have_count(0, timeout=60_000)
    watched.shot("memory-04-dark-fits")
    watched.close()

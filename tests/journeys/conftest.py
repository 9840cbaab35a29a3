"""A browser for the journeys of one module, and one that is signed in."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.journeys.browser import Watched, chromium
from tests.product import Product


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    with chromium() as browser:
        seen = Watched(browser)
        yield seen
        seen.close()


def wait_for_first_check(product: Product) -> None:
    """Where several products start at once, the first check waits longer for torch than the page is told to wait."""
    graph = {"format": 1, "nodes": [], "edges": [], "blocks": {}, "notes": []}
    deadline = time.monotonic() + 120
    while product.api.post("graphs/check/", json={"graph": graph}, timeout=60).status_code == 503:
        assert time.monotonic() < deadline
        time.sleep(1)


@pytest.fixture(scope="module")
def signed_in(product: Product, watched: Watched) -> None:
    """The link signs in once: for all tests of the module."""
    wait_for_first_check(product)
    watched.page.goto(product.owner_link)
    expect(watched.page.get_by_test_id("open-iris")).to_be_visible(timeout=60_000)

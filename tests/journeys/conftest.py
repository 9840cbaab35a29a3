"""A browser for the journeys of one module, and one that is signed in."""

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


@pytest.fixture(scope="module")
def signed_in(product: Product, watched: Watched) -> None:
    """The link signs in once: for all tests of the module."""
    watched.page.goto(product.owner_link)
    expect(watched.page.get_by_test_id("open-iris")).to_be_visible(timeout=60_000)

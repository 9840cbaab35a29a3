"""Weights in common: two layers that are one module, and one parameter tied to another: chosen, undone, told."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.browser import Watched, expect_parameters
from tests.product import Product

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]
ENDS = 4 * 16 + 16 + 16 * 3 + 3  # the layers that are there from the start
DENSE = 16 * 16 + 16


def test_layers_share_a_module_or_a_parameter(product: Product, watched: Watched):
    page = watched.page
    page.goto(product.owner_link)
    page.get_by_test_id("open-iris").click()
    page.wait_for_url(re.compile(r"/p/.+/build"))
    expect_parameters(page, ENDS)

    # Two dense layers of the same sizes in a row.
    page.get_by_test_id("node-act").click()
    for number in (1, 2):
        page.get_by_test_id("palette-search").fill("Linear")
        page.get_by_test_id("palette-Linear").first.press("Enter")
        page.get_by_test_id("param-out_features").fill("16")
        page.get_by_test_id("param-out_features").press("Tab")
        expect_parameters(page, ENDS + number * DENSE)

    # As one module they have one set of weights, and the settings of the second are those of the first.
    page.get_by_test_id("shares").select_option(label="linear")
    expect_parameters(page, ENDS + DENSE)
    expect(page.get_by_test_id("linked-linear2")).to_be_visible()
    expect(page.get_by_test_id("param-out_features")).to_have_count(0)
    watched.shot_in_both("weights-01-shared")
    page.get_by_test_id("shares").press("Control+Z")
    expect_parameters(page, ENDS + 2 * DENSE)

    # A single parameter can be that of another layer.
    page.get_by_test_id("ties").click()
    page.get_by_test_id("tie-weight").select_option(label="linear.weight")
    expect_parameters(page, ENDS + 2 * DENSE - 16 * 16)
    watched.shot_in_both("weights-02-tied")
    page.get_by_test_id("drawer-code").click()
    expect(page.locator(".cm-content")).to_contain_text("self.linear2.weight = self.linear.weight")

    # One that no longer fits is told where it was chosen.
    page.get_by_test_id("node-linear").click()
    page.get_by_test_id("param-out_features").fill("8")
    page.get_by_test_id("node-linear2").click()
    expect(page.get_by_test_id("tie-weight")).to_have_attribute("aria-invalid", "true", timeout=60_000)

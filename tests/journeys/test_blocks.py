"""Blocks in the editor: made of what is selected, opened, parameterized, named, repeated, dissolved, undone."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.browser import Watched, expect_parameters
from tests.product import Product

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("signed_in"), pytest.mark.timeout(300)]


def test_a_block_is_made_opened_parameterized_repeated_and_dissolved(product: Product, watched: Watched):
    page = watched.page
    page.goto(product.url)
    page.get_by_test_id("open-iris").click()
    page.wait_for_url(re.compile(r"/p/.+/build"))
    expect_parameters(page, 4 * 16 + 16 + 16 * 3 + 3)

    # A layer says what it computes.
    page.get_by_test_id("node-hidden").click()
    expect(page.get_by_test_id("formula").locator("math")).to_be_visible()

    # An Output stays outside of blocks; a dense layer and its activation become one.
    page.keyboard.press("Control+A")
    page.keyboard.press("b")
    expect(page.get_by_test_id("block-refusal")).to_contain_text("stays outside of blocks")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.get_by_test_id("node-hidden").click()
    page.get_by_test_id("node-act").click(modifiers=["Shift"])
    page.keyboard.press("b")
    made = page.get_by_test_id("node-block")
    expect(made).to_be_visible()
    expect(page.get_by_test_id("node-hidden")).to_have_count(0)
    expect_parameters(page, 4 * 16 + 16 + 16 * 3 + 3)
    watched.shot("blocks-01-made")

    # It opens in place, gets a name and a parameter, which the dense layer inside takes.
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("block-trail")).to_contain_text("used once")
    expect(page.get_by_test_id("node-hidden")).to_be_visible()
    page.get_by_test_id("block-name").fill("Dense")
    page.get_by_test_id("block-name").press("Enter")
    expect(page.get_by_test_id("block-name")).to_have_value("Dense")
    page.get_by_test_id("add-block-param").click()
    expect(page.get_by_test_id("block-param-width")).to_be_visible()
    page.get_by_test_id("node-hidden").click()
    page.get_by_test_id("take-width-out_features").click()
    expect(page.get_by_test_id("from-block-out_features")).to_have_text("width")
    expect_parameters(page, 4 * 64 + 64 + 64 * 3 + 3)
    expect(page.locator("text.elabel").filter(has_text="64").first).to_be_visible()
    watched.shot("blocks-02-open")

    # Outside, each use sets its own width; one that gives what it takes can repeat.
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("block-trail")).to_have_count(0)
    page.get_by_test_id("param-width").fill("4")
    expect_parameters(page, 4 * 4 + 4 + 4 * 3 + 3)
    page.get_by_test_id("repeat").fill("3")
    page.get_by_test_id("repeat").press("Tab")
    expect_parameters(page, 3 * (4 * 4 + 4) + 4 * 3 + 3)
    watched.shot("blocks-03-repeated")

    # The code has a class for it and a loop over its copies.
    page.get_by_test_id("drawer-code").click()
    expect(page.locator(".cm-content")).to_contain_text("class Dense(nn.Module)")
    expect(page.locator(".cm-content")).to_contain_text("for block_ in self.block:")

    # Repeated, it cannot be dissolved; once, it can, and all of it can be undone.
    made.click()
    page.keyboard.press("Shift+G")
    expect(page.get_by_test_id("block-refusal")).to_contain_text("Set its repeat to 1 first")
    page.get_by_test_id("repeat").fill("1")
    page.get_by_test_id("repeat").press("Tab")
    expect_parameters(page, 4 * 4 + 4 + 4 * 3 + 3)
    made.click()
    page.keyboard.press("Shift+G")
    expect(page.get_by_test_id("node-hidden")).to_be_visible()
    expect(made).to_have_count(0)
    expect_parameters(page, 4 * 4 + 4 + 4 * 3 + 3)

    # What nothing uses any more can be deleted from the list of blocks.
    page.get_by_test_id("delete-Dense").click()
    expect(page.get_by_test_id("palette-Dense")).to_have_count(0)
    page.get_by_test_id("canvas").click(position={"x": 30, "y": 400})
    page.keyboard.press("Control+Z")
    expect(page.get_by_test_id("delete-Dense")).to_be_visible()
    page.keyboard.press("Control+Z")
    expect(page.get_by_test_id("delete-Dense")).to_have_count(0)
    expect(made).to_be_visible()
    expect(page.get_by_test_id("train")).to_be_enabled()


def test_a_block_of_the_library_is_placed_with_its_definition(product: Product, watched: Watched):
    page = watched.page
    page.goto(product.url)
    page.get_by_test_id("more-samples").click()
    page.get_by_test_id("open-digits-dense").click()
    page.wait_for_url(re.compile(r"/p/.+/build"))
    expect_parameters(page, 64 * 64 + 64 + 64 * 10 + 10)
    page.get_by_test_id("node-act").click()
    page.get_by_test_id("palette-search").fill("MLP")
    page.get_by_test_id("palette-MLP").first.press("Enter")
    placed = page.get_by_test_id("node-mlp")
    expect(placed).to_be_visible()
    placed.dblclick()
    expect(page.get_by_test_id("block-name")).to_have_value("MLP")
    watched.shot("blocks-04-library")


def test_on_a_narrow_screen_the_palette_makes_way(product: Product, watched: Watched):
    page = watched.page
    page.set_viewport_size({"width": 1000, "height": 900})
    page.goto(product.url)
    page.get_by_test_id("open-iris").click()
    page.wait_for_url(re.compile(r"/p/.+/build"))
    palette = page.get_by_test_id("palette")
    layers = palette.get_by_test_id("palette-Linear").first
    page.get_by_test_id("node-act").click()
    expect(layers).to_be_hidden()
    page.get_by_test_id("palette-search").focus()
    expect(layers).to_be_visible()
    watched.shot("blocks-05-narrow-palette")
    page.get_by_test_id("node-logits").click()
    expect(layers).to_be_hidden()
    page.get_by_test_id("palette-search").focus()
    page.keyboard.press("Escape")
    expect(layers).to_be_hidden()

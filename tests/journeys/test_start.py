"""From the start page to a canvas: what a template brings along, and models of other programs."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.browser import Watched, chromium
from tests.product import Product

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def watched(product: Product) -> Iterator[Watched]:
    with chromium() as browser:
        seen = Watched(browser)
        seen.page.goto(product.owner_link)
        expect(seen.page.get_by_test_id("open-iris")).to_be_visible()
        yield seen
        seen.close()


def open_template(page: Page, product: Product, template: str) -> None:
    page.goto(product.url)
    page.get_by_test_id(f"open-{template}").click()
    page.wait_for_url(re.compile(r"/p/.+/build"))


def expect_settings(page: Page, **values: str) -> None:
    for name, value in values.items():
        expect(page.get_by_test_id(f"train-{name.replace('_', '-')}")).to_have_value(value)


def test_a_template_is_trained_with_the_settings_it_recommends(product: Product, watched: Watched):
    page = watched.page
    open_template(page, product, "iris")
    expect(page.get_by_test_id("totals")).to_contain_text("at batch 16", timeout=60_000)
    page.get_by_test_id("train").click()
    expect_settings(page, epochs="60", batch_size="16", optimizer="Adam", rate="1e-2")
    recommended = page.get_by_test_id("train-recommended")
    expect(recommended).to_contain_text("train the template’s model well")
    watched.shot_in_both("start-01-recommended")

    # Other settings are told from them, and can be taken back.
    page.get_by_test_id("train-epochs").fill("2")
    page.get_by_test_id("train-optimizer").select_option("SGD")
    expect(recommended).to_contain_text("Not the settings that the template recommends")
    page.get_by_test_id("train-take-recommended").click()
    expect_settings(page, epochs="60", batch_size="16", optimizer="Adam", rate="1e-2")

    # A run is made with what the form says, and the form has it again next time.
    page.get_by_test_id("train-epochs").fill("3")
    page.get_by_test_id("train-start").click()
    page.wait_for_url(re.compile(r"/runs/.+"))
    run = product.api.get("runs/").json()["results"][0]
    made = (run["num_epochs"], run["batch_size"], run["learning_rate"])
    assert made == (3, 16, 0.01)
    page.go_back()
    page.get_by_test_id("train").click()
    expect_settings(page, epochs="3", batch_size="16", optimizer="Adam", rate="1e-2")
    expect(recommended).to_contain_text("Not the settings that the template recommends")
    watched.shot_in_both("start-02-not-recommended")


def test_a_blank_project_recommends_nothing(product: Product, watched: Watched):
    page = watched.page
    page.goto(product.url)
    page.get_by_test_id("blank-project").click()
    page.wait_for_url(re.compile(r"/p/.+/build"))
    page.get_by_test_id("train").click()
    expect_settings(page, epochs="5", batch_size="32")
    expect(page.get_by_test_id("train-recommended")).to_have_count(0)

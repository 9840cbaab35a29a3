"""With texts: the sample trains a small classifier that answers about a typed review; a plain text is taken as well."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.browser import Watched
from tests.product import Product

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("signed_in"), pytest.mark.timeout(600)]
LONG = 300_000
PARAGRAPHS = (
    "The fox went out on a chilly night.\nHe prayed for the moon to give him light.",
    "他走了很远的路，夜里很冷。月亮照着他。",
    "خرج الثعلب في ليلة باردة.",
    "It says <b>bold</b> and <script>alert(1)</script> & that is all.",
    "He had many a mile to go that night " * 12,
)


def shapes_out(page: Page) -> list[str]:
    return page.get_by_test_id("shape-out").all_inner_texts()


def test_the_text_sample_becomes_a_classifier_that_reads_a_typed_review(product: Product, watched: Watched):
    page = watched.page
    page.goto(product.url)
    expect(page.get_by_test_id("template-text-mean")).to_contain_text("5,000 texts")
    watched.shot_in_both("texts-01-start")
    page.get_by_test_id("open-text-mean").click()
    page.wait_for_url(re.compile(r"/p/.+/build"))

    # The settings of the encoder stand with its columns; the shape follows them, and undo takes a step back.
    page.get_by_test_id("node-tokens").click()
    length = page.get_by_test_id("encoder").get_by_test_id("param-max_length")
    expect(length).to_have_value("128", timeout=60_000)
    watched.shot_in_both("texts-02-input")
    length.fill("64")
    length.press("Tab")
    expect(page.get_by_test_id("shape-out")).to_contain_text("64", timeout=60_000)
    expect(page.get_by_test_id("problem")).to_have_count(0)
    page.get_by_test_id("tool-undo").click()
    expect(length).to_have_value("128")
    expect(page.get_by_test_id("shape-out")).to_contain_text("128", timeout=60_000)

    # An Output may learn the next token instead of a column, and is measured by what suits it.
    page.get_by_test_id("node-score").click()
    page.get_by_test_id("output-target").select_option("the next token")
    expect(page.locator(".columns .column")).to_have_text([re.compile("Accuracy"), re.compile("Perplexity")])
    watched.shot_in_both("texts-03-next-token")
    page.get_by_test_id("output-target").select_option("score")
    expect(page.get_by_test_id("problem")).to_have_count(0, timeout=60_000)

    page.get_by_test_id("train").click()
    page.get_by_test_id("train-epochs").fill("4")
    page.get_by_test_id("train-start").click()
    page.wait_for_url(re.compile(r"/runs/.+"))
    expect(page.get_by_test_id("run-status")).to_have_attribute("data-status", "succeeded", timeout=LONG)
    accuracy = page.get_by_test_id("test-metrics").locator("[data-metric='accuracy']")
    assert float(accuracy.get_attribute("data-value")) >= 0.7
    watched.shot_in_both("texts-04-trained")

    # What is typed goes as it is, and a review that could not be kinder is great.
    page.get_by_test_id("run-deploy").click()
    page.get_by_test_id("deploy-start").click()
    page.wait_for_url(re.compile(r"/deploy/.+"))
    review = page.get_by_test_id("try-form").get_by_role("textbox", name="review")
    expect(review).not_to_have_value("", timeout=120_000)  # filled from a row of the test split
    typed = "Delicious! I love it, the best snack ever.\n\nPerfect, great price, highly recommend."
    review.fill(typed)
    with page.expect_request(re.compile("/try/")) as asked:
        page.get_by_test_id("try-predict").click()
    assert asked.value.post_data_json == {"instances": [{"review": typed}]}
    expect(page.get_by_test_id("prediction")).to_have_text("great")
    watched.shot_in_both("texts-05-answered")


def test_a_plain_text_becomes_rows_that_are_shown_as_they_were_written(
    product: Product, watched: Watched, tmp_path: Path
):
    page = watched.page
    story = tmp_path / "story.txt"
    story.write_text("\n\n".join(PARAGRAPHS * 4), encoding="utf-8")
    broken = tmp_path / "broken.txt"
    broken.write_bytes(b"caf\xe9")
    page.goto(f"{product.url}/datasets")
    page.get_by_test_id("upload").set_input_files(broken)
    expect(page.locator(".form-problem")).to_contain_text("Line 1 is not UTF-8")
    page.get_by_test_id("upload").set_input_files(story)
    page.wait_for_url(re.compile(r"/datasets/.+"))
    rows = page.get_by_test_id("rows")
    expect(rows).to_contain_text("<script>alert(1)</script>", timeout=60_000)
    expect(page.get_by_test_id("column-panel")).to_contain_text("words")
    watched.shot_in_both("texts-06-rows")
    long = rows.locator("button[aria-expanded]").first
    long.click()
    expect(long).to_have_attribute("aria-expanded", "true")

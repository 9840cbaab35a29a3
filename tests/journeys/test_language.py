"""A network that learns the next token of the reviews, and goes on with a prompt in the browser and over the API."""

import re
import time
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from tests.journeys.browser import Watched
from tests.product import Product

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("signed_in"), pytest.mark.timeout(600)]
LONG = 300_000
TOKENS = 300
CONFIG = {
    "epochs": 3,
    "batch_size": 64,
    "optimizer": {"type": "Adam", "params": {"lr": 0.003}},
    "limits": {"minutes": 0.4},
}


def shrunk(graph: dict[str, Any]) -> dict[str, Any]:
    """The GPT of the template, so small that it learns something in seconds."""
    nodes = {node["name"]: node for node in graph["nodes"]}
    nodes["tokens"]["params"] |= {
        "encoder": {"tokens": "subwords", "vocab_size": TOKENS, "max_length": 32},
        "shape": [32],
    }
    nodes["words"]["params"] |= {"num_embeddings": TOKENS, "embedding_dim": 64}
    nodes["places"]["params"] |= {"width": 64, "max_length": 32}
    nodes["thinking"]["params"] |= {"width": 64, "heads": 2, "hidden": 128}
    nodes["thinking"]["repeat"] = 2
    nodes["scores"]["params"] |= {"out_features": TOKENS}
    return graph


def started(api: httpx.Client, body: dict[str, Any]) -> dict[str, Any]:
    """The run, as soon as its data set is ready."""
    deadline = time.monotonic() + 120
    while True:
        answer = api.post("runs/", json=body, timeout=120)
        if answer.status_code == 201:
            return answer.json()
        assert answer.json()["code"] == "run.dataset_not_ready", answer.text
        assert time.monotonic() < deadline
        time.sleep(0.5)


def test_a_small_gpt_learns_the_reviews_and_goes_on_with_a_prompt(product: Product, watched: Watched) -> None:
    api, page = product.api, watched.page
    project = api.post("projects/", json={"template": "gpt", "size": 64}).raise_for_status().json()
    place = f"projects/{project['id']}/graph/"
    given = api.get(place).raise_for_status()
    api.put(place, json=shrunk(given.json()), headers={"If-Match": given.headers["ETag"]}).raise_for_status()
    run = started(api, {"project": project["id"], "config": CONFIG})

    page.goto(f"{product.url}/p/{project['id']}/runs/{run['id']}")
    expect(page.get_by_test_id("run-status")).to_have_attribute("data-status", "succeeded", timeout=LONG)
    surprise = page.get_by_test_id("test-metrics").locator("[data-metric='perplexity']")
    assert float(surprise.get_attribute("data-value") or "inf") < 0.5 * TOKENS  # which it were, had it learned nothing
    watched.shot_in_both("language-01-trained")

    page.get_by_test_id("run-deploy").click()
    page.get_by_test_id("deploy-start").click()
    page.wait_for_url(re.compile(r"/deploy/.+"))
    page.get_by_test_id("try-form").get_by_role("textbox").first.fill("This coffee", timeout=180_000)
    page.get_by_test_id("try-predict").click()
    expect(page.get_by_test_id("generated")).to_contain_text("This coffee", timeout=120_000)
    watched.shot_in_both("language-02-written")

    slug = page.url.rstrip("/").rsplit("/", 1)[1]
    key = api.post(f"deployments/{slug}/keys/", json={"name": "texts"}).raise_for_status().json()["key"]
    asked = {"prompt": "I love this", "max_tokens": 12, "temperature": 0}
    answers = [
        httpx.post(
            f"{product.url}/api/v1/predict/{slug}/",
            json={"instances": [asked]},
            headers={"Authorization": f"Bearer {key}"},
            timeout=60,
        )
        for _ in range(2)
    ]
    first, again = (answer.raise_for_status().json()["predictions"][0]["next_word"] for answer in answers)
    assert first == again
    assert first["text"]
    assert first["num_tokens"] <= 12

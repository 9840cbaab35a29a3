"""Every page in both languages, both themes, wide and narrow: it opens, has no serious barrier, leaves a picture."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.browser import ROOT, Watched, chromium
from tests.product import Product

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]
AXE = (ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js").read_text()
BARRIERS = """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
  .filter((found) => ["serious", "critical"].includes(found.impact))
  .map((found) => `${found.id}: ${found.nodes.map((node) => node.target.join(" ")).join(", ")}`)"""
CUT_OFF = """() => [...document.querySelectorAll(".card")]
  .filter((card) => getComputedStyle(card).overflowY === "hidden" && card.scrollHeight > card.clientHeight + 1)
  .map((card) => card.innerText.split("\\n")[0])"""
LONG_NAME = "Handwritten digits, second class of the spring term, with everything that was tried"
CONFIG = {"epochs": 3, "optimizer": {"type": "Adam", "params": {"lr": 1e-3}}}


@dataclass(frozen=True)
class Work:
    """What the pages show: a trained and deployed project."""

    project: str
    run: str
    dataset: str
    slug: str

    def pages(self) -> dict[str, tuple[str, str]]:
        """Address and what is visible once the page has come, by name."""
        project = f"/p/{self.project}"
        return {
            "start": ("/", "[data-testid=projects]"),
            "editor": (f"{project}/build", "text.elabel"),
            "data": (f"{project}/data", "[data-testid=rows]"),
            "dataset": (f"/datasets/{self.dataset}", "[data-testid=rows]"),
            "datasets": ("/datasets", "[data-testid=datasets]"),
            "runs": (f"{project}/runs", "[data-testid=run-row-1]"),
            "run": (f"{project}/runs/{self.run}", "[data-testid=test-metrics]"),
            "deployment": (f"{project}/deploy/{self.slug}", "[data-testid=snippet-curl]"),
            "account": ("/account", "[data-testid=new-token]"),
        }


@pytest.fixture(scope="module")
def work(product: Product) -> Work:
    api = product.api

    def until(path: str, ready: Callable[[dict], bool]) -> dict:
        deadline = time.monotonic() + 180
        while not ready(state := api.get(path).raise_for_status().json()):
            assert time.monotonic() < deadline, state
            time.sleep(0.2)
        return state

    project = api.post("projects/", json={"template": "digits-dense"}).raise_for_status().json()
    project = until(f"projects/{project['id']}/", lambda state: state["dataset"]["status"] == "ready")
    run = api.post("runs/", json={"project": project["id"], "config": CONFIG}).raise_for_status().json()
    until(f"runs/{run['id']}/", lambda state: state["status"] == "succeeded")
    slug = api.post("deployments/", json={"run": run["id"]}).raise_for_status().json()["slug"]
    until(f"deployments/{slug}/", lambda state: state["active_version"] is not None)
    return Work(project["id"], run["id"], project["dataset"]["id"], slug)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def signed_in(product: Product, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cookies of the owner."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(product.owner_link)
    expect(page.get_by_test_id("user-menu")).to_be_visible()
    path = tmp_path_factory.mktemp("browser") / "state.json"
    context.storage_state(path=path)
    context.close()
    return path


@pytest.mark.parametrize(
    ("locale", "scheme", "width"),
    [("en-GB", "light", 1440), ("en-GB", "dark", 1024), ("zh-CN", "light", 1024), ("zh-CN", "dark", 1440)],
)
def test_every_page_opens_without_a_serious_barrier(product, work, browser, signed_in, locale, scheme, width):
    seen = Watched(browser, locale=locale, scheme=scheme, width=width, storage_state=signed_in, bypass_csp=True)
    barriers: dict[str, list[str]] = {}
    for name, (address, landmark) in work.pages().items():
        seen.page.goto(product.url + address)
        expect(seen.page.locator(landmark).first).to_be_visible(timeout=30_000)
        seen.page.wait_for_timeout(300)
        seen.shot(f"{name}-{locale[:2]}-{scheme}-{width}")
        seen.page.evaluate(AXE)
        if found := seen.page.evaluate(BARRIERS):
            barriers[name] = found
        if locale == "zh-CN":
            assert any("\u4e00" <= letter <= "\u9fff" for letter in seen.page.title() + seen.page.inner_text("body"))
        overflow = seen.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{name} scrolls sideways by {overflow} px"
        assert seen.page.evaluate(CUT_OFF) == [], f"panels of {name} do not show all that is in them"
    seen.close()
    assert not barriers, barriers


@pytest.mark.parametrize("width", [820, 1280])
def test_a_long_name_of_a_project_leaves_train_in_sight(product, work, browser, signed_in, width):
    name = product.api.get(f"projects/{work.project}/").raise_for_status().json()["name"]
    product.api.patch(f"projects/{work.project}/", json={"name": LONG_NAME}).raise_for_status()
    seen = Watched(browser, width=width, storage_state=signed_in)
    seen.page.goto(f"{product.url}/p/{work.project}/build")
    expect(seen.page.get_by_test_id("project-menu")).to_have_attribute("title", LONG_NAME)
    expect(seen.page.get_by_test_id("train")).to_be_in_viewport(ratio=1)
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    seen.shot(f"long-name-{width}")
    seen.close()
    product.api.patch(f"projects/{work.project}/", json={"name": name}).raise_for_status()


def test_the_dashboard_opens_for_the_owner(product, work, browser, signed_in):
    seen = Watched(browser, storage_state=signed_in)
    seen.page.goto(f"{product.url}/admin/")
    expect(seen.page.locator("[data-figure=runs]")).to_have_text("1")
    expect(seen.page.locator("[data-figure=deployments]")).to_have_text("1")
    expect(seen.page.locator("[data-table=workers]")).to_contain_text("cpu", ignore_case=True)
    seen.shot("admin-light")
    seen.close()

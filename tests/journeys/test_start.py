"""From the start page to a canvas: what a template brings along, and models of other programs."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.browser import Watched
from tests.product import Product
from tests.trainer.graph.documents import chain, node
from tests.trainer.graph.importing.exported import network, onnx_bytes
from trainer.graph.document import parse_document
from trainer.graph.importing.weights import write_weights

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("signed_in"), pytest.mark.timeout(300)]


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


def choose(page: Page, *paths: Path) -> None:
    page.get_by_test_id("import-model").set_input_files(paths)


def expect_refused(page: Page, path: Path, *sentences: str) -> None:
    refusal = page.get_by_test_id("import-refusal")
    expect(refusal).to_contain_text(f"{path.name} was not imported", timeout=60_000)
    for sentence in sentences:
        expect(refusal).to_contain_text(sentence)
    expect(page.get_by_test_id("import-open")).to_have_count(0)


def expect_taken(page: Page, *sentences: str) -> None:
    for sentence in sentences:
        expect(page.get_by_test_id("import-report")).to_contain_text(sentence, timeout=90_000)
    expect(page.get_by_test_id("import-refusal")).to_have_count(0)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A network as ONNX, as a graph and as weights; and files that nothing can be made of."""
    folder = tmp_path_factory.mktemp("models")
    graph = chain(node("a", "Input", shape=[4]), node("hidden", "Linear", out_features=3), node("c", "Output"))
    document = parse_document(graph)
    compiled = network(document)
    onnx = onnx_bytes(document, compiled)
    weights = write_weights({name: tensor.numpy() for name, tensor in compiled.network.state_dict().items()})
    contents = {
        "net.onnx": onnx,
        "net.json": json.dumps(graph).encode(),
        "net.safetensors": weights,
        "cut.onnx": onnx[: len(onnx) // 2],
        "cut.safetensors": weights[:-8],
        "cut.json": json.dumps(graph).encode()[:60],
        "other.json": b'{"name": "no graph"}',
        "empty.onnx": b"",
        "picture.png": b"\x89PNG\r\n\x1a\n" + b"0" * 100,
        "model.pt": b"x" * 100,
    }
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    with (folder / "huge.onnx").open("wb") as huge:
        huge.truncate(600 * 1024**2)
    return {path.name: path for path in folder.iterdir()}


def test_files_that_are_no_models_are_refused_and_say_what_to_do(
    product: Product, watched: Watched, files: dict[str, Path]
):
    page = watched.page
    page.goto(product.url)
    before = product.api.get("projects/").json()["results"]
    for _ in range(2):
        choose(page, files["empty.onnx"])
        expect_refused(page, files["empty.onnx"], "The file is empty", "Save or download it again")
    choose(page, files["picture.png"])
    expect_refused(page, files["picture.png"], "is not a file that can be imported", "ONNX (.onnx)")
    page.get_by_test_id("import-refusal").scroll_into_view_if_needed()
    watched.shot_in_both("start-03-refused")
    choose(page, files["model.pt"])
    expect_refused(page, files["model.pt"], "safetensors.torch.save_file")
    choose(page, files["cut.onnx"])
    expect_refused(page, files["cut.onnx"], "it ends too early", "Export or download it again")
    choose(page, files["cut.json"])
    expect_refused(page, files["cut.json"], "This is not JSON", "downloaded in the editor")
    choose(page, files["other.json"])
    expect_refused(page, files["other.json"], "“format” is missing", "downloaded in the editor")
    choose(page, files["huge.onnx"])
    expect_refused(page, files["huge.onnx"], "larger than the 512 MB")
    choose(page, files["net.safetensors"])
    expect_refused(page, files["net.safetensors"], "Choose the graph they are for")
    choose(page, files["net.json"], files["cut.safetensors"])
    expect(page.get_by_test_id("import-refusal")).to_contain_text("lies outside the file", timeout=60_000)
    choose(page, files["net.onnx"], files["cut.onnx"])
    expect(page.locator(".form-problem")).to_contain_text("2 files are not one model")
    expect(page.get_by_test_id("import-refusal")).to_have_count(0)
    assert product.api.get("projects/").json()["results"] == before


def test_models_are_imported_again_and_again_and_can_be_called_off(
    product: Product, watched: Watched, files: dict[str, Path]
):
    page = watched.page
    page.goto(product.url)
    choose(page, files["net.onnx"])
    expect(page.get_by_test_id("import-progress")).to_contain_text("Reading net.onnx")
    page.get_by_test_id("import-cancel").click()
    expect(page.get_by_test_id("import-progress")).to_have_count(0)
    expect(page.get_by_test_id("import-report")).to_have_count(0)
    for _ in range(2):
        choose(page, files["net.onnx"])
        expect(page.get_by_test_id("import-progress")).to_contain_text(re.compile(r"Reading net\.onnx.*[1-9] s"))
        watched.shot_in_both("start-04-reading")
        expect_taken(page, "2 tensors of weights were taken", "the graph answers as ONNX Runtime does")
    watched.shot_in_both("start-05-taken")
    choose(page, files["net.json"], files["net.safetensors"])
    expect_taken(page, "2 of 2 tensors of the graph were found")

    # The keyboard is where one goes on.
    expect(page.get_by_test_id("import-open")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/p/.+/build"))
    expect(page.get_by_test_id("node-hidden")).to_be_visible()
    page.get_by_test_id("train").click()
    expect(page.get_by_test_id("train-imported")).to_be_checked()
    page.keyboard.press("Escape")

    # What the editor gives away, the card takes again.
    page.get_by_test_id("canvas").focus()
    page.keyboard.press("Control+K")
    page.keyboard.type("Download the graph")
    with page.expect_download() as waiting:
        page.keyboard.press("Enter")
    assert waiting.value.suggested_filename == "net.json"
    page.goto(product.url)
    choose(page, Path(waiting.value.path()).rename(files["net.json"].with_name("again.json")))
    expect_taken(page, "A graph of Layerloom. Layers: 3.")

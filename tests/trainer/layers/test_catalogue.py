"""The catalogue against torch, its documentation and the form it is served in."""

import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from torch import nn

from trainer.forms import catalogue_json
from trainer.layers import docs, gen
from trainer.layers.families import FAMILIES
from trainer.layers.registry import CATALOGUE
from trainer.layers.signatures import MODULE_ATTRIBUTES, SIGNATURES
from trainer.layers.spec import REQUIRED, Layer

NOTHING_COMPUTED = {"Input", "Output", "BlockInput", "BlockOutput"}


def test_the_signatures_are_those_of_the_installed_torch() -> None:
    ruff = [sys.executable, "-m", "ruff", "format", "--line-length", "120", "-"]
    rendered = subprocess.run(ruff, input=gen.render(), capture_output=True, text=True, check=True).stdout

    assert gen.TARGET.read_text(encoding="utf-8") == rendered


def test_every_layer_of_torch_is_in_the_catalogue() -> None:
    modules = [layer.module for layer in CATALOGUE.values() if layer.module]

    assert set(modules) == set(gen.torch_layers()) == SIGNATURES.keys()
    assert len(modules) == len(set(modules)) == 116
    assert gen.NO_LAYERS.isdisjoint(modules)


@pytest.mark.parametrize("layer", CATALOGUE.values(), ids=lambda layer: layer.type)
def test_every_layer_has_a_formula_an_icon_and_a_family(layer: Layer) -> None:
    icons = (Path(__file__).parents[3] / "frontend/src/ui/icons.svg").read_text(encoding="utf-8")

    assert layer.family in FAMILIES
    assert f'id="i-{layer.icon}"' in icons
    assert bool(layer.formula) == (layer.type not in NOTHING_COMPUTED)
    assert layer.formula.count("{") == layer.formula.count("}")


def test_names_that_torch_uses_cannot_be_given_to_nodes() -> None:
    assert {"forward", "train", "parameters", "state_dict", "to", "training"} <= MODULE_ATTRIBUTES
    assert {name for name in dir(nn.Module()) if not name.startswith("_")} == MODULE_ATTRIBUTES


def test_the_page_of_the_layers_is_up_to_date() -> None:
    assert docs.TARGET.read_text(encoding="utf-8") == docs.render()


@pytest.mark.parametrize("layer", CATALOGUE.values(), ids=lambda layer: layer.type)
def test_every_word_is_there_in_both_languages(layer: Layer) -> None:
    texts = [layer.label, layer.summary, *[text for param in layer.params for text in (param.label, param.summary)]]

    assert all(text.en.strip() and text.zh.strip() for text in texts)
    assert all(any("一" <= character <= "鿿" for character in summary.zh) for summary in (layer.summary,))
    assert set(layer.telling) <= {param.name for param in layer.params}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_served_catalogue_has_a_form_for_every_parameter(language: str) -> None:
    served = catalogue_json(language)

    assert [layer["type"] for layer in served["layers"]] == list(CATALOGUE)
    assert [family["id"] for family in served["families"]] == list(FAMILIES)
    for layer in served["layers"]:
        for param in layer["params"]:
            jsonschema.Draft202012Validator.check_schema(param["schema"])


@pytest.mark.parametrize("layer", CATALOGUE.values(), ids=lambda layer: layer.type)
def test_defaults_and_tried_values_satisfy_the_forms(layer: Layer) -> None:
    for param in layer.params:
        values = [*layer.example.tries.get(param.name, ()), *([] if param.default is REQUIRED else [param.default])]
        for value in values:
            jsonschema.validate(value, param.json_schema())


def test_the_catalogue_needs_no_torch() -> None:
    torch_free = "trainer.graph.bind, trainer.graph.check, trainer.graph.document, trainer.graph.templates"
    served = "from trainer.forms import catalogue_json; catalogue_json()"
    script = f"import sys, {torch_free}; {served}; sys.exit('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_a_layer_is_found_by_its_plain_name_in_either_language():
    english = {layer["type"]: layer for layer in catalogue_json("en")["layers"]}
    chinese = {layer["type"]: layer for layer in catalogue_json("zh")["layers"]}
    assert english["Chunk"]["aliases"] == [chinese["Chunk"]["label"]]
    assert chinese["Chunk"]["aliases"] == [english["Chunk"]["label"]]
    assert all(layer["label"] not in layer["aliases"] for layer in english.values())

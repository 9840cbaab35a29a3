"""The block library as the application gives it, in the form of the catalogue's layers."""

from typing import Any

from trainer.forms import aliases, param_json
from trainer.graph.block_library import LIBRARY, LibraryBlock
from trainer.graph.parts import BLOCK_PREFIX

TELLING = 2


def blocks_json(language: str = "en") -> list[dict[str, Any]]:
    """Every block with its form and the definitions that placing it copies into a document."""
    return [_block_json(block, language) for block in LIBRARY.values()]


def _block_json(block: LibraryBlock, language: str) -> dict[str, Any]:
    params = [param_json(param, language) for param in block.params]
    return {
        "type": BLOCK_PREFIX + block.name,
        "name": block.name,
        "family": "block",
        "icon": block.icon,
        "label": block.label.render(language),
        "aliases": aliases(block.label, language),
        "summary": block.summary.render(language),
        "formula": block.formula,
        "inputs": [_port_json(name) for name in block.block.port_names("BlockInput")],
        "outputs": [{"name": name} for name in block.block.port_names("BlockOutput")],
        "params": params,
        "telling": [param["name"] for param in params[:TELLING]],
        "definitions": {name: used.to_json() for name, used in block.definitions.items()},
    }


def _port_json(name: str) -> dict[str, Any]:
    return {"name": name, "variadic": False, "optional": False, "ranks": [], "dtypes": []}

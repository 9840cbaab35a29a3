"""The blocks that come along: composites of catalogue nodes, to place, open, copy and change. Torch-free.

A block is one file of `trainer/graph/blocks`: its words in both languages, its icon, its formula, the blocks it uses
and its definition in the document's own format.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from trainer.graph.block_words import BLOCK_WORDS
from trainer.graph.document import parse_document
from trainer.graph.parts import Block, BlockParam
from trainer.graph.values import block_param_form
from trainer.layers.spec import Param
from trainer.layers.words import COMMON_WORDS
from trainer.messages.registry import Text

FOLDER: Final = Path(__file__).parent / "blocks"
WORD_FIELDS: Final = ("label", "summary", "minimum", "maximum", "above", "below", "important")


@dataclass(frozen=True, slots=True)
class LibraryBlock:
    """One block of the library. `definitions` holds it and every block it uses, as a document would."""

    name: str
    label: Text
    summary: Text
    icon: str
    formula: str
    definitions: Mapping[str, Block]

    @property
    def block(self) -> Block:
        return self.definitions[self.name]

    @property
    def params(self) -> tuple[Param, ...]:
        """Its parameters as a layer would describe them."""
        return tuple(_described(param) for param in self.block.params)


def _described(param: BlockParam) -> Param:
    form = block_param_form(param)
    words = {**COMMON_WORDS.get(param.name, {}), **BLOCK_WORDS.get(param.name, {})}
    facts = {key: value for key, value in words.items() if key in WORD_FIELDS}
    return Param(
        **{"label": form.label, "summary": form.summary, **facts}, name=form.name, kind=form.kind, default=form.default
    )


def _read_library() -> Mapping[str, LibraryBlock]:
    files = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}
    return MappingProxyType({name: _read(name, files) for name in files})


def _read(name: str, files: Mapping[str, Any]) -> LibraryBlock:
    entry = files[name]
    names = _with_used(name, files)
    document = parse_document({"format": 1, "nodes": [], "edges": [], "blocks": {n: files[n]["block"] for n in names}})
    return LibraryBlock(
        name=name,
        label=Text(entry["label"]["en"], entry["label"]["zh"]),
        summary=Text(entry["summary"]["en"], entry["summary"]["zh"]),
        icon=entry["icon"],
        formula=entry["formula"],
        definitions=document.blocks,
    )


def _with_used(name: str, files: Mapping[str, Any]) -> list[str]:
    """The block and those it uses, the used ones first, each once."""
    names: list[str] = []
    for used in files[name]["uses"]:
        names += [inner for inner in _with_used(used, files) if inner not in names]
    return [*names, name]


LIBRARY: Final = _read_library()

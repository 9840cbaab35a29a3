"""How many rows of each split the network will see, from what is known before anything is encoded."""

from collections.abc import Mapping
from typing import Any, Final

from trainer.data.columns import Column, DataFacts
from trainer.graph.parts import Document, Node

CHARACTERS_PER_TOKEN: Final = 3  # of words and pieces of words: few, so that rather more rows are expected
CHARACTERS_PER_WORD: Final = 6


def expected_rows(document: Document, facts: DataFacts) -> Mapping[str, int]:
    """The splits of the data set; of a network that learns the next token about as many as it has windows."""
    if not any(node.type == "Output" and node.params.get("target") == "next_token" for node in document.nodes):
        return facts.splits
    for node in document.nodes:
        for name in (node.params.get("columns") or ()) if node.type == "Input" else ():
            if facts.columns[name].kind == "text":
                windows = _num_tokens(facts.columns[name], node, facts.num_rows) / int(node.params["shape"][0])
                return {split: max(1, round(windows * rows / facts.num_rows)) for split, rows in facts.splits.items()}
    return facts.splits


def _num_tokens(column: Column, node: Node, num_rows: int) -> float:
    known: Mapping[str, Any] = column.facts
    characters: int = known.get("num_characters", num_rows * known.get("max_words", 0) * CHARACTERS_PER_WORD)
    is_single = (node.params.get("encoder") or {}).get("tokens") == "characters"
    return characters / (1 if is_single else CHARACTERS_PER_TOKEN)

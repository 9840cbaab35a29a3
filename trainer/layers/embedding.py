"""Embeddings: a row of numbers to learn for each index."""

from collections.abc import Mapping
from typing import Any

from trainer.layers.entry import WHOLE, tensor, torch_layer
from trainer.layers.spec import Example, Fault, Shapes
from trainer.messages.registry import Text


def _padding_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    padding = values["padding_idx"]
    if padding is not None and padding >= values["num_embeddings"]:
        return Fault(
            "param.padding_idx", "padding_idx", {"expected": values["num_embeddings"] - 1, "received": padding}
        )
    return None


LAYERS = (
    torch_layer(
        "Embedding",
        family="embed",
        icon="embed",
        label=Text("Embedding", "嵌入"),
        summary=Text("Looks up a learned row of numbers for each index.", "为每个索引查出一行学到的数。"),
        inputs=(tensor(dtypes=WHOLE),),
        telling=("num_embeddings", "embedding_dim"),
        wrong=_padding_fault,
        example=Example(
            inputs={"input": (((5,), "int64"),)},
            params={"num_embeddings": 9, "embedding_dim": 4},
            tries={"num_embeddings": (7, 12), "embedding_dim": (2, 6), "padding_idx": (0, 3)},
        ),
    ),
)

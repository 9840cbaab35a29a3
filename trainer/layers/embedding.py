"""Embeddings: a row of numbers to learn for each index."""

from collections.abc import Mapping
from typing import Any

from trainer.layers.entry import WHOLE, about, tensor, torch_layer
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
        formula=r"y_t = W_{x_t}",
        inputs=(tensor(dtypes=WHOLE),),
        telling=("num_embeddings", "embedding_dim"),
        wrong=_padding_fault,
        example=Example(
            inputs={"input": (((5,), "int64"),)},
            params={"num_embeddings": 9, "embedding_dim": 4},
            tries={"num_embeddings": (7, 12), "embedding_dim": (2, 6), "padding_idx": (0, 3)},
        ),
    ),
    torch_layer(
        "EmbeddingBag",
        family="embed",
        icon="embed",
        label=Text("EmbeddingBag", "嵌入袋"),
        summary=Text(
            "Looks up a row for each index of a sample and gives their mean, sum or maximum.",
            "为样本的每个索引查出一行，并给出其平均、总和或最大值。",
        ),
        formula=r"y = \frac{1}{T} \sum_t W_{x_t}",
        params={
            "mode": about(
                Text("Brought together by", "汇总方式"),
                Text("How the rows of a sample become one.", "样本的各行如何合为一行。"),
                choices=("mean", "sum", "max"),
                important=True,
            )
        },
        hidden=frozenset({"include_last_offset"}),
        inputs=(tensor(dtypes=WHOLE, ranks=(2,)),),
        telling=("num_embeddings", "embedding_dim", "mode"),
        wrong=_padding_fault,
        example=Example(
            inputs={"input": (((5,), "int64"),)},
            params={"num_embeddings": 9, "embedding_dim": 4},
            tries={
                "num_embeddings": (7, 12),
                "embedding_dim": (2, 6),
                "mode": ("sum", "max"),
                "padding_idx": (0, 3),
            },
        ),
    ),
)

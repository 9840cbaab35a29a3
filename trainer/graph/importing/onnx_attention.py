"""Scaled dot-product attention: the softmax of a product of queries and keys, times the values."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isclose, sqrt

import numpy as np

from trainer.graph.importing.draft import Array, Wire
from trainer.graph.importing.onnx_logic import opposite
from trainer.graph.importing.onnx_match import attribute, behind, made_by, repeated, scaled, view
from trainer.graph.importing.onnx_op import Op, Value
from trainer.graph.importing.onnx_walk import Walk, ends
from trainer.graph.importing.report import Unfit
from trainer.graph.importing.views import BATCH, lay, plain

NOWHERE = -1e4  # what is added to a score so that nobody looks there is at most this
ELSE = "it is no attention"


@dataclass(slots=True)
class _Scores:
    """What a softmax is taken of: a product times a number, and where nobody looks."""

    product: str = ""
    factor: float = 1.0
    is_causal: bool = False
    padding: list[str] = field(default_factory=list)

    def hide_later(self, mask: Array) -> None:
        """Take in a constant that adds nothing up to the diagonal and hides what is beyond; unfit where it is none."""
        if mask.ndim < 2 or mask.shape[-1] != mask.shape[-2] or mask.shape[-1] < 2:
            raise Unfit(ELSE)
        first = mask[(0,) * (mask.ndim - 2)]
        later = np.triu(np.ones(first.shape, dtype=bool), 1)
        same = all(step == 0 or size == 1 for step, size in zip(mask.strides[:-2], mask.shape[:-2], strict=True))
        if not same or (first[~later] != 0).any() or (first[later] > NOWHERE).any():
            raise Unfit(ELSE)
        self.is_causal = True


@ends("MatMul")
def attention(walk: Walk, op: Op) -> Sequence[Value]:
    weights = made_by(walk, behind(walk, op.input_names[0], "Dropout", "Identity"), "Softmax")
    if walk.only_reader(weights.output[0]) is None:  # somebody wants to see who looks where
        raise Unfit(ELSE)
    rank = view(walk, weights.output[0]).rank
    if attribute(weights, "axis", -1 if walk.opset >= 13 else 1) not in (-1, rank - 1):
        raise Unfit(ELSE)
    scores = _Scores()
    _take_apart(walk, weights.input[0], scores)
    product = made_by(walk, scores.product, "MatMul")
    (query_name, of_query), (key_name, of_key) = scaled(walk, product.input[0]), scaled(walk, product.input[1])
    query, value = view(walk, query_name, rank), view(walk, op.input_names[1], rank)
    key = view(walk, key_name, rank).transposed((*range(rank - 2), rank - 1, rank - 2))
    queries, keys, values = (lay(walk.draft, each) for each in (query, key, value))
    laid_rank = len(queries.sizes)
    last_two = all(
        (laid.dim(rank - 2), laid.dim(rank - 1)) == (laid_rank - 2, laid_rank - 1) for laid in (queries, keys)
    )
    alike = queries.dims == keys.dims == values.dims and queries.sizes[:-2] == keys.sizes[:-2] == values.sizes[:-2]
    if not last_two or not alike or keys.sizes[-2] != values.sizes[-2]:
        raise Unfit(ELSE)
    asked = queries.wire
    factor = scores.factor * of_query * of_key * sqrt(queries.sizes[-1])
    if not isclose(factor, 1.0, rel_tol=1e-5):
        asked = walk.draft.add("ScaleShift", asked, {"scale": factor})
    ports = {"query": [asked], "key": [keys.wire], "value": [values.wire]}
    if scores.padding:
        ports["mask"] = [_padding(walk, scores.padding, keys.sizes[-2])]
    wire = walk.draft.add("ScaledDotProductAttention", ports, {"is_causal": scores.is_causal})
    return [queries.seen(wire, (*queries.sizes[:-1], values.sizes[-1]))]


def _take_apart(walk: Walk, name: str, scores: _Scores) -> None:
    """The product among what is added up; constants that hide what comes later, and masks of padding, beside it."""
    name = behind(walk, name, "Reshape", "Expand", "Unsqueeze", "Identity")
    value, node = walk.values.get(name), walk.producers.get(name)
    chosen = walk.values.get(node.input[0]) if node is not None and node.op_type == "Where" else None
    if isinstance(value, np.ndarray):
        scores.hide_later(value)
    elif node is not None and isinstance(chosen, np.ndarray):  # as GPT-2 does it
        hidden = repeated(walk, node.input[2])
        if hidden is None or hidden > NOWHERE or chosen.dtype.kind != "b":
            raise Unfit(ELSE)
        scores.hide_later(np.where(chosen, np.float32(0), np.float32(hidden)))
        _take_apart(walk, node.input[1], scores)
    elif node is not None and node.op_type == "Add":
        for part in node.input:
            _take_apart(walk, part, scores)
    elif node is not None and node.op_type == "Where":
        scores.padding.append(name)
    elif not scores.product:
        scores.product, scores.factor = scaled(walk, name)
    else:
        raise Unfit(ELSE)


def _padding(walk: Walk, names: Sequence[str], steps: int) -> Wire:
    """The mask of [batch, steps] that the only one of `names` adds very negative numbers by."""
    if len(names) != 1:
        raise Unfit(ELSE)
    chosen = made_by(walk, names[0], "Where")
    mask = view(walk, chosen.input[0], 2)
    added, kept = repeated(walk, chosen.input[1]), repeated(walk, chosen.input[2])
    if added is None or kept is None or mask.shape != (BATCH, steps):
        raise Unfit(ELSE)
    if added == 0 and kept <= NOWHERE:
        mask = opposite(walk, mask)
    elif kept != 0 or added > NOWHERE:
        raise Unfit(ELSE)
    return plain(walk.draft, mask)

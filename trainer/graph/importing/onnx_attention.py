"""Scaled dot-product attention: the softmax of a product of queries and keys, times the values."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isclose, sqrt
from typing import Any, Final

import numpy as np

from trainer.graph.importing.draft import Array, Wire
from trainer.graph.importing.onnx_logic import opposite
from trainer.graph.importing.onnx_match import attribute, behind, given, made_by, repeated, scaled, view, written_axes
from trainer.graph.importing.onnx_op import Op, Value
from trainer.graph.importing.onnx_walk import Walk, ends
from trainer.graph.importing.report import Unfit
from trainer.graph.importing.views import BATCH, View, lay, plain

NOWHERE: Final = -1e4  # what is added to a score so that nobody looks there is at most this
RESHAPING: Final = frozenset({"Unsqueeze", "Reshape", "Expand"})
ON_MASKS: Final = RESHAPING | {"Where", "Not", "Trilu", "Identity"}
ELSE: Final = "it is no attention"


@dataclass(slots=True)
class _Scores:
    """What a softmax is taken of: a product times a number, and where nobody looks. Names are "" where none is."""

    product: str = ""
    factor: float = 1.0
    is_causal: bool = False
    mask: str = ""
    is_joined: bool = False  # with a constant, and then reshaped: only a mask of keys is still one after that

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
    weights = _weights(walk, op.input_names[0])
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
    last = [(len(queries.sizes) - 2,), (len(queries.sizes) - 1,)]
    alike = queries.dims == keys.dims == values.dims and queries.sizes[:-2] == keys.sizes[:-2] == values.sizes[:-2]
    if not alike or list(queries.dims[-2:]) != last or keys.sizes[-2] != values.sizes[-2]:
        raise Unfit(ELSE)
    ports = {"query": [queries.wire], "key": [keys.wire], "value": [values.wire]}
    factor = scores.factor * of_query * of_key * sqrt(queries.sizes[-1])
    if not isclose(factor, 1.0, rel_tol=1e-5):
        ports["query"] = [walk.draft.add("ScaleShift", queries.wire, {"scale": factor})]
    if scores.mask:
        ports["mask"] = [_hidden(walk, scores, rank)]
    wire = walk.draft.add("ScaledDotProductAttention", ports, {"is_causal": scores.is_causal})
    return [queries.seen(wire, (*queries.sizes[:-1], values.sizes[-1]))]


def _weights(walk: Walk, name: str) -> Any:
    """The softmax that the values are weighted by, which nothing else reads; some put zero where it is not a number."""
    name = behind(walk, name, "Dropout", "Identity")
    guard = walk.producers.get(name)
    if guard is None or guard.op_type != "Where":
        if walk.only_reader(name) is None:
            raise Unfit(ELSE)
        return made_by(walk, name, "Softmax")
    nan, zero, guarded = guard.input
    if made_by(walk, nan, "IsNaN").input[0] != guarded or repeated(walk, zero) != 0 or walk.consumers[guarded] != 2:
        raise Unfit(ELSE)
    return made_by(walk, guarded, "Softmax")


def _take_apart(walk: Walk, name: str, scores: _Scores) -> None:
    """The product among what is added up; a constant that hides what comes later, and a mask, beside it."""
    name = behind(walk, name, "Identity")
    value: Value = walk.values.get(name)
    node: Any = walk.producers.get(name)
    kind = node.op_type if node is not None else ""
    chosen = walk.values.get(node.input[0]) if kind == "Where" else None
    if isinstance(value, np.ndarray):
        scores.hide_later(value)
    elif isinstance(chosen, np.ndarray):  # as GPT-2 does it
        hidden = repeated(walk, node.input[2])
        if hidden is None or hidden > NOWHERE:
            raise Unfit(ELSE)
        scores.hide_later(np.where(chosen, np.float32(0), np.float32(hidden)))
        _take_apart(walk, node.input[1], scores)
    elif kind == "Add":
        for part in node.input:
            _take_apart(walk, part, scores)
    elif kind in RESHAPING and _is_sum(walk, name) and not scores.is_joined:
        scores.is_joined = True
        _take_apart(walk, behind(walk, name, *RESHAPING), scores)
    elif kind in ON_MASKS and not scores.mask:
        scores.mask = name
    elif not scores.product:
        scores.product, scores.factor = scaled(walk, name)
    else:
        raise Unfit(ELSE)


def _is_sum(walk: Walk, name: str) -> bool:
    """Whether a reshaped tensor is the sum of a constant and something."""
    node = walk.producers.get(behind(walk, name, *RESHAPING))
    return (
        node is not None
        and node.op_type == "Add"
        and any(isinstance(walk.values.get(n), np.ndarray) for n in node.input)
    )


def _hidden(walk: Walk, scores: _Scores, rank: int) -> Wire:
    """The mask, true where nobody looks, that very negative numbers are added by; what is done to it is followed."""
    steps: list[Any] = []
    name = scores.mask
    while (node := walk.producers.get(name)) is not None and node.op_type in ON_MASKS:
        steps.insert(0, node)
        name = node.input[0]
    base = view(walk, name)
    turned, lower, looks = False, False, None  # looks: whether it was true where somebody looks
    for node in steps:
        if node.op_type == "Not" and not lower:
            turned = not turned
        elif node.op_type == "Trilu" and not attribute(node, "upper", 1) and not _is_shifted(walk, node):
            lower = True
        elif node.op_type == "Where" and looks is None:
            looks = _looks(walk, node)
        elif node.op_type not in RESHAPING | {"Identity"}:
            raise Unfit(ELSE)
    if looks is None or (lower and not looks):
        raise Unfit(ELSE)
    scores.is_causal = scores.is_causal or lower
    mask = base
    if base.rank != 2 or not _is_of_keys(walk, steps, base.shape[1]):
        mask = _reshaped(walk, steps, base)
        if scores.is_joined or mask.rank != rank:
            raise Unfit(ELSE)
    return plain(walk.draft, mask if turned == looks else opposite(walk, mask))


def _is_shifted(walk: Walk, trilu: Any) -> bool:
    """Whether a triangle begins at another diagonal than the main one."""
    return bool(given(trilu, 1)) and repeated(walk, trilu.input[1]) != 0


def _looks(walk: Walk, where: Any) -> bool:
    """Whether the condition says where somebody looks: zero is added there, and a very negative number elsewhere."""
    one, other = (repeated(walk, name) for name in where.input[1:])
    if one is None or other is None or max(one, other) != 0 or min(one, other) > NOWHERE:
        raise Unfit(ELSE)
    return one == 0


def _is_of_keys(walk: Walk, steps: Sequence[Any], count: int) -> bool:
    """Whether a mask of [batch, keys] is one of keys still after `steps`: numbers are sent through, of one sample."""
    sent = np.arange(count).reshape(1, count)
    for node in steps:
        if node.op_type in RESHAPING:
            before, shape = (_of_one(view(walk, name)) for name in (node.input[0], node.output[0]))
            if sent.shape != before:  # stretched by what it was joined with
                return False
            sent = np.broadcast_to(sent, shape) if node.op_type == "Expand" else sent.reshape(shape)
    return sent.shape[-1] == count and bool((sent == np.arange(count)).all())


def _of_one(seen: View) -> tuple[int, ...]:
    """The shape where the batch is one sample."""
    return tuple(size // BATCH if size % BATCH == 0 else size for size in seen.shape)


def _reshaped(walk: Walk, steps: Sequence[Any], seen: View) -> View:
    """A mask after `steps`, without what stretches it: an axis of size 1 counts for all anyway."""
    for node in steps:
        if node.op_type == "Unsqueeze":
            seen = seen.unsqueezed(written_axes(walk, node))
        elif node.op_type == "Expand":
            seen = seen.unsqueezed(range(view(walk, node.output[0]).rank - seen.rank))
        elif node.op_type == "Reshape" and view(walk, node.input[0]).shape != view(walk, node.output[0]).shape:
            found = seen.reshaped(view(walk, node.output[0]).shape)
            if found is None:
                raise Unfit(ELSE)
            seen = found
    return seen

"""Products of two tensors that are written with letters for their axes, said as products of matrices."""

from collections.abc import Mapping, Sequence
from math import prod

import numpy as np

from trainer.graph.importing.draft import Array
from trainer.graph.importing.onnx_axes import reshaped
from trainer.graph.importing.onnx_layers import linear, product
from trainer.graph.importing.onnx_op import Op, Value
from trainer.graph.importing.onnx_walk import Walk, handles
from trainer.graph.importing.report import Unfit
from trainer.graph.importing.views import View


@handles("Einsum")
def einsum(walk: Walk, op: Op) -> Sequence[Value]:
    terms, arrow, out = op.get("equation", "").replace(" ", "").partition("->")
    given = terms.split(",")
    letters = [*given, out]
    if not arrow or len(given) != len(op.inputs) > 2 or any(len(set(term)) < len(term) for term in letters):
        raise Unfit("its letters are written in another way")
    if not all(letter.isalpha() for term in letters for letter in term):
        raise Unfit("its letters leave axes open")
    if len(given) == 1:
        if sorted(given[0]) != sorted(out):
            raise Unfit("it brings axes of one tensor together")
        return [op.view().transposed([given[0].index(letter) for letter in out])]
    one, other = op.inputs
    if isinstance(one, np.ndarray):
        one, other, given = other, one, given[::-1]
    if not isinstance(one, View):
        raise Unfit("its inputs are not known")
    if isinstance(other, np.ndarray):
        return [_with_matrix(walk, op, one, other, (*given, out))]
    if not isinstance(other, View):
        raise Unfit("its inputs are not known")
    return [_multiplied(walk, one, other, (*given, out))]


def _with_matrix(walk: Walk, op: Op, view: View, matrix: Array, terms: tuple[str, str, str]) -> View:
    """A Linear along the letters that both have and the outcome has not."""
    left, right, out = terms
    summed, new = [c for c in right if c in left], [c for c in right if c not in left]
    kept = [c for c in left if c not in summed]
    if any(c in out for c in summed) or sorted(out) != sorted(kept + new):
        raise Unfit("its constant goes along an axis that stays")
    sizes = dict(zip(left, view.shape, strict=True)) | dict(zip(right, matrix.shape, strict=True))
    laid = view.transposed([left.index(c) for c in kept + summed])
    laid = reshaped(walk, laid, [*(sizes[c] for c in kept), prod(sizes[c] for c in summed)])
    weight = matrix.transpose([right.index(c) for c in new + summed])
    weight = weight.reshape(prod(sizes[c] for c in new), prod(sizes[c] for c in summed))
    names = tuple(name for name in op.input_names if isinstance(walk.values.get(name), np.ndarray))
    found = linear(walk, op, laid, weight, None, ("Einsum", op.get("equation"), *names))
    return _ordered(walk, found, kept + new, out, sizes)


def _multiplied(walk: Walk, one: View, other: View, terms: tuple[str, str, str]) -> View:
    left, right, out = terms
    both = [c for c in left if c in right and c in out]
    summed = [c for c in left if c in right and c not in out]
    rows, columns = [c for c in left if c not in right], [c for c in right if c not in left]
    if sorted(out) != sorted(both + rows + columns):
        raise Unfit("it sums along an axis that only one of its tensors has")
    sizes = dict(zip(left, one.shape, strict=True)) | dict(zip(right, other.shape, strict=True))

    def matrices(view: View, term: str, parts: Sequence[Sequence[str]]) -> View:
        moved = view.transposed([term.index(c) for part in (both, *parts) for c in part])
        return reshaped(walk, moved, [*(sizes[c] for c in both), *(prod(sizes[c] for c in part) for part in parts)])

    found = product(walk, matrices(one, left, (rows, summed)), matrices(other, right, (summed, columns)))
    return _ordered(walk, found, both + rows + columns, out, sizes)


def _ordered(walk: Walk, view: View, letters: Sequence[str], out: str, sizes: Mapping[str, int]) -> View:
    """The axes that `letters` name, out of those that they were merged into, in the order of the outcome."""
    apart = reshaped(walk, view, [sizes[c] for c in letters])
    return apart.transposed([letters.index(c) for c in out])

"""Attention as others write it: known again where it is attention, and the same numbers where it is nearly that."""

from typing import Any

import numpy as np
import pytest

from tests.trainer.graph.importing.onnx_models import check, model, node, numbers, types, whole

STEPS, HEADS, SIZE = 5, 2, 4
WIDTH = HEADS * SIZE
ATTENTION = "ScaledDotProductAttention"
LOWER = np.tril(np.ones((STEPS, STEPS), dtype=np.bool_))


def heads(order: str = "one beside the other", *, hidden: list[Any] | None = None) -> bytes:
    """Self-attention of linear layers from `x` to `y`; `hidden` turns the scores `d` into `m`."""
    turned = order == "one beside the other"
    nodes = []
    for part in "qkv":
        nodes += [
            node("MatMul", f"x w{part}", f"{part}1"),
            node("Add", f"{part}1 b{part}", f"{part}2"),
            node("Reshape", f"{part}2 split", f"{part}3"),
            node("Transpose", f"{part}3", part, perm=[0, 2, 1, 3] if turned else [0, 3, 1, 2]),
        ]
    nodes += [
        node("Transpose", "k", "kt", perm=[0, 1, 3, 2]),
        node("MatMul", "q kt", "s"),
        node("Div", "s root", "d"),
        *(hidden or [node("Identity", "d", "m")]),
        node("Softmax", "m", "p", axis=-1),
        node("MatMul", "p v", "o"),
        node("Transpose", "o", "o1", perm=[0, 2, 1, 3]),
        node("Reshape", "o1 join", "o2"),
        node("MatMul", "o2 wo", "o3"),
        node("Add", "o3 bo", "y"),
    ]
    weights = {f"w{part}": numbers(WIDTH, WIDTH) for part in "qkvo"} | {f"b{part}": numbers(WIDTH) for part in "qkvo"}
    weights["root"] = np.asarray(np.float32(SIZE**0.5))
    weights["split"] = whole(0, 0, HEADS, SIZE) if turned else whole(0, 0, SIZE, HEADS)
    weights |= {"join": whole(0, 0, WIDTH), "lower": LOWER, "least": np.asarray(np.finfo(np.float32).min)}
    weights["added"] = np.where(LOWER, np.float32(0), np.float32(-np.inf))
    weights["nearer"] = np.where(LOWER, np.float32(0), np.float32(-1.5))
    return model(nodes, ("N", STEPS, WIDTH), weights)


HIDDEN = {
    "no mask": None,
    "chosen as GPT-2 does": [node("Where", "lower d least", "m")],
    "added": [node("Add", "added d", "m")],
}


@pytest.mark.parametrize("how", HIDDEN)
def test_heads_of_others_become_multi_head_attention(how: str) -> None:
    imported = check(heads(hidden=HIDDEN[how]), numbers(3, STEPS, WIDTH))
    (attention,) = (entry for entry in imported.document.nodes if entry.type not in ("Input", "Output"))
    assert attention.type == "MultiheadAttention"
    assert attention.params["num_heads"] == HEADS
    assert bool(attention.params.get("is_causal")) == (how != "no mask")


def test_heads_that_share_their_features_otherwise_stay_apart() -> None:
    imported = check(heads("one in the other"), numbers(3, STEPS, WIDTH))
    assert "MultiheadAttention" not in types(imported)
    assert ATTENTION in types(imported)


def test_a_penalty_that_hides_nothing_is_added() -> None:
    imported = check(heads(hidden=[node("Add", "d nearer", "m")]), numbers(3, STEPS, WIDTH))
    assert {"Softmax", "Add"} <= set(types(imported))
    assert ATTENTION not in types(imported)


def masked(axes: np.ndarray, *, times: float = SIZE**-0.5, axis: int = -1) -> bytes:
    """Attention of `x` to itself that keeps away from steps whose sum is below zero, seen through new `axes`."""
    nodes = [
        node("Transpose", "x", "kt", perm=[0, 2, 1]),
        node("MatMul", "x kt", "s"),
        node("Mul", "s times", "d"),
        node("ReduceSum", "x last", "sum", keepdims=0),
        node("Less", "sum zero", "low"),
        node("Unsqueeze", "low axes", "hide"),
        node("Where", "hide least zero", "far"),
        node("Add", "d far", "m"),
        node("Softmax", "m", "p", axis=axis),
        node("MatMul", "p x", "y"),
    ]
    weights = {"times": np.asarray(np.float32(times)), "last": whole(2), "axes": axes}
    weights |= {"zero": np.asarray(np.float32(0)), "least": np.asarray(np.float32(-1e9))}
    return model(nodes, ("N", STEPS, SIZE), weights)


def test_a_computed_mask_of_keys_is_the_mask_of_attention() -> None:
    assert ATTENTION in types(check(masked(whole(1)), numbers(4, STEPS, SIZE) + np.float32(0.3)))


def test_a_mask_of_queries_is_no_mask_of_keys() -> None:
    check(masked(whole(2)), numbers(4, STEPS, SIZE))


def test_another_scale_is_put_on_the_queries() -> None:
    imported = check(masked(whole(1), times=0.9), numbers(4, STEPS, SIZE) + np.float32(0.3))
    scales = [entry.params["scale"] for entry in imported.document.nodes if entry.type == "ScaleShift"]
    assert pytest.approx(0.9 * SIZE**0.5) in scales
    assert ATTENTION in types(imported)


def test_a_softmax_over_the_queries_is_no_attention() -> None:
    assert ATTENTION not in types(check(masked(whole(1), axis=1), numbers(4, STEPS, SIZE) + np.float32(0.3)))

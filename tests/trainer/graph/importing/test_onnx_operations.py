"""Each operation of ONNX gives in layers what ONNX Runtime gives."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from tests.trainer.graph.importing.onnx_models import check, model, node, numbers, types, whole
from trainer.graph.importing.onnx_import import import_onnx

PICTURE = ("N", 3, 9, 8)
OPERATIONS: dict[str, tuple[list[Any], Sequence[Any], dict[str, np.ndarray]]] = {
    "convolution padded on one side": (
        [node("Conv", "x w b", "y", pads=[0, 1, 1, 2], strides=[2, 1])],
        PICTURE,
        {"w": numbers(4, 3, 3, 3), "b": numbers(4)},
    ),
    "convolution padded to the same size": (
        [node("Conv", "x w", "y", auto_pad="SAME_UPPER", strides=[2, 2])],
        PICTURE,
        {"w": numbers(4, 3, 3, 3)},
    ),
    "convolution in groups with gaps": (
        [node("Conv", "x w", "y", group=3, dilations=[2, 1], pads=[2, 1, 2, 1])],
        PICTURE,
        {"w": numbers(6, 1, 3, 3)},
    ),
    "transposed convolution": (
        [node("ConvTranspose", "x w b", "y", strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1])],
        PICTURE,
        {"w": numbers(3, 5, 3, 3), "b": numbers(5)},
    ),
    "largest of windows at the rim": (
        [node("MaxPool", "x", "y", kernel_shape=[3, 3], strides=[2, 2], pads=[0, 0, 1, 1])],
        PICTURE,
        {},
    ),
    "mean of windows": (
        [node("AveragePool", "x", "y", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])],
        PICTURE,
        {},
    ),
    "mean of windows with the rim": (
        [node("AveragePool", "x", "y", kernel_shape=[2, 2], pads=[0, 0, 1, 1], count_include_pad=1)],
        PICTURE,
        {},
    ),
    "mean of the picture": ([node("GlobalAveragePool", "x", "y")], PICTURE, {}),
    "square mean of windows at the rim": (
        [node("LpPool", "x", "y", kernel_shape=[3, 3], strides=[2, 2], pads=[0, 0, 1, 1])],
        PICTURE,
        {},
    ),
    "sizes to the third power in windows of a series": (
        [node("LpPool", "x", "y", kernel_shape=[3], p=3)],
        ("N", 3, 8),
        {},
    ),
    "square sum of the picture": ([node("GlobalLpPool", "x", "y", p=2)], PICTURE, {}),
    "batch normalization": (
        [node("BatchNormalization", "x s b m v", "y", epsilon=1e-3)],
        PICTURE,
        {"s": numbers(3), "b": numbers(3), "m": numbers(3), "v": np.abs(numbers(3)) + 0.5},
    ),
    "general product": (
        [node("Flatten", "x", "f"), node("Gemm", "f w b", "y", alpha=0.5, beta=2.0)],
        ("N", 3, 4),
        {"w": numbers(12, 5), "b": numbers(5)},
    ),
    "product and sum": (
        [node("MatMul", "x w", "m"), node("Add", "b m", "y")],
        ("N", 6, 4),
        {"w": numbers(4, 5), "b": numbers(5)},
    ),
    "channels put last and back": (
        [
            node("Transpose", "x", "t", perm=[0, 2, 3, 1]),
            node("Softmax", "t", "s", axis=-1),
            node("Transpose", "s", "y", perm=[0, 3, 1, 2]),
        ],
        PICTURE,
        {},
    ),
    "scale a channel": ([node("Mul", "x c", "m"), node("Add", "m c", "y")], PICTURE, {"c": numbers(3, 1, 1)}),
    "one less it": ([node("Sub", "one x", "y")], PICTURE, {"one": np.array([1.0], dtype=np.float32)}),
    "GELU in pieces": (
        [
            node("Div", "x r", "d"),
            node("Erf", "d", "e"),
            node("Add", "e one", "p"),
            node("Mul", "x p", "m"),
            node("Mul", "m half", "y"),
        ],
        ("N", 7),
        {"r": np.float32(2**0.5), "one": np.float32(1), "half": np.float32(0.5)},  # type: ignore[dict-item]
    ),
    "layer normalization in pieces": (
        [
            node("ReduceMean", "x", "m", axes=[-1]),
            node("Sub", "x m", "c"),
            node("Pow", "c two", "q"),
            node("ReduceMean", "q", "v", axes=[-1]),
            node("Add", "v eps", "a"),
            node("Sqrt", "a", "s"),
            node("Div", "c s", "n"),
            node("Mul", "n w", "g"),
            node("Add", "g b", "y"),
        ],
        ("N", 4, 6),
        {"two": np.float32(2), "eps": np.float32(1e-5), "w": numbers(6), "b": numbers(6)},  # type: ignore[dict-item]
    ),
    "size without sign": ([node("Abs", "x", "y")], PICTURE, {}),
    "exponential": ([node("Exp", "x", "y")], PICTURE, {}),
    "clip to six": (
        [node("Clip", "x low high", "y")],
        PICTURE,
        {"low": np.float32(0), "high": np.float32(6)},  # type: ignore[dict-item]
    ),
    "hard swish": ([node("HardSwish", "x", "y")], PICTURE, {}),
    "hard sigmoid of Keras": ([node("HardSigmoid", "x", "y", alpha=0.2, beta=0.5)], PICTURE, {}),
    "enlarge to the nearest": (
        [
            node(
                "Resize",
                "x - s",
                "y",
                mode="nearest",
                coordinate_transformation_mode="asymmetric",
                nearest_mode="floor",
            )
        ],
        PICTURE,
        {"s": np.array([1, 1, 2, 2], dtype=np.float32)},
    ),
    "pad by reflection": ([node("Pad", "x p", "y", mode="reflect")], PICTURE, {"p": whole(0, 0, 1, 2, 0, 0, 2, 1)}),
    "every other column": (
        [node("Slice", "x a b c d", "y")],
        PICTURE,
        {"a": whole(1), "b": whole(100), "c": whole(3), "d": whole(2)},
    ),
    "halves joined the other way round": (
        [node("Split", "x s", "a b", axis=3), node("Concat", "b a", "y", axis=3)],
        PICTURE,
        {"s": whole(3, 5)},
    ),
    "attention with heads merged into the batch": (
        [
            node("Transpose", "x", "t", perm=[1, 0, 2]),
            node("Reshape", "t h", "r"),
            node("Transpose", "r", "q", perm=[1, 0, 2]),
            node("Transpose", "q", "k", perm=[0, 2, 1]),
            node("MatMul", "q k", "s"),
            node("Softmax", "s", "p", axis=-1),
            node("MatMul", "p q", "o"),
            node("Transpose", "o", "u", perm=[1, 0, 2]),
            node("Shape", "t", "shape"),
            node("Reshape", "u shape", "v"),
            node("Transpose", "v", "y", perm=[1, 0, 2]),
        ],
        ("N", 5, 8),
        {"h": whole(5, -1, 4)},
    ),
    "shape that is computed": (
        [
            node("Shape", "x", "s"),
            node("Gather", "s zero", "n"),
            node("Unsqueeze", "n zero1", "u"),
            node("Concat", "u rest", "c", axis=0),
            node("Reshape", "x c", "y"),
        ],
        PICTURE,
        {"zero": np.int64(0), "zero1": whole(0), "rest": whole(-1)},  # type: ignore[dict-item]
    ),
    "recurrent with both ways": (
        [
            node("Transpose", "x", "t", perm=[1, 0, 2]),
            node("LSTM", "t w r b", "o", direction="bidirectional", hidden_size=4),
            node("Transpose", "o", "p", perm=[2, 0, 1, 3]),
            node("Reshape", "p s", "y"),
        ],
        ("N", 5, 3),
        {"w": numbers(2, 16, 3), "r": numbers(2, 16, 4), "b": numbers(2, 32), "s": whole(0, 5, 8)},
    ),
    "recurrent from the end": (
        [
            node("Transpose", "x", "t", perm=[1, 0, 2]),
            node("LSTM", "t w r b", "o h", direction="reverse", hidden_size=4),
            node("Unsqueeze", "h zero", "h4"),
            node("Concat", "o h4", "c", axis=0),
            node("Squeeze", "c one", "q"),
            node("Transpose", "q", "y", perm=[1, 0, 2]),
        ],
        ("N", 5, 3),
        {"w": numbers(1, 16, 3), "r": numbers(1, 16, 4), "b": numbers(1, 32), "zero": whole(0), "one": whole(1)},
    ),
    "gated with its reset after": (
        [
            node("Transpose", "x", "t", perm=[1, 0, 2]),
            node("GRU", "t w r b", "- h", linear_before_reset=1, hidden_size=4),
            node("Squeeze", "h zero", "y"),
        ],
        ("N", 5, 3),
        {"w": numbers(1, 12, 3), "r": numbers(1, 12, 4), "b": numbers(1, 24), "zero": whole(0)},
    ),
}

OPERATIONS |= {
    "response norm of a few channels": ([node("LRN", "x", "y", size=3, alpha=0.2, beta=0.6, bias=1.5)], PICTURE, {}),
    "backwards": (
        [node("Slice", "x a b c d", "y")],
        PICTURE,
        {"a": whole(-1), "b": whole(-100), "c": whole(3), "d": whole(-1)},
    ),
    "channels in another order": ([node("Gather", "x i", "y", axis=1)], PICTURE, {"i": whole(2, 0, 1, 2)}),
    "a table of places": (
        [node("Gather", "x i", "y", axis=2)],
        PICTURE,
        {"i": np.array([[0, 3], [2, -1]], dtype=np.int64)},
    ),
    "places of two axes": (
        [
            node("Transpose", "x", "t", perm=[2, 3, 0, 1]),
            node("GatherND", "t i", "g"),
            node("Transpose", "g", "y", perm=[1, 2, 0]),
        ],
        PICTURE,
        {"i": np.array([[0, 3], [2, 1], [8, -1]], dtype=np.int64)},
    ),
    "root": ([node("Abs", "x", "a"), node("Sqrt", "a", "y")], PICTURE, {}),
    "power that is not whole": (
        [node("Abs", "x", "a"), node("Pow", "a p", "y")],
        PICTURE,
        {"p": np.float32(1.5)},  # type: ignore[dict-item]
    ),
    "one by it": ([node("Reciprocal", "x", "y")], PICTURE, {}),
    "logarithm": ([node("Exp", "x", "e"), node("Log", "e", "y")], PICTURE, {}),
    "sum of sizes": ([node("ReduceL1", "x", "y", axes=[1, 3], keepdims=0)], PICTURE, {}),
    "sum of squares": ([node("ReduceSumSquare", "x", "y", axes=[-1])], PICTURE, {}),
    "logarithm of a sum": (
        [node("Abs", "x", "a"), node("ReduceLogSum", "a", "y", axes=[2], keepdims=0)],
        PICTURE,
        {},
    ),
    "length one": ([node("LpNormalization", "x", "y", axis=1)], PICTURE, {}),
    "sizes that add up to one": ([node("LpNormalization", "x", "y", axis=1, p=1)], PICTURE, {}),
    "shrunk softly": ([node("Shrink", "x", "y", lambd=0.5, bias=0.5)], PICTURE, {}),
    "shrunk hard": ([node("Shrink", "x", "y", lambd=0.5)], PICTURE, {}),
    "enlarge to the nearest from the middle": (
        [node("Resize", "x - s", "y", mode="nearest")],
        PICTURE,
        {"s": np.array([1, 1, 3, 2], dtype=np.float32)},
    ),
    "exactly nearest": (
        [node("Resize", "x - - s", "y", mode="nearest", nearest_mode="round_prefer_ceil")],
        PICTURE,
        {"s": whole(4, 3, 5, 4)},
    ),
    "stretch by curves": (
        [node("Resize", "x - s", "y", mode="cubic")],
        PICTURE,
        {"s": np.array([1, 1, 2, 2], dtype=np.float32)},
    ),
    "stretch by a factor that leaves a rest": (
        [node("Resize", "x - s", "y", mode="linear")],
        PICTURE,
        {"s": np.array([1, 1, 1.3, 1.3], dtype=np.float32)},
    ),
    "squares into channels": ([node("SpaceToDepth", "x", "y", blocksize=2)], ("N", 3, 6, 8), {}),
    "channels into squares": ([node("DepthToSpace", "x", "y", blocksize=2)], ("N", 12, 3, 4), {}),
}
OPERATIONS |= {
    f"logarithm of powers, axis {'kept' if keep else 'gone'}": (
        [node("Mul", "x large", "m"), node("ReduceLogSumExp", "m", "y", axes=[1, 2], keepdims=keep)],
        PICTURE,
        {"large": np.float32(200)},  # type: ignore[dict-item]
    )
    for keep in (0, 1)
}
OPERATIONS |= {
    f"letters {equation}": ([node("Einsum", inputs, "y", equation=equation)], ("N", 4, 5), weights)
    for equation, inputs, weights in (
        ("bij,bkj->bik", "x x", {}),
        ("bij,bik->bjk", "x x", {}),
        ("b i j, b i j -> b i", "x x", {}),
        ("bij->bji", "x", {}),
        ("bij,jk->bik", "x w", {"w": numbers(5, 3)}),
        ("kj,bij->bik", "w x", {"w": numbers(3, 5)}),
        ("bij,ijk->bk", "x w", {"w": numbers(4, 5, 2)}),
        ("bij,jhd->bhid", "x w", {"w": numbers(5, 2, 3)}),
    )
}

COMPARED = [node("Not", "c", "n"), node("Cast", "n", "y", to=1)]
OPERATIONS |= {
    f"compare by {op}": ([node(op, "x one", "c"), *COMPARED], ("N", 6), {"one": np.float32(0.25)})  # type: ignore[dict-item]
    for op in ("Greater", "GreaterOrEqual", "Less", "LessOrEqual")
}
OPERATIONS |= {
    "equal to another that is rounded alike": (
        [node("Clip", "x low high", "r"), node("Equal", "x r", "c"), *COMPARED],
        ("N", 6),
        {"low": np.float32(-0.5), "high": np.float32(0.5)},  # type: ignore[dict-item]
    ),
    "both, or either, of two": (
        [
            node("Greater", "x low", "a"),
            node("Less", "x high", "b"),
            node("And", "a b", "d"),
            node("Greater", "x high", "e"),
            node("Or", "d e", "c"),
            *COMPARED,
        ],
        ("N", 6),
        {"low": np.float32(-0.5), "high": np.float32(0.5)},  # type: ignore[dict-item]
    ),
    "sign": ([node("Sign", "x", "y")], ("N", 6), {}),
    "third power": ([node("Pow", "x three", "y")], ("N", 6), {"three": np.float32(3)}),  # type: ignore[dict-item]
    "lower triangle": ([node("Trilu", "x k", "y", upper=0)], ("N", 4, 4), {"k": np.int64(1)}),  # type: ignore[dict-item]
    "the step that is largest first": (
        [
            node("ReduceSum", "x last", "s", keepdims=0),
            node("ArgMax", "s", "i", axis=1, keepdims=0),
            node("Shape", "x", "n", end=1, start=0),
            node("Squeeze", "n", "count"),
            node("Range", "zero count one", "r"),
            node("Unsqueeze", "r back", "r1"),
            node("Unsqueeze", "i back", "i1"),
            node("Concat", "r1 i1", "places", axis=-1),
            node("GatherND", "x places", "y"),
        ],
        ("N", 5, 3),
        {"last": whole(2), "back": whole(-1), "zero": np.int64(0), "one": np.int64(1)},  # type: ignore[dict-item]
    ),
    "one-hot of the largest": (
        [node("ArgMax", "x", "i", axis=1, keepdims=0), node("OneHot", "i depth values", "y")],
        ("N", 5),
        {"depth": whole(5), "values": np.array([0, 1], dtype=np.float32)},
    ),
}


@pytest.mark.parametrize("what", OPERATIONS)
def test_an_operation_gives_what_onnx_runtime_gives(what: str) -> None:
    nodes, shape, weights = OPERATIONS[what]
    weights = {name: np.asarray(array) for name, array in weights.items()}
    check(model(nodes, shape, weights), numbers(4, *shape[1:]))


SAID_OTHERWISE = {
    "windows of even size": [node("LRN", "x", "y", size=2)],
    "letters twice": [node("Einsum", "x x", "y", equation="bcii,bcij->bcj")],
    "letters that only one has": [node("Einsum", "x x", "y", equation="bchw,bcvu->bcv")],
    "an open equation": [node("Einsum", "x x", "y", equation="...w,...w->...")],
    "curves of another kind": [node("Resize", "x - s", "y", mode="cubic", cubic_coeff_a=-0.5)],
    "another number than the limit": [node("Shrink", "x", "y", lambd=0.5, bias=0.25)],
}


@pytest.mark.parametrize("what", SAID_OTHERWISE)
def test_what_torch_does_otherwise_is_locked(what: str) -> None:
    data = model(SAID_OTHERWISE[what], PICTURE, {"s": np.array([1, 1, 2, 2], dtype=np.float32)})
    assert types(import_onnx(data)) == ["Unknown"]


def test_pieces_of_a_layer_become_the_layer() -> None:
    found = {what: types(import_onnx(model(*OPERATIONS[what]))) for what in OPERATIONS if "in pieces" in what}
    assert found == {"GELU in pieces": ["GELU"], "layer normalization in pieces": ["LayerNorm"]}

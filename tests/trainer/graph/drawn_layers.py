"""What a random graph may be made of: for each layer, parameters that fit what arrives, and the shapes that leave.

The shapes are reckoned here by hand, apart from the product's own inference, so that the two are held against
each other. A rule gives None where the layer cannot take these inputs with these parameters. The batch axis is left
out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

from hypothesis import strategies as st

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Spec:
    """What a wire carries."""

    shape: Shape
    dtype: str = "float32"


Params = dict[str, Any]
Specs = list[Spec]
Outputs = dict[str, Spec]
Rule = Callable[[Params, Specs], Outputs | None]


@dataclass(frozen=True)
class Recipe:
    """A layer that takes one tensor at each of `ports`; one with a single variadic port takes several there.

    `needed` are parameters that must be set although they have a default.
    """

    type: str
    rule: Rule
    params: Mapping[str, st.SearchStrategy[Any]]
    ports: tuple[str, ...] = ("input",)
    variadic: bool = False
    needed: tuple[str, ...] = ()

    def fits(self, spec: Spec) -> bool:
        """Whether it may take a tensor of this kind with this many axes, whatever their sizes."""
        ranks = getattr(self.rule, "ranks", ())
        return (not ranks or len(spec.shape) in ranks) and (spec.dtype == "int64") == (self.type == "Embedding")


SMALL = st.integers(1, 6)
FRACTION = st.sampled_from([0.0, 0.1, 0.25, 0.5, 1.0, 1e-05, 0.30000000000000004])
NUMBER = st.sampled_from([-2.5, -1, 0, 0.5, 1, 3, 1e-20, 1e22, 123456789.25])
RECIPES: list[Recipe] = []


def recipe(
    name: str, rule: Rule, params: Mapping[str, st.SearchStrategy[Any]] | None = None, /, *ports: str, **more: Any
) -> None:
    RECIPES.append(Recipe(name, rule, params or {}, ports or ("input",), **more))


def floats(rule: Callable[[Params, Shape], Shape | None], *ranks: int) -> Rule:
    """A rule of one float tensor with as many axes as one of `ranks` (any, where none are given)."""

    def shapes(params: Params, specs: Specs) -> Outputs | None:
        (spec,) = specs
        if spec.dtype != "float32" or not spec.shape or (ranks and len(spec.shape) not in ranks):
            return None
        shape = rule(params, spec.shape)
        return None if shape is None or 0 in shape or prod(shape) > 20_000 else {"output": Spec(shape)}

    return ranked(shapes, *ranks)


def ranked(rule: Rule, *ranks: int) -> Rule:
    """A rule that says itself how many axes it takes."""
    rule.ranks = ranks  # type: ignore[attr-defined]
    return rule


def keep(params: Params, shape: Shape) -> Shape:
    return shape


def pair(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else tuple(value)


def window(size: int, kernel: int, stride: int, padding: int = 0) -> int:
    return max(0, (size + 2 * padding - kernel) // stride + 1)


def conv2d(params: Params, shape: Shape) -> Shape | None:
    channels = params["out_channels"]
    groups = params["groups"]
    if shape[0] % groups or channels % groups:
        return None
    kernel, stride, padding = pair(params["kernel_size"]), pair(params.get("stride", 1)), params.get("padding", 0)
    if padding in ("same", "valid"):
        if padding == "same" and stride != (1, 1):
            return None
        return (channels, *shape[1:]) if padding == "same" else conv2d({**params, "padding": 0}, shape)
    around = pair(padding)
    if params.get("padding_mode") == "reflect" and any(p >= s for p, s in zip(around, shape[1:], strict=True)):
        return None
    if params.get("padding_mode") == "circular" and any(p > s for p, s in zip(around, shape[1:], strict=True)):
        return None
    sizes = [window(s, k, t, p) for s, k, t, p in zip(shape[1:], kernel, stride, around, strict=True)]
    return (channels, *sizes)


def pool2d(params: Params, shape: Shape) -> Shape | None:
    kernel = pair(params["kernel_size"])
    stride = pair(params["stride"]) if params.get("stride") is not None else kernel
    return (shape[0], *[window(s, k, t) for s, k, t in zip(shape[1:], kernel, stride, strict=True)])


def transpose(params: Params, shape: Shape) -> Shape | None:
    one, other = params.get("dim0", 1), params.get("dim1", 2)
    if max(one, other) > len(shape):
        return None
    order = list(shape)
    order[one - 1], order[other - 1] = order[other - 1], order[one - 1]
    return tuple(order)


def reduced(params: Params, shape: Shape) -> Shape | None:
    dims = params.get("dim", [2, 3])
    dims = [dims] if isinstance(dims, int) else list(dims)
    axes = {axis % (len(shape) + 1) for axis in dims if -len(shape) <= axis <= len(shape)}
    if len(axes) != len(dims) or 0 in axes:
        return None
    if params.get("keepdim"):
        return tuple(1 if number + 1 in axes else size for number, size in enumerate(shape))
    return tuple(size for number, size in enumerate(shape) if number + 1 not in axes)


def clamp(params: Params, shape: Shape) -> Shape | None:
    return shape if params["max"] is None or params["min"] < params["max"] else None


def halved(params: Params, shape: Shape) -> Shape | None:
    return None if shape[-1] % 2 or params["dim"] != -1 else (*shape[:-1], shape[-1] // 2)


def select(params: Params, shape: Shape) -> Shape | None:
    dim, index = params.get("dim", 1), params.get("index", -1)
    return (*shape[: dim - 1], *shape[dim:]) if dim <= len(shape) and index < shape[dim - 1] else None


def cut(params: Params, shape: Shape) -> Shape | None:
    dim = params.get("dim", 1)
    if dim > len(shape):
        return None
    size = len(range(*slice(params.get("start", 0), params.get("end"), params.get("step", 1)).indices(shape[dim - 1])))
    return (*shape[: dim - 1], size, *shape[dim:])


def last_axis(name: str) -> Callable[[Params, Shape], Shape]:
    return lambda params, shape: (*shape[:-1], params[name])


def recurrent(params: Params, specs: Specs) -> Outputs | None:
    (spec,) = specs
    if spec.dtype != "float32" or len(spec.shape) != 2:
        return None
    ways = 2 if params.get("bidirectional") else 1
    hidden = params["hidden_size"]
    state = Spec((params.get("num_layers", 1) * ways, hidden))
    return {"output": Spec((spec.shape[0], ways * hidden)), "h_n": state}


def lstm(params: Params, specs: Specs) -> Outputs | None:
    outputs = recurrent(params, specs)
    return outputs and {**outputs, "c_n": outputs["h_n"]}


def attention(params: Params, specs: Specs) -> Outputs | None:
    query, key, value = specs
    if any(spec.dtype != "float32" or len(spec.shape) != 2 for spec in specs) or key.shape[0] != value.shape[0]:
        return None
    if query.shape[1] % params["num_heads"]:
        return None
    return {"output": query, "weights": Spec((query.shape[0], key.shape[0]))}


def encoder(params: Params, shape: Shape) -> Shape | None:
    return None if shape[1] % params["nhead"] else shape


def embedding(params: Params, specs: Specs) -> Outputs | None:
    (spec,) = specs
    return {"output": Spec((*spec.shape, params["embedding_dim"]))} if spec.dtype == "int64" and spec.shape else None


def same(params: Params, specs: Specs) -> Outputs | None:
    first = specs[0]
    alike = first.dtype == "float32" and first.shape and all(spec == first for spec in specs)
    return {"output": first} if alike else None


def cosine(params: Params, specs: Specs) -> Outputs | None:
    return {"output": Spec(specs[0].shape[:-1])} if same(params, specs) and params["dim"] == -1 else None


def concat(params: Params, specs: Specs) -> Outputs | None:
    dim, first = params.get("dim", 1), specs[0]
    rank = len(first.shape)
    if any(spec.dtype != "float32" or len(spec.shape) != rank for spec in specs) or not 1 <= dim % (rank + 1) <= rank:
        return None
    if dim >= rank + 1:
        return None
    axis = dim % (rank + 1) - 1
    rest = {spec.shape[:axis] + spec.shape[axis + 1 :] for spec in specs}
    total = sum(spec.shape[axis] for spec in specs)
    return {"output": Spec((*first.shape[:axis], total, *first.shape[axis + 1 :]))} if len(rest) == 1 else None


def stack(params: Params, specs: Specs) -> Outputs | None:
    dim, shape = params.get("dim", 1), specs[0].shape
    if same(params, specs) is None or dim > len(shape) + 1:
        return None
    return {"output": Spec((*shape[: dim - 1], len(specs), *shape[dim - 1 :]))}


def matmul(params: Params, specs: Specs) -> Outputs | None:
    one, other = specs
    if {one.dtype, other.dtype} != {"float32"} or len(one.shape) != 2 or len(other.shape) != 2:
        return None
    return {"output": Spec((one.shape[0], other.shape[1]))} if one.shape[1] == other.shape[0] else None


def chunk(params: Params, specs: Specs) -> Outputs | None:
    (spec,) = specs
    dim, count = params.get("dim", 1), params.get("chunks", 2)
    if spec.dtype != "float32" or not 1 <= dim <= len(spec.shape):
        return None
    size = spec.shape[dim - 1]
    width = -(-size // count)
    if -(-size // width) != count:
        return None
    widths = [min(width, size - width * number) for number in range(count)]
    return _parts(spec.shape, dim, widths)


def split(params: Params, specs: Specs) -> Outputs | None:
    (spec,) = specs
    dim, sizes = params.get("dim", 1), params["sizes"]
    if spec.dtype != "float32" or not 1 <= dim <= len(spec.shape) or sum(sizes) != spec.shape[dim - 1]:
        return None
    return _parts(spec.shape, dim, sizes)


def _parts(shape: Shape, dim: int, widths: list[int]) -> Outputs:
    return {f"output_{number}": Spec((*shape[: dim - 1], width, *shape[dim:])) for number, width in enumerate(widths)}


BIAS = st.booleans()
for plain in ("ReLU", "GELU", "SiLU", "Tanh", "Sigmoid", "Mish", "Identity", "Softsign", "Hardswish", "SELU"):
    recipe(plain, floats(keep))
for operation in ("Abs", "Sin", "Cos"):
    recipe(operation, floats(keep))
recipe("Pow", floats(keep), {"exponent": st.sampled_from([2, 3.0, -1.0])})
recipe("LeakyReLU", floats(keep), {"negative_slope": FRACTION})
recipe("ELU", floats(keep), {"alpha": st.sampled_from([0.5, 1.0, 2])})
recipe(
    "Softplus",
    floats(lambda p, s: s if p["beta"] > 0 else None),
    {"beta": st.sampled_from([0.5, 1, 2.0]), "threshold": st.sampled_from([20, 5.5])},
)
recipe("Dropout", floats(keep), {"p": FRACTION})
recipe("Dropout2d", floats(keep, 3), {"p": FRACTION})
recipe("LayerNorm", floats(keep), {"eps": st.sampled_from([1e-05, 1e-12]), "elementwise_affine": BIAS})
recipe("RMSNorm", floats(keep), {})
recipe("ScaleShift", floats(keep), {"scale": NUMBER, "shift": NUMBER})
recipe("Clamp", floats(clamp), {"min": st.sampled_from([-1.5, -1]), "max": st.sampled_from([0, 2.25])}, needed=("min",))
recipe("Softmax", floats(lambda p, s: s if p["dim"] == -1 else None), {"dim": st.just(-1)})
recipe("GLU", floats(halved), {"dim": st.just(-1)})
recipe("Linear", floats(last_axis("out_features")), {"out_features": SMALL, "bias": BIAS})
recipe("GRUCell", floats(last_axis("hidden_size"), 1), {"hidden_size": SMALL, "bias": BIAS})
recipe("BatchNorm1d", floats(keep, 1, 2), {"momentum": st.sampled_from([0.1, 0.25]), "affine": BIAS})
recipe("BatchNorm2d", floats(keep, 3), {"track_running_stats": BIAS})
recipe("GroupNorm", floats(lambda p, s: None if s[0] % p["num_groups"] else s, 2, 3), {"num_groups": st.integers(1, 3)})
recipe(
    "Conv2d",
    floats(conv2d, 3),
    {
        "out_channels": SMALL,
        "kernel_size": st.one_of(st.integers(1, 3), st.tuples(st.integers(1, 3), st.integers(1, 3)).map(list)),
        "stride": st.one_of(st.integers(1, 2), st.just([2, 1])),
        "padding": st.one_of(st.integers(0, 2), st.sampled_from(["same", "valid", [1, 2]])),
        "groups": st.integers(1, 2),
        "bias": BIAS,
        "padding_mode": st.sampled_from(["zeros", "reflect", "circular", "replicate"]),
    },
)
recipe(
    "Conv1d",
    floats(lambda p, s: (p["out_channels"], window(s[1], p["kernel_size"], 1, p.get("padding", 0))), 2),
    {"out_channels": SMALL, "kernel_size": st.integers(1, 3), "padding": st.integers(0, 2)},
)
recipe("MaxPool2d", floats(pool2d, 3), {"kernel_size": st.sampled_from([1, 2, [2, 1]]), "stride": st.integers(1, 2)})
recipe("AvgPool2d", floats(pool2d, 3), {"kernel_size": st.sampled_from([1, 2, [1, 2]]), "stride": st.just(None)})
recipe(
    "AdaptiveAvgPool2d",
    floats(lambda p, s: (s[0], *pair(p["output_size"])), 3),
    {"output_size": st.sampled_from([1, 2, [2, 3]])},
)
recipe(
    "Upsample",
    floats(lambda p, s: (s[0], *[int(size * p["scale_factor"]) for size in s[1:]]), 3),
    {"scale_factor": st.sampled_from([1.5, 2, 2.0])},
    needed=("scale_factor",),
)
recipe(
    "ZeroPad2d", floats(lambda p, s: (s[0], s[1] + 2 * p["padding"], s[2] + 2 * p["padding"]), 3), {"padding": SMALL}
)
recipe("LSTM", ranked(lstm, 2), {"hidden_size": SMALL, "num_layers": st.integers(1, 2), "bidirectional": BIAS})
recipe("GRU", ranked(recurrent, 2), {"hidden_size": SMALL, "bias": BIAS})
recipe("MultiheadAttention", attention, {"num_heads": st.integers(1, 3), "bias": BIAS}, "query", "key", "value")
recipe(
    "TransformerEncoderLayer",
    floats(encoder, 2),
    {"nhead": st.integers(1, 2), "dim_feedforward": SMALL, "dropout": FRACTION, "norm_first": BIAS},
)
recipe("Embedding", embedding, {"num_embeddings": st.integers(4, 9), "embedding_dim": SMALL})
recipe("LastStep", floats(lambda p, s: s[1:], 2))
recipe("Flatten", floats(lambda p, s: (prod(s),), 1, 2, 3))
recipe("Transpose", floats(transpose, 2, 3), {"dim0": st.integers(1, 2), "dim1": st.integers(1, 3)})
recipe("Unsqueeze", floats(lambda p, s: (1, *s) if p["dim"] == 1 else None, 1, 2), {"dim": st.just(1)})
recipe("Select", floats(select, 2, 3), {"dim": st.integers(1, 2), "index": st.integers(0, 2)})
recipe("Slice", floats(cut), {"dim": st.integers(1, 2), "end": st.integers(1, 5), "step": st.integers(1, 2)})
recipe("Mean", floats(reduced, 2, 3), {"dim": st.sampled_from([[1], [-1], [1, 2], [2]]), "keepdim": st.booleans()})
recipe("Sum", floats(reduced, 2, 3), {"dim": st.sampled_from([[-1], [1]])})
recipe("Add", same, {}, "inputs", variadic=True)
recipe("Mul", same, {}, "inputs", variadic=True)
recipe("Maximum", same, {}, "inputs", variadic=True)
recipe("Concat", concat, {"dim": st.sampled_from([1, -1, 2])}, "inputs", variadic=True)
recipe("Stack", stack, {"dim": st.integers(1, 2)}, "inputs", variadic=True)
recipe("Sub", same, {}, "input", "other")
recipe("MatMul", matmul, {}, "input", "other")
recipe("CosineSimilarity", cosine, {"dim": st.just(-1)}, "x1", "x2", needed=("dim",))
recipe("Chunk", chunk, {"chunks": st.integers(1, 3), "dim": st.integers(1, 2)})
recipe("Split", split, {"sizes": st.lists(SMALL, min_size=1, max_size=3), "dim": st.integers(1, 2)})

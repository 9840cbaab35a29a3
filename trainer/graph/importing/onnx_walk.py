"""From the nodes of an ONNX graph to those of a draft: constants are computed, tensors are views, layers are placed.

How an operation is said in layers stands in `onnx_layers` and `onnx_operations`, one function each. One that cannot be
said raises `Unfit`, and a locked node stands for it.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from math import prod
from typing import Any, Final

import numpy as np
from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator

from trainer.errors import UserError
from trainer.graph.importing.draft import Array, Draft, Wire
from trainer.graph.importing.report import Unfit
from trainer.graph.importing.views import BATCH, View, lay, view_of, whole
from trainer.graph.shapes import TensorSpec

MAX_FOLDED: Final = 64 * 1024 * 1024  # bytes of a computed constant
OWN_DOMAINS: Final = ("", "ai.onnx", "com.microsoft")
# Computed on numbers alone, once, while importing: what exporters use to find shapes.
_FOLDABLE = """
    Abs Add And Cast CastLike Ceil Concat Constant Cos Div Equal Erf Exp Flatten Floor Gather Greater
    GreaterOrEqual Gemm Identity Less LessOrEqual Log MatMul Max Min Mod Mul Neg Not Or Pow Range Reciprocal
    ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum Reshape Round Sign Sin Slice Split Sqrt Squeeze Sub
    Tanh Tile Transpose Trilu Unsqueeze Where
"""
FOLDABLE: Final = frozenset(_FOLDABLE.split())


_ROW_BY_ROW = "Abs Add Cast Cos Div Exp Identity Log Max Min Mul Neg Pow Sin Sqrt Sub Tanh"
ROW_BY_ROW: Final = frozenset(_ROW_BY_ROW.split())


@dataclass(frozen=True, slots=True)
class Lost:
    """A tensor whose shape is not known, behind a locked node."""

    wire: Wire


Value = View | Array | Lost | None


@dataclass(slots=True)
class Op:
    """One operation of the file with what arrives at it."""

    op: str
    name: str
    attributes: Mapping[str, Any]
    input_names: Sequence[str]
    output_names: Sequence[str]
    inputs: Sequence[Value]
    opset: int

    def view(self, place: int = 0) -> View:
        value = self.inputs[place] if place < len(self.inputs) else None
        if isinstance(value, View):
            return value
        raise Unfit("a tensor was expected where it has a constant or nothing")

    def constant(self, place: int) -> Array | None:
        """A constant input; None where it is left out. One that is computed from the data is unfit."""
        value = self.inputs[place] if place < len(self.inputs) else None
        if value is None or isinstance(value, np.ndarray):
            return value
        raise Unfit(f"its input {place + 1} is computed from the data")

    def needed(self, place: int) -> Array:
        value = self.constant(place)
        if value is None:
            raise Unfit(f"its input {place + 1} is missing")
        return value

    def ints(self, place: int) -> list[int]:
        return [int(entry) for entry in self.needed(place).reshape(-1)]

    def get(self, name: str, default: Any = None) -> Any:
        value = self.attributes.get(name, default)
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


Handler = Callable[["Walk", Op], Sequence[Value]]
HANDLERS: dict[str, Handler] = {}


def handles(*ops: str) -> Callable[[Handler], Handler]:
    """Registers how operations are said in layers."""

    def register(handler: Handler) -> Handler:
        for op in ops:
            HANDLERS[op] = handler
        return handler

    return register


@dataclass(slots=True)
class Walk:
    """One graph being walked. `static_batch` is the size of the batch where the file fixes one."""

    draft: Draft
    graph: Any
    opset: int
    values: dict[str, Value] = field(default_factory=dict)
    static_batch: int = 0
    consumers: Counter[str] = field(default_factory=Counter)
    readers: dict[str, list[Any]] = field(default_factory=dict)
    producers: dict[str, Any] = field(default_factory=dict)
    declared: Callable[[str], TensorSpec | None] = lambda name: None
    parameters: dict[tuple[Any, ...], Wire] = field(default_factory=dict)

    def run(self) -> None:
        """Walk every operation in the order of the file, which is that of computation."""
        for tensor in self.graph.initializer:
            self.values[tensor.name] = to_array(tensor, self.draft)
        for node in self.graph.node:
            for name in node.input:
                self.consumers[name] += 1
                self.readers.setdefault(name, []).append(node)
            self.producers |= dict.fromkeys(node.output, node)
        for output in self.graph.output:
            self.consumers[output.name] += 1
        for node in self.graph.node:
            if not all(name in self.values for name in node.output if name):
                self._walk_node(node)

    def _walk_node(self, node: Any) -> None:
        op = Op(
            node.op_type,
            node.name,
            {a.name: _attribute(a) for a in node.attribute},
            list(node.input),
            list(node.output),
            [self.values.get(name) if name else None for name in node.input],
            self.opset,
        )
        try:
            if unread := [name for name in node.input if name and name not in self.values]:
                raise Unfit(f"nothing gives its input {unread[0]}")
            given = self._said(node, op)
        except Unfit as reason:
            given = self._locked(op, str(reason))
        for name, value in zip(node.output, given, strict=False):
            self.values.setdefault(name, value)

    def _said(self, node: Any, op: Op) -> Sequence[Value]:
        if node.domain not in OWN_DOMAINS:
            raise Unfit(f"it belongs to {node.domain}")
        if any(attribute.type in (5, 10) for attribute in node.attribute):
            raise Unfit("it holds graphs of its own")
        if op.op in ("Expand", "ConstantOfShape", "Shape", "Size"):
            if (found := _shape_constant(op)) is not None:
                return [found]
        elif op.op in FOLDABLE and all(value is None or isinstance(value, np.ndarray) for value in op.inputs):
            return _computed(node, op)
        handler = HANDLERS.get(op.op)
        if handler is None:
            raise Unfit("it has no counterpart in the catalogue")
        return handler(self, op)

    def _locked(self, op: Op, reason: str) -> Sequence[Value]:
        wires = []
        for value in op.inputs:
            if isinstance(value, View):
                wires.append(lay(self.draft, value).wire)
            elif isinstance(value, Lost):
                wires.append(value.wire)
        names = [name for name in op.output_names if name]
        specs = [self.declared(name) for name in names]
        given = self.draft.add_unknown(op.op, reason, wires, specs, name=op.op)
        made: dict[str, Value] = {
            name: whole(self.draft, wire) if wire in self.draft.specs else Lost(wire)
            for name, wire in zip(names, given, strict=False)
        }
        return [made.get(name) for name in op.output_names]

    def only_reader(self, name: str) -> Any:
        """The one operation that reads a tensor, if it is one and no output is."""
        readers = self.readers.get(name, [])
        return readers[0] if self.consumers[name] == 1 and len(readers) == 1 else None

    def name_of(self, op: Op, place: int = 1) -> str:
        """A name out of that of the weights, "network.hidden.weight" -> "hidden", else of the operation."""
        given = op.input_names[place] if place < len(op.input_names) else ""
        stem, dot, last = given.rpartition(".")
        if dot and not last.isdigit():
            return stem.removeprefix("network.").removeprefix("model.")
        parts = [part for part in op.name.strip("/").split("/") if part]
        return parts[-2] if len(parts) > 1 else op.op

    def as_view(self, value: Value, like: View) -> View:
        """A tensor, or a constant as a learnable or frozen one with the batch of `like`."""
        if isinstance(value, View):
            return value
        if not isinstance(value, np.ndarray):
            raise Unfit("an input is missing or not known")
        axes = (1,) * (like.rank - value.ndim) + value.shape
        b = like.batch_axis
        if value.ndim > like.rank or axes[b] not in (1, BATCH):
            raise Unfit("a constant with a batch axis of its own")
        array = np.moveaxis(value.reshape(axes), b, 0)[0]
        wire = self.parameter(array)
        dims = list(range(1, like.rank))
        dims.insert(b, 0)
        return view_of(wire, (BATCH, *array.shape), [(dim,) for dim in dims])

    def parameter(self, array: Array, name: str = "") -> Wire:
        """A constant tensor as a node: frozen where it is one number, else it may learn."""
        if array.dtype.kind != "f":
            raise Unfit("a constant of whole numbers")
        array = np.ascontiguousarray(array if array.ndim else array.reshape(1), dtype=np.float32)
        key = (array.shape, array.tobytes()) if array.size <= 4096 else (id(array),)
        if key not in self.parameters:
            self.parameters[key] = self.draft.add(
                "Parameter",
                {},
                {"shape": list(array.shape), "init": "zeros"},
                name=name or "constant",
                weights={"": array},
                frozen=array.size == 1,
            )
        return self.parameters[key]


def to_array(tensor: Any, draft: Draft) -> Array:
    """The numbers of a TensorProto, floats as float32, whole numbers as int64."""
    if tensor.data_location == 1 or tensor.external_data:
        raise UserError("import.external_data")
    try:
        array = numpy_helper.to_array(tensor)
    except Exception as error:  # whatever a lying header leads to in the reader
        raise UserError("import.broken_onnx", reason=f"the tensor {tensor.name[:80]}: {str(error)[:120]}") from error
    return normal(array, draft)


def normal(array: Array, draft: Draft) -> Array:
    """Floats as float32, whole numbers as int64, as the graph has them."""
    if (array.dtype.kind == "f" and array.dtype != np.float32) or array.dtype.name in ("bfloat16",):
        draft.report.say("info", "half_precision", dtype=array.dtype.name)
        return array.astype(np.float32)
    if array.dtype.kind in "iu":
        return array.astype(np.int64)
    if array.dtype.kind not in "fb":
        raise UserError("import.broken_onnx", reason=f"tensors of {array.dtype.name} are not taken")
    return array


def _attribute(attribute: Any) -> Any:
    match attribute.type:
        case 1:
            return attribute.f
        case 2:
            return attribute.i
        case 3:
            return attribute.s
        case 4:
            return attribute.t
        case 6:
            return list(attribute.floats)
        case 7:
            return list(attribute.ints)
        case 8:
            return list(attribute.strings)
        case _:
            return None


def _shape_constant(op: Op) -> Array | None:
    """What is a number although its input may be a tensor: its shape; and constants that are one number repeated."""
    value = op.inputs[0]
    if op.op in ("Shape", "Size"):
        if isinstance(value, Lost | None):
            raise Unfit("the shape of its input is not known")
        shape = np.array(value.shape, dtype=np.int64)
        if op.op == "Size":
            return np.array(shape.prod(), dtype=np.int64)
        end = op.get("end")
        return shape[op.get("start", 0) : end]
    if op.op == "Expand" and not isinstance(value, np.ndarray):
        return None
    sizes = op.ints(1 if op.op == "Expand" else 0)
    if op.op == "Expand":
        return np.broadcast_to(value, np.broadcast_shapes(value.shape, tuple(sizes)))  # type: ignore[union-attr, arg-type]
    fill = op.attributes.get("value")
    number = numpy_helper.to_array(fill).reshape(-1)[0] if fill is not None else np.float32(0)
    kind = np.int64 if np.asarray(number).dtype.kind in "iu" else np.asarray(number).dtype
    return np.broadcast_to(np.asarray(number, dtype=kind), tuple(sizes))


def _computed(node: Any, op: Op) -> Sequence[Value]:
    """The outputs of an operation whose inputs are all constant."""
    values = _one_row(op)
    arrays = [value for value in values if isinstance(value, np.ndarray)]
    size = sum(array.nbytes for array in arrays)
    with suppress(ValueError):  # where they are not stretched, what comes out is no larger than what goes in
        size = max(size, 8 * prod(np.broadcast_shapes(*(array.shape for array in arrays))))
    if op.op == "Range":
        start, limit, delta = (float(op.needed(place).reshape(-1)[0]) for place in range(3))
        size = int(8 * abs((limit - start) / delta)) if delta else MAX_FOLDED + 1
    if size > MAX_FOLDED:
        raise Unfit("its constants are too large")
    feeds = {name: value for name, value in zip(op.input_names, values, strict=True) if name}
    try:
        with np.errstate(all="ignore"):
            found = ReferenceEvaluator(node, opsets={"": op.opset}).run(None, feeds)
    except Exception as error:  # the reference raises whatever numpy does with what it is given
        raise Unfit(f"its constants do not go together: {type(error).__name__}") from error
    given: list[Value] = []
    for entry in found:
        value = np.asarray(entry)
        if value.nbytes > MAX_FOLDED or value.dtype.kind not in "fiub":
            raise Unfit("its constants are too large or of another kind")
        kind = {"i": np.int64, "u": np.int64, "f": np.float32, "b": np.bool_}[value.dtype.kind]
        value = value.astype(kind)
        if any(one is not other for one, other in zip(values, op.inputs, strict=True)):
            value = np.broadcast_to(value, (BATCH, *value.shape[1:]))
        given.append(value)
    return given


def _one_row(op: Op) -> list[Value]:
    """The inputs with one row where all rows are the same, so that the batch's size costs nothing."""
    values = list(op.inputs)
    rank = max((value.ndim for value in values if isinstance(value, np.ndarray)), default=0)
    for place, value in enumerate(values):
        if not isinstance(value, np.ndarray) or value.shape[:1] != (BATCH,):
            continue
        leads = op.op == "Gather" and place == 1 and op.get("axis", 0) == 0
        alone = value.ndim == rank and (op.op in ROW_BY_ROW or (op.op == "Concat" and op.get("axis") != 0))
        if (leads or alone) and (value.strides[0] == 0 or bool((value == value[:1]).all())):
            values[place] = value[:1]
        else:
            return list(op.inputs)
    return values

"""What of an ONNX graph is constant: tensors of the file, shapes, and what is computed from those while importing."""

from collections.abc import Sequence
from contextlib import suppress
from math import prod
from typing import Any, Final

import numpy as np
import onnx
from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator

from trainer.errors import UserError
from trainer.graph.importing.draft import Array, Draft
from trainer.graph.importing.onnx_op import Lost, Op, Value
from trainer.graph.importing.report import Unfit
from trainer.graph.importing.views import BATCH

MAX_FOLDED: Final = 64 * 1024 * 1024  # bytes of a computed constant
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


def attribute_value(attribute: Any) -> Any:
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


def is_complete(node: Any, opset: int) -> bool:
    """Whether an operation has the inputs that its definition in ONNX asks for, where it has one."""
    version = min(max(opset, 1), onnx.defs.onnx_opset_version())
    if not onnx.defs.has(node.op_type):
        return True
    known = onnx.defs.has(node.op_type, version)
    schema = onnx.defs.get_schema(node.op_type, version) if known else onnx.defs.get_schema(node.op_type)
    return schema.min_input <= len(node.input) <= schema.max_input and all(node.input[: schema.min_input])


def shape_constant(op: Op) -> Array | None:
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


def computed(node: Any, op: Op) -> Sequence[Value]:
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

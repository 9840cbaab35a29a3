"""An ONNX model as a graph with its weights, compared with ONNX Runtime on random input before it is given away."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import onnx
import onnxruntime
import torch

from trainer.errors import UserError
from trainer.graph.compile import compile_graph
from trainer.graph.importing import (
    onnx_activations,
    onnx_arithmetic,
    onnx_attention,
    onnx_axes,
    onnx_einsum,
    onnx_elementwise,
    onnx_layers,
    onnx_logic,
    onnx_normalizations,
    onnx_recurrent,
    onnx_reductions,
    onnx_resizing,
    onnx_selecting,
    onnx_sequences,
)
from trainer.graph.importing.draft import Array, Draft
from trainer.graph.importing.heads import put_heads
from trainer.graph.importing.imported import Imported
from trainer.graph.importing.onnx_file import read_model
from trainer.graph.importing.onnx_op import Lost
from trainer.graph.importing.onnx_walk import Walk
from trainer.graph.importing.report import Report
from trainer.graph.importing.views import BATCH, View, lay, view_of, whole
from trainer.graph.parts import Document
from trainer.graph.shapes import TensorSpec

# What registers how operations are said in layers.
SAID_BY: Final = (
    onnx_activations,
    onnx_arithmetic,
    onnx_attention,
    onnx_axes,
    onnx_einsum,
    onnx_elementwise,
    onnx_layers,
    onnx_logic,
    onnx_normalizations,
    onnx_recurrent,
    onnx_reductions,
    onnx_resizing,
    onnx_selecting,
    onnx_sequences,
)
DTYPES: Final = {1: "float32", 9: "bool", 10: "float32", 11: "float32", 16: "float32"}
WHOLE: Final = frozenset({2, 3, 4, 5, 6, 7, 12, 13})
ROWS: Final = (2, 3)
MAX_COMPARED_BYTES: Final = 256 * 1024 * 1024
TOLERANCE: Final = 1e-3


def import_onnx(data: bytes) -> Imported:
    """The graph, its weights and a report. Raises `import.*` for a file that cannot be read at all."""
    model = read_model(data)
    report = Report()
    draft = Draft(report)
    opset = max((entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")), default=1)
    walk = Walk(draft, model.graph, opset, declared=_Declared(model))
    inputs = _inputs(walk, model.graph)
    walk.run()
    moved = _outputs(walk, model.graph)
    put_heads(draft)
    document = draft.document()
    weights = draft.state_dict(document)
    producer = f"{model.producer_name} {model.producer_version}".strip()[:60] or "?"
    layers = sum(node.type not in ("Input", "Output") for node in document.nodes)
    report.say("info", "from_onnx", producer=producer, opset=opset, operations=len(model.graph.node), layers=layers)
    if weights:
        report.say(
            "info", "weights_taken", count=len(weights), parameters=sum(array.size for array in weights.values())
        )
    else:
        report.say("info", "no_weights")
    if not report.has("unknown_op_line"):
        _compare(data, document, weights, inputs, moved, walk.static_batch, report)
    return Imported(document, weights, report)


class _Declared:
    """The shapes that the file says its tensors have, for what comes out of a locked node."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._known: dict[str, Any] | None = None

    def __call__(self, name: str) -> TensorSpec | None:
        if self._known is None:
            self._known = {info.name: info.type.tensor_type for info in self._infos()}
        kind = self._known.get(name)
        dtype = _dtype(kind.elem_type) if kind is not None else None
        if kind is None or dtype is None or not kind.HasField("shape") or not kind.shape.dim:
            return None
        sizes = [dim.dim_value for dim in kind.shape.dim[1:]]
        return TensorSpec(tuple(sizes), dtype) if all(size > 0 for size in sizes) else None

    def _infos(self) -> list[Any]:
        infos = [*self._model.graph.value_info, *self._model.graph.output]
        if self._model.ByteSize() < MAX_COMPARED_BYTES:
            try:
                inferred = onnx.shape_inference.infer_shapes(self._model)
            except Exception:  # a model that is wrong somewhere: what it declares itself is all there is
                return infos
            infos += inferred.graph.value_info
        return infos


def _dtype(elem_type: int) -> str | None:
    return "int64" if elem_type in WHOLE else DTYPES.get(elem_type)


def _inputs(walk: Walk, graph: Any) -> list[tuple[str, str, int]]:
    """Place the inputs of the model: their names here and in the file, and where their batch axis is."""
    constants = {tensor.name for tensor in graph.initializer}
    placed = []
    for entry in graph.input:
        if entry.name in constants:  # before IR version 4 weights were listed among the inputs
            continue
        kind = entry.type.tensor_type
        dtype = _dtype(kind.elem_type)
        sizes: list[int] = [dim.dim_value if dim.HasField("dim_value") else 0 for dim in kind.shape.dim]
        open_axes = [axis for axis, size in enumerate(sizes) if size < 1]
        batch = open_axes[0] if open_axes else 0
        if dtype is None or not sizes or len(open_axes) > 1:
            shape = [dim.dim_param or dim.dim_value or "?" for dim in kind.shape.dim]
            raise UserError("import.open_axis", name=entry.name[:80], shape=str(shape)[:200])
        if not open_axes:
            walk.static_batch = sizes[0]
            walk.draft.report.say("info", "static_batch", size=sizes[0])
        rest = [size for axis, size in enumerate(sizes) if axis != batch]
        wire = walk.draft.add_input(entry.name, TensorSpec(tuple(rest), dtype))
        dims = list(range(1, len(sizes)))
        dims.insert(batch, 0)
        walk.values[entry.name] = view_of(wire, (BATCH, *rest), [(dim,) for dim in dims])
        placed.append((walk.draft.nodes[wire.node].name, entry.name, batch))
    if not placed:
        raise UserError("import.no_outputs", what="inputs")
    return placed


def _outputs(walk: Walk, graph: Any) -> dict[str, tuple[str, tuple[tuple[int, ...], ...]]]:
    """Place the outputs: by their names here, their names in the file and which axes of ours each of theirs is."""
    moved = {}
    for entry in graph.output:
        value = walk.values.get(entry.name)
        if isinstance(value, Lost):
            walk.draft.add_output(entry.name, value.wire)
            continue
        if isinstance(value, np.ndarray):
            value = _constant_output(walk, value)
        if isinstance(value, View):
            laid = lay(walk.draft, value)
            walk.draft.add_output(entry.name, laid.wire)
            name = next(reversed(walk.draft.nodes.values())).name
            moved[name] = (entry.name, laid.dims)
            if laid.dims[:1] != ((0,),):
                walk.draft.report.say("warning", "batch_moved", name=name)
        else:
            walk.draft.report.say("warning", "constant_output", name=entry.name[:80])
    return moved


def _constant_output(walk: Walk, array: Array) -> View | None:
    """What is the same for every sample, as far as it has a batch axis in front; None else."""
    if array.ndim == 0 or array.shape[0] != BATCH or not bool((array[:1] == array).all()):
        return None
    wire = onnx_sequences.positions(walk, array)
    if wire is None and array.dtype.kind == "f":
        wire = walk.parameter(array[0])
    return whole(walk.draft, wire) if wire is not None else None


def _compare(
    data: bytes,
    document: Document,
    weights: dict[str, Array],
    inputs: Sequence[tuple[str, str, int]],
    outputs: dict[str, tuple[str, tuple[tuple[int, ...], ...]]],
    static_batch: int,
    report: Report,
) -> None:
    """Say by how much the graph's answers differ from those of ONNX Runtime with the file."""
    if len(data) > MAX_COMPARED_BYTES:
        report.say("warning", "not_verified", reason=f"{len(data):,} bytes")
        return
    try:
        compiled = compile_graph(document)
        compiled.network.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in weights.items()})
        compiled.network.eval()
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        largest = 0.0
        for rows in (static_batch,) if static_batch else ROWS:
            arrays = _random_inputs(document, rows)
            with torch.no_grad():
                ours = compiled.run(*(torch.from_numpy(arrays[name]) for name in compiled.inputs))
            feeds = {
                theirs: np.moveaxis(arrays[name], 0, batch).astype(_numpy_type(session, theirs))
                for name, theirs, batch in inputs
            }
            found = session.run([theirs for theirs, _ in outputs.values()], feeds)
            by_name = dict(zip(compiled.outputs, ours, strict=True))
            for (name, (_, dims)), expected in zip(outputs.items(), found, strict=True):
                seen = _as_seen(by_name[name].detach().numpy(), dims, expected.shape)
                largest = max(largest, _difference(seen, expected))
    except UserError as error:
        report.say("warning", "not_verified", reason=error.message())
    except Exception as error:  # whatever torch or ONNX Runtime raises on a model of a stranger
        report.say("warning", "not_verified", reason=f"{type(error).__name__}: {' '.join(str(error).split())[:160]}")
    else:
        known = "verified" if largest <= TOLERANCE else "differs"
        report.say("info" if known == "verified" else "error", known, difference=f"{largest:.1e}")


def _difference(ours: Array, theirs: Array) -> float:
    """The largest one, as a share of the largest number: answers that are all small are not alike for that."""
    one, other = ours.astype(np.float64), theirs.astype(np.float64)
    if not np.isfinite(other).any():
        raise ArithmeticError("its answers to random input are no finite numbers")
    same = (one == other) | (np.isnan(one) & np.isnan(other))
    if bool(same.all()):
        return 0.0
    apart = np.abs(one - other)[~same]
    largest = np.max(np.abs(other), where=np.isfinite(other), initial=0.0)
    return float(np.max(apart) / largest) if largest and bool(np.isfinite(apart).all()) else float("inf")


def _as_seen(array: Array, dims: Sequence[tuple[int, ...]], shape: Sequence[int]) -> Array:
    """Our tensor with the axes that the file's has."""
    order = [dim for group in dims for dim in group]
    return array.transpose(order).reshape(shape)


def _random_inputs(document: Document, rows: int) -> dict[str, Array]:
    """Rows of random numbers for each input: whole numbers are 0 and 1, which any table has."""
    generator = np.random.default_rng(rows)
    arrays: dict[str, Array] = {}
    for node in document.nodes:
        if node.type == "Input":
            shape = (rows, *node.params["shape"])
            if node.params["dtype"] == "float32":
                arrays[node.name] = generator.standard_normal(shape, dtype=np.float32)
            else:
                kind = np.int64 if node.params["dtype"] == "int64" else np.bool_
                arrays[node.name] = generator.integers(0, 2, shape).astype(kind)
                if kind is np.bool_:  # a mask that hides everything leaves attention nothing to answer with
                    arrays[node.name][..., :1] = False
    return arrays


def _numpy_type(session: Any, name: str) -> Any:
    kinds = {entry.name: entry.type for entry in session.get_inputs()}
    names = {"float": "float32", "double": "float64"}
    kind = kinds[name].removeprefix("tensor(").removesuffix(")")
    return np.dtype(names.get(kind, kind))

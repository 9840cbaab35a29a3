"""From the nodes of an ONNX graph to those of a draft: constants are computed, tensors are views, layers are placed.

How an operation is said in layers stands in the modules that `onnx_import.SAID_BY` lists, one function each. One that
cannot be said raises `Unfit`, and a locked node stands for it. A pattern looks back from its last operation and places
one layer for all of them; what was placed for the others reaches no output then, and is left out in the end.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from trainer.graph.importing.draft import Array, Draft, Wire
from trainer.graph.importing.onnx_constants import (
    FOLDABLE,
    attribute_value,
    computed,
    is_complete,
    shape_constant,
    to_array,
)
from trainer.graph.importing.onnx_op import Lost, Op, Value
from trainer.graph.importing.report import Unfit
from trainer.graph.importing.views import BATCH, View, lay, view_of, whole
from trainer.graph.shapes import TensorSpec

OWN_DOMAINS: Final = ("", "ai.onnx", "com.microsoft")
Handler = Callable[["Walk", Op], Sequence[Value]]
# What a stranger's attributes lead to: one that is missing, of another type, or of another length than it needs.
MALFORMED: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
HANDLERS: dict[str, Handler] = {}
PATTERNS: dict[str, list[Handler]] = {}


def handles(*ops: str) -> Callable[[Handler], Handler]:
    """Registers how operations are said in layers."""

    def register(handler: Handler) -> Handler:
        for op in ops:
            HANDLERS[op] = handler
        return handler

    return register


def ends(*ops: str) -> Callable[[Handler], Handler]:
    """Registers a pattern that ends in one of `ops`: it looks back from there, and raises `Unfit` where it is none."""

    def register(handler: Handler) -> Handler:
        for op in ops:
            PATTERNS.setdefault(op, []).append(handler)
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
            if node.domain in OWN_DOMAINS and is_complete(node, self.opset):
                self.producers |= dict.fromkeys(node.output, node)
        for output in self.graph.output:
            self.consumers[output.name] += 1
        for node in self.graph.node:  # before all else: a pattern may look ahead at the numbers it needs
            if node.op_type == "Constant":
                self._walk_node(node)
        for node in self.graph.node:
            if not all(name in self.values for name in node.output if name):
                self._walk_node(node)

    def _walk_node(self, node: Any) -> None:
        op = Op(
            node.op_type,
            node.name,
            {a.name: attribute_value(a) for a in node.attribute},
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
        except MALFORMED as error:
            given = self._locked(op, f"it is not written as its definition asks ({type(error).__name__})")
        for name, value in zip(node.output, given, strict=False):
            self.values.setdefault(name, value)

    def _said(self, node: Any, op: Op) -> Sequence[Value]:
        if node.domain not in OWN_DOMAINS:
            raise Unfit(f"it belongs to {node.domain}")
        if any(attribute.type in (5, 10) for attribute in node.attribute):
            raise Unfit("it holds graphs of its own")
        if not is_complete(node, self.opset):
            raise Unfit("it has not the inputs that it needs")
        for pattern in PATTERNS.get(op.op, ()):
            with suppress(Unfit):
                return pattern(self, op)
        if op.op in ("Expand", "ConstantOfShape", "Shape", "Size"):
            if (found := shape_constant(op)) is not None:
                return [found]
        elif op.op in FOLDABLE and all(value is None or isinstance(value, np.ndarray) for value in op.inputs):
            return computed(node, op)
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

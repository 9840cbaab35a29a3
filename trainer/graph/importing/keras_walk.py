"""From the layers of a Keras model to those of a draft: one call after another, models in models taken apart.

Keras has the channels last and torch has them first. A tensor is a `View`: where a layer of torch needs the channels
second, the tensor stays that way and is only seen with them last, so that nothing is turned back and forth.

How a layer is said in layers of the catalogue stands in `keras_layers` and its neighbors, one function each. One that
cannot be said raises `Unfit`, and a locked node stands for it.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from trainer.errors import UserError
from trainer.graph.importing.draft import Array, Draft, Wire
from trainer.graph.importing.keras_model import Call, Layer, Model, Ref, broken, is_own, refs_in
from trainer.graph.importing.keras_readers import Readers
from trainer.graph.importing.keras_settings import Settings, is_size
from trainer.graph.importing.report import Unfit
from trainer.graph.importing.views import Laid, View, lay, plain, whole
from trainer.graph.shapes import TensorSpec

MAX_CALLS: Final = 20_000
MAX_OUTPUTS: Final = 64


@dataclass(frozen=True, slots=True)
class Lost:
    """A tensor whose shape is not known, behind a locked node."""

    wire: Wire


Value = View | Lost
Path = tuple[str, ...]


@dataclass(slots=True)
class Op:
    """One call of a layer: what arrives, its settings, and its weights where the file has them."""

    walk: "Walk"
    layer: Layer
    call: Call
    values: Mapping[Ref, Value]
    path: Path
    prefix: str

    @property
    def draft(self) -> Draft:
        return self.walk.draft

    @property
    def settings(self) -> Settings:
        return Settings(self.layer.config)

    @property
    def name(self) -> str:
        return f"{self.prefix}{self.layer.name}"

    @property
    def alone(self) -> bool:
        """Whether the layer is called once: its weights may then be in the order of this one input."""
        return self.walk.times_called.get(self.path, 1) == 1

    def value(self, ref: Any) -> View:
        found = self.values.get(ref) if isinstance(ref, Ref) else None
        if isinstance(found, View):
            return found
        raise Unfit("the shape of what it reads is not known" if isinstance(found, Lost) else "it reads no tensor")

    def views(self) -> list[View]:
        """All that the layer reads by place."""
        refs = list(refs_in(self.call.args))
        if not refs:
            raise Unfit("it reads no tensor")
        return [self.value(ref) for ref in refs]

    def view(self) -> View:
        views = self.views()
        if len(views) != 1:
            raise Unfit(f"it reads {len(views)} tensors, where one was expected")
        return views[0]

    def add(
        self,
        layer_type: str,
        inputs: Any,
        params: Mapping[str, Any] | None = None,
        *,
        suffix: str = "",
        weights: Mapping[str, Array] | None = None,
        learned: bool = False,
        frozen: bool = False,
    ) -> Wire:
        """Place a layer; where it is `learned`, further calls of the same one share it."""
        key = (*self.path, suffix) if learned else None
        name = f"{self.name}_{suffix}" if suffix else self.name
        frozen = frozen or (learned and self.layer.config.get("trainable") is False)
        return self.draft.add(layer_type, inputs, params, name=name, weights=weights, key=key, frozen=frozen)

    def weights(self, ranks: Mapping[str, int | None], part: str = "") -> dict[str, Array]:
        """The weights of the layer, or of a `part` of it, by the names of Keras; none where the file has none.

        `ranks` has the names in the order of Keras, and how many axes each has; None is for any number.
        """
        found = self.walk.weights_of(self, list(ranks), part)
        for name, array in found.items():
            if ranks[name] not in (None, array.ndim):
                raise Unfit(f"its {name} has {array.ndim} axes, expected {ranks[name]}")
        return found

    def inner(self, name: str) -> "Op":
        """The layer that this one wraps, on the same inputs, with the weights that the file has for it in there."""
        data = self.layer.config.get(name)
        config = data.get("config") if isinstance(data, dict) else None
        if not isinstance(data, dict) or not isinstance(config, dict) or not isinstance(data.get("class_name"), str):
            raise Unfit("it wraps no layer")
        layer = Layer(self.layer.name, data["class_name"], config, self.layer.calls, is_own(data))
        return Op(self.walk, layer, self.call, self.values, self.path, self.prefix)

    def same(self, layer_type: str, params: Mapping[str, Any] | None = None, *, suffix: str = "") -> View:
        """A layer that works number by number, on the one input."""
        view = self.view()
        return view.moved(self.add(layer_type, view.wire, params, suffix=suffix))

    def channels_last(self) -> bool:
        return self.settings.choice("data_format", ("channels_last", "channels_first"), "channels_last").endswith(
            "last"
        )

    def channels_second(self, view: View, axis: int | None = None) -> Wire:
        """The tensor with its channels, the axis that the layer has them in, second, as torch has them."""
        axis = (view.rank - 1 if self.channels_last() else 1) if axis is None else axis
        rest = (number for number in range(1, view.rank) if number != axis)
        return plain(self.draft, view.transposed((0, axis, *rest)))

    def seen(self, wire: Wire, axis: int | None = None) -> View:
        """A tensor with its channels second, seen as the layer has it in Keras."""
        view = whole(self.draft, wire)
        axis = (view.rank - 1 if self.channels_last() else 1) if axis is None else axis
        order = [0, *range(2, view.rank)]
        order.insert(axis, 1)
        return view.transposed(order)

    def as_it_lies(self, view: View) -> tuple[Laid, tuple[int, ...]]:
        """The tensor with each of the seen axes one of its own, in the order it lies in already where it can be."""
        order = own_order(self.draft, view)
        return lay(self.draft, view.transposed(order)), order


Handler = Callable[[Op], Value | list[Value]]
HANDLERS: dict[str, Handler] = {}


def handles(*kinds: str) -> Callable[[Handler], Handler]:
    """Registers how layers are said in those of the catalogue."""

    def register(handler: Handler) -> Handler:
        for kind in kinds:
            HANDLERS[kind] = handler
        return handler

    return register


def seen_in(draft: Draft, wire: Wire, order: Sequence[int]) -> View:
    """A tensor whose axes are those of `order`, seen with them in turn."""
    return whole(draft, wire).transposed([order.index(axis) for axis in range(len(order))])


def own_order(draft: Draft, view: View) -> tuple[int, ...]:
    """The order of the seen axes in which the tensor lies already, where that is one of the two that matter."""
    straight = tuple(range(view.rank))
    shape = draft.spec(view.wire).shape
    for order in (straight, (0, view.rank - 1, *range(1, view.rank - 1))):
        moved = view.transposed(order)
        atoms = [atom for axis in moved.axes for atom in axis]
        if atoms == sorted(atoms) and moved.shape[1:] == shape:
            return order
    return straight


@dataclass(slots=True)
class Walk:
    """One model being walked.

    `arrays` finds the weights of the layer at a path, or of a part of it: None where the file has none at all.
    """

    draft: Draft
    generation: int
    readers: Readers
    arrays: Callable[[Path, Sequence[str], str], Mapping[str, Array] | None]
    times_called: dict[Path, int] = field(default_factory=dict)
    wanted: dict[tuple[Path, int], dict[int, tuple[int | None, ...] | None]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    masks: dict[Wire, Wire] = field(default_factory=dict)
    num_calls: int = 0

    def look_at(self, model: Model, path: Path = (), times: int = 1) -> None:
        """Note how often each layer is called, and which outputs of it are read in which shape."""
        for layer in model.layers.values():
            own = (*path, layer.name)
            self.times_called[own] = min(times * len(layer.calls), MAX_CALLS)
            for call in layer.calls:
                for ref in call.refs:
                    self._want(path, ref)
            if layer.model is not None:
                self.look_at(layer.model, own, self.times_called[own])
        for ref in model.outputs:
            self._want(path, ref)

    def _want(self, path: Path, ref: Ref) -> None:
        outputs = self.wanted.setdefault(((*path, ref.layer), ref.call), {})
        outputs[ref.output] = outputs.get(ref.output) or ref.shape

    def run(self, model: Model, given: Sequence[Value], path: Path = (), prefix: str = "") -> list[Value]:
        """What comes out of `model` for the tensors `given`: its calls, each once what it reads is there."""
        if len(given) != len(model.inputs):
            raise Unfit(f"it reads {len(given)} tensors and has {len(model.inputs)} inputs")
        values: Outputs = {(ref.layer, ref.call): [value] for ref, value in zip(model.inputs, given, strict=True)}
        waiting: dict[Place, list[Place]] = {}
        num_open: dict[Place, int] = {}
        ready: deque[Place] = deque()
        for layer in model.layers.values():
            for number, call in enumerate(layer.calls):
                place = (layer.name, number)
                needs = {(ref.layer, ref.call) for ref in call.refs} - values.keys()
                num_open[place] = len(needs)
                for need in needs:
                    waiting.setdefault(need, []).append(place)
                if not needs and place not in values:
                    ready.append(place)
        while ready:
            place = ready.popleft()
            values[place] = self._called(model.layers[place[0]], place[1], values, path, prefix)
            for waiter in waiting.get(place, ()):
                num_open[waiter] -= 1
                if not num_open[waiter]:
                    ready.append(waiter)
        return [_output(values, ref) for ref in model.outputs]

    def _called(self, layer: Layer, number: int, values: "Outputs", path: Path, prefix: str) -> list[Value]:
        self.num_calls += 1
        if self.num_calls > MAX_CALLS:
            raise UserError("import.too_many_layers", limit=MAX_CALLS)
        call = layer.calls[number]
        op = Op(self, layer, call, {ref: _output(values, ref) for ref in call.refs}, (*path, layer.name), prefix)
        try:
            if layer.model is not None:
                inputs = [op.values[ref] for ref in refs_in(call.args)]
                return self.run(layer.model, inputs, op.path, f"{prefix}{layer.name}_")
            found = said(op)
        except Unfit as reason:
            return self._locked(op, number, str(reason))
        return found if isinstance(found, list) else [found]

    def _locked(self, op: Op, number: int, reason: str) -> list[Value]:
        """A node that stands for a layer. Its outputs have the shapes the file tells, else that of what it reads."""
        wires = [value.wire if isinstance(value, Lost) else lay(self.draft, value).wire for value in op.values.values()]
        told = self.wanted.get((op.path, number), {})
        specs: list[TensorSpec | None] = []
        for output in range(min(max(told, default=0) + 1, MAX_OUTPUTS)):
            shape = told.get(output)
            if shape is not None and shape[1:] and all(is_size(size) for size in shape[1:]):
                specs.append(TensorSpec(tuple(size for size in shape[1:] if size), "float32"))
            else:
                specs.append(self.draft.specs.get(wires[0]) if len(wires) == 1 else None)
        given = self.draft.add_unknown(op.layer.kind, reason, wires, specs, name=op.name)
        return [whole(self.draft, wire) if wire in self.draft.specs else Lost(wire) for wire in given]

    def weights_of(self, op: Op, names: Sequence[str], part: str) -> dict[str, Array]:
        """All of `names`, or none: then the layer begins with random weights, and the report says so."""
        found = self.arrays(op.path, names, part)
        if found is None:
            return {}
        if set(found) != set(names):
            self.missing.append(op.name)
            return {}
        return dict(found)


Place = tuple[str, int]
Outputs = dict[Place, list[Value]]


def said(op: Op) -> Value | list[Value]:
    """A call in layers of the catalogue; raises `Unfit` where it cannot be said."""
    layer = op.layer
    if not layer.own and not layer.operation:
        raise Unfit("it is somebody's own layer, whose program is not in the file")
    handler = HANDLERS.get(f"ops.{layer.kind}" if layer.operation else layer.kind)
    if handler is None:
        raise Unfit("it has no counterpart in the catalogue")
    return handler(op)


def _output(values: Outputs, ref: Ref) -> Value:
    found = values.get((ref.layer, ref.call))
    if found is None and ref.call:  # the first versions counted calls that the model does not hold
        found = values.get((ref.layer, 0))
    if found is None:
        raise broken(f"nothing gives what {ref.layer[:80]} should, or its layers wait for one another")
    if ref.output >= len(found):
        raise broken(f"{ref.layer[:80]} has no output {ref.output}")
    return found[ref.output]

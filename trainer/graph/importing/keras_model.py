"""What the JSON of a Keras model says, Sequential or Functional, of Keras 2 or 3, in one form.

Nothing is looked up by a name from the file and nothing is evaluated: names stay text, settings stay JSON.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from trainer.errors import UserError
from trainer.graph.document import MAX_NODES

MAX_MODELS_DEEP: Final = 12
MAX_DEPTH: Final = 128
MAX_CALLS: Final = 20_000
MAX_TENSORS: Final = 64  # that one layer reads
SEQUENTIAL: Final = frozenset({"Sequential"})
MODELS: Final = frozenset({"Functional", "Model"}) | SEQUENTIAL
INPUT: Final = "InputLayer"
OWN_MODULES: Final = ("keras.", "tf_keras.", "tensorflow.python.keras.", "tensorflow.keras.")
OPERATION_MODULES: Final = ("keras.src.ops.", "keras.ops.")
ARITHMETIC: Final = frozenset({"Add", "Subtract", "Multiply", "Divide", "TrueDivide"})
KERAS_2_OPERATIONS: Final = frozenset({"TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer"})


@dataclass(frozen=True, slots=True)
class Ref:
    """An output of a call of a layer; `shape` with the batch where the file says it, None for what is open."""

    layer: str
    call: int = 0
    output: int = 0
    shape: tuple[int | None, ...] | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A layer being called: its arguments as they are given, with `Ref` for tensors."""

    args: tuple[Any, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def refs(self) -> list[Ref]:
        return [*refs_in(self.args), *refs_in(tuple(self.settings.values()))]


@dataclass(frozen=True, slots=True)
class Layer:
    """`kind` is the name of its class; `own` is false where that is not one of Keras itself."""

    name: str
    kind: str
    config: Mapping[str, Any]
    calls: tuple[Call, ...] = ()
    own: bool = True
    operation: bool = False
    model: "Model | None" = None


@dataclass(frozen=True, slots=True)
class Model:
    name: str
    kind: str
    layers: Mapping[str, Layer]
    inputs: tuple[Ref, ...]
    outputs: tuple[Ref, ...]


def broken(reason: str) -> UserError:
    return UserError("import.broken_keras", reason=reason)


def is_keras(value: Any) -> bool:
    """Whether a JSON value is what `model.to_json()` gives, and no document of ours."""
    return isinstance(value, dict) and isinstance(value.get("class_name"), str) and "config" in value


def read_model(value: Any) -> Model:
    """The model in the JSON of `to_json()`. Raises `import.broken_keras` and `import.too_many_layers`."""
    if not is_keras(value):
        raise broken("it has no class_name and config")
    _refuse_deep(value)
    return _Reader().model(value, 0)


def is_own(entry: Mapping[str, Any]) -> bool:
    """Whether a layer says that its class is one of Keras itself, and not another of the same name."""
    module = entry.get("module")
    package = _text(entry.get("registered_name")).rpartition(">")[0].lower()
    return (module is None or f"{module}.".startswith(OWN_MODULES)) and package in ("", "keras")


def _refuse_deep(value: Any) -> None:
    """What is read by functions that call themselves must not lie deeper than they can."""
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise broken(f"it lies more than {MAX_DEPTH} levels deep")
        parts = (entry.values() if isinstance(entry, dict) else entry for entry in level)
        level = [inner for part in parts for inner in part if isinstance(inner, dict | list)]


def refs_in(value: Any) -> Iterator[Ref]:
    """The tensors in arguments, in order."""
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, tuple):
        for entry in value:
            yield from refs_in(entry)


class _Reader:
    def __init__(self) -> None:
        self.num_layers = 0
        self.num_calls = 0

    def model(self, value: Mapping[str, Any], depth: int) -> Model:
        if depth > MAX_MODELS_DEEP:
            raise broken("its models lie in one another too deep")
        kind, config = value["class_name"], value["config"]
        if isinstance(config, list):  # Sequential, as the first versions wrote it
            config = {"layers": config}
        entries = config.get("layers") if isinstance(config, dict) else None
        if not isinstance(entries, list):
            raise UserError("import.keras_no_layers", kind=kind[:80])
        name = _text(config.get("name")) or kind
        self.num_layers += len(entries)
        if self.num_layers > MAX_NODES:
            raise UserError("import.too_many_layers", limit=MAX_NODES)
        if "input_layers" in config:
            return self._functional(name, kind, config, entries, depth)
        if kind in SEQUENTIAL or "build_input_shape" in config:
            return self._sequential(name, kind, config, entries, depth)
        raise UserError("import.keras_no_layers", kind=kind[:80])

    def _functional(self, name: str, kind: str, config: Mapping[str, Any], entries: list[Any], depth: int) -> Model:
        layers: dict[str, Layer] = {}
        for entry in entries:
            calls = [self._call(node) for node in _list(_object(entry).get("inbound_nodes", []), "inbound_nodes")]
            layer = self._layer(entry, tuple(calls), depth)
            if layer.name in layers:
                raise broken(f"two layers are called {layer.name[:80]}")
            layers[layer.name] = layer
        inputs, outputs = _ends(config["input_layers"]), _ends(config.get("output_layers"))
        if unknown := [ref.layer for ref in (*inputs, *outputs) if ref.layer not in layers]:
            raise broken(f"there is no layer {unknown[0][:80]}")
        return Model(name, kind, layers, inputs, outputs)

    def _sequential(self, name: str, kind: str, config: Mapping[str, Any], entries: list[Any], depth: int) -> Model:
        """A chain; where it has no layer for its input, one is put before it."""
        layers: dict[str, Layer] = {}
        ref = None
        for entry in entries:
            layer = self._layer(entry, (), depth)
            if layer.name in layers:
                raise broken(f"two layers are called {layer.name[:80]}")
            if ref is None and layer.kind != INPUT:
                first = self._input_before(layer, config)
                layers[first.name] = first
                ref = Ref(first.name)
            if ref is not None:
                self._count_call()
                shape = _built_for(entry)
                layer = _with_calls(layer, (Call((Ref(ref.layer, shape=shape),)),))
            layers[layer.name] = layer
            ref = Ref(layer.name)
        if ref is None:
            raise UserError("import.keras_no_layers", kind=kind[:80])
        return Model(name, kind, layers, (Ref(next(iter(layers))),), (ref,))

    def _input_before(self, layer: Layer, config: Mapping[str, Any]) -> Layer:
        first = layer.model.layers[layer.model.inputs[0].layer] if layer.model and layer.model.inputs else layer
        shape = (
            first.config.get("batch_shape") or first.config.get("batch_input_shape") or config.get("build_input_shape")
        )
        dtype = "int64" if layer.kind == "Embedding" else "float32"
        if first.kind == INPUT:
            dtype = first.config.get("dtype", dtype)
        return Layer(f"{layer.name}_input", INPUT, {"batch_shape": shape, "dtype": dtype, "added": True})

    def _layer(self, entry: Any, calls: tuple[Call, ...], depth: int) -> Layer:
        data = _object(entry)
        kind, config = data.get("class_name"), data.get("config")
        if not isinstance(kind, str) or not isinstance(config, dict | list):
            raise broken("a layer has no class_name and config")
        module = data.get("module")
        name = _text(data.get("name")) or (_text(config.get("name")) if isinstance(config, dict) else "") or kind
        own = is_own(data)
        operation = kind in KERAS_2_OPERATIONS or f"{module}.".startswith(OPERATION_MODULES)
        # The HDF5 of Keras 3 leaves modules out: an operation has two values side by side, a layer one list of them.
        operation |= module is None and kind in ARITHMETIC and any(len(call.args) == 2 for call in calls)
        model = None
        if not operation and (kind in MODELS or (isinstance(config, dict) and "input_layers" in config)):
            model, own = self.model(data, depth + 1), True
        settings = config if isinstance(config, dict) else {}
        return Layer(name, kind, settings, calls, own, operation, model)

    def _call(self, node: Any) -> Call:
        self._count_call()
        if isinstance(node, dict) and ("args" in node or "kwargs" in node):
            kwargs = _object(node.get("kwargs", {}))
            call = Call(
                tuple(_argument(entry) for entry in _list(node.get("args", []), "args")),
                {key: _argument(entry) for key, entry in kwargs.items()},
            )
        else:
            call = _call_of_keras_2(node)
        if len(call.refs) > MAX_TENSORS:
            raise broken(f"a layer reads more than {MAX_TENSORS} tensors")
        return call

    def _count_call(self) -> None:
        self.num_calls += 1
        if self.num_calls > MAX_CALLS:
            raise UserError("import.too_many_layers", limit=MAX_CALLS)


def _argument(value: Any) -> Any:
    """An argument of Keras 3: tensors become `Ref`, lists tuples, all else stays."""
    if isinstance(value, dict):
        if value.get("class_name") != "__keras_tensor__":
            return value
        config = _object(value.get("config"))
        return _ref(config.get("keras_history"), _shape(config.get("shape")))
    return tuple(_argument(entry) for entry in value) if isinstance(value, list) else value


def _call_of_keras_2(node: Any) -> Call:
    """`[["layer", 0, 0, {"name of an argument": ["layer", 0, 0]}], ...]`, or one such entry alone."""
    entries = _list(node, "inbound_nodes")
    if entries and isinstance(entries[0], str):
        entries = [entries]
    refs: list[Ref] = []
    settings: dict[str, Any] = {}
    for entry in entries:
        parts = _list(entry, "inbound_nodes")
        refs.append(_ref(parts[:3]))
        if len(parts) > 3:
            settings |= {key: _setting_of_keras_2(given) for key, given in _object(parts[3]).items()}
    return Call(tuple(refs), settings)


def _setting_of_keras_2(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    if len(value) in (3, 4) and isinstance(value[0], str) and all(type(part) is int for part in value[1:3]):
        return _ref(value[:3])
    return tuple(_setting_of_keras_2(entry) for entry in value)


def _ref(history: Any, shape: tuple[int | None, ...] | None = None) -> Ref:
    parts = _list(history, "keras_history")
    if len(parts) != 3 or not isinstance(parts[0], str) or any(type(part) is not int or part < 0 for part in parts[1:]):
        raise broken("a tensor does not say which layer it comes from")
    return Ref(parts[0], parts[1], parts[2], shape)


def _ends(value: Any) -> tuple[Ref, ...]:
    """Inputs or outputs of a model: one, a list or an object of `["layer", 0, 0]`."""
    if isinstance(value, dict):
        value = list(value.values())
    entries = _list(value, "layers at its ends")
    if entries and isinstance(entries[0], str):
        entries = [entries]
    found: list[Ref] = []
    for entry in entries:
        nested = isinstance(entry, dict) or (isinstance(entry, list) and entry and isinstance(entry[0], list))
        found += _ends(entry) if nested else (_ref(entry[:3] if isinstance(entry, list) else entry),)
    if not found or len(found) > MAX_TENSORS:
        raise broken("it has no inputs or outputs, or too many")
    return tuple(found)


def _built_for(entry: Mapping[str, Any]) -> tuple[int | None, ...] | None:
    build = entry.get("build_config")
    return _shape(build.get("input_shape")) if isinstance(build, dict) else None


def _shape(value: Any) -> tuple[int | None, ...] | None:
    fits = isinstance(value, list) and len(value) < 10 and all(size is None or type(size) is int for size in value)
    return tuple(value) if fits else None


def _with_calls(layer: Layer, calls: Sequence[Call]) -> Layer:
    return Layer(layer.name, layer.kind, layer.config, tuple(calls), layer.own, layer.operation, layer.model)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise broken("an object is missing")
    return value


def _list(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise broken(f"{what} is no list")
    return value

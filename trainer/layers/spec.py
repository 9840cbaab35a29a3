"""What one entry of the catalogue says about a layer, and about each of its parameters.

Nothing here imports torch: the palette, the forms and the checks are served by processes that never load it.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, Literal

from trainer.messages.registry import Text

Kind = Literal["int", "float", "bool", "choice", "ints", "floats", "text", "names", "object"]
Family = Literal[
    "data", "linear", "conv", "pool", "norm", "act", "drop", "recur", "attn", "embed", "shape", "merge", "block"
]
MAX_INTEGER: Final = 10**15
MAX_OUTPUTS: Final = 64


class _Required(Enum):
    REQUIRED = "required"


REQUIRED: Final = _Required.REQUIRED


@dataclass(frozen=True, slots=True)
class Inferred:
    """A parameter that follows from what arrives: the size of `axis` of the input port `port` (batch axis 0).

    With `as_shape`, the parameter is a list of one size. With `optional`, it follows only while it is not set. It is
    None where it is the same as the parameter `unless`.
    """

    port: str = "input"
    axis: int = -1
    as_shape: bool = False
    optional: bool = False
    unless: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """One parameter: its torch name, what values it takes, and what a person is told about it.

    `ints` takes a list of `length` whole numbers (any up to `most` where None) and, with `scalar`, one number for all;
    `floats` a list of `length` numbers; `choices` are the words it takes, alone (`choice`) or besides numbers.
    `minimum` and `maximum` are allowed values, `above` and `below` are not. One that is `always` given to torch has
    another default here than there.
    """

    name: str
    kind: Kind
    label: Text
    summary: Text
    default: object = REQUIRED
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    below: float | None = None
    choices: tuple[str, ...] = ()
    length: int | None = None
    most: int = 16
    scalar: bool = False
    nullable: bool = False
    important: bool = False
    inferred: Inferred | None = None
    always: bool = False

    @property
    def required(self) -> bool:
        return self.default is REQUIRED and (self.inferred is None)

    def accepts(self, value: object) -> bool:
        """Whether `value` (as read from JSON) is of this parameter's type; its range is another question."""
        if value is None:
            return self.nullable
        if isinstance(value, str) and self.choices:
            return value in self.choices
        match self.kind:
            case "bool":
                return isinstance(value, bool)
            case "int":
                return _is_integer(value)
            case "float":
                return is_number(value)
            case "ints":
                if _is_integer(value):
                    return self.scalar
                return isinstance(value, list | tuple) and len(value) <= self.most and all(map(_is_integer, value))
            case "floats":
                return isinstance(value, list | tuple) and len(value) <= self.most and all(map(is_number, value))
            case "text":
                return isinstance(value, str) and len(value) <= 200
            case "names":
                return isinstance(value, list | tuple) and all(isinstance(v, str) and len(v) <= 200 for v in value)
            case "object":
                return isinstance(value, dict)
            case "choice":
                return False

    def in_range(self, value: object) -> bool:
        """Whether every number in `value` lies in the range, and there are as many as there must be."""
        if isinstance(value, list | tuple):
            if self.length is not None and len(value) != self.length:
                return False
            return all(self.in_range(entry) for entry in value) if self.kind in ("ints", "floats") else True
        if isinstance(value, bool) or not isinstance(value, int | float):
            return True
        return not (
            (self.minimum is not None and value < self.minimum)
            or (self.maximum is not None and value > self.maximum)
            or (self.above is not None and value <= self.above)
            or (self.below is not None and value >= self.below)
        )

    def normalise(self, value: object) -> object:
        """The one form of `value` that the canonical document holds: floats as floats, equal numbers as one."""
        if self.kind == "float" and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        if isinstance(value, list | tuple):
            entries = [float(entry) for entry in value] if self.kind == "floats" else list(value)
            if self.kind == "ints" and self.scalar and entries and len(entries) == self.length:
                return entries[0] if all(entry == entries[0] for entry in entries) else entries
            return entries
        return value

    def range_text(self) -> str:
        """The range in the notation of mathematics: "[1, inf)", "(0, 1]", "3 numbers in [1, inf)"."""
        low = f"({self.above:g}" if self.above is not None else f"[{self.minimum:g}" if self.minimum is not None else ""
        high = (
            f"{self.below:g})" if self.below is not None else f"{self.maximum:g}]" if self.maximum is not None else ""
        )
        interval = f"{low or '(-inf'}, {high or 'inf)'}" if low or high else ""
        count = f"{self.length} x " if self.length else ""
        return f"{count}{interval}".strip()

    def json_schema(self) -> dict[str, Any]:
        """The JSON Schema of a value, as the forms and the API description use it."""
        alternatives: list[dict[str, Any]] = []
        numbers = {
            key: limit
            for key, limit in (
                ("minimum", self.minimum),
                ("maximum", self.maximum),
                ("exclusiveMinimum", self.above),
                ("exclusiveMaximum", self.below),
            )
            if limit is not None
        }
        match self.kind:
            case "bool":
                alternatives.append({"type": "boolean"})
            case "int":
                alternatives.append({"type": "integer", **numbers})
            case "float":
                alternatives.append({"type": "number", **numbers})
            case "ints":
                if self.scalar:
                    alternatives.append({"type": "integer", **numbers})
                sizes = {} if self.length is None else {"minItems": self.length, "maxItems": self.length}
                alternatives.append({"type": "array", "items": {"type": "integer", **numbers}, **sizes})
            case "floats":
                sizes = {} if self.length is None else {"minItems": self.length, "maxItems": self.length}
                alternatives.append({"type": "array", "items": {"type": "number", **numbers}, **sizes})
            case "text":
                alternatives.append({"type": "string"})
            case "names":
                alternatives.append({"type": "array", "items": {"type": "string"}})
            case "object":
                alternatives.append({"type": "object"})
            case "choice":
                pass
        if self.choices:
            alternatives.append({"enum": list(self.choices)})
        if self.nullable:
            alternatives.append({"type": "null"})
        return alternatives[0] if len(alternatives) == 1 else {"anyOf": alternatives}


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_INTEGER


def is_number(value: object) -> bool:
    """Whether `value` is a number that a float can hold; JSON has others."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output of a layer. A `variadic` port takes many edges, in the order of their index.

    `ranks` are the numbers of axes it takes, batch included (any where empty); `dtypes` likewise.
    """

    name: str
    variadic: bool = False
    optional: bool = False
    ranks: tuple[int, ...] = ()
    dtypes: tuple[str, ...] = ()
    count: int | None = None


@dataclass(frozen=True, slots=True)
class CodeCall:
    """What an entry may use to write one call: names of variables and literals, all of them checked before.

    `params` are the texts of all parameters, `values` the values of those that are written out; the rest are attributes
    (a parameter of the enclosing block). `ranks` are the numbers of axes that arrive at a port, batch included, where
    they are the same in every use. `first` is the first input of the graph: the batch and the device are its.
    """

    module: str
    inputs: Mapping[str, list[str]]
    params: Mapping[str, str]
    values: Mapping[str, Any]
    ranks: Mapping[str, int]
    outputs: Mapping[str, str]
    used: frozenset[str]
    first: str

    def one(self, port: str = "input") -> str:
        """The variable wired to `port`, or "None"."""
        sources = self.inputs.get(port)
        return sources[0] if sources else "None"

    def many(self, port: str = "inputs") -> str:
        return ", ".join(self.inputs[port])


@dataclass(frozen=True, slots=True)
class RunCall:
    """The same for the interpreter: tensors and values. `torch` is handed in, so that entries need not import it."""

    torch: Any
    module: Any
    inputs: Mapping[str, list[Any]]
    params: Mapping[str, Any]
    used: frozenset[str]
    first: Any
    training: bool

    def one(self, port: str = "input") -> Any:
        sources = self.inputs.get(port)
        return sources[0] if sources else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """An instance that builds and runs: shapes (without the batch) by port, parameters, and values worth trying.

    `inputs` has a list of (shape, dtype) a port, `optional` one for each of the other ports; `tries` two values or more
    for a parameter besides its default; `with_params` is what a tried parameter needs beside it; None there takes away
    what excludes it.
    """

    inputs: Mapping[str, tuple[tuple[tuple[int, ...], str], ...]]
    optional: Mapping[str, tuple[tuple[tuple[int, ...], str], ...]] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    tries: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    with_params: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


Shapes = Mapping[str, tuple[tuple[int, ...], ...]]


@dataclass(frozen=True, slots=True)
class Fault:
    """What an entry finds wrong before torch does: the problem's code, the parameter, the fields of its sentence."""

    code: str
    param: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer or operation: all that the palette, the form, the check, the code and the tests know of it.

    `module` is the class in `torch.nn` (None for an operation); `fixed` are its arguments that are always given and
    never shown (`batch_first`), `call_params` the parameters that go to each call instead. `weight` makes the tensor of
    a bare parameter and `weight_code` writes it; `build` makes a module out of several and `build_code` writes it, from
    the parameters that differ from their defaults. `code` gives a call, an expression or, with several outputs,
    statements; `run` does the same for the interpreter. A module with one input and one output needs neither. `wrong`
    finds what is wrong with values and shapes before torch is asked.
    `formula` is what it computes, in KaTeX. `counted` names the parameter that says how many outputs there are: a whole
    number, or a list with an entry for each; the ports are then ``output_0``, ``output_1`` and so on. `macs` counts the
    multiply-accumulates of a sample where torch's counter does not. `asked` are further arguments that the module gets
    when an output is read: without one, it gives its first output alone, and `code` and `run` are left aside.
    """

    type: str
    family: Family
    icon: str
    label: Text
    summary: Text
    example: Example
    params: tuple[Param, ...] = ()
    inputs: tuple[Port, ...] = (Port("input"),)
    outputs: tuple[Port, ...] = (Port("output"),)
    telling: tuple[str, ...] = ()
    module: str | None = None
    fixed: Mapping[str, Any] = field(default_factory=dict)
    call_params: frozenset[str] = frozenset()
    weight: Callable[[Any, Mapping[str, Any]], Any] | None = None
    weight_code: Callable[[Mapping[str, str]], str] | None = None
    build: Callable[[Any, Mapping[str, Any]], Any] | None = None
    build_code: Callable[[Mapping[str, str]], str] | None = None
    code: Callable[[CodeCall], str] | None = None
    run: Callable[[RunCall], Any] | None = None
    wrong: Callable[[Mapping[str, Any], Shapes], Fault | None] | None = None
    formula: str = ""
    counted: str | None = None
    macs: Callable[[Mapping[str, Any], Shapes], int] | None = None
    asked: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    docs_url: str = ""

    def output_ports(self, values: Mapping[str, Any]) -> tuple[Port, ...]:
        """The outputs of a node with these parameter values: those of the entry, or as many as a parameter says."""
        if self.counted is None:
            return self.outputs
        value = values.get(self.counted)
        if value is None:
            form = self.param(self.counted)
            value = form.default if form else None
        count = len(value) if isinstance(value, list | tuple) else value if isinstance(value, int) else 1
        return tuple(Port(f"output_{number}") for number in range(min(max(count, 1), MAX_OUTPUTS)))

    def arguments_for(self, used: frozenset[str]) -> dict[str, Any]:
        """The arguments that are never shown: those always given, and those for the outputs that are read."""
        asked = [arguments for port, arguments in self.asked.items() if port in used]
        return {**self.fixed, **{name: value for arguments in asked for name, value in arguments.items()}}

    def is_called_plainly(self, used: frozenset[str]) -> bool:
        """Whether a call is the module on one tensor, which gives one."""
        return self.run is None or (bool(self.asked) and not self.asked.keys() & used)

    def param(self, name: str) -> Param | None:
        for param in self.params:  # a loop, being asked for each parameter of each node of a large graph
            if param.name == name:
                return param
        return None

    def input(self, name: str) -> Port | None:
        for port in self.inputs:
            if port.name == name:
                return port
        return None

    def output(self, name: str) -> Port | None:
        return next((port for port in self.outputs if port.name == name), None)

    @property
    def is_plain(self) -> bool:
        """One tensor in, one out, by calling the module: what can be repeated in a row."""
        needed = [port.name for port in self.inputs if not port.optional]
        given = [port.name for port in self.outputs if not port.optional]
        return self.module is not None and needed == ["input"] and len(given) == 1

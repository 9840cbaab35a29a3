"""What torch says when it refuses a layer, read into our words: a code, what was expected, what was received.

Most mistakes are told by the pre-checks before torch is asked. What is left is read here; torch's own words become the
details of the problem and nothing else.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from trainer.graph.shapes import TensorSpec
from trainer.layers.spec import Layer, Port
from trainer.messages.registry import Text

InputSpecs = Mapping[str, tuple[TensorSpec, ...]]
Fields = dict[str, Any]
MAX_SETTINGS: Final = 4


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a layer could not be tried: the problem's code, the parameter, the fields of its sentence, torch's words."""

    code: str
    param: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    details: str = ""


def read_failure(error: Exception, layer: Layer, values: Mapping[str, Any], inputs: InputSpecs) -> Failure:
    """The failure that `error` means, raised by `layer` with these values and inputs."""
    words = f"{type(error).__name__}: {error}"
    if isinstance(error, OverflowError):
        return Failure("limit.overflow", details=words)
    for pattern, code, read in _READINGS:
        found = pattern.search(words)
        if found:
            fields = read(found)
            return Failure(code, _named(layer, values, fields), {**_told(layer, values, inputs), **fields}, words)
    return Failure("shape.mismatch", None, _told(layer, values, inputs), words)


def _told(layer: Layer, values: Mapping[str, Any], inputs: InputSpecs) -> Fields:
    """What every sentence may say: what the layer expects, what it received, how it is set."""
    return {
        "expected": expected_text(layer),
        "received": received_text(inputs),
        "settings": _settings(layer, values),
    }


def expected_text(layer: Layer) -> Text:
    """What a layer takes at each port that it needs, with the sizes of its example."""
    en: list[str] = []
    zh: list[str] = []
    for port in layer.inputs:
        if not port.optional and port.name in layer.example.inputs:
            for words, text in zip((en, zh), _port_texts(port, layer), strict=True):
                words.append(text)
    return Text(_plain("; ".join(en)), _plain("；".join(zh)))


def _port_texts(port: Port, layer: Layer) -> tuple[str, str]:
    axes = "/".join(str(rank - 1) for rank in port.ranks)
    dtypes = "/".join(port.dtypes)
    shape = " , ".join("×".join(map(str, shape)) or "1" for shape, _ in layer.example.inputs[port.name])
    en = [f"{axes} axes" if axes else "", dtypes, f"such as {shape}"]
    zh = [f"{axes} 个轴" if axes else "", dtypes, f"例如 {shape}"]
    return (f"“{port.name}” {', '.join(filter(None, en))}", f"“{port.name}” {'，'.join(filter(None, zh))}")


def received_text(inputs: InputSpecs) -> str:
    """The shapes that arrived; with their ports where there are several."""
    texts = {port: ", ".join(_spec_text(spec) for spec in specs) for port, specs in inputs.items()}
    if len(texts) == 1:
        return next(iter(texts.values()))
    return "; ".join(f"“{port}” {text}" for port, text in texts.items()) or "–"


def _spec_text(spec: TensorSpec) -> str:
    return spec.text() if spec.dtype == "float32" else f"{spec.text()} {spec.dtype}"


def _settings(layer: Layer, values: Mapping[str, Any]) -> str:
    """The parameters that were set besides those that follow from the input."""
    own = {param.name: values[param.name] for param in layer.params if param.name in values and param.inferred is None}
    return ", ".join(f"{name} {_plain(str(value))}" for name, value in list(own.items())[:MAX_SETTINGS]) or "–"


def _plain(text: str) -> str:
    """A text that may stand in a template: braces would be read as fields."""
    return text.replace("{", "(").replace("}", ")")


def _named(layer: Layer, values: Mapping[str, Any], fields: Mapping[str, Any]) -> str | None:
    """The parameter that a reading names, or the one about axes that holds the value it names."""
    if "param" in fields:
        return str(fields["param"]) if layer.param(str(fields["param"])) else None
    for param in layer.params:
        value = values.get(param.name, param.default)
        if "dim" in param.name and fields.get("axis") in (value if isinstance(value, Sequence) else (value,)):
            return param.name
    return None


def _nothing(found: re.Match[str]) -> Fields:
    return {}


def _axis(found: re.Match[str]) -> Fields:
    return {"received": int(found[3]), "last": max(1, int(found[2])), "axis": int(found[3])}


def _index(found: re.Match[str]) -> Fields:
    sizes, axis = found[2].split(","), int(found[3])
    return {"received": int(found[1]), "expected": int(sizes[axis]) - 1, "param": "index"}


_Reading = tuple[re.Pattern[str], str, Callable[[re.Match[str]], Fields]]


def _reading(pattern: str, code: str, read: Callable[[re.Match[str]], Fields] = _nothing) -> _Reading:
    return (re.compile(pattern, re.IGNORECASE), code, read)


# Torch 2.13's sentences; the first that matches decides. A sentence that none knows is told as `shape.mismatch`.
_READINGS: Final = (
    _reading(r"overflow|invalid shape|numel: integer", "limit.overflow"),
    _reading(r"dimension out of range .*\[(-?\d+), (-?\d+)\], but got (-?\d+)", "batch.axis", _axis),
    _reading(r"index (-?\d+) out of range for tensor of size \[([\d, ]+)\] at dimension (\d+)", "param.index", _index),
    _reading(r"output size is too small|negative dimension|too small|non-?empty", "shape.too_small"),
    _reading(r"more than 1 spatial element", "norm.one_place"),
    _reading(r"more than 1 value per channel", "norm.one_value"),
    _reading(r"not implemented for|same dtype|scalar type|dtype", "dtype.unfit"),
    _reading(
        r"must match|not match|mismatch|cannot be multiplied|broadcast|same (shape|size|number)", "shape.disagree"
    ),
)

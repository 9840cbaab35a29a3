"""Write `signatures.py`: the parameters and defaults of the torch layers in the catalogue, from the installed torch.

Run as ``python -m trainer.layers.gen``. A test compares the committed file with what this would write.
"""

import inspect
import keyword
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch import nn

TARGET = Path(__file__).with_name("signatures.py")
NEVER_SHOWN = frozenset({"device", "dtype", "batch_first"})
RECURRENT = frozenset({"RNN", "LSTM", "GRU"})
CONTAINERS = {"Module", "Container", "Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict"}
NO_LAYERS = frozenset(CONTAINERS | {"RNNBase", "RNNCellBase", "DataParallel"})


def torch_layers() -> list[str]:
    """The names in `torch.nn` that are layers: no containers, losses, base classes or lazy doubles."""
    return sorted(
        name
        for name, value in vars(nn).items()
        if inspect.isclass(value)
        and issubclass(value, nn.Module)
        and name not in NO_LAYERS
        and not name.endswith(("Loss", "Loss2d"))
        and not name.startswith("Lazy")
    )


def torch_parameters(name: str) -> list[tuple[str, str, object]]:
    """Name, kind and default of each parameter a person may set; no default is `...`."""
    constructor: Callable[..., Any] = nn.RNNBase.__init__ if name in RECURRENT else getattr(nn, name).__init__
    hidden = NEVER_SHOWN | {"self"} | ({"mode"} if name in RECURRENT else set())
    entries = []
    for parameter in inspect.signature(constructor).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if parameter.name in hidden or parameter.name.startswith("_"):
            continue
        default = ... if parameter.default is parameter.empty else parameter.default
        if callable(default):
            default = default.__name__
        entries.append((parameter.name, _kind(parameter.annotation, default), default))
    if name == "RNN":
        entries.append(("nonlinearity", "choice", "tanh"))
    return entries


def module_attributes() -> list[str]:
    """The names that a node cannot have, because `nn.Module` uses them."""
    return sorted(name for name in dir(nn.Module()) if not name.startswith("_") and not keyword.iskeyword(name))


def _kind(annotation: Any, default: object) -> str:
    if annotation is inspect.Parameter.empty:
        annotation = int if default is ... or default is None else type(default)
    members = set(typing.get_args(annotation)) or {annotation}
    if any(typing.get_origin(member) in (tuple, list) for member in members) or typing.get_origin(annotation) is tuple:
        return "ints"
    if typing.get_origin(annotation) is typing.Literal or str in members:
        return "choice"
    return next((kind.__name__ for kind in (bool, float, int) if kind in members), "object")


def render() -> str:
    """The text of `signatures.py`, as `ruff format` would leave it."""
    lines = [
        '"""Parameters and defaults of torch\'s layers. Written by `python -m trainer.layers.gen`; do not edit."""',
        "",
        "Signature = tuple[tuple[str, str, object], ...]",
        "",
        "SIGNATURES: dict[str, Signature] = {",
    ]
    for name in torch_layers():
        entries = torch_parameters(name)
        if not entries:
            lines.append(f'    "{name}": (),')
            continue
        lines.append(f'    "{name}": (')
        lines += [
            f"        ({_literal(param)}, {_literal(kind)}, {_literal(value)})," for param, kind, value in entries
        ]
        lines.append("    ),")
    lines += ["}", "", "MODULE_ATTRIBUTES: frozenset[str] = frozenset(", "    {"]
    lines += [f'        "{name}",' for name in module_attributes()]
    lines += ["    }", ")", ""]
    return "\n".join(lines)


def _literal(value: object) -> str:
    return "..." if value is ... else f'"{value}"' if isinstance(value, str) else repr(value)


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")

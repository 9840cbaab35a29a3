"""Write `signatures.py`: parameters and defaults of torch's losses, optimizers and schedules, from the installed torch.

Run as ``python -m trainer.methods.gen``. A test compares the committed file with what this would write.
"""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch import nn, optim
from torch.optim import lr_scheduler

TARGET = Path(__file__).with_name("signatures.py")
GIVEN_BY_US = frozenset({"self", "params", "optimizer", "last_epoch", "device", "dtype"})
HOW_NOT_WHAT = frozenset({"foreach", "capturable", "differentiable", "fused", "options"})
TENSORS = frozenset({"weight", "pos_weight"})
BEFORE_REDUCTION = frozenset({"size_average", "reduce"})
NEVER_SHOWN = GIVEN_BY_US | HOW_NOT_WHAT | TENSORS | BEFORE_REDUCTION
OLD_NAMES = frozenset({"NLLLoss2d", "_LRScheduler"})
BASES = frozenset({"Optimizer", "LRScheduler"})


def torch_losses() -> list[str]:
    """The names in `torch.nn` that are losses."""
    return _classes(nn, lambda name, value: name.endswith(("Loss", "Loss2d")))


def torch_optimizers() -> list[str]:
    return _classes(optim, lambda name, value: issubclass(value, optim.Optimizer))


def torch_schedules() -> list[str]:
    return _classes(lr_scheduler, lambda name, value: issubclass(value, lr_scheduler.LRScheduler))


def torch_parameters(owner: type) -> list[tuple[str, str, object]]:
    """Name, kind and default of each parameter a person may set; no default is `...`."""
    constructor: Callable[..., Any] = getattr(owner, "__init__")  # noqa: B009 - of a class, which mypy forbids to read
    entries = []
    for parameter in inspect.signature(constructor).parameters.values():
        if parameter.name in NEVER_SHOWN:
            continue
        default = ... if parameter.default is parameter.empty else parameter.default
        kind = _kind(parameter.annotation, default)
        entries.append((parameter.name, kind, float(default) if kind == "float" and type(default) is int else default))
    return entries


def _classes(place: Any, is_one: Callable[[str, Any], bool]) -> list[str]:
    found = {name: value for name, value in vars(place).items() if inspect.isclass(value)}
    return sorted(name for name, value in found.items() if name not in OLD_NAMES | BASES and is_one(name, value))


def _kind(annotation: Any, default: object) -> str:
    if isinstance(default, bool):
        return "bool"
    if isinstance(default, tuple):
        return "floats"
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
    text = text if "|" in text or "[" in text or isinstance(annotation, type) else str(annotation)
    if "Callable" in text or "str" in text or "Literal" in text:
        return "choice"
    if "Iterable[int]" in text or "Sequence[int]" in text or "list[int]" in text:
        return "ints"
    if "LRScheduler" in text:
        return "object"
    return "float" if "float" in text or isinstance(default, float) else "int"


def render() -> str:
    """The text of `signatures.py`, as `ruff format` would leave it."""
    lines = [
        '"""What torch trains with: parameters, defaults. Written by `python -m trainer.methods.gen`; do not edit."""',
        "",
        "Signature = tuple[tuple[str, str, object], ...]",
    ]
    tables = (
        ("LOSS_SIGNATURES", nn, torch_losses()),
        ("OPTIMIZER_SIGNATURES", optim, torch_optimizers()),
        ("SCHEDULE_SIGNATURES", lr_scheduler, torch_schedules()),
    )
    for table, place, names in tables:
        lines += ["", f"{table}: dict[str, Signature] = {{"]
        for name in names:
            entries = [f"({', '.join(map(_literal, entry))})," for entry in torch_parameters(getattr(place, name))]
            if len(entries) == 1:
                lines.append(f'    "{name}": ({entries[0]}),')
            else:
                lines += [f'    "{name}": (', *(f"        {entry}" for entry in entries), "    ),"]
        lines.append("}")
    return "\n".join(lines) + "\n"


def _literal(value: object) -> str:
    return "..." if value is ... else f'"{value}"' if isinstance(value, str) else repr(value)


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")

"""Reading a run's settings strictly: what is unknown, of a wrong type or out of range is refused with its path."""

from collections.abc import Collection, Mapping
from typing import Any

import trainer.messages.training  # noqa: F401
from trainer.errors import UserError
from trainer.layers.spec import Param
from trainer.messages.registry import Text
from trainer.methods.part import TrainingPart

MAX_NAMES = 10_000
MAX_NAME = 80
_KINDS = {
    "bool": Text("true or false", "布尔值"),
    "int": Text("a whole number", "整数"),
    "float": Text("a number", "数字"),
    "ints": Text("a list of whole numbers", "整数列表"),
    "floats": Text("a list of numbers", "数字列表"),
    "names": Text("a list of names", "名称列表"),
}


def parse_part(
    data: object, parts: Mapping[str, TrainingPart], kind: str, *, path: str, more: Mapping[str, Param] | None = None
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Read `{"type", "params"}` as (type, parameters given, values of the fields in `more`)."""
    fields = more or {}
    given = read_object(data, path, {"type", "params", *fields})
    if "type" not in given:
        raise UserError("training.missing_key", path=path, key="type")
    part = parts.get(given["type"]) if isinstance(given["type"], str) else None
    if part is None:
        raise UserError(
            "training.unknown_type",
            path=join_path(path, "type"),
            kind=kind,
            received=str(given["type"])[:MAX_NAME],
            known=", ".join(parts),
        )
    known = {param.name: param for param in part.params}
    params_path = join_path(path, "params")
    params = read_values(read_object(given.get("params", {}), params_path, known), known, params_path)
    missing = next((param.name for param in part.params if param.required and param.name not in params), None)
    if missing is not None:
        raise UserError("training.missing_key", path=params_path, key=missing)
    return part.type, params, read_values(given, fields, path)


def read_object(data: object, path: str, known: Collection[str] | None = None) -> dict[str, Any]:
    """`data` as an object, with no keys besides those `known`, where they are given."""
    if not isinstance(data, dict):
        raise UserError("training.config_not_an_object", path=path, received=_short(data))
    for key in data:
        if known is not None and key not in known:
            name = key[:MAX_NAME]
            raise UserError("training.unknown_key", path=join_path(path, key), key=name, known=", ".join(sorted(known)))
    if len(data) > MAX_NAMES:
        raise UserError("training.out_of_range", path=path, key=path, expected=f"[0, {MAX_NAMES}]", received=len(data))
    return data


def read_values(given: Mapping[str, Any], params: Mapping[str, Param], path: str) -> dict[str, Any]:
    """The values in `given` that `params` describe, each checked and in its one form."""
    return {
        name: read_value(given[name], param, join_path(path, name)) for name, param in params.items() if name in given
    }


def read_value(value: object, param: Param, path: str) -> Any:
    """A value as `param` describes it."""
    if not param.accepts(value):
        raise UserError(
            "training.wrong_type", path=path, key=param.name, expected=_expected(param), received=_short(value)
        )
    if not param.in_range(value):
        raise UserError(
            "training.out_of_range", path=path, key=param.name, expected=param.range_text(), received=_short(value)
        )
    return param.normalise(value)


def join_path(path: str, key: str) -> str:
    """The path of what `key` holds; a key that is none is told by its beginning."""
    return f"{path}.{key[:MAX_NAME]}" if path else key[:MAX_NAME]


def _expected(param: Param) -> str:
    words = [_KINDS[param.kind].en] if param.kind in _KINDS else []
    words += [f"“{choice}”" for choice in param.choices]
    words += ["null"] if param.nullable else []
    return " / ".join(words)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."

"""The values of parameters: literals, ``{"$": name}`` inside a block, ``{"$data": "column.fact"}``."""

from collections.abc import Mapping
from typing import Any, Final, TypeGuard

from trainer.graph.fields import describe, fail
from trainer.graph.parts import Block, BlockParam
from trainer.layers.spec import Param
from trainer.messages.registry import Text

DATA_FACTS: Final = ("num_classes", "vocab_size", "num_features", "cardinalities", "height", "width", "channels")
NUMERIC: Final = frozenset({"int", "float", "ints", "floats"})  # kinds of parameters that a data set may decide
_EMPTY: Final = Text("", "")


def is_reference(value: object) -> TypeGuard[Mapping[str, str]]:
    """Whether `value` stands for a parameter of the enclosing block."""
    return isinstance(value, dict) and [*value] == ["$"]


def is_data(value: object) -> TypeGuard[Mapping[str, str]]:
    """Whether `value` comes from the data set."""
    return isinstance(value, dict) and [*value] == ["$data"]


def data_parts(value: Mapping[str, str]) -> tuple[str, str]:
    """The column and the fact of a data value: ``{"$data": "label.num_classes"}`` -> ``("label", "num_classes")``."""
    column, _, fact = value["$data"].rpartition(".")
    return column, fact


def block_param_form(param: BlockParam) -> Param:
    """The parameter of a block as a layer would describe it."""
    kind: Any = "text" if param.type == "str" else param.type
    return Param(name=param.name, kind=kind, label=_EMPTY, summary=_EMPTY, default=param.default)


def check_block_param(param: BlockParam, value: object, path: str, in_block: Block | None = None) -> None:
    """Refuse a value that a block's parameter cannot take."""
    check_param(block_param_form(param), value, path, in_block)


def check_param(param: Param, value: object, path: str, in_block: Block | None = None) -> None:
    """Refuse a value of the wrong type for `param`; its range is the check's to say."""
    if is_reference(value):
        name = value["$"]
        known = [entry.name for entry in in_block.params] if in_block else []
        if name not in known:
            expected = f"a parameter of the block ({', '.join(known) or '-'})"
            fail("graph.bad_value", path, expected=expected, received=describe(name))
    elif is_data(value) and param.kind in NUMERIC:
        column, fact = data_parts(value) if isinstance(value["$data"], str) else ("", "")
        if not column or fact not in DATA_FACTS:
            expected = "COLUMN." + "/".join(DATA_FACTS)
            fail("graph.bad_value", path, expected=expected, received=describe(value["$data"]))
    elif is_data(value) or not param.accepts(value):
        fail("graph.bad_value", path, expected=expected_text(param), received=describe(value))


def expected_text(param: Param) -> str:
    """What a parameter takes, for a sentence: "a whole number", "one of zeros, reflect"."""
    forms = {
        "int": "a whole number",
        "float": "a number",
        "floats": "a list of numbers",
        "bool": "true or false",
        "ints": "a whole number or a list of them" if param.scalar else "a list of whole numbers",
        "text": "a text",
        "names": "a list of names",
        "object": "an object",
    }
    parts = [forms[param.kind]] if param.kind in forms else []
    if param.choices:
        parts.append("one of " + ", ".join(param.choices))
    if param.nullable:
        parts.append("null")
    return " or ".join(parts)

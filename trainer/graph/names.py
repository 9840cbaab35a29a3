"""Which words may become identifiers of the generated code. Everything else is refused before it gets near it."""

import keyword
import re
from typing import Final

from trainer.layers.signatures import MODULE_ATTRIBUTES

ID_PATTERN: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
NAME_PATTERN: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
BLOCK_PATTERN: Final = re.compile(r"[A-Z][A-Za-z0-9]{0,62}")
MODULE_NAMES: Final = frozenset({"torch", "nn", "F", "math", "self"})
CALLED: Final = frozenset({"list", "print", "range", "slice", "super", "tuple"})  # by the generated code
CLASS_NAMES: Final = frozenset({"Network", "None", "True", "False", "F"})


def is_id(value: str) -> bool:
    return ID_PATTERN.fullmatch(value) is not None


def is_name(value: str) -> bool:
    """Whether `value` can name a node: an attribute of the module and the prefix of its weights."""
    return (
        NAME_PATTERN.fullmatch(value) is not None
        and not keyword.iskeyword(value)
        and value not in MODULE_ATTRIBUTES
        and value not in MODULE_NAMES
    )


def is_argument_name(value: str) -> bool:
    """Whether `value` can name a block's parameter: an argument of its constructor, which calls `super` and `range`."""
    return is_name(value) and value not in ("range", "super")


def is_block_name(value: str) -> bool:
    """Whether `value` can name a block: a class of the generated module."""
    return BLOCK_PATTERN.fullmatch(value) is not None and value not in CLASS_NAMES


def free_name(wanted: str, taken: frozenset[str] | set[str]) -> str:
    """`wanted`, or with the first number behind it that is not taken."""
    if wanted not in taken:
        return wanted
    return next(name for number in range(2, len(taken) + 3) if (name := f"{wanted}{number}") not in taken)

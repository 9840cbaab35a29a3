"""Values as Python text. Only these few kinds exist; anything else is our own mistake."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reference:
    """A constructor argument of the block being written, instead of a value."""

    name: str


def literal(value: object) -> str:
    """`value` as the formatter would leave it."""
    match value:
        case Reference():
            return value.name
        case None | bool() | int():
            return repr(value)
        case float():
            return repr(value).replace("e+", "e")
        case str():
            return _quoted(value)
        case list() | tuple():
            entries = ", ".join(literal(entry) for entry in value)
            return f"({entries},)" if len(value) == 1 else f"({entries})"
    raise TypeError(f"{value!r} has no literal")


def _quoted(text: str) -> str:
    """`text` in double quotes, in ASCII alone, so that nothing in it can end it or change how the line is read."""
    escaped = text.encode("unicode_escape").decode("ascii").replace('"', "\\x22")
    return f'"{escaped}"'

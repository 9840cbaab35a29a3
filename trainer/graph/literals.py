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
        case None | bool() | int() | float():
            return repr(value)
        case str():
            assert value.replace("-", "_").isidentifier(), value
            return f'"{value}"'
        case list() | tuple():
            entries = ", ".join(literal(entry) for entry in value)
            return f"({entries},)" if len(value) == 1 else f"({entries})"
    raise TypeError(f"{value!r} has no literal")

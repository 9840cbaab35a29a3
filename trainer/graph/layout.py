"""Breaking lines of generated code as `ruff format` does, so that the code needs no formatter."""

from typing import Final

LINE_LENGTH: Final = 120
INDENT: Final = "    "
OPENING: Final = "([{"
CLOSING: Final = ")]}"


def lay_out(code: str, indent: int, comment: str = "") -> list[str]:
    """One statement as lines; a comment that does not fit at its end goes before it."""
    line = INDENT * indent + code
    if not comment:
        return _split(line)
    if len(line) + len(comment) + 4 <= LINE_LENGTH:
        return [f"{line}  # {comment}"]
    return [f"{INDENT * indent}# {comment}", *_split(line)]


def _split(line: str) -> list[str]:
    """`line` in as many lines as it needs: the inside of its last brackets on its own line, or one entry a line."""
    if len(line) <= LINE_LENGTH:
        return [line]
    indent = line[: len(line) - len(line.lstrip())]
    body = line.strip()
    if body.startswith("return ") and len(entries := _entries(body.removeprefix("return "))) > 1:
        body = f"return ({body.removeprefix('return ')})"
    brackets = _last_brackets(body)
    if brackets is None:
        return [line]
    start, end = brackets
    head, inside, tail = body[: start + 1], body[start + 1 : end], body[end:]
    one_line = f"{indent}{INDENT}{inside}"
    entries = _entries(inside)
    if len(one_line) <= LINE_LENGTH and not body.startswith("return ("):
        return [indent + head, one_line, indent + tail]
    if len(entries) == 1 and " for " in inside:
        return [indent + head, *_split(one_line), indent + tail]
    lines = [part for entry in entries for part in _split_entry(f"{indent}{INDENT}{entry}")]
    return [indent + head, *lines, indent + tail]


def _split_entry(line: str) -> list[str]:
    lines = _split(line + ",")
    return lines


def _last_brackets(body: str) -> tuple[int, int] | None:
    """Where the last outermost brackets with something in them begin and end."""
    depth, start, found = 0, 0, None
    quoted = False
    for index, character in enumerate(body):
        if character == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif character in OPENING:
            if depth == 0:
                start = index
            depth += 1
        elif character in CLOSING:
            depth -= 1
            if depth == 0 and index > start + 1:
                found = (start, index)
    return found


def _entries(inside: str) -> list[str]:
    """The parts between the outermost commas."""
    parts, depth, begin = [], 0, 0
    quoted = False
    for index, character in enumerate(inside):
        if character == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif character in OPENING:
            depth += 1
        elif character in CLOSING:
            depth -= 1
        elif character == "," and depth == 0:
            parts.append(inside[begin:index].strip())
            begin = index + 1
    rest = inside[begin:].strip()
    return [*parts, rest] if rest else parts

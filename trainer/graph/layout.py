"""Breaking lines of generated code as `ruff format` does, so that the code needs no formatter."""

from typing import Final

LINE_LENGTH: Final = 120
INDENT: Final = "    "
OPENING: Final = "([{"
CLOSING: Final = ")]}"
SIGNS: Final = (" + ", " - ", " * ", " / ", " @ ")  # those that bind least first
LOOP: Final = " for _ in "


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
    target, equals, right = body.partition(" = ")
    if equals and len(indent) + len(target) + 4 > LINE_LENGTH and len(targets := _entries(target)) > 1:
        return [f"{indent}(", *[f"{indent}{INDENT}{one}," for one in targets], *_split_after(") = ", right, indent)]
    brackets = _last_brackets(body)
    if brackets is None:
        return _split_sum(line, indent)
    start, end = brackets
    earlier = _last_brackets(body[:start])
    if (
        equals
        and len(indent) + start + 1 > LINE_LENGTH
        and earlier
        and len(_entries(body[earlier[0] + 1 : earlier[1]])) > 1
    ):
        start, end = earlier
    if equals and len(indent) + start + 1 > LINE_LENGTH:
        return [f"{indent}{target} = (", *_split(f"{indent}{INDENT}{right}"), f"{indent})"]
    head, inside, tail = body[: start + 1], body[start + 1 : end], body[end:]
    one_line = f"{indent}{INDENT}{inside}"
    entries = _entries(inside)
    if len(one_line) <= LINE_LENGTH and not body.startswith("return ("):
        return [indent + head, one_line, indent + tail]
    if inside.startswith("[") and LOOP in inside:
        return [indent + head, *_split_repeats(inside, f"{indent}{INDENT}"), indent + tail]
    lines = [part for entry in entries for part in _split(f"{indent}{INDENT}{entry},")]
    return [indent + head, *lines, indent + tail]


def _split_after(start: str, code: str, indent: str) -> list[str]:
    """`code` in as many lines as it needs behind `start`, whose brackets belong to lines before."""
    first, *others = _split(f"{indent}{'_' * len(start)}{code}")
    return [first.replace("_" * len(start), start, 1), *others]


def _split_sum(line: str, indent: str) -> list[str]:
    """`target = a + b + c` with a term a line, in brackets; what cannot be taken apart stands in them alone."""
    target, equals, right = line.strip().partition(" = ")
    if not equals:
        return [line]
    sign = next((sign for sign in SIGNS if sign in right), "\n")
    inner = f"{indent}{INDENT}"
    first, *others = right.split(sign)
    terms = [f"{inner}{first}", *[f"{inner}{sign.lstrip()}{term}" for term in others]]
    if len(inner) + len(right) <= LINE_LENGTH:
        terms = [f"{inner}{right}"]
    return [f"{indent}{target} = (", *terms, f"{indent})"]


def _split_repeats(inside: str, indent: str) -> list[str]:
    """`[Block(...) for _ in range(3)]` in lines."""
    made, _, count = inside.removeprefix("[").removesuffix("]").rpartition(LOOP)
    inner = f"{indent}{INDENT}"
    return [f"{indent}[", *_split(inner + made), f"{inner}{LOOP.lstrip()}{count}", f"{indent}]"]


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

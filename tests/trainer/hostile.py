"""Names that try to become code, to hide in it, or to be taken for another."""

import ast

from hypothesis import strategies as st

WORDS = ("class", "None", "lambda", "async", "self", "torch", "nn", "exec", "print", "super", "Network", "NaN", "null")
DUNDERS = ("__class__", "__init__", "__builtins__", "__import__('os')", "os.system", "{__import__('os')}")
LINES = ("x; import os", "x\nimport os", "x\r\nimport os", "x\u2028import os", "x\x00y", "x\x0cy", "\t", "}\n", "\n")
QUOTES = ("'", '"', "'''", '"""', 'a"""b', "\\", '\\"', "\\'", "\\n", "\\x22", "\\u0022", "\\N{QUOTATION MARK}")
BRACES = ("{}", "{0}", "{name}", "%s", "%(x)s", "$x", "`id`", "$(id)", "#", "# type: ignore", ") or exit(", "]")
DIRECTIONS = ("\u202eabc", "\u2066x\u2069", "\u200bx", "\ufeffx", "\U000e0001", "שלום", "a\u0301")
LOOKALIKES = ("é", "ｃlass", "ｉｍｐｏｒｔ", "𝐞𝐱𝐞𝐜", "ﬁ", "аdmin", "ſelf", "ªa", "中文", "🦙", "Ⅷ", "０")
PLACES = ("../../etc/passwd", "C:\\x", "-", "--help", "0", "1e9", "</script>", "TITLE", "=1+1", "a,b", " ", "")
NAMES = (*WORDS, *DUNDERS, *LINES, *QUOTES, *BRACES, *DIRECTIONS, *LOOKALIKES, *PLACES)
HOSTILE = st.one_of(
    st.sampled_from([*NAMES, "x" * 10_000, "é" * 200, "a" * 64, "\n" * 50]),
    st.text(max_size=12),
    st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).map("".join),
)


def shape_of(code: str) -> str:
    """What a module does, whatever its texts say: two that differ in quoted data alone have one shape."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = "text"
    return ast.dump(tree)


def texts_in(code: str) -> set[str]:
    """The texts that a module quotes."""
    return {
        node.value
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }

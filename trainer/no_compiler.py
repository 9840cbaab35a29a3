"""Imported for its effect, before anything that loads torch: torch's compiler stays out of a process that needs none.

Torch marks functions that its compiler is to leave alone, and the first call of one, such as an optimizer's step, loads
the compiler to hand it over: seconds of processor time and some 60 MB. Here the marks say nothing. Not for a process
that compiles or exports.
"""

import sys
import types
from collections.abc import Callable
from typing import Any


def _left_as_it_is(function: Callable[..., Any] | None = None, recursive: bool = True) -> Callable[..., Any]:
    """`torch._disable_dynamo`, with and without arguments: the function itself."""
    return function if function is not None else lambda given: given


if "torch" in sys.modules:
    raise ImportError("trainer.no_compiler comes before torch")
_marks = types.ModuleType("torch._compile", __doc__)
_marks._disable_dynamo = _left_as_it_is  # type: ignore[attr-defined]
sys.modules["torch._compile"] = _marks

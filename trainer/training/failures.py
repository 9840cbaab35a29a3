"""From what was raised while training to what the person is told: a code, a sentence, and the node it belongs to."""

import errno
import linecache
import re
import traceback
from collections.abc import Collection, Mapping
from traceback import walk_tb
from types import TracebackType
from typing import Any

import torch
from torch import nn

from trainer.errors import UserError

MAX_TRACEBACK_CHARS = 20_000


def describe_failure(
    error: BaseException, *, network: nn.Module | None, graph: Mapping[str, Any], device: str
) -> dict[str, Any]:
    """The `error` of an `end` event: `{code, message, fields, path, traceback, node}`."""
    told, node = _tell(error, network, graph, device)
    trace = "".join(traceback.format_exception(error))
    return {
        "code": told.code,
        "message": told.message(),
        "fields": {name: str(value) for name, value in told.fields.items()},
        "path": told.path,
        "traceback": trace[-MAX_TRACEBACK_CHARS:],
        "node": node,
    }


def _tell(
    error: BaseException, network: nn.Module | None, graph: Mapping[str, Any], device: str
) -> tuple[UserError, str | None]:
    ids = {node["name"]: node["id"] for node in graph.get("nodes", [])}
    if isinstance(error, UserError):
        return error, ids.get(str(error.fields.get("node")))
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return UserError("training.disk_full", reason=error.strerror), None
    name = None if network is None else _node_name(error.__traceback__, network, ids)
    node = ids.get(name or "")
    if isinstance(error, torch.OutOfMemoryError | MemoryError) or "can't allocate memory" in str(error):
        return UserError("training.out_of_memory", device=device), node
    reason = str(error).strip().partition("\n")[0] or type(error).__name__
    if node is not None:
        return UserError("training.node_failed", path=f"nodes.{node}", node=name, reason=reason), node
    return UserError("training.failed", reason=reason), None


def _node_name(trace: TracebackType | None, network: nn.Module, names: Collection[str]) -> str | None:
    """The node that the failing line of the network's own `forward` computes: its variable has the node's name."""
    for frame, line_number in walk_tb(trace):
        if frame.f_locals.get("self") is network:
            line = linecache.getline(frame.f_code.co_filename, line_number)
            words: list[str] = re.findall(r"\w+", line)
            found = next((word for word in words if word in names), None)
            if found is not None:
                return found
    return None

"""Checkpoints: everything a run needs to go on as if it had never stopped, in safetensors and JSON.

A checkpoint is a directory `checkpoints/step-N/`:

    weights.safetensors   the network's parameters and buffers; tied tensors once, their aliases in the metadata
    best.safetensors      the best weights so far, where they are not these
    state.safetensors     optimizer, metrics and random generators
    state.json            the position, schedule, sums, settings that change the arithmetic
    graph.json encoders.json config.json

It is written beside its place, synced, and renamed, so that a directory of that name is always whole.
"""

import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

import trainer.messages.training  # noqa: F401
from trainer.errors import UserError

FORMAT = 1


@dataclass(frozen=True)
class Snapshot:
    """A moment of a run, detached from it: what is written to a checkpoint and what is read from one."""

    step: int
    epoch: int
    weights: Mapping[str, Tensor]
    tensors: Mapping[str, Tensor]
    state: Mapping[str, Any]
    best_weights: Mapping[str, Tensor] | None = None
    documents: Mapping[str, Any] = field(default_factory=dict)


def copy_weights(state_dict: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights by name on the CPU, detached from the network; tied tensors stay one tensor."""
    copies: dict[tuple[object, ...], Tensor] = {}
    weights = {}
    for name, tensor in state_dict.items():
        key = (tensor.data_ptr(), tensor.shape, tensor.stride(), tensor.dtype) if tensor.numel() else (name,)
        if key not in copies:
            copies[key] = tensor.detach().to("cpu", copy=True).contiguous()
        weights[name] = copies[key]
    return weights


def save_weights(weights: Mapping[str, Tensor], path: Path) -> None:
    """Write weights as safetensors: a tensor that several names share once, the other names in the metadata.

    Raises OSError where the disk does.
    """
    first_names: dict[int, str] = {}
    aliases = {}
    for name, tensor in weights.items():
        first = first_names.setdefault(id(tensor), name)
        if first != name:
            aliases[name] = first
    owned = {name: tensor for name, tensor in weights.items() if name not in aliases}
    _save(owned, path, metadata={"aliases": json.dumps(aliases)})


def _save(tensors: dict[str, Tensor], path: Path, metadata: dict[str, str] | None = None) -> None:
    """Write a file; what the disk refuses is the OSError that it is, which safetensors only puts into words."""
    try:
        save_file(tensors, path, metadata=metadata)
    except SafetensorError as error:
        if found := re.search(r"\(os error (\d+)\)", str(error)):
            raise OSError(int(found[1]), os.strerror(int(found[1])), str(path)) from error
        raise


def load_weights(path: Path) -> dict[str, Tensor]:
    """Read what `save_weights` wrote, each alias under its own name again."""
    with safe_open(path, framework="pt") as file:
        weights = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
        aliases = json.loads((file.metadata() or {}).get("aliases", "{}"))
    return weights | {name: weights[first] for name, first in aliases.items()}


def checkpoint_path(checkpoints: Path, step: int) -> Path:
    return checkpoints / f"step-{step}"


def write_checkpoint(checkpoints: Path, snapshot: Snapshot) -> Path:
    """Write `snapshot` below `checkpoints` and return its directory. Raises OSError where the disk does."""
    place = checkpoint_path(checkpoints, snapshot.step)
    draft = checkpoints / f".writing-{snapshot.step}"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    save_weights(snapshot.weights, draft / "weights.safetensors")
    _save(dict(snapshot.tensors), draft / "state.safetensors")
    if snapshot.best_weights is not None:
        save_weights(snapshot.best_weights, draft / "best.safetensors")
    state = {"format": FORMAT, "step": snapshot.step, "epoch": snapshot.epoch, **snapshot.state}
    for name, document in {"state.json": state, **snapshot.documents}.items():
        (draft / name).write_text(json.dumps(document), encoding="utf-8")
    for file in draft.iterdir():
        _sync(file)
    _sync(draft)
    if place.exists():
        outdated = checkpoints / f".outdated-{snapshot.step}"
        shutil.rmtree(outdated, ignore_errors=True)
        place.rename(outdated)
        draft.rename(place)
        shutil.rmtree(outdated)
    else:
        draft.rename(place)
    _sync(checkpoints)
    return place


def read_checkpoint(place: Path) -> Snapshot:
    """Read a checkpoint directory. Raises UserError `training.checkpoint_unreadable`."""
    try:
        state = json.loads((place / "state.json").read_text(encoding="utf-8"))
        if state.pop("format") != FORMAT:
            raise ValueError("it was written by another version")
        with safe_open(place / "state.safetensors", framework="pt") as file:
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
        best = place / "best.safetensors"
        return Snapshot(
            step=state.pop("step"),
            epoch=state.pop("epoch"),
            weights=load_weights(place / "weights.safetensors"),
            tensors=tensors,
            state=state,
            best_weights=load_weights(best) if best.exists() else None,
        )
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise UserError("training.checkpoint_unreadable", path="resume", name=place.name, reason=str(error)) from error


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Which matrices of an imported model are one: what it trains once must not become two that go apart."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from trainer.graph.parts import Node

Array = np.ndarray[Any, Any]


def tie(nodes: Sequence[Node], weights: Mapping[str, Mapping[str, Array]]) -> list[Node]:
    """The nodes with what is one parameter tied to the first that has it; `weights` are by node and parameter.

    One is what two nodes take from one tensor of the file, and what two layers of different types have alike, as an
    embedding and the scores of its words: exporters write such a matrix twice, once for each use. Layers of one type
    with equal numbers may as well be copies that were never trained, and stay apart.
    """
    shapes = Counter(array.shape for own in weights.values() for array in own.values())
    owners: dict[object, tuple[Node, str]] = {}
    tied = []
    for node in nodes:
        ties: dict[str, tuple[str, str]] = {}
        for param, array in weights.get(node.id, {}).items():
            if array.ndim < 2 or shapes[array.shape] < 2 or bool((array == array.flat[0]).all()):
                continue
            numbers, place = hashlib.sha256(np.ascontiguousarray(array).data).digest(), _place(array)
            owner, owned = owners.get(place) or owners.get((array.shape, numbers)) or (node, param)
            is_one = owner.id != node.id and owner.frozen == node.frozen
            if is_one and (place in owners or owner.type != node.type):
                ties[param or "weight"] = (owner.id, owned or "weight")
            owners.setdefault(place, (node, param))
            owners.setdefault((array.shape, numbers), (node, param))
        tied.append(replace(node, ties=ties) if ties else node)
    return tied


def _place(array: Array) -> object:
    """The same for two views of the same numbers in the same order."""
    return (array.__array_interface__["data"][0], array.shape, array.strides)

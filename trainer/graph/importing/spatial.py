"""Padding of pictures and series, where what is before differs from what is behind."""

from collections.abc import Sequence

from trainer.graph.importing.draft import Draft, Wire


def symmetric(pads: Sequence[int]) -> bool:
    """Whether each axis has as much before as behind: first all before, then all behind."""
    half = len(pads) // 2
    return list(pads[:half]) == list(pads[half:])


def pad(draft: Draft, wire: Wire, before: Sequence[int], behind: Sequence[int], value: float = 0.0) -> Wire:
    """A constant around the last axes; torch names the last axis first."""
    sides = [side for pair in reversed(list(zip(before, behind, strict=True))) for side in pair]
    if not any(sides):
        return wire
    return draft.add("Pad", wire, {"pad": sides, "value": value})

"""Sizes as a sentence has them."""

from typing import Final

UNITS: Final = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


def bytes_text(size: float) -> str:
    """A size for a sentence: "98.0 KiB"."""
    for unit in UNITS[:-1]:
        if size < 1024:
            return f"{size:.1f} {unit}" if unit != "bytes" else f"{size:.0f} bytes"
        size /= 1024
    return f"{size:,.1f} {UNITS[-1]}"

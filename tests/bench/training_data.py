"""The rows that every contender trains on: arrays in a folder, numbers as the product's encoders make them."""

from pathlib import Path

import numpy as np

SHAPE = [1, 28, 28]


def save_rows(folder: Path, images: np.ndarray, labels: np.ndarray) -> None:
    """Images float32 [N, 1, 28, 28], labels int64 [N]."""
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "images.npy", images)
    np.save(folder / "labels.npy", labels)


def load_rows(folder: str | Path) -> tuple[np.ndarray, np.ndarray]:
    return np.load(Path(folder) / "images.npy"), np.load(Path(folder) / "labels.npy")

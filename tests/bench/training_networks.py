"""The networks that are trained, once as a graph's layers and once as a person writes them: the same parameters."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn

HIDDEN = 128
LAYERS: Mapping[str, Sequence[tuple[str, dict[str, Any]]]] = {
    "mlp": [("Flatten", {}), ("Linear", {"out_features": 256}), ("ReLU", {}), ("Linear", {"out_features": 10})],
    "cnn": [
        ("Conv2d", {"out_channels": 32, "kernel_size": 3, "padding": 1}),
        ("ReLU", {}),
        ("MaxPool2d", {"kernel_size": 2}),
        ("Conv2d", {"out_channels": 64, "kernel_size": 3, "padding": 1}),
        ("ReLU", {}),
        ("MaxPool2d", {"kernel_size": 2}),
        ("Flatten", {}),
        ("Linear", {"out_features": 128}),
        ("ReLU", {}),
        ("Linear", {"out_features": 10}),
    ],
    "lstm": [
        ("Squeeze", {"dim": 1}),
        ("LSTM", {"hidden_size": HIDDEN}),
        ("Select", {"dim": 1, "index": -1}),
        ("Linear", {"out_features": 10}),
    ],
}


class RowsLSTM(nn.Module):
    """Reads an image [B, 1, 28, 28] row by row."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(28, HIDDEN, batch_first=True)
        self.classify = nn.Linear(HIDDEN, 10)

    def forward(self, images: Tensor) -> Tensor:
        steps, _ = self.lstm(images.squeeze(1))  # [B, 28, 128]
        return self.classify(steps[:, -1])


def by_hand(name: str) -> nn.Module:
    """A fresh network of this name."""
    if name == "lstm":
        return RowsLSTM()
    if name == "mlp":
        return nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(64 * 7 * 7, 128),
        nn.ReLU(),
        nn.Linear(128, 10),
    )

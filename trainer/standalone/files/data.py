"""Raw rows to tensors, encoded as they were when this network was first trained.

encoders.json            what was fitted on the training rows: scales, categories, classes
data/rows.csv            the split of each row, then its columns as text; empty where a value is missing
data/pictures/NAME.npy   the pictures of the Input called NAME, uint8 [rows, height, width, channels]
"""

import csv
import importlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

HERE = Path(__file__).parent
SPLITS = ("train", "val", "test")
EPOCH = datetime(1970, 1, 1)
DAY_MICROSECONDS = 86_400_000_000


@dataclass
class Split:
    """Encoded rows: a tensor for each Input and each target, all [rows, ...].

    Pictures stay bytes until their batch is taken; `scaling` then gives (x - shift) * scale.
    """

    inputs: list[Tensor]
    scaling: list[tuple[Tensor, Tensor] | None]
    targets: dict[str, Tensor]
    num_rows: int

    def take(self, rows: Tensor) -> tuple[list[Tensor], dict[str, Tensor]]:
        """The inputs and targets of `rows`, int64 [batch]."""
        inputs = [tensor.index_select(0, rows) for tensor in self.inputs]
        scaled = [
            tensor if scaling is None else tensor.to(torch.float32).sub_(scaling[0]).mul_(scaling[1])
            for tensor, scaling in zip(inputs, self.scaling, strict=True)
        ]
        return scaled, {name: tensor.index_select(0, rows) for name, tensor in self.targets.items()}


def read_splits(inputs: list[str], device: str) -> dict[str, Split]:
    """The three splits; `inputs` are the Inputs in the order that the network takes them."""
    encoders = json.loads((HERE / "encoders.json").read_text(encoding="utf-8"))
    with (HERE / "data" / "rows.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    split = np.array([row[0] for row in rows])
    columns = {name: [row[index] for row in rows] for index, name in enumerate(header) if index}
    if any(encoder.get("is_whole") for encoder in encoders["inputs"].values()):
        return _read_windows(encoders, split, columns, device)
    encoded = [_encode_input(name, encoders["inputs"][name], columns) for name in inputs]
    targets = {
        name: torch.from_numpy(_encode_target(encoder, columns[encoder["column"]]))
        for name, encoder in encoders["outputs"].items()
        if encoder.get("column")
    }
    splits = {}
    for name in SPLITS:
        index = torch.from_numpy(np.flatnonzero(split == name))
        splits[name] = Split(
            inputs=[tensor[index].to(device) for tensor, _ in encoded],
            scaling=[scaling and (scaling[0].to(device), scaling[1].to(device)) for _, scaling in encoded],
            targets={output: target[index].to(device) for output, target in targets.items()},
            num_rows=len(index),
        )
    return splits


def _read_windows(
    encoders: dict[str, Any], split: np.ndarray, columns: dict[str, list[str]], device: str
) -> dict[str, Split]:
    """The one text column, whose rows are windows of it all; every target is what follows each token."""
    (encoder,) = encoders["inputs"].values()
    texts = np.array(columns[encoder["columns"][0]], dtype=object)
    splits = {}
    for name in SPLITS:
        given, following = _texts().windows(texts[split == name].tolist(), encoder)
        target = torch.from_numpy(following).to(device)
        splits[name] = Split(
            inputs=[torch.from_numpy(given).to(device)],
            scaling=[None],
            targets=dict.fromkeys(encoders["outputs"], target),
            num_rows=len(given),
        )
    return splits


def _texts() -> Any:
    """What reads text: it needs a package that other columns do without."""
    return importlib.import_module("texts")


def _encode_input(
    name: str, encoder: dict[str, Any], columns: dict[str, list[str]]
) -> tuple[Tensor, tuple[Tensor, Tensor] | None]:
    if encoder["type"] == "image":
        pixels = _pictures(np.load(HERE / "data" / "pictures" / f"{name}.npy"), *encoder["size"])
        shape = (encoder["channels"], 1, 1)
        shift, scale = (torch.tensor(encoder[key], dtype=torch.float32).view(shape) for key in ("shift", "scale"))
        return torch.from_numpy(pixels), (shift, scale)
    given = [columns[column] for column in encoder["columns"]]
    if encoder["type"] == "category":
        return torch.from_numpy(_categories(given, encoder["values"])), None
    if encoder["type"] == "text":
        return torch.from_numpy(_texts().rows(given[0], encoder)), None
    read = _day if encoder["type"] == "date" else float
    values = np.array([[read(text) if text else np.nan for text in column] for column in given], dtype=np.float64)
    return torch.from_numpy(_numbers(values.T, encoder)), None


def _pictures(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """uint8 [N, H, W, C] -> uint8 [N, C, height, width]."""
    if pixels.shape[1:3] != (height, width):
        resized = [
            np.asarray(Image.fromarray(picture.squeeze()).resize((width, height), Image.Resampling.BILINEAR))
            for picture in pixels
        ]
        pixels = np.stack(resized).reshape(len(pixels), height, width, pixels.shape[3])
    return np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))


def _categories(columns: list[list[str]], known: list[list[Any]]) -> np.ndarray:
    """int64 [N, columns]: indices from 1; 0 is missing or never seen in training."""
    indices = [{str(value): index for index, value in enumerate(values, 1)} for values in known]
    return np.array(
        [[index.get(text, 0) for text in column] for column, index in zip(columns, indices, strict=True)],
        dtype=np.int64,
    ).T.copy()


def _numbers(values: np.ndarray, encoder: dict[str, Any]) -> np.ndarray:
    """float64 [N, columns], NaN where missing -> float32 [N, columns + flags of what can be missing]."""
    flagged = np.array(encoder["flagged"], dtype=bool)
    missing = np.isnan(values)
    if flagged.any():
        values = np.where(missing, np.array(encoder["median"]), values)
    if encoder["normalisation"] == "log":
        values = np.sign(values) * np.log1p(np.abs(values))
    scaled = ((values - np.array(encoder["shift"])) * np.array(encoder["scale"])).astype(np.float32)
    return np.concatenate([scaled, missing[:, flagged].astype(np.float32)], axis=1)


def _day(text: str) -> float:
    """Days since 1970."""
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1) / DAY_MICROSECONDS


def _encode_target(encoder: dict[str, Any], column: list[str]) -> np.ndarray:
    """Classes int64 [N]; of two classes as one logit, numbers (standardised) and counts float32 [N, 1]."""
    if encoder["type"] == "count":
        return np.array([float(text) for text in column], dtype=np.float32)[:, None]
    if encoder["type"] == "number":
        values = np.array([float(text) for text in column])
        standardised: np.ndarray = (values - encoder["mean"]) / encoder["deviation"]
        return standardised.astype(np.float32)[:, None]
    index = {str(value): position for position, value in enumerate(encoder["values"])}
    classes = np.array([index[text] for text in column], dtype=np.int64)
    return classes.astype(np.float32)[:, None] if encoder["type"] == "binary" else classes

"""Rows to try a deployment with: real ones of its data set, or one made up where the data set is gone."""

import base64
import math
from typing import Any

import numpy as np

from builder.deployments.models import DeploymentVersion
from builder.files import local_folder
from trainer.data.images import encode_png
from trainer.data.inputs.image import ImageEncoder
from trainer.data.inputs.text import TextEncoder
from trainer.data.version import VersionReader
from trainer.errors import UserError
from trainer.serving.generation import EXAMPLE, Language
from trainer.serving.runtime import Bundle

FIRST_WORDS = 6


def example_instance(bundle: Bundle) -> dict[str, Any]:
    """An instance that the bundle takes: typical numbers, known categories, a black picture, how a text begins."""
    if Language.of(bundle) is not None:
        return {"prompt": EXAMPLE}
    instance: dict[str, Any] = {}
    for encoder in bundle.encoders.inputs.values():
        for column in encoder.columns:
            schema = encoder.value_schema(column)
            if isinstance(encoder, ImageEncoder):
                instance[column] = _png_text(np.zeros((*encoder.size, encoder.channels), np.uint8))
            elif "example" in schema:
                instance[column] = schema["example"]
            else:
                instance[column] = next(iter(schema.get("examples", [])), None)
    return instance


def longest_instance(bundle: Bundle) -> dict[str, Any]:
    """An example whose texts are as long as the network sees, which cost the most to read."""
    instance = example_instance(bundle)
    for encoder in bundle.encoders.inputs.values():
        if isinstance(encoder, TextEncoder):
            instance[encoder.columns[0]] = "word " * encoder.max_length
    return instance


def sample_rows(*, version: DeploymentVersion, count: int) -> list[dict[str, Any]]:
    """`count` rows of the test split, spread over it: `row`, `instance` and `target` (by Output)."""
    if version.run is None:
        raise UserError("deployment.no_data", status=404)
    reader = VersionReader(local_folder(version.run.dataset_version.storage_key))
    bundle = Bundle.load(local_folder(version.storage_key))
    encoders = bundle.encoders
    targets = {name: target.column for name, target in encoders.targets.items() if target.column}
    arrays = reader.arrays([*encoders.columns, *targets.values()])
    rows = reader.rows("test")
    chosen = rows[np.unique(np.linspace(0, len(rows) - 1, min(count, len(rows))).astype(int))].tolist()
    return [
        {
            "row": row,
            "instance": _begun(arrays[encoders.columns[0]][row])
            if Language.of(bundle) is not None
            else {column: _json_value(arrays[column][row]) for column in encoders.columns},
            "target": {name: _json_value(arrays[column][row]) for name, column in targets.items()},
        }
        for row in chosen
    ]


def _begun(text: str | None) -> dict[str, Any]:
    """The first words of a text, to be gone on from."""
    return {"prompt": " ".join((text or "").split()[:FIRST_WORDS])}


def _json_value(value: Any) -> Any:
    """A stored value as a person would send it."""
    if isinstance(value, np.ndarray):
        return _png_text(value)
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and math.isnan(value) else value


def _png_text(pixels: np.ndarray) -> str:
    return base64.b64encode(encode_png(pixels)).decode()

"""The settings of the encoders as the application gives them, by the kind of column they are for, in one language."""

from typing import Any

from trainer.data.encoders import INPUT_ENCODERS
from trainer.forms import param_json


def encoders_json(language: str = "en") -> list[dict[str, Any]]:
    """For each kind of column that an Input takes, the settings of its encoder with their forms as JSON Schema."""
    return [
        {"kind": kind, "params": [param_json(param, language) for param in encoder.settings]}
        for kind, encoder in INPUT_ENCODERS.items()
    ]

"""From raw values to predictions, without torch: decode, run, encode.

bundle = Bundle.load(folder)
network = OnnxNetwork(folder, bundle.manifest, num_threads=1)
arrays = bundle.decode([{"image": "iVBORw0..."}])      # {"image": float32 [1, 1, 28, 28]}
outputs = network.run(arrays)                          # {"label": float32 [1, 10]}
bundle.encode(outputs)                                 # [{"label": {"class": "Bag", "probabilities": {...}}}]
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
import onnxruntime

from trainer.data.encoders import Encoders
from trainer.errors import UserError
from trainer.serving.bundle import ENCODERS_FILE, ONNX_FILE, Manifest, Tensor

Arrays = Mapping[str, np.ndarray]


class Network(Protocol):
    """Arrays by the names of the Inputs, [N, ...] each -> arrays by the names of the Outputs, [N, ...] each."""

    def run(self, arrays: Arrays) -> dict[str, np.ndarray]: ...


class OnnxNetwork:
    """A graph in ONNX Runtime, on at most `num_threads` threads."""

    def __init__(self, folder: Path, manifest: Manifest, *, num_threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = num_threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            folder / ONNX_FILE, sess_options=options, providers=["CPUExecutionProvider"]
        )
        self._output_names = [output.name for output in manifest.outputs]

    def run(self, arrays: Arrays) -> dict[str, np.ndarray]:
        return dict(zip(self._output_names, self._session.run(self._output_names, arrays), strict=True))


@dataclass(frozen=True, slots=True)
class Bundle:
    """An exported network's description and encoders. Immutable; safe to use from several threads."""

    manifest: Manifest
    encoders: Encoders

    @classmethod
    def load(cls, folder: Path) -> Self:
        encoders = Encoders.from_json(json.loads((folder / ENCODERS_FILE).read_text()))
        return cls(Manifest.load(folder), encoders)

    def decode(self, instances: Any) -> dict[str, np.ndarray]:
        """`[{column: raw value}, ...]`, N of them -> arrays [N, ...] by Input; raises `value.*` with paths."""
        return self.encoders.encode_instances(instances)

    def encode(self, outputs: Arrays) -> list[dict[str, Any]]:
        """The network's outputs [N, ...] -> one object a row with one key an Output; what is not finite is null."""
        return self.encoders.decode(outputs)

    def check_arrays(self, arrays: Arrays) -> int:
        """The number of rows of arrays that came ready-made; raises where a name, shape or type is wrong."""
        expected = {tensor.name: tensor for tensor in self.manifest.inputs}
        if expected.keys() != arrays.keys():
            raise UserError("serving.tensor_names", expected=", ".join(expected), received=", ".join(arrays) or "-")
        for name, array in arrays.items():
            _check_array(expected[name], array)
        num_rows = {len(array) for array in arrays.values()}
        if len(num_rows) > 1:
            raise UserError("serving.tensor_rows", received=", ".join(str(n) for n in sorted(num_rows)))
        return num_rows.pop()


def not_finite_rows(outputs: Arrays) -> list[int]:
    """The rows in which an output has NaN or infinity."""
    rows: set[int] = set()
    for array in outputs.values():
        finite = np.isfinite(array)
        if not finite.all():
            rows.update(np.flatnonzero(~finite.reshape(len(array), -1).all(axis=1)).tolist())
    return sorted(rows)


def _check_array(tensor: Tensor, array: np.ndarray) -> None:
    if array.ndim == 0 or array.shape[1:] != tensor.shape or not len(array):
        expected, received = ["N", *tensor.shape], list(array.shape)
        raise UserError(
            "serving.tensor_shape", path=tensor.name, tensor=tensor.name, expected=expected, received=received
        )
    if array.dtype.name != tensor.dtype:
        expected_type, received_type = tensor.dtype, array.dtype.name
        raise UserError(
            "serving.tensor_type", path=tensor.name, tensor=tensor.name, expected=expected_type, received=received_type
        )

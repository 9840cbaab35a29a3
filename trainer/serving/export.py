"""Turn a checkpoint into the bundle that a deployment serves from.

    python -m trainer.serving.export CHECKPOINT_DIR OUT_DIR

Run in a fresh process: an export may silently freeze a dimension when its process has exported before. ONNX Runtime
serves when its outputs equal torch's at several batch sizes; else PyTorch serves, and the manifest keeps the reason.
"""

import argparse
import json
import logging
import re
import shutil
import sys
import warnings
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from trainer.data.encoders import Encoders, InputEncoder
from trainer.data.inputs.text import TextEncoder
from trainer.data.targets import TensorTarget
from trainer.errors import UserError
from trainer.graph.compile import CompiledGraph
from trainer.serving import bundle
from trainer.serving.bundle import Manifest, Parity
from trainer.serving.recurrent_shapes import sizes_of_recurrent_layers_only
from trainer.serving.runtime import OnnxNetwork
from trainer.serving.torch_network import load_graph

BATCH_SIZES = (1, 2, 7)
TRACED_ROWS = 3  # not 1, which an export takes for a constant, and none of the sizes that are compared
# An output y may differ from torch's by absolute + relative * |y|: float32 sums in another order stay well within it.
ABSOLUTE_TOLERANCE = 1e-4
RELATIVE_TOLERANCE = 1e-3
TERMINAL_COLOUR = re.compile(r"\x1b\[[0-9;]*m")

Arrays = dict[str, np.ndarray]


class NetworkModule(nn.Module):
    """A compiled graph as a module: tensors in the order of its Inputs to tensors in the order of its Outputs."""

    def __init__(self, compiled: CompiledGraph) -> None:
        super().__init__()
        self.network = compiled.network
        self._run = compiled.run

    def forward(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        return self._run(*tensors)


def export_bundle(checkpoint: Path, target: Path) -> Manifest:
    """Write the bundle of `checkpoint` into the new directory `target`."""
    target.mkdir(parents=True)
    compiled = load_graph(checkpoint)
    fitted = Encoders.from_json(json.loads((checkpoint / bundle.ENCODERS_FILE).read_text()))
    inputs = {name: fitted.inputs[name] for name in compiled.inputs}
    expected = {rows: _run_torch(compiled, random_arrays(inputs, rows)) for rows in BATCH_SIZES}
    shapes = {name: array.shape[1:] for name, array in expected[BATCH_SIZES[0]].items()}
    encoders = Encoders(inputs, {name: fitted.targets.get(name, TensorTarget(shapes[name])) for name in shapes})
    (target / bundle.ENCODERS_FILE).write_text(json.dumps(encoders.to_json()), encoding="utf-8")
    manifest = Manifest(
        runtime="onnx",
        num_parameters=sum(p.numel() for p in compiled.network.parameters()),
        inputs=tuple(bundle.Tensor(name, tuple(e.shape), e.dtype) for name, e in inputs.items()),
        outputs=tuple(
            bundle.Tensor(name, shapes[name], array.dtype.name) for name, array in expected[BATCH_SIZES[0]].items()
        ),
        parity=None,
        reason=None,
    )
    try:
        onnx_program(compiled, random_arrays(inputs, TRACED_ROWS)).save(target / bundle.ONNX_FILE)
        parity = compare(OnnxNetwork(target, manifest, num_threads=1), inputs, expected)
        manifest = replace(manifest, parity=parity)
    except UserError as error:
        manifest = replace(manifest, runtime="torch", reason={"code": error.code, "fields": error.fields})
    except Exception as error:  # whatever the exporter or ONNX Runtime raises, torch still serves
        reason = {"code": "serving.export_refused", "fields": {"reason": _root_cause(error)}}
        manifest = replace(manifest, runtime="torch", reason=reason)
    if manifest.runtime == "torch":
        (target / bundle.ONNX_FILE).unlink(missing_ok=True)
        shutil.copy(checkpoint / bundle.GRAPH_FILE, target)
        shutil.copy(checkpoint / bundle.WEIGHTS_FILE, target)
    manifest.save(target)
    return manifest


def onnx_program(compiled: CompiledGraph, arrays: Arrays) -> torch.onnx.ONNXProgram:
    """`compiled` as ONNX, traced on `arrays` (one an Input, by name), with a batch axis of any size."""
    tensors = tuple(torch.from_numpy(arrays[name]) for name in compiled.inputs)
    batch = torch.export.Dim("batch")
    with torch.inference_mode(False), torch.no_grad(), sizes_of_recurrent_layers_only():
        program = torch.onnx.export(
            NetworkModule(compiled).eval(),
            tensors,
            dynamo=True,
            input_names=list(compiled.inputs),
            output_names=list(compiled.outputs),
            dynamic_shapes={"tensors": tuple({0: batch} for _ in tensors)},
            verbose=False,
        )
    if program is None:
        raise RuntimeError("the exporter gave nothing")
    return program


def compare(network: OnnxNetwork, inputs: Mapping[str, InputEncoder], expected: Mapping[int, Arrays]) -> Parity:
    """The largest differences by number of rows; raises where one is over the tolerance."""
    largest: dict[str, float] = {}
    for rows, outputs in expected.items():
        answers = network.run(random_arrays(inputs, rows))
        largest[str(rows)] = 0.0
        for name, answer in answers.items():
            output = outputs[name]
            if answer.shape != output.shape:
                raise UserError(
                    "serving.export_shape", rows=rows, received=list(answer.shape), expected=list(output.shape)
                )
            difference = float(np.max(np.abs(answer.astype(np.float64) - output.astype(np.float64)), initial=0.0))
            if not np.allclose(answer, output, rtol=RELATIVE_TOLERANCE, atol=ABSOLUTE_TOLERANCE, equal_nan=True):
                raise UserError("serving.export_differs", rows=rows, difference=difference)
            largest[str(rows)] = max(largest[str(rows)], difference)
    return Parity(ABSOLUTE_TOLERANCE, RELATIVE_TOLERANCE, largest)


def _run_torch(compiled: CompiledGraph, arrays: Arrays) -> Arrays:
    with torch.no_grad():
        outputs = compiled.run(*(torch.from_numpy(arrays[name]) for name in compiled.inputs))
    return {name: output.numpy() for name, output in zip(compiled.outputs, outputs, strict=True)}


def random_arrays(inputs: Mapping[str, InputEncoder], rows: int) -> Arrays:
    """Rows such as the encoders give, the same for the same number of rows."""
    generator = np.random.default_rng(rows)
    return {name: _random_array(encoder, generator, rows) for name, encoder in inputs.items()}


def _random_array(encoder: InputEncoder, generator: np.random.Generator, rows: int) -> np.ndarray:
    shape = (rows, *encoder.shape)
    match encoder.dtype:
        case "float32":
            return generator.standard_normal(shape, dtype=np.float32)
        case "bool":
            return generator.integers(0, 2, shape).astype(np.bool_)
        case _:
            return generator.integers(0, _num_indices(encoder), shape)


def _num_indices(encoder: InputEncoder) -> int:
    """How many indices there are: of a vocabulary, or of each column of categories, and 0 for what was never seen."""
    if isinstance(encoder, TextEncoder):
        return encoder.vocab_size
    return 1 + min(len(values) for values in encoder.to_json()["values"])


def _root_cause(error: BaseException) -> str:
    """What the innermost error says, in a line: the outer ones only name the step that failed."""
    while error.__cause__ is not None:
        error = error.__cause__
    lines = TERMINAL_COLOUR.sub("", str(error)).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:200]}" if lines else type(error).__name__


def main() -> int:
    """Prints the manifest as one line of JSON, or `{"error": {"code", "fields"}}` and returns 1."""
    parser = argparse.ArgumentParser(description="Export a checkpoint for serving.")
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("target", type=Path)
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)
    try:
        manifest = export_bundle(arguments.checkpoint, arguments.target)
    except UserError as error:
        print(
            json.dumps({"error": {"code": error.code, "fields": error.fields, "message": error.message()}}, default=str)
        )
        return 1
    print(json.dumps(asdict(manifest)))
    return 0


if __name__ == "__main__":
    sys.exit(main())

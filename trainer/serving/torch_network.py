"""A trained graph in PyTorch, for what ONNX cannot say. Used by the model server only."""

import json
from pathlib import Path

import numpy as np
import torch

from trainer.graph.compile import CompiledGraph, compile_graph
from trainer.graph.document import parse_document
from trainer.serving.bundle import GRAPH_FILE, WEIGHTS_FILE
from trainer.serving.predictions import prediction_document
from trainer.serving.runtime import Arrays
from trainer.training.checkpoint import load_weights


def load_graph(folder: Path) -> CompiledGraph:
    """What predicts in the graph of `folder` (a checkpoint or a bundle), with its weights."""
    document = parse_document(json.loads((folder / GRAPH_FILE).read_text()))
    compiled = compile_graph(prediction_document(document))
    needed = compiled.network.state_dict().keys()
    weights = load_weights(folder / WEIGHTS_FILE)
    compiled.network.load_state_dict({name: tensor for name, tensor in weights.items() if name in needed})
    compiled.network.eval()
    return compiled


class TorchNetwork:
    """A bundle's graph as a `trainer.serving.runtime.Network`."""

    def __init__(self, folder: Path) -> None:
        self._graph = load_graph(folder)

    def run(self, arrays: Arrays) -> dict[str, np.ndarray]:
        tensors = [torch.from_numpy(arrays[name]) for name in self._graph.inputs]
        with torch.inference_mode():
            outputs = self._graph.run(*tensors)
        return {name: output.numpy() for name, output in zip(self._graph.outputs, outputs, strict=True)}

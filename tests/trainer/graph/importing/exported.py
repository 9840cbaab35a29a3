"""Models to import: our own graphs, exported as a deployment exports them."""

import warnings
from typing import Any

import torch
from torch import Tensor

from tests.trainer.layers.instances import random_inputs
from trainer.graph.compile import CompiledGraph, compile_graph
from trainer.graph.document import Document, parse_document
from trainer.graph.importing.draft import Array
from trainer.serving.export import onnx_program

FACTS = {"num_classes": 7, "vocab_size": 60, "num_features": 5, "height": 16, "width": 16, "channels": 3}


def with_facts(value: Any) -> Any:
    """A template with numbers in place of what its data set says."""
    if isinstance(value, dict) and set(value) == {"$data"}:
        fact = value["$data"].rpartition(".")[2]
        return [4, 5] if fact == "cardinalities" else FACTS[fact]
    if isinstance(value, dict):
        return {key: with_facts(entry) for key, entry in value.items()}
    return [with_facts(entry) for entry in value] if isinstance(value, list) else value


def network(document: Document, seed: int = 11) -> CompiledGraph:
    """The network of `document` in eval mode, with running statistics that are not those of a new one."""
    torch.manual_seed(seed)
    compiled = compile_graph(document)
    for name, buffer in compiled.network.named_buffers():
        if name.endswith("running_mean"):
            buffer.normal_()
        elif name.endswith("running_var"):
            buffer.uniform_(0.5, 2.0)
    compiled.network.eval()
    return compiled


def onnx_bytes(document: Document, compiled: CompiledGraph) -> bytes:
    tensors = random_inputs(document, compiled.inputs, batch=3)
    arrays = {name: tensor.detach().numpy() for name, tensor in zip(compiled.inputs, tensors, strict=True)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data: bytes = onnx_program(compiled, arrays).model_proto.SerializeToString()
    return data


def loaded(document: Document, weights: dict[str, Array]) -> CompiledGraph:
    """The network of an imported graph with its weights, read back from JSON as a person's project is."""
    compiled = compile_graph(parse_document(document.to_json()))
    compiled.network.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in weights.items()})
    compiled.network.eval()
    return compiled


def largest_difference(one: CompiledGraph, other: CompiledGraph, document: Document, batch: int) -> float:
    """Between the outputs of two networks on the same random rows, by the largest output where that is over 1."""
    tensors = dict(zip(one.inputs, random_inputs(document, one.inputs, batch=batch), strict=True))
    with torch.no_grad():
        ours: tuple[Tensor, ...] = one.run(*(tensors[name] for name in one.inputs))
        theirs = other.run(*(tensors[name] for name in other.inputs))
    pairs = zip(one.outputs, ours, strict=False)  # behind the outputs come the targets that are computed
    found = dict(zip(other.outputs, theirs, strict=False))
    differences = []
    for name, output in pairs:
        assert output.shape == found[name].shape
        expected, received = output.double(), found[name].double()  # a mask has no difference
        differences.append((expected - received).abs().max().item() / max(1.0, expected.abs().max().item()))
    return max(differences)

"""Small bundles made by hand, so that prediction can be tested without training: dense graphs over real encoders."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from trainer.data.columns import Column
from trainer.data.encoders import Encoders, InputEncoder, TargetEncoder, fit_input, fit_target
from trainer.serving.bundle import ENCODERS_FILE, ONNX_FILE, Manifest, Tensor

FLOWERS = ("setosa", "versicolor", "virginica")
PETALS = ("sepal_length", "sepal_width", "petal_length", "petal_width")
FLOWER = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}


@dataclass(frozen=True)
class Linear:
    """`weight` [features, outputs], `bias` [outputs]: the graph is input @ weight + bias."""

    weight: np.ndarray
    bias: np.ndarray


def write_flower_bundle(folder: Path, network: Linear | None = None) -> Linear:
    """Four numbers in, three classes out, under the Input `measures` and the Output `species`."""
    rng = np.random.default_rng(0)
    columns = [Column(name, "number") for name in PETALS]
    measures = fit_input(columns, {}, {name: rng.normal(4, 1, 60) for name in PETALS})
    species = Column("species", "category", facts={"values": list(FLOWERS), "num_classes": 3, "counts": [20, 20, 20]})
    target = fit_target(species, "CrossEntropyLoss", np.array(FLOWERS * 20, dtype=object))
    network = network or Linear(rng.normal(size=(4, 3)).astype(np.float32), np.zeros(3, np.float32))
    _write(folder, "measures", measures, "species", target, [network])
    return network


def write_image_bundle(folder: Path, size: int = 8, hidden: int = 0) -> None:
    """A grey picture in, ten digits out, under the Input `image` and the Output `label`; `hidden` units between."""
    rng = np.random.default_rng(1)
    column = Column("image", "image", facts={"height": size, "width": size, "channels": 1})
    image = fit_input([column], {}, {"image": rng.integers(0, 256, (20, size, size, 1), dtype=np.uint8)})
    label = Column("label", "category", facts={"values": list(range(10)), "num_classes": 10, "counts": [2] * 10})
    target = fit_target(label, "CrossEntropyLoss", np.arange(10))
    widths = [size * size, hidden, 10] if hidden else [size * size, 10]
    layers = [
        Linear(rng.normal(size=(a, b)).astype(np.float32) / 10, np.zeros(b, np.float32)) for a, b in pairwise(widths)
    ]
    _write(folder, "image", image, "label", target, layers)


def write_number_bundle(folder: Path, network: Linear | None = None) -> Linear:
    """Four numbers in, one number out, under the Input `measures` and the Output `price`."""
    rng = np.random.default_rng(2)
    measures = fit_input(
        [Column(name, "number") for name in PETALS], {}, {name: rng.normal(4, 1, 60) for name in PETALS}
    )
    target = fit_target(Column("price", "number"), "MSELoss", rng.normal(100, 10, 60))
    network = network or Linear(rng.normal(size=(4, 1)).astype(np.float32), np.zeros(1, np.float32))
    _write(folder, "measures", measures, "price", target, [network])
    return network


def _write(
    folder: Path,
    input_name: str,
    encoder: InputEncoder,
    output_name: str,
    target: TargetEncoder,
    layers: Sequence[Linear],
) -> None:
    folder.mkdir(parents=True)
    num_outputs = layers[-1].weight.shape[1]
    nodes, values, last = [helper.make_node("Flatten", [input_name], ["flat"])], [], "flat"
    for n, layer in enumerate(layers):
        is_last = n == len(layers) - 1
        name = output_name if is_last else f"sum{n}"
        nodes.append(helper.make_node("Gemm", [last, f"weight{n}", f"bias{n}"], [name]))
        if not is_last:
            nodes.append(helper.make_node("Relu", [name], [f"hidden{n}"]))
        values += [numpy_helper.from_array(layer.weight, f"weight{n}"), numpy_helper.from_array(layer.bias, f"bias{n}")]
        last = f"hidden{n}"
    graph = helper.make_graph(
        nodes,
        "dense",
        [helper.make_tensor_value_info(input_name, TensorProto.FLOAT, ["batch", *encoder.shape])],
        [helper.make_tensor_value_info(output_name, TensorProto.FLOAT, ["batch", num_outputs])],
        values,
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10), folder / ONNX_FILE)
    (folder / ENCODERS_FILE).write_text(json.dumps(Encoders({input_name: encoder}, {output_name: target}).to_json()))
    Manifest(
        runtime="onnx",
        num_parameters=sum(layer.weight.size + layer.bias.size for layer in layers),
        inputs=(Tensor(input_name, tuple(encoder.shape), encoder.dtype),),
        outputs=(Tensor(output_name, (num_outputs,), "float32"),),
        parity=None,
        reason=None,
    ).save(folder)

"""Which tensors of a file are the weights of which layer: in the form of Keras 3 and in that of before."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from trainer.graph.importing.draft import Array
from trainer.graph.importing.keras_hdf5 import Tensors
from trainer.graph.importing.keras_model import INPUT, Model

OLD_ROOT: Final = "model_weights"
# Where a part of a layer keeps its own, in the form of Keras 3; the first that is there.
PLACES: Final = {
    "": ("vars", "cell/vars", "layer/vars"),
    "forward": ("forward_layer/cell/vars",),
    "backward": ("backward_layer/cell/vars",),
    "query": ("query_dense/vars", "_query_dense/vars"),
    "key": ("key_dense/vars", "_key_dense/vars"),
    "value": ("value_dense/vars", "_value_dense/vars"),
    "attention_output": ("output_dense/vars", "_output_dense/vars"),
}
OTHER_NAMES: Final = {"kernel": "depthwise_kernel"}  # of DepthwiseConv2D, before
Path = tuple[str, ...]


class Weights:
    """Finds the weights of a layer of `model` in `tensors`, by the path of the layer and their names."""

    def __init__(self, tensors: Tensors, model: Model) -> None:
        self._tensors = tensors
        self._old = not any(path.startswith("layers/") for path in tensors.shapes)
        self._root = f"{OLD_ROOT}/" if any(path.startswith(f"{OLD_ROOT}/") for path in tensors.shapes) else ""
        self._places: dict[Path, str] = {}
        if not self._old:
            self._place(model, (), "")

    def __call__(self, path: Path, names: Sequence[str], part: str) -> dict[str, Array]:
        paths = self._old_paths(path, names, part) if self._old else self._new_paths(path, names, part)
        return {name: self._tensors.read(found) for name, found in paths.items()}

    def _place(self, model: Model, path: Path, root: str) -> None:
        """Keras 3 calls a layer after its class and counts those of one class; the names of layers play no part."""
        counts: Counter[str] = Counter()
        for layer in model.layers.values():
            if layer.operation or (layer.kind == INPUT and layer.config.get("added")):
                continue
            kind = _snake_case(layer.kind)
            child = f"{kind}_{counts[kind]}" if counts[kind] else kind
            counts[kind] += 1
            own = (*path, layer.name)
            self._places[own] = f"{root}layers/{child}"
            if layer.model is not None:
                self._place(layer.model, own, f"{self._places[own]}/")

    def _new_paths(self, path: Path, names: Sequence[str], part: str) -> dict[str, str]:
        place = self._places.get(path)
        for inner in PLACES[part]:
            paths = {name: f"{place}/{inner}/{number}" for number, name in enumerate(names)}
            if self._tensors.shapes.keys() >= set(paths.values()):
                return paths
        return {}

    def _old_paths(self, path: Path, names: Sequence[str], part: str) -> dict[str, str]:
        """`model_weights/LAYER/.../kernel:0`; for a layer of a model in the model its name is in between."""
        root = f"{self._root}{path[0]}/"
        own = [found for found in self._tensors.shapes if found.startswith(root)]
        for name in (*path[1:], *((part,) if part else ())):
            own = [found for found in own if _passes(found.removeprefix(root), name)]
        paths: dict[str, str] = {}
        for name in names:
            for wanted in (name, OTHER_NAMES.get(name)):
                fitting = [found for found in own if found.rpartition("/")[2].partition(":")[0] == wanted]
                if len(fitting) == 1:
                    paths[name] = fitting[0]
                    break
        return paths


def _passes(path: str, name: str) -> bool:
    """Whether a part of the path is a layer of that name, or one way of it: "forward_lstm"."""
    parts = path.split("/")[:-1]
    return name in parts or (name in ("forward", "backward") and any(part.startswith(f"{name}_") for part in parts))


def _snake_case(kind: str) -> str:
    """ "SeparableConv2D" as "separable_conv2d", which is how Keras calls the group of a layer."""
    spaced = re.sub(r"(?<=.)(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])", "_", re.sub(r"\W", "", kind))
    return spaced.lower()

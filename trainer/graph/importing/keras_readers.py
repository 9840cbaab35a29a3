"""Which layers of a Keras model read what another gives, through models in it and layers that keep axes as they are."""

from collections.abc import Collection
from typing import Final

from trainer.graph.importing.keras_model import Layer, Model, Ref, refs_in

_KEEPING = """
    Activation ActivityRegularization AlphaDropout BatchNormalization Dropout ELU GaussianDropout GaussianNoise Identity
    InputLayer LayerNormalization LeakyReLU Masking Normalization ReLU RandomBrightness RandomContrast RandomFlip
    RandomRotation RandomTranslation RandomZoom Rescaling SpatialDropout1D SpatialDropout2D SpatialDropout3D
"""
KEEPING: Final = frozenset(_KEEPING.split())
Path = tuple[str, ...]


class Readers:
    """Who reads whom, layer by layer, whatever the call."""

    def __init__(self, model: Model) -> None:
        self._kinds: dict[Path, str] = {}
        self._first: set[Path] = set()
        self._behind: dict[Path, list[Path]] = {}
        self._look_at(model, ())

    def kinds(self, path: Path, through: Collection[str] = KEEPING) -> set[str]:
        """The kinds of the layers that read what the layer at `path` gives; those of `through` pass it on."""
        return {self._kinds[reader] for reader in self._readers(path, through)}

    def all_first(self, path: Path) -> bool:
        """Whether all who read what the layer at `path` gives want its channels first."""
        return self._readers(path, KEEPING) <= self._first

    def _readers(self, path: Path, through: Collection[str]) -> set[Path]:
        found: set[Path] = set()
        seen, waiting = {path}, [path]
        while waiting:
            for reader in self._behind.get(waiting.pop(), ()):
                if self._kinds[reader] not in through:
                    found.add(reader)
                elif reader not in seen:
                    seen.add(reader)
                    waiting.append(reader)
        return found

    def _look_at(self, model: Model, path: Path) -> None:
        for layer in model.layers.values():
            own = (*path, layer.name)
            self._kinds[own] = layer.kind
            if layer.config.get("data_format") == "channels_first":
                self._first.add(own)
            if layer.model is not None:
                self._look_at(layer.model, own)
            for call in layer.calls:
                self._connect(model, layer, list(refs_in(call.args)), path)
                if layer.model is None:
                    for ref in refs_in(tuple(call.settings.values())):
                        self._join(model, ref, path, own)

    def _connect(self, model: Model, layer: Layer, refs: list[Ref], path: Path) -> None:
        own = (*path, layer.name)
        for place, ref in enumerate(refs):
            if layer.model is None:
                self._join(model, ref, path, own)
            elif place < len(layer.model.inputs):
                self._join(model, ref, path, (*own, layer.model.inputs[place].layer))

    def _join(self, model: Model, ref: Ref, path: Path, reader: Path) -> None:
        """Note `reader` at the layer that gives `ref`, which for a model is one in it."""
        while (layer := model.layers.get(ref.layer)) is not None:
            path = (*path, layer.name)
            if layer.model is None or ref.output >= len(layer.model.outputs):
                self._behind.setdefault(path, []).append(reader)
                return
            model, ref = layer.model, layer.model.outputs[ref.output]

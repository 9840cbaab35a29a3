"""The catalogue: every layer and operation by its type, in the order of the palette."""

from collections.abc import Mapping
from types import MappingProxyType

from trainer.layers import activation, data, dropout, linear, shape
from trainer.layers.spec import Layer

FAMILY_FILES = (data, linear, activation, dropout, shape)

CATALOGUE: Mapping[str, Layer] = MappingProxyType(
    {layer.type: layer for family in FAMILY_FILES for layer in family.LAYERS}
)

"""The catalogue: every layer and operation by its type, in the order of the palette."""

from collections.abc import Mapping
from types import MappingProxyType

from trainer.layers import (
    activation,
    attention,
    constant,
    convolution,
    data,
    dropout,
    embedding,
    linear,
    merge,
    normalization,
    pooling,
    recurrent,
    shape,
)
from trainer.layers.spec import Layer

FAMILY_FILES = (
    data,
    linear,
    convolution,
    pooling,
    normalization,
    activation,
    dropout,
    recurrent,
    attention,
    embedding,
    constant,
    shape,
    merge,
)

CATALOGUE: Mapping[str, Layer] = MappingProxyType(
    {layer.type: layer for family in FAMILY_FILES for layer in family.LAYERS}
)

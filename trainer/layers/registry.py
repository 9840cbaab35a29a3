"""The catalogue: every layer and operation by its type, in the order of the palette."""

from collections.abc import Mapping
from types import MappingProxyType

from trainer.layers import (
    activation,
    arithmetic,
    attention,
    cells,
    constant,
    convolution,
    data,
    distance,
    dropout,
    elementary,
    elementwise,
    embedding,
    imported,
    joining,
    linear,
    margins,
    normalization,
    padding,
    pooling,
    random,
    recurrent,
    reductions,
    resizing,
    selecting,
    sequence,
    shape,
    transformer,
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
    random,
    recurrent,
    cells,
    attention,
    transformer,
    embedding,
    constant,
    sequence,
    shape,
    resizing,
    padding,
    selecting,
    margins,
    arithmetic,
    elementwise,
    elementary,
    joining,
    reductions,
    distance,
    imported,
)

CATALOGUE: Mapping[str, Layer] = MappingProxyType(
    {layer.type: layer for family in FAMILY_FILES for layer in family.LAYERS}
)

"""The inputs and outputs of a Keras model: their shapes, their number types, and where their channels are."""

from collections.abc import Sequence
from math import prod
from typing import Any, Final

from trainer.errors import UserError
from trainer.graph.importing.keras_model import Layer, Model
from trainer.graph.importing.keras_readers import Readers
from trainer.graph.importing.keras_settings import LARGEST
from trainer.graph.importing.keras_walk import Lost, Value, Walk, own_order
from trainer.graph.importing.views import BATCH, View, lay, view_of
from trainer.graph.shapes import TensorSpec

WHOLE: Final = frozenset(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))
STEPS, SIDE = 128, 224  # what stands for a size that the file leaves open: of a series, of a picture
PICTURE_CHANNELS: Final = (1, 3, 4)
_SLIDING = "Conv{}D SeparableConv{}D DepthwiseConv{}D Conv{}DTranspose MaxPooling{}D AveragePooling{}D ZeroPadding{}D"
_SLIDING += " Cropping{}D UpSampling{}D GlobalAveragePooling{}D GlobalMaxPooling{}D"
SLIDING: Final = frozenset(
    [*_SLIDING.replace("{}", "2").split(), *_SLIDING.replace("{}", "3").split(), "Resizing", "CenterCrop"]
)


def place_inputs(walk: Walk, model: Model, readers: Readers) -> list[Value]:
    """The inputs of the model as nodes. Pictures come with their channels first, as all pictures here."""
    return [_placed(walk, model.layers[ref.layer], readers) for ref in model.inputs]


def _placed(walk: Walk, layer: Layer, readers: Readers) -> View:
    shape = _shape(walk, layer)
    kinds = readers.kinds((layer.name,))
    dtype = _dtype(layer.config.get("dtype"))
    if dtype in WHOLE or dtype == "string" or kinds == {"Embedding"}:
        return _straight(walk, layer, shape, "int64")
    if dtype == "bool":
        return _straight(walk, layer, shape, "bool")
    picture = len(shape) == 3 and shape[-1] in PICTURE_CHANNELS and kinds <= {"Flatten"}
    if len(shape) < 3 or not (kinds & SLIDING or picture) or readers.all_first((layer.name,)):
        return _straight(walk, layer, shape, "float32")
    turned = (shape[-1], *shape[:-1])
    wire = walk.draft.add_input(layer.name, TensorSpec(turned, "float32"))
    names = {"name": walk.draft.nodes[wire.node].name, "shape": list(turned), "theirs": list(shape)}
    walk.draft.report.say("info", "keras_channels_first", **names)
    return view_of(wire, (BATCH, *turned), [(0,), *((axis,) for axis in range(2, len(turned) + 1)), (1,)])


def _dtype(value: Any) -> str:
    """The word for a number type, or for a policy that has one."""
    config = value.get("config") if isinstance(value, dict) else None
    word = config.get("name") if isinstance(config, dict) else value
    return word if isinstance(word, str) else "float32"


def _straight(walk: Walk, layer: Layer, shape: Sequence[int], dtype: str) -> View:
    wire = walk.draft.add_input(layer.name, TensorSpec(tuple(shape), dtype))
    return view_of(wire, (BATCH, *shape))


def _shape(walk: Walk, layer: Layer) -> tuple[int, ...]:
    """The shape of a sample; sizes left open get one that a data set will replace."""
    given = layer.config.get("batch_shape") or layer.config.get("batch_input_shape")
    if not isinstance(given, list) or not 1 <= len(given) <= 6:
        raise UserError("import.keras_no_shape", name=layer.name[:80])
    sizes = given[1:]
    if any(size is not None and (type(size) is not int or not 1 <= size < LARGEST) for size in sizes):
        raise UserError("import.keras_no_shape", name=layer.name[:80])
    if prod(size or 1 for size in sizes) >= LARGEST:
        raise UserError("import.keras_no_shape", name=layer.name[:80])
    stand_in = SIDE if len(sizes) > 2 else STEPS
    shape = tuple(size or stand_in for size in sizes) or (1,)
    if None in sizes:
        shown = [size or "?" for size in sizes]
        walk.draft.report.say("warning", "keras_open_size", name=layer.name[:80], shape=str(shown), taken=list(shape))
    return shape


def place_outputs(walk: Walk, model: Model, values: Sequence[Value]) -> None:
    """The outputs of the model as nodes; what has its channels first already stays that way, and the report says so."""
    for ref, value in zip(model.outputs, values, strict=True):
        name = f"{ref.layer}_output"
        if isinstance(value, Lost):
            walk.draft.add_output(name, value.wire)
            continue
        order = own_order(walk.draft, value)
        laid = lay(walk.draft, value.transposed(order))
        walk.draft.add_output(name, laid.wire)
        if order != tuple(range(value.rank)):
            placed = next(reversed(walk.draft.nodes.values())).name
            shape = list(walk.draft.spec(laid.wire).shape)
            walk.draft.report.say(
                "info", "keras_channels_first", name=placed, shape=shape, theirs=list(value.shape[1:])
            )

"""A model of Keras as a graph: from its JSON the layers, from its weights what they learned."""

from typing import Any, Final

from trainer.graph.importing import (
    keras_activations,
    keras_attention,
    keras_layers,
    keras_operations,
    keras_preparing,
    keras_recurrent,
    keras_resizing,
    keras_shapes,
    keras_spatial,
    keras_steps,
)
from trainer.graph.importing.draft import Draft
from trainer.graph.importing.imported import Imported
from trainer.graph.importing.keras_hdf5 import Tensors
from trainer.graph.importing.keras_inputs import place_inputs, place_outputs
from trainer.graph.importing.keras_model import read_model
from trainer.graph.importing.keras_readers import Readers
from trainer.graph.importing.keras_walk import Walk
from trainer.graph.importing.keras_weights import Weights
from trainer.graph.importing.report import Report
from trainer.graph.importing.weights import listed

# What registers how layers are said.
SAID_BY: Final = (
    keras_activations,
    keras_attention,
    keras_layers,
    keras_operations,
    keras_preparing,
    keras_recurrent,
    keras_resizing,
    keras_shapes,
    keras_spatial,
    keras_steps,
)


def import_keras(value: Any, tensors: Tensors | None = None) -> Imported:
    """The graph of the model in the JSON of `model.to_json()`, with the weights in `tensors` where there are any.

    Raises `import.*` for what cannot be read at all.
    """
    model = read_model(value)
    report = Report()
    draft = Draft(report)
    readers = Readers(model)
    find = Weights(tensors, model) if tensors is not None else (lambda path, names, part: None)
    walk = Walk(draft, _generation(value), readers, find)
    walk.look_at(model)
    place_outputs(walk, model, walk.run(model, place_inputs(walk, model, readers)))
    document = draft.document()
    weights = draft.state_dict(document)
    layers = sum(node.type not in ("Input", "Output") for node in document.nodes)
    report.say("info", "from_keras", kind=model.kind[:40], name=model.name[:80], layers=layers)
    if weights:
        size = sum(array.size for array in weights.values())
        report.say("info", "weights_taken", count=len(weights), parameters=size)
    else:
        report.say("info", "no_weights")
    if walk.missing:
        report.say("warning", "weights_missing", names=listed(walk.missing))
    return Imported(document, weights, report)


def _generation(value: Any) -> int:
    """2 or 3: by what the file says, else by what only one of them writes."""
    version = value.get("keras_version")
    if isinstance(version, str) and version[:1].isdigit():
        return 3 if int(version[:1]) >= 3 else 2
    return 3 if "registered_name" in value else 2

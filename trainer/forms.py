"""The catalogue as the application gives it: what the palette, the forms and the help show, in one language."""

from collections.abc import Iterable, Mapping
from typing import Any

from trainer.layers.families import FAMILIES
from trainer.layers.registry import CATALOGUE
from trainer.layers.spec import REQUIRED, Layer, Param, Port
from trainer.messages.registry import LANGUAGES, Text
from trainer.methods.catalogue import LOSSES, METRICS, OPTIMIZERS, SCHEDULES, TrainingPart


def catalogue_json(language: str = "en") -> dict[str, Any]:
    """Layers, families, losses, optimizers, schedules and metrics with their forms as JSON Schema."""
    return {
        "layers": [_layer_json(layer, language) for layer in CATALOGUE.values()],
        "families": [{"id": family, "label": label.render(language)} for family, label in FAMILIES.items()],
        "losses": _parts_json(LOSSES, language),
        "optimizers": _parts_json(OPTIMIZERS, language),
        "schedules": _parts_json(SCHEDULES, language),
        "metrics": _parts_json(METRICS, language),
    }


def param_json(param: Param, language: str) -> dict[str, Any]:
    """One field of a form: the plain name first, torch's as `name`."""
    return {
        "name": param.name,
        "label": param.label.render(language),
        "summary": param.summary.render(language),
        "schema": param.json_schema(),
        "kind": param.kind,
        "default": None if param.default is REQUIRED else param.default,
        "required": param.required,
        "important": param.important,
        "inferred": param.inferred is not None,
        "inferred_from": {"port": param.inferred.port, "axis": param.inferred.axis} if param.inferred else None,
    }


def _layer_json(layer: Layer, language: str) -> dict[str, Any]:
    return {
        "type": layer.type,
        "family": layer.family,
        "icon": layer.icon,
        "label": layer.label.render(language),
        "aliases": aliases(layer.label, language),
        "summary": layer.summary.render(language),
        "torch": f"torch.nn.{layer.module}" if layer.module else None,
        "docs_url": layer.docs_url,
        "formula": layer.formula,
        "counted": layer.counted,
        "inputs": [_port_json(port) for port in layer.inputs],
        "outputs": [{"name": port.name} for port in layer.outputs],
        "params": [param_json(param, language) for param in _sorted_params(layer.params)],
        "telling": list(layer.telling),
    }


def aliases(label: Text, language: str) -> list[str]:
    """The plain name in the other languages, for whoever searches in one of them."""
    here = label.render(language)
    return sorted({label.render(other) for other in LANGUAGES} - {here})


def _port_json(port: Port) -> dict[str, Any]:
    """`ranks` and `dtypes` tell the editor what fits; any where empty."""
    return {
        "name": port.name,
        "variadic": port.variadic,
        "optional": port.optional,
        "ranks": list(port.ranks),
        "dtypes": list(port.dtypes),
    }


def _sorted_params(params: Iterable[Param]) -> list[Param]:
    """What must be set first, then what matters, then the rest; what follows from the input last."""
    return sorted(params, key=lambda param: (param.inferred is not None, not param.required, not param.important))


def _parts_json(parts: Mapping[str, TrainingPart], language: str) -> list[dict[str, Any]]:
    return [
        {
            "type": part.type,
            "label": part.label.render(language),
            "summary": part.summary.render(language),
            "formula": part.formula,
            "tasks": list(part.tasks),
            "inputs": list(part.inputs),
            "target": part.target,
            "every": part.every,
            "params": [param_json(param, language) for param in part.params],
        }
        for part in parts.values()
    ]

"""What can be said of a node and its inputs before torch is asked: number types, axes, what follows from the input."""

from collections.abc import Mapping
from typing import Any

from trainer.graph.problems import Problem
from trainer.graph.shapes import TensorSpec
from trainer.layers.spec import Inferred, Layer, Port

InputSpecs = Mapping[str, tuple[TensorSpec, ...]]


def precheck(name: str, path: str, layer: Layer, values: Mapping[str, Any], inputs: InputSpecs) -> Problem | None:
    """The first thing wrong with what arrives at a node and with its parameters beside it."""
    fields: dict[str, Any] = {"name": name, "type": layer.type}
    for port in layer.inputs:
        for spec in inputs.get(port.name, ()):
            problem = _port_problem(port, spec, path, fields)
            if problem:
                return problem
    for param in layer.params:
        if param.inferred is None or param.inferred.port not in inputs:
            continue
        spec = inputs[param.inferred.port][0]
        if _axis_size(param.inferred, spec) is None:
            expected = abs(param.inferred.axis) + (param.inferred.axis >= 0)
            more = {"port": param.inferred.port, "expected": f">= {expected - 1}", "received": spec.text()}
            return Problem(code="shape.axes", node=path, fields={**fields, **more})
        follows = _inferred_value(param.inferred, spec)
        if not param.inferred.optional and values.get(param.name, follows) != follows:
            values_seen = {"param": param.name, "expected": follows, "received": values[param.name]}
            return Problem(code="param.follows", node=path, param=param.name, fields={**fields, **values_seen})
    if layer.wrong is not None:
        complete = (
            {param.name: param.default for param in layer.params} | dict(values) | infer_values(layer, values, inputs)
        )
        shapes = {port: tuple(spec.shape for spec in specs) for port, specs in inputs.items()}
        fault = layer.wrong(complete, shapes)
        if fault is not None:
            return Problem(code=fault.code, node=path, param=fault.param, fields={**fields, **fault.fields})
    return None


def infer_values(layer: Layer, values: Mapping[str, Any], inputs: InputSpecs) -> dict[str, Any]:
    """The parameters that follow from the inputs, or are always given, and are not set."""
    inferred: dict[str, Any] = {param.name: param.default for param in layer.params if param.always}
    for param in layer.params:
        if param.inferred is None or param.name in values or param.inferred.port not in inputs:
            continue
        value = _inferred_value(param.inferred, inputs[param.inferred.port][0])
        same = {**inferred, **values}.get(param.inferred.unless)
        inferred[param.name] = None if value == same else value
    return {name: value for name, value in inferred.items() if name not in values}


def _port_problem(port: Port, spec: TensorSpec, path: str, fields: Mapping[str, Any]) -> Problem | None:
    if port.dtypes and spec.dtype not in port.dtypes:
        more = {"port": port.name, "expected": "/".join(port.dtypes), "received": spec.dtype}
        return Problem(code="dtype.mismatch", node=path, fields={**fields, **more})
    if port.ranks and len(spec.shape) + 1 not in port.ranks:
        expected = "/".join(str(rank - 1) for rank in port.ranks)
        found = {"port": port.name, "expected": expected, "received": spec.text(), "count": len(spec.shape)}
        return Problem(code="shape.rank", node=path, fields={**fields, **found})
    return None


def _axis_size(inferred: Inferred, spec: TensorSpec) -> int | None:
    axis = inferred.axis - 1 if inferred.axis > 0 else inferred.axis
    return spec.shape[axis] if -len(spec.shape) <= axis < len(spec.shape) else None


def _inferred_value(inferred: Inferred, spec: TensorSpec) -> int | list[int]:
    size = _axis_size(inferred, spec)
    assert size is not None
    return [size] if inferred.as_shape else size

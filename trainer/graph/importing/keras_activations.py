"""Activations of Keras: layers of their own, and the words by which other layers name one."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from trainer.graph.importing.keras_settings import Settings
from trainer.graph.importing.keras_walk import Op, Value, handles, seen_in
from trainer.graph.importing.report import Unfit
from trainer.graph.importing.views import View

LINEAR: Final = frozenset({"linear", ""})
# By the words of Keras. What it calls by a name of its own in one version only is in both.
PLAIN: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "relu": ("ReLU", {}),
    "relu6": ("ReLU6", {}),
    "elu": ("ELU", {}),
    "selu": ("SELU", {}),
    "celu": ("CELU", {}),
    "gelu": ("GELU", {}),
    "sigmoid": ("Sigmoid", {}),
    "log_sigmoid": ("LogSigmoid", {}),
    "tanh": ("Tanh", {}),
    "tanh_shrink": ("Tanhshrink", {}),
    "hard_tanh": ("Hardtanh", {}),
    "hard_shrink": ("Hardshrink", {}),
    "soft_shrink": ("Softshrink", {}),
    "softplus": ("Softplus", {}),
    "softsign": ("Softsign", {}),
    "silu": ("SiLU", {}),
    "swish": ("SiLU", {}),
    "hard_silu": ("Hardswish", {}),
    "hard_swish": ("Hardswish", {}),
    "leaky_relu": ("LeakyReLU", {"negative_slope": 0.2}),
    "mish": ("Mish", {}),
    "exponential": ("Exp", {}),
}
ALONG_AN_AXIS: Final = {"softmax": "Softmax", "log_softmax": "LogSoftmax"}


def activation_word(value: Any) -> str:
    """The word for an activation, however it is written; raises `Unfit` for one that is no word."""
    if isinstance(value, dict) and value.get("class_name") == "function":
        value = value.get("config")
    if value is None:
        return "linear"
    if not isinstance(value, str):
        raise Unfit("its activation is not one of Keras's own")
    return value.rpartition(">")[2].lower()


def activated(op: Op, view: View, value: Any) -> View:
    """`view` after the activation that a setting of a layer names, or that is a layer itself."""
    if isinstance(value, dict) and str(value.get("class_name")) in LAYERS:
        config = value.get("config")
        return LAYERS[str(value["class_name"])](op, view, Settings(config if isinstance(config, dict) else {}))
    word = activation_word(value)
    if word in LINEAR:
        return view
    suffix = word if op.layer.kind != "Activation" else ""
    if word in ALONG_AN_AXIS:
        return _along(op, view, ALONG_AN_AXIS[word], view.rank - 1, suffix)
    if word == "hard_sigmoid" and op.walk.generation > 2:
        return view.moved(op.add("Hardsigmoid", view.wire, suffix=suffix))
    if word == "hard_sigmoid":  # of another slope then
        wire = op.add("ScaleShift", view.wire, {"scale": 0.2, "shift": 0.5}, suffix="slope")
        return view.moved(op.add("Clamp", wire, {"min": 0.0, "max": 1.0}, suffix=suffix))
    if word not in PLAIN:
        raise Unfit(f"its activation is {word[:40]}")
    layer_type, params = PLAIN[word]
    return view.moved(op.add(layer_type, view.wire, params, suffix=suffix))


def _along(op: Op, view: View, layer_type: str, axis: int, suffix: str = "") -> View:
    laid, order = op.as_it_lies(view)
    return seen_in(op.draft, op.add(layer_type, laid.wire, {"dim": order.index(axis)}, suffix=suffix), order)


def _relu(op: Op, view: View, settings: Settings) -> View:
    most, threshold = settings.get("max_value"), settings.number("threshold", 0.0)
    slope = settings.number("negative_slope", 0.0)
    if threshold:
        if most is not None or slope:
            raise Unfit("its threshold goes with a slope or a largest value")
        return view.moved(op.add("Threshold", view.wire, {"threshold": threshold, "value": 0.0}))
    if most is None:
        layer_type, params = ("LeakyReLU", {"negative_slope": slope}) if slope else ("ReLU", {})
        return view.moved(op.add(layer_type, view.wire, params))
    if slope:
        raise Unfit("its slope goes with a largest value")
    largest = settings.number("max_value")
    layer_type, params = ("ReLU6", {}) if largest == 6 else ("Clamp", {"min": 0.0, "max": largest})
    return view.moved(op.add(layer_type, view.wire, params))


def _leaky(op: Op, view: View, settings: Settings) -> View:
    slope = settings.number("negative_slope" if settings.get("negative_slope") is not None else "alpha", 0.3)
    return view.moved(op.add("LeakyReLU", view.wire, {"negative_slope": slope}))


def _elu(op: Op, view: View, settings: Settings) -> View:
    return view.moved(op.add("ELU", view.wire, {"alpha": settings.number("alpha", 1.0)}))


def _threshold(op: Op, view: View, settings: Settings) -> View:
    return view.moved(op.add("Threshold", view.wire, {"threshold": settings.number("theta", 1.0), "value": 0.0}))


def _prelu(op: Op, view: View, settings: Settings) -> View:
    """A slope a channel, and so shared along all other axes."""
    shared = settings.get("shared_axes") or []
    if not isinstance(shared, list) or sorted(map(str, shared)) != sorted(map(str, range(1, view.rank - 1))):
        raise Unfit("its slopes are not one a channel")
    alpha = op.weights({"alpha": None}).get("alpha")
    wire = op.channels_second(view, view.rank - 1)
    weights = {} if alpha is None else {"weight": np.reshape(alpha, -1)}
    params = {"num_parameters": view.shape[-1]}
    return op.seen(op.add("PReLU", wire, params, weights=weights, learned=True), view.rank - 1)


LAYERS: Final = {"ReLU": _relu, "LeakyReLU": _leaky, "ELU": _elu, "ThresholdedReLU": _threshold, "PReLU": _prelu}


@handles(*LAYERS)
def activation_layer(op: Op) -> Value:
    return LAYERS[op.layer.kind](op, op.view(), op.settings)


@handles("Activation")
def activation(op: Op) -> Value:
    return activated(op, op.view(), op.settings.get("activation"))


@handles("Softmax")
def softmax(op: Op) -> Value:
    if len(op.views()) > 1 or op.call.settings.get("mask") is not None:
        raise Unfit("it is given a mask")
    view = op.view()
    return _along(op, view, "Softmax", op.settings.axis("axis", view.rank))

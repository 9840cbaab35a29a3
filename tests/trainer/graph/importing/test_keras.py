"""Models of Keras as JSON: what Keras 3 wrote itself, what Keras 2 wrote, and what nobody should."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch

from trainer.errors import UserError
from trainer.graph.analysis import analyse
from trainer.graph.compile import compile_graph
from trainer.graph.document import parse_document
from trainer.graph.importing.files import import_file
from trainer.graph.importing.imported import Imported
from trainer.graph.importing.keras_walk import HANDLERS

MODELS = Path(__file__).parent / "keras_models"
NAMES = sorted(path.stem for path in MODELS.glob("*.keras"))


def config_of(name: str) -> bytes:
    """What `model.to_json()` gives."""
    with zipfile.ZipFile(MODELS / f"{name}.keras") as archive:
        return archive.read("config.json")


def imported(value: Any) -> Imported:
    return import_file(json.dumps(value).encode(), "model.json")


def types(found: Imported) -> list[str]:
    return [node.type for node in found.document.nodes]


def lines(found: Imported, level: str = "") -> list[str]:
    return [line["message"] for line in found.report.to_json("en") if level in ("", line["level"])]


def sequential(*layers: tuple[str, dict[str, Any]], shape: list[int | None] | None = None) -> dict[str, Any]:
    """A model as Keras 2 writes it: no modules, the shape of the input in its first layer."""
    entries = [
        {"class_name": kind, "config": {"name": f"layer_{n}", **config}} for n, (kind, config) in enumerate(layers)
    ]
    if shape is not None:
        entries[0]["config"]["batch_input_shape"] = [None, *shape]
    return {"class_name": "Sequential", "config": {"name": "m", "layers": entries}, "keras_version": "2.11.0"}


@pytest.mark.parametrize("name", NAMES)
def test_the_json_of_keras_3_becomes_a_graph_without_problems(name: str) -> None:
    found = import_file(config_of(name), "model.json")
    assert not lines(found, "error")
    assert "Unknown" not in types(found)
    document = parse_document(found.document.to_json())
    problems = [p["message"] for p in analyse(document)["problems"] if p["severity"] == "error"]
    data = [text for text in problems if "column" in text or "loss" in text or "target" in text]
    assert problems == data
    told = json.loads((MODELS / f"{name}.json").read_text())
    compiled = compile_graph(document)
    inputs = [node for node in document.nodes if node.type == "Input"]
    dtypes = {"int64": torch.int64, "float32": torch.float32}
    rows = {node.name: torch.zeros((2, *node.params["shape"]), dtype=dtypes[node.params["dtype"]]) for node in inputs}
    outputs = compiled.run(*(rows[name] for name in compiled.inputs))
    for output, answers in zip(outputs, told["outputs"], strict=True):
        assert output.numel() == torch.tensor(answers).numel()


def test_pictures_come_with_their_channels_first_and_series_as_they_are() -> None:
    found = import_file(config_of("pictures"), "model.json")
    (node,) = (node for node in found.document.nodes if node.type == "Input")
    assert node.params["shape"] == [3, 11, 9]
    assert "Permute" not in types(found)
    assert any("[3, 11, 9]" in line and "[11, 9, 3]" in line for line in lines(found, "info"))
    (node,) = (node for node in import_file(config_of("lstm"), "m.json").document.nodes if node.type == "Input")
    assert node.params["shape"] == [7, 3]


def test_a_layer_and_a_model_used_twice_are_one() -> None:
    found = import_file(config_of("shared"), "model.json")
    shared = {node.name: node.shares for node in found.document.nodes if node.shares}
    by_id = {node.id: node.name for node in found.document.nodes}
    assert {name: by_id[owner] for name, owner in shared.items()} == {
        "encoder_first2": "encoder_first",
        "encoder_dense2": "encoder_dense",
        "project2": "project",
    }
    assert [node.name for node in found.document.nodes if node.type == "Input"] == ["left", "right"]


def test_settings_of_batch_norm_are_turned_around() -> None:
    found = import_file(config_of("dense"), "model.json")
    (node,) = (node for node in found.document.nodes if node.type == "BatchNorm1d")
    assert (node.params["eps"], node.params.get("momentum", 0.1)) == (0.002, 0.1)


def test_the_json_of_keras_2_is_read() -> None:
    found = imported(
        sequential(
            ("Conv2D", {"filters": 4, "kernel_size": [3, 3], "padding": "same", "activation": "relu"}),
            ("MaxPooling2D", {"pool_size": [2, 2], "strides": [2, 2], "padding": "valid"}),
            ("BatchNormalization", {"axis": [3], "momentum": 0.99, "epsilon": 0.001}),
            ("Flatten", {"data_format": "channels_last"}),
            ("LeakyReLU", {"alpha": 0.3}),
            ("Dense", {"units": 10, "activation": "hard_sigmoid"}),
            shape=[28, 28, 1],
        )
    )
    expected = "Input Conv2d ReLU MaxPool2d BatchNorm2d Flatten LeakyReLU Linear ScaleShift Clamp Output"
    assert types(found) == expected.split()
    assert not lines(found, "error")


def test_a_functional_model_of_keras_2_is_read() -> None:
    layers = [
        ("a", "InputLayer", {"batch_input_shape": [None, 4], "dtype": "float32"}, []),
        ("b", "InputLayer", {"batch_input_shape": [None, 4], "dtype": "float32"}, []),
        ("d", "Dense", {"units": 3}, [[["a", 0, 0, {}]], [["b", 0, 0, {}]]]),
        ("j", "Concatenate", {"axis": -1}, [[["d", 0, 0, {}], ["d", 1, 0, {}], ["a", 0, 0, {}]]]),
    ]
    entries = [
        {"name": name, "class_name": kind, "config": {"name": name, **config}, "inbound_nodes": nodes}
        for name, kind, config, nodes in layers
    ]
    ends = {"input_layers": [["a", 0, 0], ["b", 0, 0]], "output_layers": [["j", 0, 0], ["d", 1, 0]]}
    found = imported({"class_name": "Model", "config": {"name": "m", "layers": entries, **ends}})
    assert types(found) == ["Input", "Input", "Linear", "Linear", "Concat", "Output", "Output"]
    assert found.document.nodes[3].shares == found.document.nodes[2].id
    assert compile_graph(found.document).run(torch.ones(2, 4), torch.ones(2, 4))[0].shape == (2, 10)


def test_the_gru_of_old_whose_reset_gate_comes_first_is_locked() -> None:
    found = imported(sequential(("GRU", {"units": 3}), shape=[5, 2]))
    assert types(found) == ["Input", "Unknown", "Output"]
    assert any("reset gate" in line for line in lines(found, "error"))
    found = imported(sequential(("GRU", {"units": 3, "reset_after": True}), shape=[5, 2]))
    assert types(found) == ["Input", "GRU", "LastStep", "Output"]


def test_programs_in_the_file_are_never_run(tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    code = f"open({str(trace)!r}, 'w')"
    function = ["4wEAAAAAAAAAAAAAAAEAAAADAAAA", None, None]
    found = imported(
        sequential(
            ("Lambda", {"function": function, "function_type": "lambda", "arguments": {}}),
            ("Dense", {"units": 2, "activation": f"__import__('os').system({code!r})"}),
            (f"__import__('builtins').exec({code!r})", {}),
            (
                "Dense",
                {"units": 2, "name": "__import__('os')", "kernel_initializer": {"class_name": code, "config": {}}},
            ),
            shape=[4],
        )
    )
    assert not trace.exists()
    assert types(found) == ["Input", "Unknown", "Unknown", "Unknown", "Linear", "Output"]
    assert [node.name for node in found.document.nodes][4] == "import_os"
    parse_document(found.document.to_json())


def test_a_layer_of_the_same_name_as_one_of_keras_is_not_taken_for_it() -> None:
    model = sequential(("Dense", {"units": 3}), shape=[4])
    model["config"]["layers"][0] |= {"module": "mine.layers", "registered_name": "mine>Dense"}
    assert types(imported(model)) == ["Input", "Unknown", "Output"]


def test_what_follows_an_unknown_layer_is_read_on_in_the_shape_that_the_file_tells() -> None:
    model = sequential(("Mystery", {}), ("Dense", {"units": 2}), shape=[4])
    model["config"]["layers"][1]["build_config"] = {"input_shape": [None, 7, 5]}
    found = imported(model)
    assert types(found) == ["Input", "Unknown", "Linear", "Output"]
    assert found.document.nodes[1].params["op"] == "Mystery"


def test_sizes_left_open_are_filled_and_said() -> None:
    found = imported(
        sequential(("Embedding", {"input_dim": 50, "output_dim": 8}), ("LSTM", {"units": 4}), shape=[None])
    )
    assert found.document.nodes[0].params == {"shape": [128], "dtype": "int64"}
    assert any("?" in line for line in lines(found, "warning"))


def test_masks_that_layers_would_heed_are_spoken_of() -> None:
    embedding = ("Embedding", {"input_dim": 50, "output_dim": 8, "mask_zero": True})
    heeded = imported(sequential(embedding, ("Dropout", {"rate": 0.1}), ("LSTM", {"units": 4}), shape=[9]))
    assert any("padded" in line for line in lines(heeded, "warning"))
    ignored = imported(sequential(embedding, ("Flatten", {}), shape=[9]))
    assert not lines(ignored, "warning")


@pytest.mark.parametrize(
    ("model", "code"),
    [
        ({"class_name": "Sequential", "config": {}}, "import.keras_no_layers"),
        ({"class_name": "MyModel", "config": {"units": 3}}, "import.keras_no_layers"),
        ({"class_name": "Sequential", "config": {"layers": []}}, "import.keras_no_layers"),
        (sequential(("Dense", {"units": 3})), "import.keras_no_shape"),
        (sequential(("Dense", {"units": 3}), shape=[10**30]), "import.keras_no_shape"),
        (sequential(("Dense", {"units": 3}), shape=[-4]), "import.keras_no_shape"),
        (sequential(("Dense", {"units": 3}), shape=[2**30, 2**30]), "import.keras_no_shape"),
        (sequential(("Dense", {"units": 3}), shape=[[1]]), "import.keras_no_shape"),  # type: ignore[list-item]
        (sequential(*[("Dense", {"units": 3})] * 10_000, shape=[4]), "import.too_many_layers"),
        ({"class_name": "Model", "config": {"layers": [7], "input_layers": []}}, "import.broken_keras"),
        (
            {"class_name": "Model", "config": {"layers": [], "input_layers": [["x", 0, 0]], "output_layers": []}},
            "import.broken_keras",
        ),
    ],
)
def test_a_model_that_cannot_be_read_is_refused(model: Any, code: str) -> None:
    with pytest.raises(UserError) as caught:
        imported(model)
    assert caught.value.code == code
    assert caught.value.message("zh") != caught.value.message("en")


def functional(calls: dict[str, Any], output: str) -> dict[str, Any]:
    """A model of layers that only hand on, of which each reads what `calls` says."""
    entries: list[Any] = [
        {
            "name": "x",
            "class_name": "InputLayer",
            "config": {"name": "x", "batch_shape": [None, 3]},
            "inbound_nodes": [],
        }
    ]
    for name, nodes in calls.items():
        entries.append({"name": name, "class_name": "Identity", "config": {"name": name}, "inbound_nodes": nodes})
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [[output, 0, 0]]}
    return {"class_name": "Functional", "config": {"name": "m", "layers": entries, **ends}}


@pytest.mark.parametrize(
    "model",
    [
        functional({"a": [[["b", 0, 0, {}]]], "b": [[["a", 0, 0, {}]]]}, "a"),
        functional({"a": [[["nobody", 0, 0, {}]]]}, "a"),
        functional({"a": [[["x", 0, 5, {}]]]}, "a"),
        functional({"a": [[["x", -1, 0, {}]]]}, "a"),
        functional({"a": [[[{"x": 1}, 0, 0, {}]]]}, "a"),
        functional({"a": [[["x", 0, 0, {}]] * 1000]}, "a"),
        functional({"a": "nothing"}, "a"),
        functional({"a": [[["x", 0, 0, {}]]]}, "nobody"),
        functional({"x": [[["x", 0, 0, {}]]]}, "x"),
    ],
)
def test_wires_that_lead_nowhere_are_refused(model: Any) -> None:
    with pytest.raises(UserError) as caught:
        imported(model)
    assert caught.value.code == "import.broken_keras"


def test_models_that_double_at_each_level_are_stopped() -> None:
    """Ten levels, each calling the one below four times, come to a million calls in a kilobyte."""
    inner = functional({"a": [[["x", 0, 0, {}]]]}, "a")
    for level in range(10):
        outer = functional({}, f"m{level}")
        names = ["x", *[f"m{level}"] * 3]
        nodes = [[[name, max(n - 1, 0), 0, {}]] for n, name in enumerate(names)]
        outer["config"]["layers"].append({**inner, "name": f"m{level}", "inbound_nodes": nodes})
        outer["config"]["output_layers"] = [[f"m{level}", 3, 0]]
        inner = outer
    with pytest.raises(UserError) as caught:
        imported(inner)
    assert caught.value.code == "import.too_many_layers"


def test_models_in_one_another_without_end_are_refused() -> None:
    deep: Any = sequential(("Dense", {"units": 2}), shape=[3])
    for _ in range(20):
        deep = {"class_name": "Sequential", "config": {"name": "m", "layers": [deep]}}
    with pytest.raises(UserError) as caught:
        imported(deep)
    assert caught.value.code == "import.broken_keras"
    nested = b'{"class_name": "Sequential", "config": {"layers": ' + b"[" * 500 + b"]" * 500 + b"}}"
    with pytest.raises(UserError) as caught:
        import_file(nested, "model.json")
    assert caught.value.code == "import.broken_keras"
    with pytest.raises(UserError) as caught:
        import_file(b'{"class_name": "Sequential", "config": ' + b"[" * 100_000, "model.json")
    assert caught.value.code == "graph.too_deep"


@pytest.mark.parametrize("value", [-1, 0, True, "3", 1.5, None, [3], {"a": 1}, 10**30])
@pytest.mark.parametrize(
    ("kind", "setting", "shape"),
    [
        ("Dense", "units", [4]),
        ("Conv2D", "filters", [5, 5, 1]),
        ("Conv2D", "kernel_size", [5, 5, 1]),
        ("Conv2D", "strides", [5, 5, 1]),
        ("ZeroPadding2D", "padding", [5, 5, 1]),
        ("Cropping1D", "cropping", [5, 4]),
        ("UpSampling2D", "size", [5, 5, 1]),
        ("Embedding", "input_dim", [5]),
        ("LSTM", "units", [5, 2]),
        ("BatchNormalization", "axis", [5, 2]),
        ("BatchNormalization", "momentum", [5, 2]),
        ("LayerNormalization", "epsilon", [5, 2]),
        ("Reshape", "target_shape", [5, 2]),
        ("Permute", "dims", [5, 2]),
        ("RepeatVector", "n", [5]),
        ("Dropout", "rate", [5]),
        ("Softmax", "axis", [5]),
        ("Normalization", "mean", [5]),
        ("Bidirectional", "layer", [5, 2]),
        ("TimeDistributed", "layer", [5, 2]),
        ("MultiHeadAttention", "key_dim", [5, 2]),
        ("PReLU", "shared_axes", [5, 5, 2]),
        ("ReLU", "max_value", [5]),
        ("Activation", "activation", [5]),
        ("Dense", "use_bias", [4]),
        ("Dense", "dtype", [4]),
        ("Dense", "activation", [4]),
        ("Conv2D", "data_format", [5, 5, 1]),
    ],
)
def test_settings_of_the_wrong_kind_break_nothing(kind: str, setting: str, shape: list[int], value: Any) -> None:
    usual = {"units": 3, "filters": 2, "kernel_size": 3, "input_dim": 9, "output_dim": 4, "num_heads": 1, "rate": 0.1}
    found = imported(sequential((kind, {**usual, setting: value}), shape=[*shape]))
    parse_document(found.document.to_json())


def operation(kind: str, config: dict[str, Any], more: list[Any]) -> dict[str, Any]:
    """A model that calls one operation of Keras 3 on a series, and on what else is in `more`."""
    tensor = {"class_name": "__keras_tensor__", "config": {"shape": [None, 4, 3], "keras_history": ["x", 0, 0]}}
    series = {"name": "x", "batch_shape": [None, 4, 3]}
    called = {"module": "keras.src.ops.numpy", "class_name": kind, "name": "o", "config": {"name": "o", **config}}
    entries = [
        {"name": "x", "class_name": "InputLayer", "config": series, "inbound_nodes": []},
        {**called, "inbound_nodes": [{"args": [tensor, *more], "kwargs": {}}]},
    ]
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [["o", 0, 0]]}
    return {"class_name": "Functional", "config": {"name": "m", "layers": entries, **ends}}


OPERATIONS = sorted(name.removeprefix("ops.") for name in HANDLERS if name.startswith("ops."))
ODD = (None, -1, 0, 7, True, "3", 1.5, [], [0], [3, "x"], [[1], None], {"a": 1}, 10**30)


@pytest.mark.parametrize("kind", OPERATIONS)
def test_an_operation_with_odd_settings_breaks_nothing(kind: str) -> None:
    stretch = {"class_name": "__slice__", "config": {"start": "a", "stop": 0, "step": 0}}
    names = ("axis", "axis1", "axis2", "newshape", "axes", "indices_or_sections", "x_min", "keepdims", "ord", "alpha")
    for value in ODD:
        for more in ([], [value], [[value, stretch]], [[stretch]], [value, value]):
            found = imported(operation(kind, dict.fromkeys(names, value), more))
            parse_document(found.document.to_json())


def test_a_share_of_a_branch_is_added_as_inception_resnet_does() -> None:
    tensor = {"class_name": "__keras_tensor__", "config": {"shape": [None, 3], "keras_history": ["x", 0, 0]}}
    module = "keras.src.applications.inception_resnet_v2"
    joined = {"module": module, "class_name": "CustomScaleLayer", "name": "c", "config": {"name": "c", "scale": 0.25}}
    entries = [
        {
            "name": "x",
            "class_name": "InputLayer",
            "config": {"name": "x", "batch_shape": [None, 3]},
            "inbound_nodes": [],
        },
        {**joined, "inbound_nodes": [{"args": [[tensor, tensor]], "kwargs": {}}]},
    ]
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [["c", 0, 0]]}
    found = imported({"class_name": "Functional", "config": {"name": "m", "layers": entries, **ends}})
    rows = torch.randn(2, 3)
    torch.testing.assert_close(compile_graph(found.document).run(rows)[0], rows * 1.25)

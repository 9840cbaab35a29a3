import base64
import io
import json
import math
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from trainer.data.columns import Column
from trainer.data.encoders import Encoders, fit_input, fit_target, input_spec, target_spec
from trainer.data.facts import describe_column
from trainer.errors import UserError


def number(name: str, values: list[float]) -> tuple[Column, np.ndarray]:
    array = np.array(values, dtype=np.float64)
    return describe_column(name, "number", array), array


def category(name: str, values: list) -> tuple[Column, np.ndarray]:
    array = np.array(values, dtype=object)
    return describe_column(name, "category", array), array


def one_input(*columns: tuple[Column, np.ndarray], settings: dict | None = None) -> Encoders:
    arrays = {column.name: values for column, values in columns}
    encoder = fit_input([column for column, _ in columns], settings, arrays)
    encoders = Encoders({"x": encoder}, {})
    return Encoders.from_json(json.loads(json.dumps(encoders.to_json())))


AGE = number("age", [20.0, 40.0, 60.0, math.nan])
RATE = number("rate", [0.0, 1.0, 2.0, 3.0])
CITY = category("city", ["Rome", "Bern", "Oslo", None])
PICTURE = (
    describe_column("image", "image", np.zeros((1, 4, 3, 1), np.uint8)),
    np.array([0, 255] * 12, np.uint8).reshape(2, 4, 3, 1),
)


def png(pixels: np.ndarray) -> str:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def codes(encoders: Encoders, instances) -> list[tuple[str, str]]:
    with pytest.raises(UserError) as refused:
        encoders.encode_instances(instances)
    assert refused.value.message("en") != refused.value.message("zh")
    return [(problem.path, problem.code) for problem in refused.value.problems or (refused.value,)]


def test_numbers_are_standardised_and_missing_ones_flagged():
    encoded = one_input(AGE, RATE).encode_instances([{"age": 60, "rate": 1.5}, {"age": None, "rate": 3}])["x"]
    deviation = np.std([20, 40, 60])
    np.testing.assert_allclose(encoded[0], [20 / deviation, 0, 0], atol=1e-6)
    np.testing.assert_allclose(encoded[1], [0, 1.5 / np.std([0, 1, 2, 3]), 1], atol=1e-6)
    assert encoded.dtype == np.float32


@pytest.mark.parametrize(("normalisation", "expected"), [("range", 0.5), ("none", 40.0), ("log", 0.0)])
def test_each_normalisation_of_numbers_does_what_it_says(normalisation, expected):
    column = number("age", [20.0, 60.0] if normalisation != "log" else [math.expm1(1), math.expm1(3)])
    value = 40 if normalisation != "log" else math.expm1(2)
    encoded = one_input(column, settings={"normalisation": normalisation}).encode_instances([{"age": value}])["x"]
    assert encoded[0, 0] == pytest.approx(expected, abs=1e-6)


def test_stored_rows_and_sent_rows_are_encoded_alike():
    encoder = fit_input([AGE[0], RATE[0]], None, {"age": AGE[1], "rate": RATE[1]})
    sent = [
        {"age": None if math.isnan(a) else a, "rate": r} for a, r in zip(AGE[1].tolist(), RATE[1].tolist(), strict=True)
    ]
    np.testing.assert_array_equal(encoder.encode(sent), encoder.encode_arrays({"age": AGE[1], "rate": RATE[1]}))


def test_categories_count_from_one_and_zero_is_missing_or_unseen():
    encoded = one_input(CITY).encode_instances([{"city": value} for value in ("Bern", "Oslo", "Rome", "Paris", None)])
    assert encoded["x"][:, 0].tolist() == [1, 2, 3, 0, 0]
    assert encoded["x"].dtype == np.int64


def test_whole_number_categories_are_sorted_as_numbers_and_taken_as_text_too():
    encoders = one_input(category("size", [10, 9, 2]))
    assert encoders.encode_instances([{"size": 2}, {"size": "10"}, {"size": 9}])["x"][:, 0].tolist() == [1, 3, 2]


def test_dates_are_read_in_their_own_format_and_in_iso():
    days = np.array([0.0, 10.0])
    column = describe_column("day", "date", days, form="%d.%m.%Y")
    encoders = one_input((column, days), settings={"normalisation": "range"})
    sent = [{"day": "06.01.1970"}, {"day": "1970-01-06"}, {"day": "1970-01-06T00:00:00+00:00"}]
    assert encoders.encode_instances(sent)["x"][:, 0].tolist() == [0.5, 0.5, 0.5]
    assert codes(encoders, [{"day": "soon"}, {"day": 3}]) == [
        ("instances[0].day", "value.not_a_date"),
        ("instances[1].day", "value.not_a_date"),
    ]


def test_picture_means_the_same_as_bytes_base64_and_nested_numbers():
    encoders = one_input(PICTURE)
    pixels = np.arange(12, dtype=np.uint8).reshape(4, 3) * 20
    text = png(pixels)
    sent = [text, f"data:image/png;base64,{text}", base64.b64decode(text), pixels.tolist(), pixels[:, :, None].tolist()]
    encoded = encoders.encode_instances([{"image": value} for value in sent])["x"]
    assert encoded.shape == (5, 1, 4, 3)
    assert (encoded == encoded[0]).all()
    np.testing.assert_allclose(encoded[0, 0], (pixels - 127.5) / 127.5, atol=1e-5)


def test_picture_of_another_size_and_colour_is_made_to_fit():
    colored = np.full((9, 11, 3), 255, np.uint8)
    encoded = one_input(PICTURE, settings={"normalisation": "range", "size": [2, 5]}).encode_instances(
        [{"image": png(colored)}]
    )
    assert encoded["x"].shape == (1, 1, 2, 5)
    np.testing.assert_allclose(encoded["x"], 1.0, atol=1e-6)


def test_specs_are_known_before_fitting_and_hold_after():
    for columns, settings in (([AGE, RATE], None), ([CITY], None), ([PICTURE], {"size": [8, 8]})):
        fitted = one_input(*columns, settings=settings).inputs["x"]
        assert input_spec([column for column, _ in columns], settings) == fitted.tensor_spec
    assert input_spec([AGE[0], RATE[0]]).shape == (3,)
    assert input_spec([PICTURE[0]]).shape == (1, 4, 3)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("12", "value.not_a_number"),
        (True, "value.not_a_number"),
        ([1], "value.not_a_number"),
        (float("nan"), "value.not_finite"),
        (float("-inf"), "value.not_finite"),
        (1e308, "value.out_of_range"),
        pytest.param(10**5000, "value.out_of_range", id="10**5000"),
        (None, "value.required"),
    ],
)
def test_value_that_is_no_number_is_named_with_its_row(value, code):
    assert codes(one_input(RATE), [{"rate": 1}, {"rate": value}]) == [("instances[1].rate", code)]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("@@", "value.not_base64"),
        ("é", "value.not_base64"),
        ("", "value.not_an_image"),
        (base64.b64encode(b"GIF89a nothing").decode(), "value.not_an_image"),
        ([[1, 2, 3], [1, 2]], "value.ragged"),
        ([["a"] * 3] * 4, "value.ragged"),
        ([[0] * 4] * 4, "value.wrong_shape"),
        ([[300] * 3] * 4, "value.pixel_range"),
        ([[float("nan")] * 3] * 4, "value.pixel_range"),
        (7, "value.not_a_picture"),
        (None, "value.not_a_picture"),
        ({}, "value.not_a_picture"),
    ],
)
def test_value_that_is_no_picture_is_named(value, code):
    assert codes(one_input(PICTURE), [{"image": value}]) == [("instances[0].image", code)]


def test_picture_with_too_many_pixels_is_refused_before_it_is_decoded():
    header = b"IHDR" + struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    sent = base64.b64encode(bomb + b"\0\0\0\0IDAT").decode()
    assert codes(one_input(PICTURE), [{"image": sent}]) == [("instances[0].image", "value.too_many_pixels")]


def test_missing_and_unknown_columns_are_all_named():
    encoders = one_input(AGE, RATE)
    assert codes(encoders, [{"age": 1}, {"age": 1, "rate": 2, "kind": 3}, 5]) == [
        ("instances[0].rate", "value.missing_column"),
        ("instances[1].kind", "value.unknown_column"),
        ("instances[2]", "value.no_instances"),
    ]


@pytest.mark.parametrize("instances", [None, {}, [], "rows", 4])
def test_body_that_is_no_list_of_rows_is_refused(instances):
    assert codes(one_input(RATE), instances)[0] == ("instances", "value.no_instances")


def test_problems_of_a_large_body_are_counted_but_not_all_told():
    with pytest.raises(UserError) as refused:
        one_input(RATE).encode_instances([{"rate": "x"}] * 5000)
    assert refused.value.fields["count"] == 5000
    assert len(refused.value.problems) == 100


def test_class_target_round_trips_and_decodes_to_probabilities():
    column, values = category("kind", ["tulip", "rose", "lily", "rose"])
    target = fit_target(column, "CrossEntropyLoss", values)
    restored = Encoders.from_json(json.loads(json.dumps(Encoders({}, {"kind": target}).to_json()))).targets["kind"]
    assert restored.encode(values).tolist() == [2, 1, 0, 1]
    [prediction] = restored.decode(np.array([[0.0, math.log(3), 0.0]], dtype=np.float32))
    assert prediction["class"] == "rose"
    assert prediction["probabilities"] == pytest.approx({"lily": 0.2, "rose": 0.6, "tulip": 0.2})


def test_binary_target_is_one_logit_for_the_second_class():
    column, values = category("ill", ["no", "yes"])
    target = fit_target(column, "BCEWithLogitsLoss", values)
    assert target.encode(values).tolist() == [[0.0], [1.0]]
    [prediction] = target.decode(np.array([[math.log(4)]], dtype=np.float32))
    assert prediction["class"] == "yes"
    assert prediction["probabilities"] == pytest.approx({"no": 0.2, "yes": 0.8})


def test_binary_target_reads_probabilities_and_distances_with_the_threshold_of_a_yes():
    column = Column("kind", "category", facts={"values": ["no", "yes"], "num_classes": 2})
    values = np.array(["no", "yes"], dtype=object)

    def answer(loss, given, **more):
        target = fit_target(column, loss, values, **more)
        restored = Encoders.from_json(json.loads(json.dumps(Encoders({}, {"kind": target}).to_json()))).targets["kind"]
        return restored.decode(np.array([[given]], dtype=np.float32))[0]

    assert answer("BCELoss", 0.75)["probabilities"] == {"no": 0.25, "yes": 0.75}
    assert answer("BCELoss", 0.75)["class"] == "yes"
    assert answer("BCELoss", 0.75, threshold=0.8)["class"] == "no"
    assert answer("BCEWithLogitsLoss", -0.5, threshold=0.3)["class"] == "yes"
    assert answer("HingeEmbeddingLoss", 0.9)["class"] == "no"
    assert answer("HingeEmbeddingLoss", 0.9, loss_params={"margin": 2.0})["class"] == "yes"


def test_count_target_is_as_it_is_and_read_from_its_logarithm():
    column = Column("visits", "number", facts={"min": 0})
    target = fit_target(column, "PoissonNLLLoss", np.array([3.0, 5.0]))
    assert target.encode(np.array([3.0, 5.0])).tolist() == [[3.0], [5.0]]
    assert target.decode(np.array([[math.log(4)]])) == [pytest.approx(4)]
    plain = fit_target(column, "PoissonNLLLoss", np.array([3.0]), {"log_input": False})
    assert plain.decode(np.array([[4.0], [np.nan]])) == [4.0, None]
    with pytest.raises(UserError, match="-2"):
        target_spec(Column("change", "number", facts={"min": -2.0}), "PoissonNLLLoss")


def test_number_target_is_standardised_and_inverted():
    column, values = number("price", [10.0, 30.0])
    target = fit_target(column, "MSELoss", values)
    assert target.encode(values).tolist() == [[-1.0], [1.0]]
    assert target.decode(np.array([[-1.0], [0.0], [np.nan]], dtype=np.float32)) == [10.0, 20.0, None]


def test_prediction_that_is_not_finite_is_null_with_a_flag():
    column, values = category("kind", ["a", "b"])
    [prediction] = fit_target(column, "CrossEntropyLoss", values).decode(np.array([[np.nan, 1.0]]))
    assert prediction == {"class": None, "probabilities": {"a": None, "b": None}, "not_finite": True}


def test_extreme_logits_still_sum_to_one():
    column, values = category("kind", ["a", "b"])
    [prediction] = fit_target(column, "CrossEntropyLoss", values).decode(np.array([[1e4, -1e4]], dtype=np.float32))
    assert prediction["probabilities"] == {"a": 1.0, "b": 0.0}


@pytest.mark.parametrize(
    ("column", "loss", "code"),
    [
        (AGE[0], "CrossEntropyLoss", "data.target_not_category"),
        (CITY[0], "MSELoss", "data.target_not_number"),
        (CITY[0], "BCEWithLogitsLoss", "data.target_not_binary"),
        (category("one", ["a", "a"])[0], "CrossEntropyLoss", "data.one_class"),
        (AGE[0], "CTCLoss", "data.no_column_target"),
    ],
)
def test_target_that_does_not_fit_its_loss_is_refused(column, loss, code):
    with pytest.raises(UserError) as refused:
        target_spec(column, loss)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("columns", "settings", "code"),
    [
        ([], {}, "data.no_columns"),
        ([AGE[0], CITY[0]], {}, "data.mixed_kinds"),
        ([PICTURE[0], PICTURE[0]], {}, "data.one_column"),
        ([AGE[0]], {"size": [1, 1]}, "data.unknown_setting"),
        ([AGE[0]], {"normalisation": "tanh"}, "data.bad_setting"),
        ([PICTURE[0]], {"size": [0, 5000]}, "data.bad_setting"),
        ([PICTURE[0]], {"size": "28"}, "data.bad_setting"),
    ],
)
def test_input_that_cannot_be_encoded_is_refused(columns, settings, code):
    with pytest.raises(UserError) as refused:
        input_spec(columns, settings)
    assert refused.value.code == code


def test_facts_of_a_column_answer_what_a_graph_may_ask():
    assert CITY[0].data_value("num_classes") == 3
    assert CITY[0].data_value("cardinalities") == 4
    assert AGE[0].data_value("num_features") == 2
    assert RATE[0].data_value("num_features") == 1
    assert PICTURE[0].data_value("width") == 3
    assert RATE[0].data_value("num_classes") is None


@pytest.mark.parametrize("value", [[1], {"a": 1}, 1.5])
def test_value_that_is_no_category_is_named(value):
    assert codes(one_input(CITY), [{"city": value}]) == [("instances[0].city", "value.not_a_category")]


def test_truth_values_find_the_category_that_says_so():
    encoders = one_input(category("paid", ["false", "true"]))
    assert encoders.encode_instances([{"paid": True}, {"paid": False}])["x"][:, 0].tolist() == [2, 1]

"""Makes the Keras models of this folder and what they answer. Needs Keras, which nothing else here does.

    python -m venv keras && keras/bin/pip install keras jax
    KERAS_BACKEND=jax keras/bin/python tests/trainer/graph/importing/keras_models/generate.py

The backend is JAX: it pads as Keras says it does, also where the one of torch says that it may not.
"""

import gzip
import io
import json
import sys
import tempfile
import zipfile
from pathlib import Path

import keras
import numpy as np
from keras import Input, Model, Sequential, layers, ops

HERE = Path(__file__).parent
ROWS = 2


def dense():
    return Sequential(
        [
            Input((6,)),
            layers.Dense(8, activation="relu"),
            layers.Dropout(0.3),
            layers.BatchNormalization(momentum=0.9, epsilon=0.002),
            layers.Dense(5, activation="gelu", use_bias=False),
            layers.LeakyReLU(negative_slope=0.1),
            layers.Dense(3, activation="softmax"),
        ]
    )


def pictures():
    """Every padding with every stride, odd and even sizes, and Flatten behind it."""
    return Sequential(
        [
            Input((11, 9, 3)),
            layers.Rescaling(0.5, offset=-0.1),
            layers.Conv2D(4, 3, padding="same", activation="relu"),
            layers.Conv2D(4, 3, strides=2, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("swish"),
            layers.Conv2D(5, (2, 4), strides=(1, 2), padding="same", groups=1, dilation_rate=1),
            layers.MaxPooling2D(2, padding="same"),
            layers.ZeroPadding2D(((1, 0), (2, 1))),
            layers.Conv2D(6, 2, dilation_rate=2, padding="same"),
            layers.AveragePooling2D(2, padding="same"),
            layers.Conv2D(6, (2, 1)),
            layers.Flatten(),
            layers.Dropout(0.2),
            layers.BatchNormalization(),
            layers.Dense(4),
        ]
    )


def strides():
    """An even size, where all of a "same" padding goes behind."""
    return Sequential(
        [
            Input((12, 12, 2)),
            layers.Conv2D(4, 3, strides=2, padding="same", activation="elu"),
            layers.Conv2D(4, 3, strides=2, padding="same", groups=2),
            layers.MaxPooling2D(3, strides=2, padding="same"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(2),
        ]
    )


def separable():
    return Sequential(
        [
            Input((9, 8, 3)),
            layers.SeparableConv2D(5, 3, depth_multiplier=2, padding="same", activation="relu"),
            layers.DepthwiseConv2D(3, strides=2, padding="same", depth_multiplier=2),
            layers.PReLU(shared_axes=[1, 2]),
            layers.Conv2DTranspose(4, 3, strides=2, padding="same"),
            layers.Conv2DTranspose(3, 2, strides=3, padding="valid", activation="tanh"),
            layers.Conv2DTranspose(3, 4, strides=2, padding="same", use_bias=False),
            layers.Cropping2D(((1, 2), (0, 3))),
            layers.UpSampling2D(2, interpolation="bilinear"),
            layers.LayerNormalization(),
            layers.GlobalMaxPooling2D(),
        ]
    )


def decoder():
    """Numbers that become a picture, which is what comes out."""
    return Sequential(
        [
            Input((5,)),
            layers.Dense(3 * 2 * 4, activation="selu"),
            layers.Reshape((3, 2, 4)),
            layers.Conv2DTranspose(6, 5, strides=2, padding="same"),
            layers.GroupNormalization(3),
            layers.UpSampling2D((2, 3)),
            layers.Conv2D(3, 3, padding="same", activation="sigmoid"),
        ]
    )


def lstm():
    return Sequential(
        [
            Input((7, 3)),
            layers.LSTM(4, return_sequences=True),
            layers.LSTM(5),
            layers.RepeatVector(3),
            layers.SimpleRNN(4, return_sequences=True, activation="relu"),
            layers.TimeDistributed(layers.Dense(2, activation="softsign")),
        ]
    )


def gru():
    return Sequential(
        [
            Input((6, 3)),
            layers.GRU(4, return_sequences=True),
            layers.LayerNormalization(epsilon=1e-5),
            layers.GRU(3, use_bias=False),
            layers.Dense(2),
        ]
    )


def bidirectional():
    return Sequential(
        [
            Input((6, 3)),
            layers.Bidirectional(layers.LSTM(4, return_sequences=True)),
            layers.Bidirectional(layers.GRU(3, return_sequences=True), merge_mode="sum"),
            layers.Bidirectional(layers.GRU(3), merge_mode="ave"),
            layers.Reshape((3, 1)),
            layers.Bidirectional(layers.LSTM(2)),
        ]
    )


def text():
    return Sequential(
        [
            Input((8,)),
            layers.Embedding(20, 6),
            layers.SpatialDropout1D(0.2),
            layers.Conv1D(5, 3, padding="causal", activation="relu"),
            layers.MaxPooling1D(2),
            layers.Conv1D(4, 2, strides=2, padding="same"),
            layers.GlobalMaxPooling1D(),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


def masked_mean():
    return Sequential(
        [
            Input((8,), dtype="int32"),
            layers.Embedding(20, 6, mask_zero=True),
            layers.GlobalAveragePooling1D(),
            layers.Dense(3),
        ]
    )


def shared():
    """Two inputs, two outputs, a layer and a model used twice, arithmetic of tensors."""
    left, right = Input((8, 6, 1), name="left"), Input((8, 6, 1), name="right")
    inner = Input((8, 6, 1))
    wide = layers.Conv2D(3, 3, activation="relu", name="first")(inner)
    encoder = Model(inner, layers.Dense(4)(layers.Flatten()(wide)), name="encoder")
    project = layers.Dense(3, name="project")
    one, two = project(encoder(left)), project(encoder(right))
    far = layers.Subtract(name="difference")([one, two])
    far = 1.0 - far * 0.5
    near = layers.Dot(axes=1, normalize=True)([one, two])
    both = layers.Concatenate(name="both")([one, two, far, layers.Average()([one, two])])
    return Model([left, right], [layers.Dense(2, name="label")(both), near])


def residual():
    """Blocks whose branches have their channels where they like, and one that weighs the channels."""
    picture = Input((8, 8, 3), name="picture")
    x = layers.Conv2D(4, 3, padding="same", use_bias=False)(picture)
    x = layers.BatchNormalization(scale=False)(x)
    x = layers.ReLU(max_value=6)(x)
    y = layers.Conv2D(4, 3, padding="same")(x)
    y = layers.BatchNormalization(center=False)(y)
    x = layers.ReLU()(layers.Add()([x, y]))
    weight = layers.GlobalAveragePooling2D()(x)
    weight = layers.Dense(2, activation="relu")(weight)
    weight = layers.Reshape((1, 1, 4))(layers.Dense(4, activation="hard_sigmoid")(weight))
    x = layers.Multiply()([x, weight])
    x = layers.Concatenate()([x, layers.AveragePooling2D(3, strides=1, padding="same")(x)])
    x = layers.Concatenate(axis=1)([x, x])
    return Model(picture, layers.Dense(3)(layers.Flatten()(layers.MaxPooling2D(3)(x))))


def attention():
    series = Input((5, 8), name="series")
    other = Input((4, 6), name="other")
    x = layers.MultiHeadAttention(2, 4)(series, series, use_causal_mask=True)
    x = layers.LayerNormalization()(layers.Add()([series, x]))
    x = layers.MultiHeadAttention(2, 3, use_bias=False)(x, other)
    x = layers.MultiHeadAttention(2, 4)(x, other)
    x = layers.Attention()([x, series])
    x = layers.Permute((2, 1))(x)
    return Model([series, other], layers.Dense(2)(layers.Flatten()(x)))


def seq2seq():
    given, asked = Input((4, 3), name="given"), Input((5, 2), name="asked")
    _, state, cell = layers.LSTM(6, return_state=True)(given)
    answer = layers.LSTM(6, return_sequences=True)(asked, initial_state=[state, cell])
    return Model([given, asked], layers.Dense(2, activation="log_softmax")(answer))


def prepared():
    """Numbers found out beforehand, on rows and on the channels of pictures."""
    table = layers.Normalization(name="table_normal")
    table.adapt(np.random.default_rng(3).normal(3, 2, (50, 4)).astype("float32"))
    rows, picture = Input((4,), name="rows"), Input((6, 6, 3), name="picture")
    x = layers.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 2.0, 3.0])(picture)
    x = layers.Normalization(axis=None, mean=0.5, variance=4.0)(x)
    x = layers.Flatten()(layers.Conv2D(2, 3)(layers.GaussianNoise(0.1)(x)))
    return Model([rows, picture], layers.Concatenate()([table(rows), layers.Dense(2)(x)]))


def volumes():
    return Sequential(
        [
            Input((5, 6, 4, 2)),
            layers.Conv3D(3, 2, strides=2, padding="same", activation="softplus"),
            layers.MaxPooling3D(2, padding="same"),
            layers.Flatten(),
            layers.Dense(2),
        ]
    )


def operations():
    """What a functional model does to its tensors without layers, on series and on pictures."""
    a, b, picture = Input((5, 4), name="a"), Input((5, 4), name="b"), Input((6, 8, 3), name="picture")
    x = layers.Conv2D(4, 3, padding="same")(picture)
    gate = ops.sigmoid(ops.mean(x, axis=(1, 2), keepdims=True))
    wide = ops.concatenate([x * gate, x], axis=-1)
    half, other = ops.split(wide, 2, axis=-1)
    scores = ops.matmul(ops.transpose(ops.concatenate([a, b], axis=-1), (0, 2, 1)), a)
    given = [
        ops.softmax(scores, axis=1),
        ops.log_softmax(b),
        ops.squeeze(ops.expand_dims(a, 2), 2)[:, 0],
        a[:, 1:3],
        a[:, -1, ::2],
        ops.stack([a, b], axis=1),
        ops.power(a, 3.0) - ops.clip(b, -0.5, 1.0),
        ops.maximum(a, b) + ops.minimum(a, 2.0 * b),
        ops.max(a, axis=-1) * ops.norm(b, axis=-1),
        ops.leaky_relu(a, 0.2) + ops.gelu(b) + ops.gelu(a, approximate=False) + ops.elu(b, 0.5) + ops.silu(a),
        ops.sqrt(ops.abs(a)) + ops.rsqrt(ops.square(b) + 1.0) - ops.exp(-a) + ops.log(ops.exp(b)),
        ops.swapaxes(a, 1, 2),
        ops.flip(wide, axis=2),
        ops.relu(half)[:, ::2, 1:, :] + ops.tanh(other)[:, ::2, 1:, :],
        ops.transpose(wide, (0, 3, 1, 2)),
        ops.reshape(wide, (-1, 48, 8)),
        ops.max(wide, axis=-1, keepdims=True) + ops.mean(wide, axis=-1, keepdims=True),
        ops.softmax(wide),
    ]
    return Model([a, b, picture], layers.Concatenate()([layers.Flatten()(each) for each in given]))


def backwards():
    return Sequential(
        [Input((6, 3)), layers.GRU(4, go_backwards=True, return_sequences=True), layers.LSTM(3, go_backwards=True)]
    )


def steps():
    """Pictures one after the other, each seen by the same layers."""
    each = layers.TimeDistributed
    frames = Input((4, 8, 7, 2))
    x = each(layers.Conv2D(3, 3, strides=2, padding="same", activation="relu"))(frames)
    x = each(layers.BatchNormalization())(x)
    x = each(layers.Conv2D(4, (2, 1), use_bias=False))(x)
    flat = each(layers.Flatten())(each(layers.MaxPooling2D(2))(x))
    mean = each(layers.GlobalAveragePooling2D())(each(layers.AveragePooling2D(2, strides=1))(x))
    return Model(frames, layers.LSTM(3)(layers.Concatenate()([flat, mean])))


MODELS = (
    backwards,
    operations,
    steps,
    dense,
    pictures,
    strides,
    separable,
    decoder,
    lstm,
    gru,
    bidirectional,
    text,
    masked_mean,
    shared,
    residual,
    attention,
    seq2seq,
    prepared,
    volumes,
)


def fill(model, generator):
    """Weights that are not those of a new model: no zeros in a bias, no ones in a scale."""
    for variable in model.weights:
        if "normal" in variable.path and variable.name in ("mean", "variance", "count"):
            continue
        values = generator.normal(0, 0.3, variable.shape)
        if "variance" in variable.name:
            values = 0.5 + np.abs(values)
        elif variable.name == "gamma":
            values += 1
        if "seed" not in variable.path:
            variable.assign(values.astype("float32"))


def packed(path):
    """The same file, squeezed: HDF5 leaves much room."""
    data = io.BytesIO()
    with zipfile.ZipFile(path) as given, zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as taken:
        for name in given.namelist():
            taken.writestr(zipfile.ZipInfo(name), given.read(name), zipfile.ZIP_DEFLATED)
    return data.getvalue()


def compressed(path):
    return gzip.compress(Path(path).read_bytes(), mtime=0)


def numbers(array):
    return np.round(np.asarray(array, dtype="float64"), 7).tolist()


def main(names):
    for build in MODELS:
        if names and build.__name__ not in names:
            continue
        keras.utils.clear_session()
        keras.utils.set_random_seed(7)
        generator = np.random.default_rng(7)
        model = build()
        fill(model, generator)
        inputs = {}
        for tensor in model.inputs:
            whole = str(tensor.dtype).startswith("int") or build is text
            shape = (ROWS, *tensor.shape[1:])
            values = generator.integers(0, 20, shape) if whole else generator.normal(0, 1, shape)
            if build is masked_mean:
                values[:, 5:] = 0
            inputs[tensor.name] = np.round(values, 4).astype("int32" if whole else "float32")
        answers = model.predict(list(inputs.values()), verbose=0)
        answers = answers if isinstance(answers, list) else [answers]
        name = build.__name__
        with tempfile.TemporaryDirectory() as folder:
            model.save(f"{folder}/m.keras")
            (HERE / f"{name}.keras").write_bytes(packed(f"{folder}/m.keras"))
            if build in (bidirectional, shared, attention):
                model.save(f"{folder}/m.h5")
                (HERE / f"{name}.h5.gz").write_bytes(compressed(f"{folder}/m.h5"))
        told = {
            "keras": keras.__version__,
            "inputs": [[key, numbers(value)] for key, value in inputs.items()],
            "outputs": [numbers(answer) for answer in answers],
        }
        (HERE / f"{name}.json").write_text(json.dumps(told, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])

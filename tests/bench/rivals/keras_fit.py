"""Keras's `Model.fit` on arrays in memory: `python -m tests.bench.rivals.keras_fit TASK`.

A contender of `tests.bench.training`, on the backend that KERAS_BACKEND names. A turn is one `fit` of one epoch over as
many rows as its steps take, without a progress bar; what is kept of the losses is their mean, for each step's would
take a callback, which Keras waits for. `jit_compile` is as Keras chooses it.
"""

import keras
import numpy as np
from keras import layers

from tests.bench.training_data import load_rows
from tests.bench.turns import Turns, read_task


def build(network: str) -> keras.Model:
    """The networks of `tests.bench.training_networks`."""
    match network:
        case "mlp":
            inner = [layers.Flatten(), layers.Dense(256, activation="relu")]
        case "cnn":
            inner = [
                layers.Conv2D(32, 3, padding="same", activation="relu"),
                layers.MaxPooling2D(2),
                layers.Conv2D(64, 3, padding="same", activation="relu"),
                layers.MaxPooling2D(2),
                layers.Flatten(),
                layers.Dense(128, activation="relu"),
            ]
        case _:
            inner = [layers.LSTM(128)]
    shape = (28, 28) if network == "lstm" else one_channel((28, 28))
    return keras.Sequential([keras.Input(shape), *inner, layers.Dense(10)])


def one_channel(size: tuple[int, int]) -> tuple[int, ...]:
    return (1, *size) if keras.config.image_data_format() == "channels_first" else (*size, 1)


def one_thread() -> None:
    if keras.backend.backend() == "torch":
        import torch  # noqa: PLC0415 - each backend's environment lacks the other

        torch.set_num_threads(1)
    else:
        import tensorflow  # noqa: PLC0415

        tensorflow.config.threading.set_intra_op_parallelism_threads(1)
        tensorflow.config.threading.set_inter_op_parallelism_threads(1)


def main() -> None:
    task = read_task()
    one_thread()
    if keras.backend.backend() == "torch":
        keras.config.set_image_data_format("channels_first")  # as torch has it: no transposing around a convolution
    model = build(task["network"])
    images, labels = load_rows(task["data"])  # [N, 1, 28, 28]
    images = np.ascontiguousarray(images.reshape(len(images), *model.input_shape[1:]))
    model.compile(
        optimizer=keras.optimizers.Adam(1e-3),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        steps_per_execution=task.get("steps_per_execution", 1),
    )
    num_rows = task["num_steps"] * task["batch_size"]
    if num_rows > len(images):
        repeats = -(-num_rows // len(images))
        images, labels = np.concatenate([images] * repeats), np.concatenate([labels] * repeats)
    turns = Turns(task["num_steps"], version=keras.__version__, jit_compile=model.jit_compile)
    while turns.begin():
        model.fit(images[:num_rows], labels[:num_rows], batch_size=task["batch_size"], verbose=0)


if __name__ == "__main__":
    main()

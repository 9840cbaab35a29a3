"""What prediction is measured against: `python -m tests.bench.predict_rivals fastapi|litserve BUNDLE_DIR PORT`.

Both are written as their documentation shows, run the same bundle in the same ONNX Runtime session, and check no key.
"""

import base64
import io
import sys
from pathlib import Path

import litserve
import numpy as np
import uvicorn
from fastapi import FastAPI
from PIL import Image
from pydantic import BaseModel

from tests.bundles import PETALS
from trainer.serving.runtime import Bundle, OnnxNetwork


class Model:
    """One bundle, read by hand: scaling, softmax and class names as a practised person writes them."""

    def __init__(self, folder: Path) -> None:
        bundle = Bundle.load(folder)
        self.network = OnnxNetwork(folder, bundle.manifest, num_threads=1)
        (self.input_name, encoder), (self.output_name, target) = (
            *bundle.encoders.inputs.items(),
            *bundle.encoders.targets.items(),
        )
        facts = encoder.to_json()
        shape = (facts["channels"], 1, 1) if facts["type"] == "image" else (len(PETALS),)
        self.shift = np.array(facts["shift"], np.float32).reshape(shape)
        self.scale = np.array(facts["scale"], np.float32).reshape(shape)
        self.classes = [str(value) for value in target.to_json()["values"]]

    def predict(self, raw: np.ndarray) -> list[dict]:
        logits = self.network.run({self.input_name: (raw - self.shift) * self.scale})[self.output_name]
        exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
        probabilities = exponents / exponents.sum(axis=1, keepdims=True)
        return [
            {self.output_name: {"class": self.classes[int(row.argmax())], "probabilities": self._by_class(row)}}
            for row in probabilities
        ]

    def _by_class(self, row: np.ndarray) -> dict[str, float]:
        return dict(zip(self.classes, row.tolist(), strict=True))


class Flower(BaseModel):
    sepal_length: float
    sepal_width: float
    petal_length: float
    petal_width: float


class Picture(BaseModel):
    image: str


class Flowers(BaseModel):
    instances: list[Flower]


class Pictures(BaseModel):
    instances: list[Picture]


class Answer(BaseModel):
    predictions: list[dict[str, dict]]


def read_pictures(images: list[str]) -> np.ndarray:
    """base64 PNG -> float32 [N, 1, H, W]."""
    pixels = [np.asarray(Image.open(io.BytesIO(base64.b64decode(image))).convert("L")) for image in images]
    return np.stack(pixels)[:, None].astype(np.float32)


def read_flowers(flowers: list[Flower]) -> np.ndarray:
    return np.array([[getattr(flower, name) for name in PETALS] for flower in flowers], np.float32)


def run_fastapi(folder: Path, port: int) -> None:
    model = Model(folder)
    app = FastAPI()
    if model.input_name == "image":

        @app.post("/predict")
        async def predict_pictures(request: Pictures) -> Answer:
            return Answer(predictions=model.predict(read_pictures([picture.image for picture in request.instances])))
    else:

        @app.post("/predict")
        async def predict_flowers(request: Flowers) -> Answer:
            return Answer(predictions=model.predict(read_flowers(request.instances)))

    uvicorn.run(app, port=port, access_log=False, log_level="warning")


class Served(litserve.LitAPI):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def setup(self, device: str) -> None:
        self.model = Model(self.folder)

    def decode_request(self, request: dict) -> np.ndarray:
        if self.model.input_name == "image":
            return read_pictures([instance["image"] for instance in request["instances"]])
        return read_flowers([Flower(**instance) for instance in request["instances"]])

    def predict(self, raw: np.ndarray) -> list[dict]:
        return self.model.predict(raw)

    def encode_response(self, output: list[dict]) -> dict:
        return {"predictions": output}


def run_litserve(folder: Path, port: int) -> None:
    server = litserve.LitServer(Served(folder), accelerator="cpu", workers_per_device=1)
    server.run(port=port, log_level="warning", generate_client_file=False)


if __name__ == "__main__":
    name, bundle, number = sys.argv[1:]
    {"fastapi": run_fastapi, "litserve": run_litserve}[name](Path(bundle), int(number))

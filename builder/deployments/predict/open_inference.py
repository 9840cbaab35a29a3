"""The Open Inference Protocol, version 2, over HTTP with JSON tensors: the network's own inputs and outputs, unencoded.

GET  /v2                        the server
GET  /v2/health/live, /ready    for probes, without a key
GET  /v2/models/SLUG[/ready]    a key of the deployment
POST /v2/models/SLUG/infer      a key of the deployment
"""

import math
import time
from typing import Any

import msgspec
import numpy as np
from django.conf import settings

from builder.deployments.predict.bodies import decode_json, read_body
from builder.deployments.predict.endpoints import Snapshot
from builder.deployments.predict.recorder import Exchange
from builder.deployments.predict.runners import Rows
from builder.deployments.predict.service import Headers, PredictService
from trainer.errors import UserError
from trainer.serving.bundle import Tensor

DATATYPES = {"float32": "FP32", "int64": "INT64", "bool": "BOOL"}
DTYPES = {name: dtype for dtype, name in DATATYPES.items()}


class InferTensor(msgspec.Struct):
    name: str
    shape: list[int]
    datatype: str
    data: list[Any]


class InferRequest(msgspec.Struct):
    inputs: list[InferTensor]
    id: str | None = None


_decoder = msgspec.json.Decoder(InferRequest)
_encode = msgspec.json.Encoder().encode


class OpenInference:
    def __init__(self, service: PredictService) -> None:
        self._service = service

    async def answer(self, scope, headers: Headers, receive, exchange: Exchange) -> bytes:
        match scope["path"].strip("/").split("/"):
            case ["v2"]:
                return _encode({"name": "layerloom", "version": settings.VERSION, "extensions": []})
            case ["v2", "health", "live"]:
                return _encode({"live": True})
            case ["v2", "health", "ready"]:
                if self._service.is_leaving:
                    raise UserError("predict.leaving", status=503)
                return _encode({"ready": True})
            case ["v2", "models", slug]:
                return _encode(_metadata(await self._snapshot(slug, scope, headers, exchange)))
            case ["v2", "models", slug, "ready"]:
                await self._snapshot(slug, scope, headers, exchange)
                return _encode({"name": slug, "ready": True})
            case ["v2", "models", slug, "infer"]:
                if scope["method"] != "POST":
                    raise UserError("predict.method", status=405, allowed="POST")
                snapshot = await self._snapshot(slug, scope, headers, exchange)
                return await self._infer(snapshot, headers, receive, exchange)
            case _:
                raise UserError("predict.not_found", status=404)

    async def _snapshot(self, slug: str, scope, headers: Headers, exchange: Exchange) -> Snapshot:
        key = await self._service.authorise(slug, scope["query_string"], headers)
        self._service.limit(key)
        exchange.caller, exchange.key_prefix = key.name, key.prefix
        return await self._service.directory.snapshot(slug)

    async def _infer(self, snapshot: Snapshot, headers: Headers, receive, exchange: Exchange) -> bytes:
        try:
            request = decode_json(await read_body(headers, receive, settings.MAX_BODY_BYTES), _decoder)
            arrays = {tensor.name: _array(tensor, f"inputs[{n}]") for n, tensor in enumerate(request.inputs)}
            exchange.num_rows = snapshot.bundle.check_arrays(arrays)
            deadline = time.monotonic() + snapshot.longest_seconds
            answer = await snapshot.batcher.submit(Rows(arrays=arrays), exchange.num_rows, deadline)
            exchange.status = 200
        except UserError as error:
            exchange.status, exchange.outcome = error.status, error
            raise
        finally:
            self._service.recorder.add(snapshot.row, exchange)
        return _encode(_answer(snapshot, answer.outputs or {}, request.id or exchange.request_id))


def _metadata(snapshot: Snapshot) -> dict[str, Any]:
    manifest = snapshot.bundle.manifest
    return {
        "name": snapshot.row.slug,
        "versions": [str(snapshot.row.number)],
        "platform": "onnx_onnxruntime" if manifest.runtime == "onnx" else "pytorch",
        "inputs": [_describe(tensor) for tensor in manifest.inputs],
        "outputs": [_describe(tensor) for tensor in manifest.outputs],
    }


def _describe(tensor: Tensor) -> dict[str, Any]:
    return {"name": tensor.name, "datatype": DATATYPES[tensor.dtype], "shape": [-1, *tensor.shape]}


def _array(tensor: InferTensor, path: str) -> np.ndarray:
    if tensor.datatype not in DTYPES:
        raise UserError(
            "serving.tensor_type",
            path=path,
            tensor=tensor.name,
            expected=" | ".join(DTYPES),
            received=tensor.datatype[:20],
        )
    count = math.prod(tensor.shape)
    dtype = np.dtype(DTYPES[tensor.datatype])
    try:
        with np.errstate(over="ignore"):
            array = np.array(tensor.data).reshape(-1)
            if array.dtype.kind not in "biuf" or len(array) != count or min(tensor.shape, default=0) < 0:
                raise ValueError
            array = array.astype(dtype).reshape(tensor.shape)
    except (ValueError, OverflowError, TypeError):
        raise UserError("serving.tensor_data", path=path, tensor=tensor.name, expected=count) from None
    if dtype.kind == "f" and not np.isfinite(array).all():
        raise UserError("value.not_finite", path=path, column=tensor.name)
    return array


def _answer(snapshot: Snapshot, outputs, request_id: str) -> dict[str, Any]:
    return {
        "model_name": snapshot.row.slug,
        "model_version": str(snapshot.row.number),
        "id": request_id,
        "outputs": [
            {
                "name": name,
                "shape": list(array.shape),
                "datatype": DATATYPES[array.dtype.name],
                "data": array.reshape(-1).tolist(),
            }
            for name, array in outputs.items()
        ],
    }

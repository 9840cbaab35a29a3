"""The OpenAPI description of one deployment: its columns going in, its outputs coming out."""

from typing import Any

from builder.deployments.examples import example_instance
from builder.deployments.models import Deployment, DeploymentVersion
from builder.deployments.predict.bodies import MAX_INSTANCES
from builder.deployments.serializers import predict_url
from builder.files import local_folder
from trainer.data.inputs.image import ImageEncoder
from trainer.data.targets import ClassTarget, TargetEncoder, TensorTarget
from trainer.serving.generation import Language
from trainer.serving.runtime import Bundle

ERRORS = {
    "400": "The body, a column or a value cannot be taken; `details` has a path for each.",
    "401": "No key, or one that is wrong, expired or revoked.",
    "403": "A key of another deployment.",
    "413": "The body is too large.",
    "415": "The body's type is not taken.",
    "429": "The key has used up its requests for now; see Retry-After.",
    "503": "Offline, starting or over capacity; see Retry-After.",
    "504": "The time for the answer was up.",
}


def describe(*, deployment: Deployment, version: DeploymentVersion) -> dict[str, Any]:
    """An OpenAPI 3.1 document with the one operation of this deployment."""
    bundle = Bundle.load(local_folder(version.storage_key))
    language = Language.of(bundle)
    return {
        "openapi": "3.1.0",
        "info": {"title": deployment.name, "version": str(version.number)},
        "servers": [{"url": predict_url(deployment)}],
        "security": [{"key": []}],
        "paths": {
            "/": {
                "post": {
                    "operationId": "predict",
                    "summary": f"Ask {deployment.name} for predictions",
                    "requestBody": {"required": True, "content": _bodies(bundle)},
                    "responses": {
                        "200": {
                            "description": "One prediction an instance, in order",
                            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Answer"}}},
                        },
                        **{status: _error(text) for status, text in ERRORS.items()},
                    },
                }
            }
        },
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "Instance": language.schema() if language else bundle.encoders.instance_schema(),
                "Request": _request_schema(),
                "Prediction": _prediction_schema(bundle),
                "Answer": _answer_schema(),
                "Error": ERROR_SCHEMA,
            },
        },
    }


def _bodies(bundle: Bundle) -> dict[str, Any]:
    bodies: dict[str, Any] = {
        "application/json": {
            "schema": {"$ref": "#/components/schemas/Request"},
            "example": {"instances": [example_instance(bundle)]},
        }
    }
    encoders = list(bundle.encoders.inputs.values())
    if len(encoders) == 1 and isinstance(encoders[0], ImageEncoder):
        column = encoders[0].columns[0]
        binary = {"type": "string", "contentMediaType": "application/octet-stream"}
        bodies["multipart/form-data"] = {
            "schema": {"type": "object", "properties": {column: binary}, "required": [column]}
        }
        bodies["image/png"] = bodies["image/jpeg"] = {"schema": binary}
    return bodies


def _request_schema() -> dict[str, Any]:
    instances = {
        "type": "array",
        "items": {"$ref": "#/components/schemas/Instance"},
        "minItems": 1,
        "maxItems": MAX_INSTANCES,
    }
    return {
        "type": "object",
        "properties": {"instances": instances},
        "required": ["instances"],
        "additionalProperties": False,
    }


def _prediction_schema(bundle: Bundle) -> dict[str, Any]:
    language = Language.of(bundle)
    if language is not None:
        properties = {language.output: language.answer_schema()}
        return {"type": "object", "properties": properties, "required": list(properties)}
    outputs = {tensor.name: bundle.encoders.targets[tensor.name] for tensor in bundle.manifest.outputs}
    properties = {name: _output_schema(target) for name, target in outputs.items()}
    return {"type": "object", "properties": properties, "required": list(properties)}


def _output_schema(target: TargetEncoder) -> dict[str, Any]:
    if isinstance(target, TensorTarget):
        return {"type": "array" if target.shape else ["number", "null"]}
    if not isinstance(target, ClassTarget):
        return {"type": ["number", "null"]}
    names = [str(value) for value in target.values]
    probability = {"type": ["number", "null"], "minimum": 0, "maximum": 1}
    probabilities = {"type": "object", "properties": dict.fromkeys(names, probability), "required": names}
    return {
        "type": "object",
        "properties": {"class": {"enum": [*target.values, None]}, "probabilities": probabilities},
        "required": ["class", "probabilities"],
    }


def _answer_schema() -> dict[str, Any]:
    rows = {"type": "array", "items": {"type": "integer"}, "description": "Rows whose numbers were not finite"}
    return {
        "type": "object",
        "properties": {
            "predictions": {"type": "array", "items": {"$ref": "#/components/schemas/Prediction"}},
            "version": {"type": "integer"},
            "request_id": {"type": "string"},
            "not_finite": rows,
        },
        "required": ["predictions", "version", "request_id"],
    }


def _error(text: str) -> dict[str, Any]:
    return {"description": text, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}


_TEXTS = {name: {"type": "string"} for name in ("path", "code", "message")}
ERROR_SCHEMA = {
    "type": "object",
    "properties": {
        "code": {"type": "string"},
        "message": {"type": "string"},
        "details": {"type": "array", "items": {"type": "object", "properties": _TEXTS}},
        "request_id": {"type": "string"},
    },
    "required": ["code", "message", "details"],
}

"""From the body of a request to instances: JSON, a multipart form, or the bytes of one image."""

import io
from collections.abc import Mapping
from typing import Any

import msgspec
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.core.files.uploadhandler import FileUploadHandler
from django.http.multipartparser import MultiPartParser, MultiPartParserError

from trainer.data.inputs.image import ImageEncoder
from trainer.errors import UserError
from trainer.serving.runtime import Bundle

JSON_TYPES = ("application/json", "application/x-www-form-urlencoded", "")  # what curl -d says of any body
IMAGE_TYPES = ("image/png", "image/jpeg")
MAX_INSTANCES = 1000


class BodyTooLarge(Exception):
    """The body has more bytes than are taken; it was not read to its end."""


class PredictBody(msgspec.Struct, forbid_unknown_fields=True):
    instances: Any


_decoder = msgspec.json.Decoder(PredictBody)


async def read_body(headers: Mapping[bytes, bytes], receive, limit: int) -> bytes:
    """The body; raises BodyTooLarge before it is read where its length was announced, else while it is."""
    announced = headers.get(b"content-length", b"0")
    if announced.isdigit() and int(announced) > limit:
        raise BodyTooLarge
    message = await receive()
    body = message.get("body", b"")
    if not message.get("more_body"):
        if len(body) > limit:
            raise BodyTooLarge
        return body
    parts, received = [body], len(body)
    while message.get("more_body"):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise UserError("predict.unreadable", reason="the connection was closed")
        parts.append(message.get("body", b""))
        received += len(parts[-1])
        if received > limit:
            raise BodyTooLarge
    return b"".join(parts)


def read_instances(body: bytes, content_type: str, bundle: Bundle) -> Any:
    """The instances as they were sent; whether their values fit is for the encoders to say."""
    if content_type == "application/json":
        return decode_json(body, _decoder).instances
    kind = content_type.partition(";")[0].strip().lower()
    if kind in JSON_TYPES:
        instances = decode_json(body, _decoder).instances
    elif kind == "multipart/form-data":
        instances = [_read_form(body, content_type)]
    elif kind in IMAGE_TYPES:
        instances = [{_image_column(bundle): body}]
    else:
        raise UserError("predict.media_type", status=415, received=kind[:80])
    return instances


def check_instances(instances: Any) -> int:
    """How many there are; raises where that is none or too many."""
    if not isinstance(instances, list) or not instances:
        raise UserError("predict.no_instances", path="instances")
    if len(instances) > MAX_INSTANCES:
        raise UserError("predict.too_many_rows", path="instances", received=len(instances), limit=MAX_INSTANCES)
    return len(instances)


def decode_json(body: bytes, decoder: msgspec.json.Decoder) -> Any:
    try:
        return decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UserError("predict.unreadable", reason=str(error)[:200]) from error
    except RecursionError as error:
        raise UserError("predict.unreadable", reason="it is nested too deeply") from error


def _image_column(bundle: Bundle) -> str:
    encoders = list(bundle.encoders.inputs.values())
    if len(encoders) != 1 or not isinstance(encoders[0], ImageEncoder):
        raise UserError("predict.no_image_column", status=415, columns=", ".join(bundle.encoders.columns))
    return encoders[0].columns[0]


class _InMemory(FileUploadHandler):
    """The whole body is in memory already, and so are its files."""

    def new_file(self, *args, **kwargs) -> None:
        super().new_file(*args, **kwargs)
        self._parts: list[bytes] = []

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._parts.append(raw_data)

    def file_complete(self, file_size: int) -> io.BytesIO:
        return io.BytesIO(b"".join(self._parts))


def _read_form(body: bytes, content_type: str) -> dict[str, Any]:
    """One instance: a file field is an image, a text field JSON where it is JSON and text where it is not."""
    meta = {"CONTENT_TYPE": content_type, "CONTENT_LENGTH": len(body)}
    try:
        fields, files = MultiPartParser(meta, io.BytesIO(body), [_InMemory()]).parse()
    except (MultiPartParserError, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent) as error:
        raise UserError("predict.bad_multipart") from error
    instance: dict[str, Any] = {name: _form_value(value) for name, value in fields.items()}
    return instance | {name: file.getvalue() for name, file in files.items()}


def _form_value(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text

"""Between a web process and the model server: frames of msgpack, each behind its length in four bytes.

The server greets with `Hello` when it is ready. Requests carry a number, and answers come in any order.
"""

import asyncio
from collections.abc import Mapping

import msgspec
import numpy as np

from trainer.serving.generation import Prompt

MAX_FRAME_BYTES = 512 * 1024**2
LENGTH_BYTES = 4


class Array(msgspec.Struct, array_like=True):
    dtype: str
    shape: list[int]
    data: bytes


class Hello(msgspec.Struct, tag="hello"):
    pid: int


class Load(msgspec.Struct, tag="load"):
    id: int
    storage_key: str


class Run(msgspec.Struct, tag="run"):
    id: int
    storage_key: str
    inputs: dict[str, Array]


class Generate(msgspec.Struct, tag="generate"):
    """Go on from each of `prompts`; what takes longer than `seconds` is given up."""

    id: int
    storage_key: str
    prompts: list[Prompt]
    seconds: float


class Generated(msgspec.Struct, tag="generated"):
    """What was added to each prompt, and whether it came to an end of its own."""

    id: int
    tokens: list[list[int]]
    ended: list[bool]


class Done(msgspec.Struct, tag="done"):
    id: int
    outputs: dict[str, Array] = {}


class Failed(msgspec.Struct, tag="failed"):
    """`code` and `fields` are those of a UserError."""

    id: int
    code: str
    status: int
    fields: dict[str, str]


_encoder = msgspec.msgpack.Encoder()


def pack(message: msgspec.Struct) -> bytes:
    body = _encoder.encode(message)
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


async def read_message(reader: asyncio.StreamReader, decoder: msgspec.msgpack.Decoder) -> object:
    """The next message; raises asyncio.IncompleteReadError at the end of the connection."""
    length = int.from_bytes(await reader.readexactly(LENGTH_BYTES), "big")
    if length > MAX_FRAME_BYTES:
        raise ValueError(f"a frame of {length} bytes")
    return decoder.decode(await reader.readexactly(length))


def to_wire(arrays: Mapping[str, np.ndarray]) -> dict[str, Array]:
    return {name: Array(a.dtype.str, list(a.shape), np.ascontiguousarray(a).tobytes()) for name, a in arrays.items()}


def from_wire(arrays: Mapping[str, Array]) -> dict[str, np.ndarray]:
    return {
        name: np.frombuffer(bytearray(array.data), dtype=array.dtype).reshape(array.shape)
        for name, array in arrays.items()
    }

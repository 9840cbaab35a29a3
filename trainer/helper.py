"""Processes that check graphs for the application, which must not load torch itself, and the nursery they come from.

The nursery (`python -m trainer.helper`, its standard input a unix socket) imports torch, looks at one graph and
then only forks: each message is a byte with a socket attached, its answer the process number of the helper that serves
that socket, in four bytes (big-endian). Forking is safe here, as it would not be in a child that trains: one thread,
OpenMP never used, no device.

A helper's requests and answers are JSON, each after its length in four bytes: ``{"id", "method", "params"}``;
``{"id", "result"}`` or ``{"id", "error": {"code", "path", "status", "fields", "message"}}``. Both kinds of process end
with their socket.
"""

import gc
import json
import os
import signal
import socket
import struct
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import Any

import torch

from trainer.data.columns import DataFacts
from trainer.errors import UserError
from trainer.graph.analysis import analyse
from trainer.graph.bind import bind
from trainer.graph.codegen import generate_code
from trainer.graph.document import content_hash, parse_document
from trainer.graph.parts import Document
from trainer.graph.templates import load_template
from trainer.training.config import parse_config
from trainer.training.memory.estimate import memory_json

LENGTH = struct.Struct(">I")
MAX_REQUEST_BYTES = 64 * 1024 * 1024


def _facts(params: Mapping[str, Any]) -> DataFacts | None:
    facts = params.get("facts")
    return DataFacts.from_manifest(facts) if facts else None


def answer_analyse(params: Mapping[str, Any]) -> dict[str, Any]:
    """The check of `params["graph"]`, with `facts` (a manifest), `batch_size` and `language`."""
    return analyse(
        parse_document(params["graph"]),
        facts=_facts(params),
        batch_size=params.get("batch_size", 32),
        language=params.get("language", "en"),
    )


def answer_code(params: Mapping[str, Any]) -> str:
    """The generated module of `params["graph"]`, bound to `facts` where there are any."""
    return generate_code(_bound(params))


def answer_hash(params: Mapping[str, Any]) -> str:
    """The content hash of `params["graph"]`, bound to `facts` where there are any."""
    return content_hash(_bound(params))


def answer_memory(params: Mapping[str, Any]) -> dict[str, Any]:
    """The memory that a run of `params["graph"]` needs with `config`, and for each of `devices` whether it fits."""
    config = parse_config(params["config"], path="config")
    return memory_json(
        _bound(params),
        config,
        facts=_facts(params),
        devices=params["devices"],
        resident_bytes=params["resident_bytes"],
    )


def _bound(params: Mapping[str, Any]) -> Document:
    document, facts = parse_document(params["graph"]), _facts(params)
    return bind(document, facts) if facts else document


METHODS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "analyse": answer_analyse,
    "code": answer_code,
    "hash": answer_hash,
    "memory": answer_memory,
}


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to one request; a person's mistake and our own both come back as an error."""
    try:
        return {"id": request["id"], "result": METHODS[request["method"]](request["params"])}
    except UserError as error:
        return {"id": request["id"], "error": error.to_json()}
    except MemoryError:
        os._exit(1)  # what is left of this process is not worth keeping
    except Exception:
        words = traceback.format_exc()
        sys.stderr.write(words)
        return {"id": request.get("id"), "error": {"code": "internal", "status": 500, "details": words}}


def serve(connection: socket.socket) -> None:
    """Answer requests until the other side closes."""
    with connection.makefile("rb") as source, connection.makefile("wb") as sink:
        while len(head := source.read(LENGTH.size)) == LENGTH.size:
            (length,) = LENGTH.unpack(head)
            if length > MAX_REQUEST_BYTES:
                return
            text = json.dumps(answer(json.loads(source.read(length)))).encode()
            sink.write(LENGTH.pack(len(text)) + text)
            sink.flush()


def raise_helpers(control: socket.socket) -> None:
    """Fork a helper for each socket that arrives, until `control` ends."""
    while True:
        message, sockets, _, _ = socket.recv_fds(control, 1, 1)
        if not message:
            return
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            control.close()
            serve(socket.socket(fileno=sockets[0]))
            os._exit(0)
        os.close(sockets[0])
        control.sendall(LENGTH.pack(pid))


def main() -> None:
    """Warm up on a template, then fork. Whatever prints goes to the standard error."""
    torch.set_num_threads(1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a helper, so the kernel may forget it
    analyse(parse_document(load_template("fashion-mnist-dense")))
    gc.freeze()  # torch stays; to look through it for what can go would cost some answers 100 ms
    raise_helpers(socket.socket(fileno=os.dup(sys.stdin.fileno())))


if __name__ == "__main__":
    main()

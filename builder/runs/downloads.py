"""Files as downloads, read piece by piece whatever their size."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header

PIECE_BYTES = 1 << 18


def file_download(path: Path, name: str) -> StreamingHttpResponse:
    return open_download(path.open("rb"), name)


def open_download(file: BinaryIO, name: str) -> StreamingHttpResponse:
    """What `file` holds from its beginning; it is closed when the last piece has gone."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    response = StreamingHttpResponse(_pieces(file), content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["Content-Length"] = str(size)
    return response


def text_download(text: str, name: str, content_type: str) -> HttpResponse:
    response = HttpResponse(text, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


async def _pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    try:
        while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
            yield piece
    finally:
        file.close()

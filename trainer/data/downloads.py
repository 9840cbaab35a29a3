"""Files from elsewhere: checked by SHA-256, taken up again where they broke off, in place only when whole."""

import fcntl
import hashlib
import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import trainer.messages.data  # noqa: F401 - registers the sentences of the errors raised here
from trainer.errors import UserError

CHUNK_BYTES = 256 * 1024
TIMEOUT_SECONDS = 30
ATTEMPTS = 4
PAUSE_SECONDS = 0.5


def download_file(
    url: str, target: Path, *, sha256: str, max_bytes: int, progress: Callable[[int], None] = lambda num_bytes: None
) -> int:
    """Have the file of `url` at `target`, whose bytes have the checksum `sha256`; returns its size.

    A file that is there is kept. A partial one (`target`.part) goes on where it broke off. Raises
    `data.download_failed`, `data.download_checksum`, `data.download_too_large`.
    """
    assert urlsplit(url).scheme in ("http", "https")
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.with_name(f"{target.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two that want the same file: the second finds it done
        if not target.exists():
            part = target.with_name(f"{target.name}.part")
            _fetch(url, part, max_bytes, progress)
            if _digest(part) != sha256:
                part.unlink()
                raise UserError("data.download_checksum", status=502, url=url)
            part.rename(target)
    progress(target.stat().st_size)
    return target.stat().st_size


def _fetch(url: str, part: Path, max_bytes: int, progress: Callable[[int], None]) -> None:
    """Fetch into `part`, going on from what is there, with a few attempts."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _fetch_once(url, part, max_bytes, progress)
            return
        except urllib.error.HTTPError as error:
            if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                part.unlink(missing_ok=True)
            elif error.code < 500 or attempt == ATTEMPTS:
                raise UserError("data.download_failed", status=502, url=url, reason=f"HTTP {error.code}") from error
        except (OSError, http.client.HTTPException) as error:
            if attempt == ATTEMPTS:
                raise UserError("data.download_failed", status=502, url=url, reason=str(error)[:200]) from error
        time.sleep(PAUSE_SECONDS * attempt)
    raise UserError("data.download_failed", status=502, url=url, reason="416")


def _fetch_once(url: str, part: Path, max_bytes: int, progress: Callable[[int], None]) -> None:
    received = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={received}-"} if received else {})  # noqa: S310
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310 - http(s), asserted above
        resumed = response.status == http.HTTPStatus.PARTIAL_CONTENT
        received = received if resumed else 0
        announced = response.headers.get("Content-Length")
        expected = received + int(announced) if announced and announced.isdigit() else None
        with part.open("ab" if resumed else "wb") as file:
            while chunk := response.read(CHUNK_BYTES):
                received += len(chunk)
                if received > max_bytes:
                    file.close()
                    part.unlink()
                    raise UserError("data.download_too_large", status=502, url=url, limit_mb=max_bytes // 1024**2)
                file.write(chunk)
                progress(received)
    if expected is not None and received < expected:
        raise http.client.IncompleteRead(b"", expected - received)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

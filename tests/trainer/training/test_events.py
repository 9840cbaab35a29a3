"""Events leave in order and complete, and a slow reader does not slow the loop until the buffer is full."""

import json
import os
import threading
import time
from pathlib import Path

import pytest

from trainer.training.events import EventWriter


def test_events_are_lines_in_order(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path / "events.jsonl", os.O_WRONLY | os.O_CREAT)
    writer = EventWriter(descriptor)
    for number in range(500):
        writer.write({"type": "point", "step": number, "values": {"train/loss": [float("nan")]}})
    writer.close()
    lines = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == list(range(500))
    assert lines[0]["values"] == {"train/loss": [None]}


def test_slow_reader_loses_nothing_and_blocks_only_past_the_bound() -> None:
    read_end, write_end = os.pipe()
    writer = EventWriter(write_end, bound_bytes=200_000)
    event = {"type": "log", "message": "x" * 1000}
    started = time.monotonic()
    for _ in range(150):  # more than a pipe holds, less than the bound
        writer.write(event)
    assert time.monotonic() - started < 1
    blocked = threading.Thread(target=lambda: [writer.write(event) for _ in range(300)])
    blocked.start()
    blocked.join(0.3)
    assert blocked.is_alive()
    received = bytearray()
    while received.count(b"\n") < 450:
        received += os.read(read_end, 65536)
    blocked.join()
    writer.close()
    assert [json.loads(line) for line in received.splitlines()] == [event] * 450
    os.close(read_end)
    os.close(write_end)


def test_reader_that_is_gone_is_told_to_the_owner_and_raised_to_the_writer() -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    lost = threading.Event()
    writer = EventWriter(write_end, on_lost=lambda _: lost.set())
    writer.write({"type": "point"})
    assert lost.wait(5)
    with pytest.raises(BrokenPipeError):
        writer.write({"type": "point"})
    os.close(write_end)

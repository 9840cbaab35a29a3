"""What is heard of the processes of a run and told them, over real pipes."""

import json
import threading
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

import pytest

from trainer.training.control import Control
from trainer.training.processes.launch import Wires


class Processes:
    """Two of them, of which a test says what they write; `launcher` lives until they `leave`."""

    def __init__(self) -> None:
        events = [Pipe(duplex=False) for _ in range(2)]
        commands = [Pipe(duplex=False) for _ in range(2)]
        self.own: list[Connection] = [send for _, send in events]
        self.commands = [receive for receive, _ in commands]
        self.wires = Wires([receive for receive, _ in events], [send for _, send in commands])
        self._gone = threading.Event()
        self.launcher = threading.Thread(target=self._gone.wait)
        self.launcher.start()
        self.told: list[Any] = []

    def tell(self, place: int, **event: Any) -> None:
        with open(self.own[place].fileno(), "wb", closefd=False, buffering=0) as wire:
            wire.write(json.dumps(event).encode() + b"\n")

    def leave(self) -> None:
        self._gone.set()

    def follow(self, control: Control | None = None) -> Any:
        return self.wires.follow(self.launcher, self.told.append, control or Control())


def test_events_are_passed_on_and_the_first_end_is_the_runs() -> None:
    processes = Processes()
    processes.tell(0, type="started", step=0)
    processes.tell(1, type="end", status="failed", error={"code": "training.out_of_memory"})
    processes.leave()
    end = processes.follow()
    assert end["error"]["code"] == "training.out_of_memory"
    assert [event["type"] for event in processes.told] == ["started"]


def test_processes_that_leave_without_a_word_give_no_end() -> None:
    processes = Processes()
    processes.tell(0, type="point", step=1)
    processes.leave()
    assert processes.follow() is None
    assert len(processes.told) == 1


def test_a_request_reaches_every_process_once() -> None:
    processes = Processes()
    following = threading.Thread(target=processes.follow, args=(Control(requested="pause"),))
    following.start()
    assert [commands.recv() for commands in processes.commands] == ["pause", "pause"]
    processes.leave()
    following.join(10)
    assert not following.is_alive()
    assert not any(commands.poll() for commands in processes.commands)


def test_processes_notice_that_the_one_who_started_them_is_gone() -> None:
    processes = Processes()
    processes.wires.close()
    processes.leave()
    for commands in processes.commands:
        assert commands.poll(10)
        with pytest.raises(EOFError):
            commands.recv()

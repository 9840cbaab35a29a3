"""Turns: one place a person, a few in line, and nobody kept waiting by another's graphs."""

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from builder import helper_process
from builder.turns import Turns
from builder.warm_helpers import HelperPool
from trainer.errors import UserError
from trainer.graph.templates import load_template

GRAPH = load_template("fashion-mnist-dense")


@pytest.fixture
def pool() -> Iterator[HelperPool]:
    pool = HelperPool()
    yield pool
    pool.close()


@pytest.fixture(scope="module")
def warm_pool() -> Iterator[HelperPool]:
    pool = HelperPool()
    yield pool
    pool.close()


def refusal(turns: Turns, person: object) -> str:
    with pytest.raises(UserError) as refused, turns.one(person, wait_seconds=0.05):
        pytest.fail("a place was given")
    assert refused.value.status == 503
    return refused.value.code


def test_a_person_has_one_place_and_others_theirs() -> None:
    turns = Turns(max_at_once=2, max_waiting=1)
    with turns.one("ada", wait_seconds=60.0):
        assert refusal(turns, "ada") == "engine.busy"
        with turns.one("blaise", wait_seconds=60.0):
            assert refusal(turns, "carl") == "engine.busy"
        with turns.one("carl", wait_seconds=60.0), turns.one(None, wait_seconds=60.0):
            pass
    with turns.one("ada", wait_seconds=60.0):
        pass


def test_a_place_comes_back_when_its_work_fails() -> None:
    turns = Turns(max_at_once=1, max_waiting=1)
    with pytest.raises(RuntimeError), turns.one("ada", wait_seconds=60.0):
        raise RuntimeError
    with turns.one("ada", wait_seconds=60.0):
        pass


def test_more_than_a_few_waiting_is_refused_at_once() -> None:
    turns = Turns(max_at_once=2, max_waiting=2)
    served: list[int] = []

    def wait(number: int) -> None:
        with turns.one("ada", wait_seconds=60.0):
            served.append(number)

    with ExitStack() as place:
        place.enter_context(turns.one("ada", wait_seconds=60.0))
        threads = [threading.Thread(target=wait, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        while turns._waiting["ada"] < 2:
            threading.Event().wait(0.001)
        assert refusal(turns, "ada") == "engine.your_turn"
        with turns.one("blaise", wait_seconds=60.0):
            pass
    for thread in threads:
        thread.join(10)
    assert sorted(served) == [0, 1]
    assert not turns._waiting


def test_another_persons_helper_answers_while_one_is_stopped(
    warm_pool: HelperPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A graph that takes forever, as it looks from outside: its helper stands still, and the next person's does not."""
    expected = warm_pool.call("hash", {"graph": GRAPH}, person="ada")
    warm_pool._free[0].process.suspend()
    monkeypatch.setattr(helper_process, "CALL_SECONDS", 5.0)
    codes: list[str] = []

    def heavy() -> None:
        try:
            warm_pool.call("hash", {"graph": GRAPH}, person="ada")
        except UserError as error:
            codes.append(error.code)

    thread = threading.Thread(target=heavy)
    thread.start()
    while warm_pool._free:
        threading.Event().wait(0.001)
    assert warm_pool.call("hash", {"graph": GRAPH}, person="blaise") == expected
    assert thread.is_alive()
    thread.join(30)
    assert codes == ["engine.timeout"]


def test_who_comes_while_torch_is_imported_waits_for_it(pool: HelperPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helper_process, "CALL_SECONDS", 1.0)
    answers: list[object] = []
    threads = [
        threading.Thread(target=lambda: answers.append(pool.call("hash", {"graph": GRAPH}, person="ada")))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    while pool._nursery is None:
        threading.Event().wait(0.001)
    pool._nursery.process.send_signal(signal.SIGSTOP)
    threading.Event().wait(2.0)
    pool._nursery.process.send_signal(signal.SIGCONT)
    for thread in threads:
        thread.join(120)
    assert len(answers) == 3
    assert len(set(map(str, answers))) == 1


def test_a_nursery_that_died_is_replaced(warm_pool: HelperPool) -> None:
    expected = warm_pool.call("hash", {"graph": GRAPH})
    assert warm_pool._nursery is not None
    warm_pool._nursery.process.kill()
    warm_pool._nursery.process.wait()
    warm_pool._free[0].process.kill()
    with pytest.raises(UserError, match="has been started anew"):
        warm_pool.call("hash", {"graph": GRAPH})
    assert warm_pool.call("hash", {"graph": GRAPH}) == expected


def test_a_nursery_that_is_not_ready_yet_ends_at_once(pool: HelperPool) -> None:
    codes: list[str] = []

    def first() -> None:
        try:
            pool.call("hash", {"graph": GRAPH})
        except UserError as error:
            codes.append(error.code)

    thread = threading.Thread(target=first)
    thread.start()
    while pool._nursery is None:
        threading.Event().wait(0.001)
    pool.close()
    thread.join(10)
    assert codes == ["engine.died"]
    assert pool._nursery is None


def test_helpers_end_with_the_pool(pool: HelperPool) -> None:
    pool.call("hash", {"graph": GRAPH})
    helper = pool._free[0].process
    pool.close()
    helper.wait(10)
    assert pool.call("hash", {"graph": GRAPH})

"""Whose run is next: fair between people, whatever one of them queues, and said to those who wait."""

from collections.abc import Callable

import pytest
from django.conf import LazySettings
from django.utils import timezone
from rest_framework.test import APIClient

from builder.accounts.models import User
from builder.runs.lease import claim_run, finish_run
from builder.runs.models import Run, Worker
from builder.runs.queue import find_place
from builder.runs.services import run_put_first


@pytest.fixture
def people() -> list[User]:
    return [User.objects.create_user(email=f"p{number}@example.org", password=None) for number in range(3)]


def claimed(make_run: Callable[..., Run], count: int) -> list[Run]:
    claims = [claim_run() for _ in range(count)]
    return [Run.objects.get(id=claim.run_id) for claim in claims if claim]


def test_each_person_has_a_turn_before_anybodys_second(make_run, people):
    one, two, three = people
    for owner in (one, one, one, two, two, three):
        make_run(owner=owner)
    assert [run.owner for run in claimed(make_run, 6)] == [one, two, three, one, two, one]
    assert claim_run() is None


def test_after_equal_work_the_one_who_waited_longest_is_next(make_run, people):
    one, two, _ = people
    make_run(owner=one)
    claim = claim_run()
    finish_run(claim, [], status=Run.Status.SUCCEEDED)
    make_run(owner=one)
    late = make_run(owner=two)
    assert claimed(make_run, 1) == [late]


def test_a_persons_own_runs_go_by_age_and_their_priority(make_run, people):
    first, second, wanted = (make_run(owner=people[0]) for _ in range(3))
    Run.objects.filter(id=wanted.id).update(priority=1)
    Run.objects.filter(id=first.id).update(priority=-1)
    assert claimed(make_run, 3) == [wanted, second, first]


def test_what_the_operator_puts_first_goes_first(make_run, people):
    make_run(owner=people[0])
    wanted = make_run(owner=people[1])
    run_put_first(run=wanted)
    assert claimed(make_run, 1) == [wanted]


def test_a_limit_holds_for_each_person(make_run, people, settings: LazySettings):
    settings.TRAIN_RUNS_PER_PERSON = 1
    one, two, _ = people
    mine = [make_run(owner=one) for _ in range(2)]
    theirs = make_run(owner=two)
    assert claimed(make_run, 3) == [mine[0], theirs]
    assert claim_run() is None


def test_an_abandoned_run_counts_as_waiting(make_run, people, let_lapse):
    run = make_run(owner=people[0])
    claim_run()
    let_lapse(run)
    assert claimed(make_run, 1) == [run]


def test_places_follow_the_order_of_claims(make_run, people):
    one, two, _ = people
    runs = [make_run(owner=owner) for owner in (one, one, one, two)]
    places = {run: find_place(run) for run in runs}
    assert [places[run].position for run in runs] == [1, 3, 4, 2]
    order = sorted(runs, key=lambda run: places[run].position)
    assert claimed(make_run, 4) == order
    runs[0].refresh_from_db()
    assert find_place(runs[0]) is None


def test_the_expected_start_follows_from_what_runs_and_what_is_usual(make_run, people):
    waiting = [make_run(owner=people[0]) for _ in range(3)]
    assert find_place(waiting[0]).expected_seconds is None  # no worker is there
    Worker.objects.create(
        hostname="h", pid=1, num_slots=1, num_threads=1, memory_bytes=1, used_memory_bytes=1, device="CPU",
        started_at=timezone.now(), heartbeat_at=timezone.now(),
    )  # fmt: skip
    assert find_place(waiting[0]).expected_seconds == 0
    assert find_place(waiting[1]).expected_seconds is None  # nothing was ever finished
    make_run(owner=people[1], status=Run.Status.SUCCEEDED, active_seconds=100.0)
    assert find_place(waiting[1]).expected_seconds == 100
    claim = claim_run()
    Run.objects.filter(id=claim.run_id).update(num_steps=50, step=10, seconds_per_step=0.5)
    assert find_place(waiting[1]).expected_seconds == 20
    assert find_place(waiting[2]).expected_seconds == 120


def test_a_queued_run_says_where_it_stands(api: APIClient, make_run):
    first, second = make_run(), make_run()
    answer = api.get(f"/api/v1/runs/{second.id}/").json()
    assert answer["queue"] == {"position": 2, "num_waiting": 2, "expected_seconds": None, "reason": None}
    Run.objects.filter(id=first.id).update(status=Run.Status.SUCCEEDED)
    assert api.get(f"/api/v1/runs/{first.id}/").json()["queue"] is None


def test_only_the_owner_of_the_site_puts_runs_first(api: APIClient, person: User, make_run):
    run = make_run()
    path = f"/api/v1/runs/{run.id}/"
    assert api.patch(path, {"priority": -1}, format="json").json()["priority"] == -1
    refused = api.patch(path, {"priority": 1}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (403, "run.not_first")
    person.is_superuser = True
    assert api.patch(path, {"priority": 1}, format="json").json()["priority"] == 1

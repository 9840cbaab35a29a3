"""The leases of all held runs of a process, kept by one thread."""

from functools import partial

import pytest

from builder.runs.lease import claim_run, release_run, renew_lease
from builder.runs.models import Run
from builder.runs.worker.keeper import LeaseKeeper

pytestmark = pytest.mark.django_db


def lease_end(run: Run):
    return Run.objects.values_list("lease_until", flat=True).get(id=run.id)


def test_every_held_run_is_renewed_and_what_a_person_asks_is_heard(make_run):
    runs = [make_run(), make_run()]
    claims = [claim_run(), claim_run()]
    keeper = LeaseKeeper()
    with keeper.keeping(partial(renew_lease, claims[0])), keeper.keeping(partial(renew_lease, claims[1])):
        before = [lease_end(run) for run in runs]
        Run.objects.filter(id=runs[1].id).update(requested="pause")
        keeper.renew()
        assert all(lease_end(run) > end for run, end in zip(runs, before, strict=True))
        assert [claim.requested for claim in claims] == ["", "pause"]


def test_a_lost_lease_is_told_to_its_holder_and_the_others_are_kept(make_run):
    lost_run, kept_run = make_run(), make_run()
    lost, kept = claim_run(), claim_run()
    keeper = LeaseKeeper()
    keeping = [keeper.keeping(partial(renew_lease, claim)) for claim in (lost, kept)]
    with keeping[0] as lost_lease, keeping[1] as kept_lease:
        Run.objects.filter(id=lost_run.id).update(fence=99)
        before = lease_end(kept_run)
        keeper.renew()
        assert lost_lease.is_lost
        assert not kept_lease.is_lost
        assert lease_end(kept_run) > before


def test_a_run_that_was_given_back_is_renewed_no_more(make_run):
    run = make_run()
    claim = claim_run()
    keeper = LeaseKeeper()
    with keeper.keeping(partial(renew_lease, claim)):
        release_run(claim, [], counted=False)
    keeper.renew()
    assert lease_end(run) is None

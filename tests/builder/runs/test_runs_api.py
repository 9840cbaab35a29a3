"""The runs as the API gives them; nothing trains here."""

from pathlib import Path
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from django.test import Client

from builder.projects.models import GraphVersion
from builder.runs.lease import append_events, claim_run, finish_run, record_checkpoint
from builder.runs.log import all_events, make_event
from builder.runs.models import Checkpoint, Run

RUNS = "/api/v1/runs/"
ACTIONS = ("cancel", "pause", "resume", "fork")


@pytest.fixture
def api(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def stranger(somebody_else) -> Client:
    client = Client()
    client.force_login(somebody_else)
    return client


@pytest.fixture
def trained(make_run) -> Run:
    """A run that two epochs and one rewind later has succeeded."""
    run = make_run()
    claim = claim_run()
    events = [
        make_event("point", step=1, values={"train/loss": [0.9, 0.8, 0.7]}),
        make_event("rewind", step=2),
        make_event("point", step=3, values={"train/loss": [0.71, 0.6]}),
        make_event("epoch", epoch=1, step=4, values={"train/loss": 0.75, "val/loss": 0.5, "val/accuracy": 0.9}),
        make_event("log", level="warning", code="run.child_died", fields={}),
    ]
    append_events(claim, events, step=4, epoch=1, num_steps=4)
    checkpoint = Checkpoint(
        run=run,
        fence=claim.fence,
        step=4,
        epoch=1,
        kinds=["last", "best"],
        storage_key=f"runs/{run.id}/1",
        size_bytes=9,
    )
    record_checkpoint(claim, [make_event("checkpoint", step=4, epoch=1, kinds=["last", "best"])], checkpoint)
    finish_run(claim, [], status=Run.Status.SUCCEEDED)
    run.refresh_from_db()
    return run


def test_a_run_tells_what_its_page_shows(api, trained):
    body = api.get(f"{RUNS}{trained.id}/").json()
    assert (body["number"], body["status"], body["step"], body["num_steps"]) == (1, "succeeded", 4, 4)
    assert (body["optimizer"], body["learning_rate"], body["batch_size"], body["num_epochs"]) == ("Adam", 0.001, 4, 2)
    assert body["project"]["name"] == body["dataset_version"]["name"].title() == "Digits"
    assert body["graph_version"]["number"] == 1
    assert [checkpoint["kinds"] for checkpoint in body["checkpoints"]] == [["last", "best"]]


def test_the_list_is_newest_first_and_knows_project_and_status(api, make_run, project):
    queued, failed = make_run(), make_run(status="failed")
    everything = api.get(RUNS).json()["results"]
    assert [run["id"] for run in everything] == [str(failed.id), str(queued.id)]
    assert [run["id"] for run in api.get(RUNS, {"status": "failed"}).json()["results"]] == [str(failed.id)]
    assert len(api.get(RUNS, {"project": project.id}).json()["results"]) == 2
    assert api.get(RUNS, {"project": uuid4()}).json()["results"] == []


@pytest.mark.parametrize(
    "query",
    [{"owner": "x"}, {"project__owner__password": "x"}, {"status": "done"}, {"project": "x"}, {"status[]": "a"}],
)
def test_a_list_is_filtered_by_what_it_knows_and_by_nothing_else(api, make_run, query):
    answer = api.get(RUNS, query)
    assert answer.status_code == 400
    assert answer.json()["details"][0]["path"] == next(iter(query))


def test_a_list_takes_the_same_few_queries_for_many_runs(api, make_run, django_assert_max_num_queries):
    for _ in range(20):
        make_run()
    with django_assert_max_num_queries(6):
        assert len(api.get(RUNS).json()["results"]) == 20


def test_somebody_elses_run_is_not_there(stranger, trained):
    checkpoint = trained.checkpoints.get()
    before = Run.objects.filter(id=trained.id).values().get()
    for path in ("", "metrics/", "checkpoints/", f"checkpoints/{checkpoint.id}/weights/", "code/"):
        assert stranger.get(f"{RUNS}{trained.id}/{path}").status_code == 404, path
    for action in ACTIONS:
        assert stranger.post(f"{RUNS}{trained.id}/{action}/", {}, "application/json").status_code == 404, action
    assert stranger.delete(f"{RUNS}{trained.id}/").status_code == 404
    assert stranger.patch(f"{RUNS}{trained.id}/", {"name": "mine"}, "application/json").status_code == 404
    assert stranger.get(RUNS).json()["results"] == []
    assert Run.objects.filter(id=trained.id).values().get() == before


def test_nobody_trains_on_somebody_elses_project_graph_or_data(stranger, project, dataset_version):
    version = GraphVersion.objects.create(project=project, number=1, graph=project.graph, hash="0" * 64)
    for body in ({"project": project.id}, {"graph_version": version.id}):
        assert stranger.post(RUNS, body, "application/json").status_code == 404
    assert not Run.objects.exists()


def test_without_signing_in_there_is_nothing(trained):
    assert Client().get(RUNS).status_code in (401, 403)
    assert Client().get(f"{RUNS}{trained.id}/").status_code in (401, 403)


def test_the_log_comes_whole_and_in_pieces_with_sentences_in_the_readers_language(api, trained):
    whole = api.get(f"{RUNS}{trained.id}/metrics/", {"after": 0}).json()
    assert [event["seq"] for event in whole["events"]] == list(range(1, trained.last_seq + 1))
    rest = api.get(f"{RUNS}{trained.id}/metrics/", {"after": 5}).json()
    assert rest["events"] == whole["events"][5:]
    log = next(event for event in whole["events"] if event["type"] == "log")
    assert log["message"].startswith("The training process ended")
    chinese = api.get(f"{RUNS}{trained.id}/metrics/", {"after": 0}, headers={"Accept-Language": "zh-Hans"}).json()
    assert next(event for event in chinese["events"] if event["type"] == "log")["message"].startswith("训练进程")


def test_curves_have_each_step_once_after_a_rewind(api, trained):
    body = api.get(f"{RUNS}{trained.id}/metrics/").json()
    assert body["curves"]["train/loss"] == {"steps": [1, 2, 3, 4], "values": [0.9, 0.8, 0.71, 0.6]}
    assert body["curves"]["val/accuracy"] == {"steps": [4], "values": [0.9]}
    assert body["last_seq"] == trained.last_seq
    assert list(api.get(f"{RUNS}{trained.id}/metrics/", {"names": "val/loss"}).json()["curves"]) == ["val/loss"]


@pytest.mark.parametrize(
    "query", [{"after": "-1"}, {"after": "x"}, {"points": "1"}, {"points": "9" * 30}, {"run": "1"}]
)
def test_metrics_refuse_what_they_do_not_know(api, trained, query):
    assert api.get(f"{RUNS}{trained.id}/metrics/", query).status_code == 400


def test_a_long_curve_comes_thinned_out_within_its_time(api, make_run):
    run = make_run()
    claim = claim_run()
    for first in range(1, 100_001, 500):
        append_events(claim, [make_event("point", step=first, values={"train/loss": [0.5] * 499 + [float(first)]})])
    body = api.get(f"{RUNS}{run.id}/metrics/", {"points": 1000}).json()
    curve = body["curves"]["train/loss"]
    assert len(curve["steps"]) <= 1002
    assert max(curve["values"]) == 99_501.0


def test_a_waiting_run_is_cancelled_and_paused_at_once(api, make_run):
    run = make_run()
    assert api.post(f"{RUNS}{run.id}/pause/").json()["status"] == "paused"
    assert api.post(f"{RUNS}{run.id}/resume/").json()["status"] == "queued"
    assert api.post(f"{RUNS}{run.id}/cancel/").json()["status"] == "cancelled"
    statuses = [event["status"] for event in all_events(run.id) if event["type"] == "status"]
    assert statuses == ["paused", "queued", "cancelled"]
    assert claim_run() is None


def test_a_held_run_is_asked_and_one_whose_holder_is_gone_is_ended(api, make_run, let_lapse):
    run = make_run()
    claim_run()
    body = api.post(f"{RUNS}{run.id}/cancel/").json()
    assert (body["status"], body["requested"]) == ("running", "cancel")
    let_lapse(run)
    assert api.post(f"{RUNS}{run.id}/cancel/").json()["status"] == "cancelled"


@pytest.mark.parametrize(("status", "action"), [("succeeded", "cancel"), ("failed", "pause"), ("queued", "resume")])
def test_what_a_run_cannot_do_now_is_a_conflict_that_says_why(api, make_run, status, action):
    answer = api.post(f"{RUNS}{make_run(status=status).id}/{action}/")
    assert (answer.status_code, answer.json()["code"]) == (409, "run.not_possible")
    assert status in answer.json()["message"]


def test_only_an_ended_run_is_deleted_and_not_while_another_starts_from_it(
    api, make_run, trained, django_capture_on_commit_callbacks
):
    child = make_run(parent=trained, parent_checkpoint=trained.checkpoints.get())
    assert api.delete(f"{RUNS}{child.id}/").json()["code"] == "run.not_finished"
    assert api.delete(f"{RUNS}{trained.id}/").json()["code"] == "run.has_children"
    api.post(f"{RUNS}{child.id}/cancel/")
    folder = Path(settings.FILES_DIR) / "runs" / str(trained.id)
    (folder / "1" / "step-4").mkdir(parents=True)
    with django_capture_on_commit_callbacks(execute=True):
        assert api.delete(f"{RUNS}{trained.id}/").status_code == 204
    assert not Run.objects.filter(id=trained.id).exists()
    assert not folder.exists()


def test_a_run_is_named_and_noted(api, make_run):
    run = make_run()
    body = api.patch(f"{RUNS}{run.id}/", {"name": "wider", "note": "twice as wide"}, "application/json").json()
    assert (body["name"], body["note"]) == ("wider", "twice as wide")


def test_settings_that_cannot_be_read_are_refused_with_their_place(api, project):
    for config, path in (
        ({"epochs": 0}, "config.epochs"),
        ({"rate": 1}, "config.rate"),
        ({"batch_size": 10**12}, "config.batch_size"),
    ):
        answer = api.post(RUNS, {"project": project.id, "config": config}, "application/json")
        assert (answer.status_code, answer.json()["details"][0]["path"]) == (400, path)
    assert not Run.objects.exists()


def test_a_project_without_data_says_that_it_needs_some(api, project):
    project.dataset_version = None
    project.save()
    answer = api.post(RUNS, {"project": project.id}, "application/json")
    assert (answer.status_code, answer.json()["code"]) == (422, "run.no_dataset")


def test_a_run_without_a_checkpoint_cannot_be_continued(api, make_run):
    answer = api.post(f"{RUNS}{make_run().id}/fork/", {}, "application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "run.no_checkpoint")


def test_the_family_of_a_run_is_a_tree_that_only_its_owner_sees(api, stranger, trained, make_run):
    checkpoint = trained.checkpoints.get()
    child = make_run(parent=trained, parent_checkpoint=checkpoint, carry="weights")
    other = make_run(parent=trained, parent_checkpoint=checkpoint, carry="all")
    grandchild = make_run(parent=child, summary={"metric": "val/loss", "best": {"values": {"val/loss": 0.5}}})
    make_run()
    for run in (trained, grandchild, other):
        family = api.get(f"{RUNS}{run.id}/lineage/").json()
        parents = {one["number"]: one["parent"] for one in family}
        assert parents == {
            trained.number: None,
            child.number: str(trained.id),
            other.number: str(trained.id),
            grandchild.number: str(child.id),
        }
    assert [one["parent_step"] for one in family] == [None, checkpoint.step, checkpoint.step, None]
    assert [one["best"] for one in family][-1] == 0.5
    assert stranger.get(f"{RUNS}{child.id}/lineage/").status_code == 404


def test_the_weights_come_as_a_download_byte_by_byte_the_same(api, trained):
    checkpoint = trained.checkpoints.get()
    content = bytes(range(256)) * 3000
    folder = Path(settings.FILES_DIR) / checkpoint.storage_key
    folder.mkdir(parents=True)
    (folder / "weights.safetensors").write_bytes(content)
    answer = api.get(f"{RUNS}{trained.id}/checkpoints/{checkpoint.id}/weights/")

    async def read() -> bytes:
        return b"".join([piece async for piece in answer])

    assert async_to_sync(read)() == content
    assert answer["Content-Length"] == str(len(content))
    assert answer["Content-Disposition"] == 'attachment; filename="run-1-step-4.safetensors"'


def test_weights_whose_files_are_gone_are_not_there(api, trained):
    checkpoint = trained.checkpoints.get()
    assert api.get(f"{RUNS}{trained.id}/checkpoints/{checkpoint.id}/weights/").status_code == 404


def test_two_runs_differ_in_graph_and_settings(api, stranger, make_run):
    one, other = make_run(), make_run()
    other.bound_graph = {"format": 1, "nodes": [{"id": "n1", "name": "act", "type": "ReLU"}], "edges": []}
    other.config = {**other.config, "seed": 5}
    other.save()
    answer = api.get(f"{RUNS}{one.id}/diff/", {"against": other.id}).json()
    assert answer["graph"]["nodes"]["added"] == [{"path": "n1", "name": "act", "type": "ReLU"}]
    assert answer["config"] == [{"field": "seed", "before": 0, "after": 5}]
    assert api.get(f"{RUNS}{one.id}/diff/", {"against": uuid4()}).status_code == 404
    for query in ({}, {"against": "x"}, {"against": other.id, "graph__id": 1}):
        assert api.get(f"{RUNS}{one.id}/diff/", query).status_code == 400
    assert stranger.get(f"{RUNS}{one.id}/diff/", {"against": other.id}).status_code == 404


def test_a_run_is_not_held_against_somebody_elses(api, make_run, somebody_else):
    mine, theirs = make_run(), make_run()
    Run.objects.filter(id=theirs.id).update(owner=somebody_else)
    assert api.get(f"{RUNS}{mine.id}/diff/", {"against": theirs.id}).status_code == 404

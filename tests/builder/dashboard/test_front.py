"""The front page of the admin shows what the database holds."""

import html
import json
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from builder.accounts.models import Token, User
from builder.accounts.services import token_create
from builder.dashboard import figures
from builder.datasets.models import Dataset, DatasetVersion
from builder.deployments.models import Deployment, UsageMinute
from builder.projects.models import GraphVersion, Project
from builder.runs.models import Run, Worker

pytestmark = pytest.mark.django_db
GRAPH = {"format": 1, "nodes": [], "edges": [], "blocks": {}, "notes": []}


@pytest.fixture
def owner() -> User:
    return User.objects.create_superuser("owner@example.com", "a long enough password")


@pytest.fixture
def project(owner: User) -> Project:
    return Project.objects.create(owner=owner, name="<b>Clothes</b>", graph=GRAPH)


@pytest.fixture
def make_run(owner: User, project: Project):
    dataset = Dataset.objects.create(owner=owner, name="Digits", source="sample")
    dataset_version = DatasetVersion.objects.create(dataset=dataset, number=1, status="ready", recipe={})
    version = GraphVersion.objects.create(project=project, number=1, graph=GRAPH, hash="0" * 64)

    def make(status: str, **fields) -> Run:
        return Run.objects.create(
            owner=owner,
            project=project,
            number=Run.objects.count() + 1,
            graph_version=version,
            dataset_version=dataset_version,
            bound_graph=GRAPH,
            bound_hash="0" * 64,
            config={},
            status=status,
            **fields,
        )

    return make


def chart_of(page: str, name: str) -> dict:
    """The numbers of a chart as the page holds them."""
    part = page[page.index(f'data-chart="{name}"') :]
    return json.loads(html.unescape(re.search(r'data-value="([^"]*)"', part)[1]))


def figure_of(page: str, name: str) -> int:
    return int(re.search(rf'data-figure="{name}">(\d+)<', page)[1])


def test_cards_and_charts_show_the_counts_of_the_database(client, owner, project, make_run):
    now = timezone.now()
    for status, days_ago in [("succeeded", 0), ("succeeded", 0), ("failed", 1), ("cancelled", 13), ("failed", 40)]:
        make_run(status, finished_at=now - timedelta(days=days_ago))
    make_run("queued")
    deployment = Deployment.objects.create(owner=owner, project=project, name="clothes", slug="clothes-abc123")
    UsageMinute.objects.create(
        deployment=deployment, version_number=1, minute=now, num_answered=7, num_refused=2, num_invalid=1,
        num_failed=1, num_rows=9, latency={"100": 7},
    )  # fmt: skip
    client.force_login(owner)

    page = client.get("/admin/").content.decode()

    assert figure_of(page, "runs") == Run.objects.count() == 6
    assert figure_of(page, "people") == User.objects.count()
    assert figure_of(page, "deployments") == 1
    runs = {part["label"]: part["data"] for part in chart_of(page, "runs_a_day")["datasets"]}
    assert [runs[status][-1] for status in ("succeeded", "failed", "cancelled")] == [2, 0, 0]
    assert runs["failed"][-2] == 1
    assert runs["cancelled"][0] == 1
    recent = Run.objects.filter(status__in=Run.FINAL, finished_at__gte=now - timedelta(days=14)).count()
    assert sum(map(sum, runs.values())) == recent
    requests = {part["label"]: part["data"] for part in chart_of(page, "requests_an_hour")["datasets"]}
    assert [requests[kind][-1] for kind in ("answered", "refused", "errors")] == [7, 2, 2]


def test_queue_shows_names_as_text(client, owner, make_run):
    run = make_run("running", step=10, num_steps=100)
    client.force_login(owner)

    page = client.get("/admin/").content.decode()

    assert f"/admin/runs/run/{run.id}/change/" in page
    assert "&lt;b&gt;Clothes&lt;/b&gt;" in page
    assert "<b>Clothes</b>" not in page
    assert "10 / 100" in page


def test_a_worker_without_a_heartbeat_is_said_to_be_silent(client, owner):
    now = timezone.now()
    for name, age in [("near", 1), ("far", 600)]:
        Worker.objects.create(
            hostname=name, pid=1, device="cpu", started_at=now, heartbeat_at=now - timedelta(seconds=age)
        )
    client.force_login(owner)

    page = client.get("/admin/").content.decode()

    assert page.count("(silent)") == 1


def test_disk_use_equals_the_bytes_of_the_files(tmp_path):
    folder = tmp_path / "files" / "runs" / "one"
    folder.mkdir(parents=True)
    (folder / "weights.safetensors").write_bytes(b"x" * 1000)
    (tmp_path / "files" / "datasets").mkdir()
    (tmp_path / "files" / "datasets" / "table.parquet").write_bytes(b"y" * 50)

    areas = {area.name: (area.size_bytes, area.num_files) for area in figures.disk_areas(tmp_path)}

    assert areas["runs"] == (1000, 1)
    assert areas["datasets"] == (50, 1)
    assert areas["deployments"] == (0, 0)


def test_front_page_is_chinese_for_who_reads_chinese(client, owner):
    client.force_login(owner)
    page = client.get("/admin/", headers={"accept-language": "zh-Hans"}).content.decode()
    assert "最近 14 天每天结束的训练" in page


@pytest.mark.parametrize(
    "model",
    [
        "accounts/user", "accounts/token", "accounts/invite", "projects/project", "datasets/dataset",
        "datasets/datasetversion", "runs/run", "runs/worker", "deployments/deployment",
        "deployments/deploymentversion", "deployments/key",
    ],
)  # fmt: skip
def test_every_list_opens(client, owner, make_run, model):
    make_run("failed")
    client.force_login(owner)
    assert client.get(f"/admin/{model}/").status_code == 200


def test_a_run_opens_and_cannot_be_edited(client, owner, make_run):
    run = make_run("failed")
    client.force_login(owner)
    answer = client.get(f"/admin/runs/run/{run.id}/change/")
    assert answer.status_code == 200
    assert b'name="_save"' not in answer.content


def act(client, model: str, action: str, *rows) -> str:
    data = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    return client.post(f"/admin/{model}/", data, follow=True).content.decode()


def test_runs_are_cancelled_and_queued_again_from_the_list(client, owner, make_run):
    run = make_run("queued")
    client.force_login(owner)

    act(client, "runs/run", "cancel", run)
    run.refresh_from_db()
    assert run.status == "cancelled"

    act(client, "runs/run", "requeue", run)
    run.refresh_from_db()
    assert run.status == "queued"


def test_what_cannot_be_done_is_said_and_changes_nothing(client, owner, make_run):
    run = make_run("succeeded")
    client.force_login(owner)

    page = act(client, "runs/run", "cancel", run)

    run.refresh_from_db()
    assert run.status == "succeeded"
    assert "succeeded" in page


def test_a_token_is_revoked_from_the_list(client, owner):
    token, _ = token_create(user=owner, name="script")
    client.force_login(owner)
    act(client, "accounts/token", "revoke", token)
    assert not Token.objects.get(pk=token.pk).is_usable


def test_who_is_no_operator_is_refused(client):
    client.force_login(User.objects.create_user("someone@example.com", "a long enough password"))
    assert client.get("/admin/", follow=True).status_code == 403


def test_who_is_signed_out_is_sent_to_the_sign_in_page(client):
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0] == "/sign-in?next=%2Fadmin%2F"

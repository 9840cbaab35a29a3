"""What a person does with runs. The holder's side of the row is in `lease`."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from builder import engine
from builder.datasets.models import DatasetVersion
from builder.projects.models import GraphVersion, ImportedWeights, Project
from builder.projects.services import version_create
from builder.runs import messages  # noqa: F401  (registers the sentences raised here)
from builder.runs.lease import change_unheld, end_unheld
from builder.runs.log import make_event, write_chunk
from builder.runs.models import Checkpoint, Run, Worker
from builder.runs.need import estimate_need
from builder.runs.queue import eligible, most_processes
from builder.runs.seats import seats_forget
from builder.runs.selectors import unfinished_children
from builder.runs.timing import trained_rows
from builder.runs.wakes import send_wake
from trainer.errors import UserError
from trainer.training.config import RunConfig, parse_config

SILENT_WORKER_KEPT = timedelta(days=1)


class GraphProblem(UserError):
    """A problem of the analysis, whose sentence is already in the reader's language."""

    def __init__(self, problem: dict) -> None:
        self._sentence = problem["message"]
        path = ".".join(str(part) for part in (problem.get("node"), problem.get("param")) if part)
        super().__init__(problem["code"], path=path)

    def message(self, language: str = "en") -> str:
        return self._sentence


def run_create(
    *,
    user,
    project: Project,
    graph_version: GraphVersion | None,
    dataset_version: DatasetVersion | None,
    config: dict,
    language: str,
    name: str = "",
    parent_checkpoint: Checkpoint | None = None,
    carry: str = "",
    weights: ImportedWeights | None = None,
) -> Run:
    """Freeze what is to be trained and queue it. 422 where the graph has problems with this data set, or no worker has
    the memory."""
    dataset_version = dataset_version or project.dataset_version
    if dataset_version is None:
        raise UserError("run.no_dataset", path="dataset_version", status=422)
    if dataset_version.status != "ready":
        raise UserError("run.dataset_not_ready", path="dataset_version", status=422, state=dataset_version.status)
    if graph_version is not None and graph_version.project_id != project.id:
        raise UserError("run.other_project", path="graph_version")
    parsed = parse_config(config, path="config")
    _refuse_too_many_processes(parsed)
    settings = parsed.to_json()
    graph = graph_version.graph if graph_version else project.graph
    _refuse_problems(graph, dataset_version, settings, language, person=user.pk)
    need = estimate_need(graph, dataset_version.manifest, settings, person=user.pk)
    graph_version = graph_version or version_create(project=project)
    bound = engine.bind_graph(graph_version.graph, dataset_version.manifest)
    with transaction.atomic():
        number = _next_number(project)
        run = Run.objects.create(
            owner=user,
            project=project,
            number=number,
            name=name,
            graph_version=graph_version,
            dataset_version=dataset_version,
            bound_graph=bound,
            bound_hash=engine.graph_hash(bound),
            config=settings,
            num_machines=parsed.parallel.machines if parsed.parallel else 1,
            parent=parent_checkpoint.run if parent_checkpoint else None,
            parent_checkpoint=parent_checkpoint,
            carry=carry if parent_checkpoint else "",
            weights=weights,
            memory_bytes=need.cpu_bytes,
            gpu_memory_bytes=need.gpu_bytes,
            summary={"num_rows": trained_rows(bound, dataset_version.manifest)},
            last_seq=1,
        )
        write_chunk(run.id, [make_event("status", status=run.status)], 1)
        transaction.on_commit(send_wake)
    return run


def run_fork(
    *,
    user,
    run: Run,
    checkpoint: Checkpoint | None,
    graph_version: GraphVersion | None,
    config: dict,
    carry: str,
    name: str,
    language: str,
) -> Run:
    """A run of its own that starts from the weights (or the whole state) of `run`; `config` changes its settings."""
    checkpoint = checkpoint or best_checkpoint(run)
    if checkpoint is None:
        raise UserError("run.no_checkpoint", status=409)
    return run_create(
        user=user,
        project=run.project,
        graph_version=graph_version or run.graph_version,
        dataset_version=run.dataset_version,
        config={**run.config, **config},
        name=name,
        language=language,
        parent_checkpoint=checkpoint,
        carry=carry,
    )


def best_checkpoint(run: Run) -> Checkpoint | None:
    checkpoints = sorted(run.checkpoints.all(), key=lambda c: ("best" in c.kinds, "last" in c.kinds, c.step))
    return checkpoints[-1] if checkpoints else None


def run_cancel(*, run: Run) -> None:
    """End a run that nobody holds at once; ask the holder of another to end it."""
    if not end_unheld(run.id, status=Run.Status.CANCELLED) and not _request(run, Run.Requested.CANCEL):
        raise _not_possible(run, "cancel", "queued, running, paused")


def run_pause(*, run: Run) -> None:
    events = [make_event("status", status=Run.Status.PAUSED.value)]
    changes = {"status": Run.Status.PAUSED, "requested": "", "lease_until": None, "worker": None}
    if not change_unheld(run.id, eligible(), events, **changes) and not _request(run, Run.Requested.PAUSE):
        raise _not_possible(run, "pause", "queued, running")


def run_resume(*, run: Run) -> None:
    """Queue a paused run again. It goes on from its checkpoint."""
    events = [make_event("status", status=Run.Status.QUEUED.value)]
    if not change_unheld(run.id, Q(status=Run.Status.PAUSED), events, status=Run.Status.QUEUED, attempts=0, error=None):
        raise _not_possible(run, "resume", "paused")
    send_wake()


def run_requeue(*, run: Run) -> None:
    """For the operator: queue a failed or cancelled run again, from its last checkpoint."""
    events = [make_event("status", status=Run.Status.QUEUED.value)]
    ended = Q(status__in=[Run.Status.FAILED, Run.Status.CANCELLED])
    if not change_unheld(run.id, ended, events, status=Run.Status.QUEUED, attempts=0, error=None, finished_at=None):
        raise _not_possible(run, "requeue", "failed, cancelled")
    send_wake()


def run_update(*, run: Run, user, name: str | None = None, note: str | None = None, priority: int | None = None) -> Run:
    """Name, note and priority. To go before others is the owner's of the site alone: 403 for anybody else."""
    if priority is not None and priority > 0 and not user.is_superuser:
        raise UserError("run.not_first", path="priority", status=403)
    run.name = run.name if name is None else name
    run.note = run.note if note is None else note
    run.priority = run.priority if priority is None else priority
    run.save(update_fields=["name", "note", "priority", "updated_at"])
    return run


def run_put_first(*, run: Run) -> None:
    """For the operator: let a waiting run go before all others."""
    if not Run.objects.filter(eligible(), id=run.id).update(priority=1):
        raise _not_possible(run, "put first", "queued")
    send_wake()


def run_delete(*, run: Run) -> None:
    if not run.is_final:
        raise UserError("run.not_finished", status=409, state=run.status)
    if child := unfinished_children(run).first():
        raise UserError("run.has_children", status=409, number=child.number)
    run.delete()


def workers_forget() -> None:
    """Drop the rows of workers that went without a word and were not heard of for a day, and what they left."""
    seats_forget()
    Worker.objects.filter(heartbeat_at__lt=timezone.now() - SILENT_WORKER_KEPT).delete()


def _refuse_problems(
    graph: dict, dataset_version: DatasetVersion, config: dict, language: str, *, person: object
) -> None:
    manifest = dataset_version.manifest
    batch_size = manifest["splits"]["train"] if config["batch_size"] == "all" else config["batch_size"]
    report = engine.check_graph(graph, facts=manifest, batch_size=batch_size, language=language, person=person)
    if errors := [GraphProblem(problem) for problem in report["problems"] if problem["severity"] == "error"]:
        first = errors[0].message(language)
        raise UserError("graph.invalid", status=422, problems=errors, count=len(errors), first=first)


def _refuse_too_many_processes(config: RunConfig) -> None:
    """422 where no worker that is heard of has a device for each process."""
    wanted = config.parallel.processes if config.parallel else None
    most = most_processes(config.device)
    if wanted is not None and most is not None and wanted > most:
        raise UserError(
            "training.parallel_devices",
            path="config.parallel.processes",
            status=422,
            received=wanted,
            expected=most,
        )


def _next_number(project: Project) -> int:
    Project.objects.select_for_update().only("id").get(id=project.id)
    return (Run.objects.filter(project=project).aggregate(last=Max("number"))["last"] or 0) + 1


def _request(run: Run, requested: str) -> bool:
    return bool(Run.objects.filter(id=run.id, status=Run.Status.RUNNING).update(requested=requested))


def _not_possible(run: Run, action: str, expected: str) -> UserError:
    state = Run.objects.values_list("status", flat=True).get(id=run.id)
    return UserError("run.not_possible", status=409, state=state, action=action, expected=expected)

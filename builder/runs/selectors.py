"""Reads. Each starts from what the person may see."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from builder.files import local_folder
from builder.runs.models import Checkpoint, Run
from builder.runs.queue import eligible

MAX_FAMILY = 200
LIST_RELATED = ("project", "graph_version", "dataset_version__dataset", "parent", "parent_checkpoint", "worker")
LIST_DEFERRED = ("bound_graph", "graph_version__graph", "project__graph", "dataset_version__manifest")


def run_list(*, user, project: UUID | None = None, status: str | None = None) -> QuerySet[Run]:
    runs = Run.objects.visible_to(user).select_related(*LIST_RELATED).defer(*LIST_DEFERRED)
    if project is not None:
        runs = runs.filter(project_id=project)
    if status is not None:
        runs = runs.filter(status=status)
    return runs


def run_get(*, user, run_id: UUID) -> Run:
    """The run, or Http404 where it is not the person's."""
    run = run_list(user=user).filter(id=run_id).first()
    if run is None:
        raise Http404
    return run


def run_is_visible(*, user, run_id: UUID) -> bool:
    return Run.objects.visible_to(user).filter(id=run_id).exists()


def checkpoint_list(*, user, run_id: UUID) -> QuerySet[Checkpoint]:
    return Checkpoint.objects.visible_to(user).filter(run_id=run_id)


def checkpoint_get(*, user, run_id: UUID, checkpoint_id: UUID) -> Checkpoint:
    checkpoint = checkpoint_list(user=user, run_id=run_id).select_related("run").filter(id=checkpoint_id).first()
    if checkpoint is None:
        raise Http404
    return checkpoint


def checkpoint_weights(checkpoint: Checkpoint):
    """The path of the checkpoint's safetensors file; Http404 where the files are gone."""
    path = local_folder(checkpoint.storage_key) / "weights.safetensors"
    if not path.is_file():
        raise Http404
    return path


def num_eligible_runs() -> int:
    return Run.objects.filter(eligible()).count()


def last_seqs(run_ids: list[UUID]) -> dict[UUID, int]:
    return dict(Run.objects.filter(id__in=run_ids).values_list("id", "last_seq"))


def run_to_hold(run_id: UUID) -> Run:
    """The run with all that its holder needs to prepare the job."""
    return Run.objects.select_related("checkpoint", "parent_checkpoint__run", "dataset_version", "weights").get(
        id=run_id
    )


def run_lineage(*, user, run: Run) -> list[Run]:
    """The runs that `run` descends from, itself, and all that descend from it or from those; the oldest first."""
    visible = Run.objects.visible_to(user).select_related("parent_checkpoint").defer("bound_graph", "config")
    root, seen = run, {run.id}
    while root.parent_id and root.parent_id not in seen and (parent := visible.filter(id=root.parent_id).first()):
        root = parent
        seen.add(root.id)
    family, generation = [root], [root]
    while generation and len(family) < MAX_FAMILY:
        generation = list(visible.filter(parent__in=generation).order_by("id")[: MAX_FAMILY - len(family)])
        family += generation
    return family


def unfinished_children(run: Run) -> QuerySet[Run]:
    return Run.objects.filter(parent=run).exclude(status__in=Run.FINAL)

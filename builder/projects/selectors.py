"""Reads: projects and what belongs to them, for the person who asks."""

from uuid import UUID

from django.db.models import Count, QuerySet
from django.shortcuts import get_object_or_404

from builder.accounts.models import User
from builder.datasets.models import DatasetVersion
from builder.projects import messages  # noqa: F401  (registers the sentences raised here)
from builder.projects.models import GraphVersion, Project
from trainer.errors import UserError


def project_list(*, user: User) -> QuerySet[Project]:
    return Project.objects.visible_to(user).select_related("dataset_version__dataset").defer("graph")


def project_get(*, user: User, project_id: UUID) -> Project:
    visible = Project.objects.visible_to(user).select_related("dataset_version__dataset")
    return get_object_or_404(visible, pk=project_id)


def project_head(*, user: User, project_id: UUID) -> Project:
    """The project without its draft and its data, for a check, which brings its own and comes at every keystroke."""
    visible = Project.objects.visible_to(user).only("graph_hash", "num_parameters")
    return get_object_or_404(visible, pk=project_id)


def version_list(*, project: Project) -> QuerySet[GraphVersion]:
    """Newest first, with how many runs each has; without the graphs."""
    return project.versions.annotate(num_runs=Count("runs")).defer("graph")


def version_get(*, project: Project, number: int) -> GraphVersion:
    version = project.versions.filter(number=number).first()
    if version is None:
        raise UserError("project.no_version", status=404, number=number)
    return version


def graph_against(*, project: Project, against: str) -> dict:
    """The graph that a version is compared with: the draft, or a version by its number or id."""
    if against == "draft":
        return project.graph
    if against.isascii() and against.isdigit() and len(against) < 10:
        return version_get(project=project, number=int(against)).graph
    try:
        wanted = UUID(against)
    except ValueError:
        raise UserError("project.against", path="against", received=against[:80]) from None
    return get_object_or_404(project.versions.all(), pk=wanted).graph


def dataset_facts(*, user: User, version_id: UUID | None) -> dict | None:
    """The manifest of a data set version, or None for none and for one that is still being made."""
    if version_id is None:
        return None
    version = get_object_or_404(DatasetVersion.objects.visible_to(user), pk=version_id)
    return version.manifest if version.status == DatasetVersion.Status.READY else None

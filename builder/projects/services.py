"""Writes: projects, their drafts and frozen versions."""

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from builder import engine
from builder.accounts.models import User
from builder.datasets.models import DatasetVersion
from builder.datasets.services import dataset_create_from_sample
from builder.projects import messages  # noqa: F401  (registers the sentences raised here)
from builder.projects.models import GraphVersion, ImportedWeights, Project
from trainer.errors import UserError
from trainer.graph.template_list import TEMPLATES
from trainer.messages.registry import Text

UNTITLED = Text("Untitled", "未命名")
COPY_OF = Text("{name} (copy)", "{name}（副本）")
BLANK_GRAPH = {"format": 1, "nodes": [], "edges": [], "blocks": {}, "notes": []}


def project_create(
    *,
    owner: User,
    name: str | None,
    graph: object = None,
    dataset_version: DatasetVersion | None = None,
    weights: ImportedWeights | None = None,
    run_settings: dict | None = None,
    language: str = "en",
) -> Project:
    return Project.objects.create(
        owner=owner,
        name=name or UNTITLED.render(language),
        dataset_version=dataset_version,
        weights=weights,
        run_settings=run_settings,
        **draft_fields(BLANK_GRAPH if graph is None else graph),
    )


def project_create_from_template(
    *, owner: User, template: str, size: int | None, name: str | None, language: str
) -> Project:
    """A project with the graph and run settings of a template, bound to the person's data set of its sample."""
    if template not in TEMPLATES:
        raise UserError("project.template", path="template", name=template, known=", ".join(TEMPLATES))
    entry = TEMPLATES[template]
    graph = engine.template_graph(entry.id, size)
    dataset = dataset_create_from_sample(owner=owner, sample_id=entry.sample) if entry.sample else None
    return project_create(
        owner=owner,
        name=name or entry.title.render(language),
        graph=graph,
        dataset_version=dataset.versions.first() if dataset else None,
        run_settings=dict(entry.settings),
        language=language,
    )


def draft_fields(graph: object) -> dict[str, object]:
    """What a draft sets in its project's row. Raises UserError (400) where the graph cannot be read."""
    document = engine.parse_graph(graph)
    return {
        "graph": document.to_json(),
        "graph_hash": engine.document_hash(document),
        "strip": engine.graph_strip(document),
    }


def project_duplicate(*, project: Project, name: str | None, language: str = "en") -> Project:
    return Project.objects.create(
        owner=project.owner,
        name=name or COPY_OF.render(language, name=project.name[:80]),
        graph=project.graph,
        graph_hash=project.graph_hash,
        strip=project.strip,
        num_parameters=project.num_parameters,
        dataset_version=project.dataset_version,
        run_settings=project.run_settings,
        weights=project.weights,
    )


def project_update(*, project: Project, changes: dict) -> Project:
    """`changes` holds some of name and dataset_version."""
    version = changes.get("dataset_version")
    if version is not None and version.status == DatasetVersion.Status.FAILED:
        raise UserError("project.dataset_not_ready", path="dataset_version", state=version.status)
    for field, value in changes.items():
        setattr(project, field, value)
    project.save(update_fields=[*changes, "updated_at"])
    return project


def project_delete(*, project: Project) -> None:
    """With its versions, runs and deployments. Their files are swept later."""
    project.delete()


def graph_save(*, project: Project, graph: object, revision: int) -> Project:
    """Put `graph` in place of the draft that has `revision`. 412 when somebody was faster: one UPDATE decides."""
    fields = draft_fields(graph)
    if fields["graph_hash"] != project.graph_hash:
        fields["num_parameters"] = None
    saved = Project.objects.filter(pk=project.pk, graph_revision=revision).update(
        graph_revision=F("graph_revision") + 1, updated_at=timezone.now(), **fields
    )
    if not saved:
        raise UserError("project.changed", status=412)
    project.refresh_from_db()
    return project


def num_parameters_note(*, project: Project, graph_hash: str, num_parameters: int) -> None:
    """Keep what an analysis found out about the draft, if it still is that draft."""
    if project.graph_hash == graph_hash and project.num_parameters != num_parameters:
        Project.objects.filter(pk=project.pk, graph_hash=graph_hash).update(num_parameters=num_parameters)


def version_create(*, project: Project) -> GraphVersion:
    """The draft, frozen. The last version again where the network has not changed since."""
    with transaction.atomic():
        locked = Project.objects.select_for_update().get(pk=project.pk)
        last = locked.versions.first()
        if last is not None and last.hash == locked.graph_hash:
            return last
        number = (locked.versions.aggregate(last=Max("number"))["last"] or 0) + 1
        return GraphVersion.objects.create(
            project=locked,
            number=number,
            graph=locked.graph,
            hash=locked.graph_hash,
            changes=engine.brief_change(last.graph, locked.graph) if last else None,
        )

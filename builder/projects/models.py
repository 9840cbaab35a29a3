from django.db import models

from builder.ownership import Owned, OwnedQuerySet, new_id


class ImportedWeights(Owned):
    """The weights of a model that a person brought: one safetensors file, never changed."""

    name = models.CharField(max_length=200, help_text="What the file was called")
    num_tensors = models.PositiveIntegerField()
    size_bytes = models.PositiveBigIntegerField(default=0)
    storage_key = models.CharField(max_length=200)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "imported weights"

    def __str__(self) -> str:
        return self.name


class Project(Owned):
    """A graph being drawn, and the data set version it is bound to. The draft may have problems."""

    name = models.CharField(max_length=100)
    graph = models.JSONField(help_text="The draft: a graph document")
    graph_revision = models.PositiveIntegerField(default=1, help_text="Raised by each save; the ETag")
    graph_hash = models.CharField(max_length=64, blank=True)
    strip = models.JSONField(default=list, help_text="The families of its nodes in order, for a small picture of it")
    num_parameters = models.BigIntegerField(null=True, blank=True, help_text="Of this draft, once it was analysed")
    dataset_version = models.ForeignKey(
        "datasets.DatasetVersion", on_delete=models.SET_NULL, null=True, blank=True, related_name="projects"
    )
    run_settings = models.JSONField(
        null=True, blank=True, help_text="What its first run is best trained with, where its template says so"
    )
    weights = models.ForeignKey(
        ImportedWeights, on_delete=models.SET_NULL, null=True, blank=True, related_name="projects"
    )

    class Meta:
        ordering = ["-updated_at"]
        indexes = [models.Index(fields=["owner", "-id"])]

    def __str__(self) -> str:
        return self.name


class GraphVersion(models.Model):
    """A draft as it was when it was frozen. Never changed."""

    owner_path = "project__owner"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    graph = models.JSONField()
    hash = models.CharField(max_length=64)
    changes = models.JSONField(null=True, help_text="What it has that the version before has not, in brief")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="graph_version_number_of_project")]

    def __str__(self) -> str:
        return f"{self.project} v{self.number}"

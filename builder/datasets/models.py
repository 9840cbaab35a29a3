"""Data sets and their versions. The row of a version is the truth; its files are immutable once it is ready."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from builder.ownership import Owned, OwnedQuerySet, new_id


class Dataset(Owned):
    """A person's data set: from a sample that comes along, or from an upload."""

    class Source(models.TextChoices):
        SAMPLE = "sample"
        UPLOAD = "upload"

    name = models.CharField(max_length=200)
    source = models.CharField(max_length=16, choices=Source.choices)
    sample = models.CharField(max_length=64, blank=True, help_text="Which sample it is of")

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["owner", "-id"])]

    def __str__(self) -> str:
        return self.name


class DatasetVersion(models.Model):
    """One immutable state of a data set. Made by a task; `attempt` fences a task that was given up."""

    owner_path = "dataset__owner"

    class Status(models.TextChoices):
        INGESTING = "ingesting"
        READY = "ready"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.INGESTING)
    progress = models.FloatField(default=0, validators=[MinValueValidator(0), MaxValueValidator(1)])
    recipe = models.JSONField(help_text="What it is made from: a sample, an upload, or changes to another version")
    manifest = models.JSONField(null=True, blank=True)
    num_rows = models.PositiveBigIntegerField(default=0)
    size_bytes = models.PositiveBigIntegerField(default=0)
    storage_key = models.CharField(max_length=200, blank=True)
    error = models.JSONField(null=True, blank=True, help_text="Code, path and fields; the sentence is made on reading")
    attempt = models.PositiveIntegerField(default=0)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["dataset", "number"], name="dataset_version_number_of_dataset")]
        indexes = [models.Index(fields=["status", "heartbeat_at"])]

    def __str__(self) -> str:
        return f"{self.dataset} v{self.number}"


class SampleFolder(models.Model):
    """A sample that has been built on this installation. Every data set of the sample shares its files."""

    sample = models.CharField(max_length=64, primary_key=True)
    storage_key = models.CharField(max_length=200)
    manifest = models.JSONField()

    def __str__(self) -> str:
        return self.sample

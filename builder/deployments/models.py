from django.db import models
from django.utils import timezone

from builder.ownership import Owned, OwnedQuerySet, new_id


class Deployment(Owned):
    """A trained graph behind an address, of which `slug` is the part for life. Rollback moves `active_version`."""

    class State(models.TextChoices):
        LIVE = "live"
        OFFLINE = "offline"

    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="deployments")
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.LIVE)
    active_version = models.ForeignKey(
        "DeploymentVersion", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    def __str__(self) -> str:
        return self.slug


class DeploymentVersion(models.Model):
    """One exported checkpoint, immutable once ready. `storage_key` is the folder of its bundle."""

    owner_path = "deployment__owner"

    class Status(models.TextChoices):
        EXPORTING = "exporting"
        READY = "ready"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    deployment = models.ForeignKey(Deployment, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    run = models.ForeignKey("runs.Run", on_delete=models.SET_NULL, null=True, related_name="+")
    checkpoint = models.ForeignKey("runs.Checkpoint", on_delete=models.SET_NULL, null=True, related_name="+")
    checkpoint_key = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.EXPORTING)
    storage_key = models.CharField(max_length=200, blank=True)
    runtime = models.CharField(max_length=10, blank=True)
    size_bytes = models.BigIntegerField(default=0)
    metrics = models.JSONField(default=dict)
    report = models.JSONField(default=dict)
    error = models.JSONField(null=True)
    claimed_at = models.DateTimeField(null=True)
    num_attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    ready_at = models.DateTimeField(null=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["deployment", "number"], name="version_number_once")]

    def __str__(self) -> str:
        return f"{self.deployment.slug} v{self.number}"


class Key(Owned):
    """What a program signs in with: `prefix.secret`. Only the prefix and the digest of the secret are stored."""

    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=20, unique=True)
    digest = models.BinaryField(max_length=32)
    deployments = models.ManyToManyField(Deployment, related_name="keys")
    requests_per_second = models.PositiveIntegerField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"

    @property
    def is_usable(self) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > timezone.now())


class UsageMinute(models.Model):
    """What one version answered within one minute. `latency` counts answers by the buckets of `predict.latency`."""

    owner_path = "deployment__owner"

    deployment = models.ForeignKey(Deployment, on_delete=models.CASCADE, related_name="usage")
    version_number = models.PositiveIntegerField()
    minute = models.DateTimeField()
    num_answered = models.PositiveIntegerField(default=0)
    num_invalid = models.PositiveIntegerField(default=0)
    num_refused = models.PositiveIntegerField(default=0)
    num_failed = models.PositiveIntegerField(default=0)
    num_rows = models.PositiveIntegerField(default=0)
    latency = models.JSONField(default=dict)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["deployment", "minute", "version_number"], name="usage_minute_once")
        ]

    def __str__(self) -> str:
        return f"{self.deployment_id} {self.minute:%Y-%m-%d %H:%M}"


class RequestLog(models.Model):
    """One of the last requests of a deployment; older ones live on in the minutes only."""

    owner_path = "deployment__owner"

    deployment = models.ForeignKey(Deployment, on_delete=models.CASCADE, related_name="requests")
    time = models.DateTimeField()
    request_id = models.CharField(max_length=64)
    version_number = models.PositiveIntegerField()
    caller = models.CharField(max_length=80, blank=True)
    status = models.PositiveSmallIntegerField()
    num_rows = models.PositiveIntegerField()
    latency_ms = models.FloatField()
    summary = models.JSONField(default=dict)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["deployment", "-time"], name="request_log_latest")]

    def __str__(self) -> str:
        return self.request_id

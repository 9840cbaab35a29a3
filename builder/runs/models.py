"""Training runs. The row of a run is the truth about it; messages between processes are only wake-ups."""

from django.db import models

from builder.ownership import Owned, OwnedQuerySet, new_id


class Worker(models.Model):
    """A train worker that has been heard of. It writes its heartbeat every few seconds; its row goes when it leaves."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    hostname = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    device = models.CharField(max_length=120)
    num_slots = models.PositiveSmallIntegerField(default=1)
    num_threads = models.PositiveSmallIntegerField(default=1)
    host = models.CharField(max_length=255, blank=True, help_text="Where others meet it for a run that they share")
    memory_bytes = models.BigIntegerField(default=0)
    used_memory_bytes = models.BigIntegerField(default=0)
    devices = models.JSONField(default=list, help_text="kind, name, total_bytes and free_bytes of each")
    started_at = models.DateTimeField()
    heartbeat_at = models.DateTimeField()

    class Meta:
        ordering = ["hostname", "pid"]

    def __str__(self) -> str:
        return f"{self.hostname}:{self.pid}"


class Run(Owned):
    """One training of one frozen graph on one data set version.

    Whoever holds a run holds its `fence`: claiming raises it, and every write of the holder names it. A write under an
    older fence touches no row, so a holder that was thought dead can do no harm when it wakes.
    """

    class Status(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        PAUSED = "paused"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CANCELLED = "cancelled"

    class Requested(models.TextChoices):
        NOTHING = ""
        PAUSE = "pause"
        CANCEL = "cancel"

    class Carry(models.TextChoices):
        NOTHING = ""
        WEIGHTS = "weights"
        ALL = "all"

    FINAL = (Status.SUCCEEDED, Status.FAILED, Status.CANCELLED)

    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="runs")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)

    graph_version = models.ForeignKey("projects.GraphVersion", on_delete=models.RESTRICT, related_name="runs")
    dataset_version = models.ForeignKey("datasets.DatasetVersion", on_delete=models.RESTRICT, related_name="runs")
    bound_graph = models.JSONField()
    bound_hash = models.CharField(max_length=64)
    config = models.JSONField()
    num_machines = models.PositiveSmallIntegerField(default=1, help_text="How many train workers share it")
    parent = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="children")
    parent_checkpoint = models.ForeignKey(
        "Checkpoint", on_delete=models.SET_NULL, null=True, blank=True, related_name="forks"
    )
    carry = models.CharField(max_length=8, choices=Carry.choices, default=Carry.NOTHING, blank=True)

    weights = models.ForeignKey(
        "projects.ImportedWeights",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="runs",
        help_text="Imported ones it began with, as far as they fit",
    )

    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    priority = models.SmallIntegerField(default=0, help_text="Those of a higher one start first.")
    requested = models.CharField(max_length=6, choices=Requested.choices, default=Requested.NOTHING, blank=True)
    fence = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    worker = models.ForeignKey(Worker, on_delete=models.SET_NULL, null=True, blank=True, related_name="runs")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Claims since the last checkpoint that was newer.")
    last_seq = models.BigIntegerField(default=0)
    checkpoint = models.ForeignKey("Checkpoint", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    frozen = models.JSONField(null=True, blank=True, help_text="What the first claim fixed of the arithmetic.")

    memory_bytes = models.BigIntegerField(null=True, blank=True, help_text="Estimated peak, where it trains on a CPU")
    gpu_memory_bytes = models.BigIntegerField(null=True, blank=True, help_text="The same on a GPU, if it may go there")
    held_up_since = models.DateTimeField(null=True, blank=True, help_text="When it was first passed")

    step = models.BigIntegerField(default=0)
    num_steps = models.BigIntegerField(null=True, blank=True)
    steps_per_epoch = models.BigIntegerField(null=True, blank=True)
    epoch = models.PositiveIntegerField(default=0)
    num_parameters = models.BigIntegerField(null=True, blank=True)
    active_seconds = models.FloatField(default=0.0)
    seconds_per_step = models.FloatField(null=True, blank=True)
    summary = models.JSONField(default=dict, blank=True)
    error = models.JSONField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="run_number_of_project")]
        indexes = [models.Index(fields=["status", "lease_until"]), models.Index(fields=["owner", "status"])]

    def __str__(self) -> str:
        return f"run {self.number}"

    @property
    def is_final(self) -> bool:
        return self.status in self.FINAL


class Seat(models.Model):
    """A slot that offers itself to a run over several machines, and then its part in that run.

    Whoever claims such a run leads it, and takes the seats of others for its fence in the same transaction.
    """

    class State(models.TextChoices):
        OFFERED = "offered"
        TAKEN = "taken"
        LEAVING = "leaving"  # its worker was told to leave: the run is to be handed back
        ENDED = "ended"  # its processes have ended, with `error` where they failed
        LOST = "lost"  # they were killed

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    worker = models.ForeignKey(Worker, on_delete=models.CASCADE, related_name="seats")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="seats")
    state = models.CharField(max_length=8, choices=State.choices, default=State.OFFERED)
    fence = models.BigIntegerField(null=True, blank=True)
    rank = models.PositiveSmallIntegerField(null=True, blank=True)
    address = models.CharField(max_length=300, blank=True, help_text="host:port of the machine that leads")
    until = models.DateTimeField(help_text="Renewed like a lease")
    error = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.run_id} {self.state}"


class Checkpoint(models.Model):
    """A stored state of a run. Files cannot be fenced, so the key under which they lie names the fence."""

    owner_path = "run__owner"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="checkpoints")
    fence = models.BigIntegerField()
    step = models.BigIntegerField()
    epoch = models.PositiveIntegerField()
    kinds = models.JSONField(default=list, help_text='Any of "last", "best" and "kept".')
    metrics = models.JSONField(default=dict)
    storage_key = models.CharField(max_length=255, unique=True)
    size_bytes = models.BigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["-step", "-id"]

    def __str__(self) -> str:
        return f"step {self.step}"


class MetricChunk(models.Model):
    """The events `seq_from..seq_to` of a run's log, in order. Written once, under the fence, and never changed."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="chunks")
    seq_from = models.BigIntegerField()
    seq_to = models.BigIntegerField()
    payload = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "seq_to"], name="chunk_once_in_run")]

    def __str__(self) -> str:
        return f"{self.seq_from}..{self.seq_to}"

from dataclasses import asdict

from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from builder.runs.models import Checkpoint, Run
from builder.runs.progress import sparkline
from builder.runs.queue import find_place
from builder.runs.rendering import rendered_error, waiting_reason
from builder.runs.timing import elapsed_seconds, samples_per_second, time_left_seconds

NAMES_SCHEMA = {"type": "object", "additionalProperties": {"type": "number", "nullable": True}}


@extend_schema_field(NAMES_SCHEMA)
class ValuesField(serializers.JSONField):
    """Values by metric name: `{"val/loss": 0.31}`."""


class RunErrorSerializer(serializers.Serializer):
    code = serializers.CharField()
    message = serializers.CharField()
    node = serializers.CharField(allow_null=True)
    traceback = serializers.CharField(allow_null=True)


class RunMomentSerializer(serializers.Serializer):
    """The metrics of a run at one moment of it."""

    epoch = serializers.IntegerField()
    step = serializers.IntegerField()
    values = ValuesField()


class CheckpointSerializer(serializers.ModelSerializer):
    kinds = serializers.ListField(child=serializers.ChoiceField(["last", "best", "kept"]))
    metrics = ValuesField()

    class Meta:
        model = Checkpoint
        fields = ["id", "step", "epoch", "kinds", "metrics", "size_bytes", "created_at"]
        read_only_fields = fields


class RunProjectSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()


class RunGraphSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    number = serializers.IntegerField()


class RunDatasetSerializer(serializers.Serializer):
    id = serializers.UUIDField(help_text="Of the data set version")
    number = serializers.IntegerField()
    dataset = serializers.UUIDField(source="dataset_id")
    name = serializers.CharField(source="dataset.name")


class RunParentSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    number = serializers.IntegerField()
    name = serializers.CharField()


class RunWorkerSerializer(serializers.Serializer):
    hostname = serializers.CharField()
    device = serializers.CharField()


class RunSerializer(serializers.ModelSerializer):
    """A run as the list and its page show it."""

    project = RunProjectSerializer(read_only=True)
    graph_version = RunGraphSerializer(read_only=True)
    dataset_version = RunDatasetSerializer(read_only=True)
    parent = RunParentSerializer(read_only=True, allow_null=True)
    parent_step = serializers.IntegerField(source="parent_checkpoint.step", read_only=True, allow_null=True)
    worker = RunWorkerSerializer(read_only=True, allow_null=True)
    optimizer = serializers.CharField(source="config.optimizer.type", read_only=True)
    learning_rate = serializers.SerializerMethodField()
    batch_size = serializers.SerializerMethodField(help_text='Rows, or "all"')
    num_epochs = serializers.IntegerField(source="config.epochs", read_only=True)
    device = serializers.SerializerMethodField()
    num_threads = serializers.SerializerMethodField()
    processes = serializers.SerializerMethodField(help_text="How many share it, with `num_threads` each")
    machines = serializers.IntegerField(source="num_machines", read_only=True, help_text="How many share it")
    exact = serializers.SerializerMethodField(help_text="Whether a resume so far was bit for bit")
    metric = serializers.SerializerMethodField(help_text="The validation metric of `best` and `sparkline`")
    sparkline = serializers.SerializerMethodField(help_text="That metric, over the epochs")
    latest = serializers.SerializerMethodField()
    best = serializers.SerializerMethodField()
    test = serializers.SerializerMethodField()
    elapsed_seconds = serializers.SerializerMethodField()
    time_left_seconds = serializers.SerializerMethodField()
    samples_per_second = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()

    class Meta:
        model = Run
        fields = [
            "id",
            "number",
            "name",
            "note",
            "project",
            "graph_version",
            "dataset_version",
            "config",
            "parent",
            "parent_step",
            "carry",
            "status",
            "priority",
            "requested",
            "worker",
            "optimizer",
            "learning_rate",
            "batch_size",
            "num_epochs",
            "device",
            "num_threads",
            "processes",
            "machines",
            "exact",
            "num_parameters",
            "step",
            "num_steps",
            "steps_per_epoch",
            "epoch",
            "metric",
            "sparkline",
            "latest",
            "best",
            "test",
            "elapsed_seconds",
            "time_left_seconds",
            "seconds_per_step",
            "samples_per_second",
            "error",
            "last_seq",
            "created_at",
            "started_at",
            "finished_at",
        ]
        read_only_fields = fields

    def get_learning_rate(self, run: Run) -> float | None:
        return run.config["optimizer"]["params"].get("lr")

    @extend_schema_field({"oneOf": [{"type": "integer"}, {"type": "string", "enum": ["all"]}]})
    def get_batch_size(self, run: Run):
        return run.config["batch_size"]

    def get_device(self, run: Run) -> str | None:
        return (run.frozen or {}).get("device")

    def get_num_threads(self, run: Run) -> int | None:
        return (run.frozen or {}).get("num_threads")

    def get_processes(self, run: Run) -> int | None:
        return run.frozen.get("processes", 1) if run.frozen else None

    def get_exact(self, run: Run) -> bool:
        return (run.frozen or {}).get("exact", True)

    def get_metric(self, run: Run) -> str | None:
        return run.summary.get("metric")

    def get_sparkline(self, run: Run) -> list[float]:
        return sparkline(run.summary)

    @extend_schema_field(RunMomentSerializer(allow_null=True))
    def get_latest(self, run: Run):
        return run.summary.get("latest")

    @extend_schema_field(RunMomentSerializer(allow_null=True))
    def get_best(self, run: Run):
        return run.summary.get("best")

    @extend_schema_field({**NAMES_SCHEMA, "nullable": True})
    def get_test(self, run: Run):
        return run.summary.get("test")

    def get_elapsed_seconds(self, run: Run) -> float:
        return elapsed_seconds(run)

    def get_time_left_seconds(self, run: Run) -> float | None:
        return time_left_seconds(run)

    def get_samples_per_second(self, run: Run) -> float | None:
        return samples_per_second(run)

    @extend_schema_field(RunErrorSerializer(allow_null=True))
    def get_error(self, run: Run):
        return rendered_error(run.error, get_language() or "en")


class RelativeSerializer(serializers.Serializer):
    """One run of a family: what it went on from, and how far it came."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    name = serializers.CharField()
    status = serializers.ChoiceField(Run.Status.choices)
    project = serializers.UUIDField(source="project_id")
    parent = serializers.UUIDField(source="parent_id", allow_null=True)
    parent_step = serializers.IntegerField(source="parent_checkpoint.step", allow_null=True, default=None)
    carry = serializers.CharField()
    epoch = serializers.IntegerField()
    metric = serializers.SerializerMethodField()
    best = serializers.SerializerMethodField(help_text="Of that metric")

    def get_metric(self, run: Run) -> str | None:
        return run.summary.get("metric")

    def get_best(self, run: Run) -> float | None:
        best = run.summary.get("best") or {}
        return best.get("values", {}).get(run.summary.get("metric"))


class CarriedSerializer(serializers.Serializer):
    """Which tensors a run took over when it began: `fresh` and `reshaped` ones began random."""

    taken = serializers.ListField(child=serializers.CharField())
    fresh = serializers.ListField(child=serializers.CharField())
    reshaped = serializers.ListField(child=serializers.CharField())
    unused = serializers.ListField(child=serializers.CharField())


class PlaceSerializer(serializers.Serializer):
    """Where a queued run stands."""

    position = serializers.IntegerField()
    num_waiting = serializers.IntegerField()
    expected_seconds = serializers.FloatField(allow_null=True, help_text="Until it starts, where that can be said")
    reason = serializers.CharField(allow_null=True, help_text="Why it has to wait although there may be a slot")


class RunDetailSerializer(RunSerializer):
    graph = serializers.JSONField(source="bound_graph", read_only=True, help_text="The bound graph that trains")
    checkpoints = CheckpointSerializer(many=True, read_only=True)
    queue = serializers.SerializerMethodField()
    carried = serializers.SerializerMethodField()

    class Meta(RunSerializer.Meta):
        fields = [*RunSerializer.Meta.fields, "graph", "checkpoints", "queue", "carried"]

    @extend_schema_field(CarriedSerializer(allow_null=True))
    def get_carried(self, run: Run):
        return run.summary.get("carried")

    @extend_schema_field(PlaceSerializer(allow_null=True))
    def get_queue(self, run: Run):
        place = find_place(run)
        if place is None:
            return None
        return PlaceSerializer({**asdict(place), "reason": waiting_reason(run, get_language() or "en")}).data


class RunCreateSerializer(serializers.Serializer):
    project = serializers.UUIDField(required=False, help_text="Its draft is frozen and trained")
    graph_version = serializers.UUIDField(required=False)
    dataset_version = serializers.UUIDField(required=False, help_text="By default the project's")
    config = serializers.DictField(required=False, default=dict)
    name = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)
    weights = serializers.UUIDField(
        required=False, allow_null=True, help_text="Imported ones to begin with; those that do not fit stay random"
    )


class RunForkSerializer(serializers.Serializer):
    checkpoint = serializers.UUIDField(required=False, help_text="By default the best one")
    graph_version = serializers.UUIDField(required=False, help_text="By default the parent's")
    config = serializers.DictField(required=False, default=dict, help_text="Settings that differ from the parent's")
    carry = serializers.ChoiceField(["weights", "all"], default="weights")
    name = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)


class RunUpdateSerializer(serializers.Serializer):
    name = serializers.CharField(required=False, allow_blank=True, max_length=200)
    note = serializers.CharField(required=False, allow_blank=True, max_length=10_000)
    priority = serializers.IntegerField(
        required=False, min_value=-1, max_value=1, help_text="1 is for the site's owner"
    )


class RunCurveSerializer(serializers.Serializer):
    steps = serializers.ListField(child=serializers.IntegerField())
    values = serializers.ListField(child=serializers.FloatField(allow_null=True))


class RunEventSerializer(serializers.Serializer):
    """One event; what else it holds depends on its type."""

    seq = serializers.IntegerField()
    type = serializers.ChoiceField(["status", "point", "epoch", "log", "checkpoint", "rewind", "sample", "end"])
    time = serializers.DateTimeField()


class RunMetricsSerializer(serializers.Serializer):
    """With `after`, the log from there: `events`. Without, the `curves` and `epochs` up to `last_seq`."""

    last_seq = serializers.IntegerField(help_text="The last event that this answer takes into account")
    events = serializers.ListField(child=RunEventSerializer(), required=False)
    more = serializers.BooleanField(required=False, help_text="Ask again after `last_seq`")
    curves = serializers.DictField(child=RunCurveSerializer(), required=False)
    epochs = serializers.ListField(child=RunEventSerializer(), required=False)

from django.conf import settings
from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from builder.deployments.models import Deployment, DeploymentVersion, Key, RequestLog
from trainer.messages.registry import render_message


class ReasonSerializer(serializers.Serializer):
    code = serializers.CharField()
    message = serializers.CharField()


class ParitySerializer(serializers.Serializer):
    absolute_tolerance = serializers.FloatField()
    relative_tolerance = serializers.FloatField()
    largest_difference = serializers.DictField(
        child=serializers.FloatField(), help_text="By number of rows, how far ONNX Runtime was from PyTorch"
    )


class ProjectRefSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()


class RunRefSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    number = serializers.IntegerField()
    name = serializers.CharField()


class CheckpointRefSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    step = serializers.IntegerField()
    epoch = serializers.IntegerField()
    kinds = serializers.ListField(child=serializers.CharField())


@extend_schema_serializer(component_name="DeploymentVersion")
class VersionSerializer(serializers.ModelSerializer):
    is_active = serializers.SerializerMethodField()
    run = RunRefSerializer(allow_null=True)
    checkpoint = CheckpointRefSerializer(allow_null=True)
    metrics = serializers.DictField(child=serializers.FloatField(allow_null=True))
    parity = serializers.SerializerMethodField()
    num_parameters = serializers.SerializerMethodField()
    reason = serializers.SerializerMethodField(help_text="Why PyTorch serves and not ONNX Runtime")
    error = serializers.SerializerMethodField(help_text="Why the export failed")

    class Meta:
        model = DeploymentVersion
        fields = [
            "number",
            "status",
            "is_active",
            "runtime",
            "reason",
            "parity",
            "num_parameters",
            "size_bytes",
            "metrics",
            "run",
            "checkpoint",
            "error",
            "created_at",
            "ready_at",
        ]
        read_only_fields = fields

    def get_is_active(self, version: DeploymentVersion) -> bool:
        return version.deployment.active_version_id == version.id

    @extend_schema_field(ParitySerializer(allow_null=True))
    def get_parity(self, version: DeploymentVersion):
        return version.report.get("parity")

    def get_num_parameters(self, version: DeploymentVersion) -> int | None:
        return version.report.get("num_parameters")

    @extend_schema_field(ReasonSerializer(allow_null=True))
    def get_reason(self, version: DeploymentVersion):
        return _sentence(version.report.get("reason"))

    @extend_schema_field(ReasonSerializer(allow_null=True))
    def get_error(self, version: DeploymentVersion):
        return _sentence(version.error)


class DeploymentSerializer(serializers.ModelSerializer):
    project = ProjectRefSerializer(read_only=True)
    url = serializers.SerializerMethodField(help_text="Where predictions are asked for")
    active_version = serializers.SerializerMethodField(help_text="The number of the version that serves")

    class Meta:
        model = Deployment
        fields = ["id", "slug", "name", "state", "project", "url", "active_version", "created_at", "updated_at"]
        read_only_fields = fields

    def get_url(self, deployment: Deployment) -> str:
        return predict_url(deployment)

    def get_active_version(self, deployment: Deployment) -> int | None:
        return deployment.active_version.number if deployment.active_version else None


@extend_schema_serializer(component_name="PaginatedDeploymentList")
class DeploymentPageSerializer(serializers.Serializer):
    results = DeploymentSerializer(many=True)
    next = serializers.URLField(allow_null=True)


class SourceSerializer(serializers.Serializer):
    """What to deploy: a checkpoint, or a run, of which the best checkpoint is taken."""

    checkpoint = serializers.UUIDField(required=False)
    run = serializers.UUIDField(required=False)


class DeploymentCreateSerializer(SourceSerializer):
    name = serializers.CharField(max_length=120, required=False)


class DeploymentUpdateSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=120, required=False)
    state = serializers.ChoiceField(choices=Deployment.State.choices, required=False)


class RollbackSerializer(serializers.Serializer):
    version = serializers.IntegerField(min_value=1)


class KeySerializer(serializers.ModelSerializer):
    is_usable = serializers.BooleanField()

    class Meta:
        model = Key
        fields = [
            "id",
            "name",
            "prefix",
            "requests_per_second",
            "created_at",
            "expires_at",
            "revoked_at",
            "last_used_at",
            "is_usable",
        ]
        read_only_fields = fields


class NewKeySerializer(KeySerializer):
    key = serializers.CharField(help_text="The whole key. It is shown this once.")

    class Meta(KeySerializer.Meta):
        fields = [*KeySerializer.Meta.fields, "key"]


class KeyCreateSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=80)
    expires_at = serializers.DateTimeField(required=False, allow_null=True)
    requests_per_second = serializers.IntegerField(min_value=1, max_value=1_000_000, required=False, allow_null=True)


class RequestLogSerializer(serializers.ModelSerializer):
    summary = serializers.DictField(
        help_text='{"class", "probability"}, {"value"}, {"rows"} or {"code", "message"} of what was answered'
    )

    class Meta:
        model = RequestLog
        fields = ["time", "request_id", "version_number", "caller", "status", "num_rows", "latency_ms", "summary"]
        read_only_fields = fields


class UsageTotalsSerializer(serializers.Serializer):
    num_answered = serializers.IntegerField()
    num_invalid = serializers.IntegerField(help_text="4xx but for 429")
    num_refused = serializers.IntegerField(help_text="429 and 503")
    num_failed = serializers.IntegerField(help_text="Other 5xx")
    num_rows = serializers.IntegerField()
    p50_ms = serializers.FloatField(allow_null=True)
    p95_ms = serializers.FloatField(allow_null=True)


class UsageBucketSerializer(UsageTotalsSerializer):
    time = serializers.DateTimeField()


class VersionUsageSerializer(UsageTotalsSerializer):
    number = serializers.IntegerField()


class UsageSerializer(serializers.Serializer):
    window = serializers.ChoiceField(choices=["1h", "24h", "7d"])
    bucket_seconds = serializers.IntegerField()
    totals = UsageTotalsSerializer()
    buckets = UsageBucketSerializer(many=True)
    versions = VersionUsageSerializer(many=True)
    last_requests = RequestLogSerializer(many=True)


class DeploymentQuerySerializer(serializers.Serializer):
    project = serializers.UUIDField(required=False)


class CountSerializer(serializers.Serializer):
    count = serializers.IntegerField(min_value=1, max_value=50, default=10)


class WindowSerializer(serializers.Serializer):
    window = serializers.ChoiceField(choices=["1h", "24h", "7d"], default="24h")


class SnippetsSerializer(serializers.Serializer):
    curl = serializers.CharField()
    python = serializers.CharField()
    javascript = serializers.CharField()


@extend_schema_serializer(component_name="DeploymentSample")
class SampleSerializer(serializers.Serializer):
    row = serializers.IntegerField(help_text="The row's number in the data set")
    instance = serializers.DictField(help_text="Ready to be sent; images are PNG in base64")
    target = serializers.DictField(help_text="What the data set says, by Output")


class PredictRequestSerializer(serializers.Serializer):
    instances = serializers.ListField(child=serializers.DictField())


class PredictAnswerSerializer(serializers.Serializer):
    predictions = serializers.ListField(child=serializers.DictField(), help_text="One key an Output")
    version = serializers.IntegerField()
    request_id = serializers.CharField()
    latency_ms = serializers.FloatField()
    not_finite = serializers.ListField(child=serializers.IntegerField(), required=False)


def predict_url(deployment: Deployment) -> str:
    return f"{settings.PUBLIC_URL}/api/v1/predict/{deployment.slug}/"


def _sentence(error: dict | None) -> dict | None:
    if not error:
        return None
    return {"code": error["code"], "message": render_message(error["code"], get_language() or "en", **error["fields"])}

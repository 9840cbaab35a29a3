from typing import get_args

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from builder.datasets.models import DatasetVersion
from builder.projects.diff_schema import BRIEF_CHANGE
from builder.projects.models import GraphVersion, ImportedWeights, Project
from trainer.graph.template_list import Kind, Task


@extend_schema_field({"type": "object", "additionalProperties": True, "description": "A graph document, format 1"})
class GraphField(serializers.JSONField):
    pass


class BoundDatasetSerializer(serializers.ModelSerializer):
    """The data set version that a project is bound to."""

    id = serializers.UUIDField(source="dataset_id")
    name = serializers.CharField(source="dataset.name")
    version_id = serializers.UUIDField(source="pk")

    class Meta:
        model = DatasetVersion
        fields = ["id", "name", "version_id", "number", "status", "progress"]
        read_only_fields = fields


class ProjectSerializer(serializers.ModelSerializer):
    dataset = BoundDatasetSerializer(source="dataset_version", allow_null=True, read_only=True)
    strip = serializers.ListField(child=serializers.CharField(), read_only=True)
    run_settings = serializers.DictField(
        allow_null=True, read_only=True, help_text="What its template is best trained with; null without a template"
    )

    class Meta:
        model = Project
        fields = [
            "id",
            "name",
            "created_at",
            "updated_at",
            "graph_revision",
            "strip",
            "num_parameters",
            "dataset_version",
            "dataset",
            "run_settings",
            "weights",
        ]
        read_only_fields = fields


@extend_schema_field({"type": "string", "format": "uuid", "nullable": True})
class OwnDatasetVersionField(serializers.PrimaryKeyRelatedField):
    """A data set version of the person who asks; another's is not found."""

    def get_queryset(self):
        return DatasetVersion.objects.visible_to(self.context["request"].user)


@extend_schema_field({"type": "string", "format": "uuid", "nullable": True})
class OwnWeightsField(serializers.PrimaryKeyRelatedField):
    """Imported weights of the person who asks; another's are not found."""

    def get_queryset(self):
        return ImportedWeights.objects.visible_to(self.context["request"].user)


class ProjectCreateSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=100, required=False)
    template = serializers.CharField(max_length=64, required=False)
    size = serializers.IntegerField(required=False, help_text="Of the template, where one number sets how large it is")
    graph = GraphField(required=False)
    dataset_version = OwnDatasetVersionField(required=False, allow_null=True)
    weights = OwnWeightsField(required=False, allow_null=True, help_text="What its runs may begin with")


class ProjectUpdateSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=100, required=False)
    dataset_version = OwnDatasetVersionField(required=False, allow_null=True)


class ProjectNameSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=100, required=False)


class GraphSavedSerializer(serializers.Serializer):
    revision = serializers.IntegerField(source="graph_revision")
    hash = serializers.CharField(source="graph_hash")
    updated_at = serializers.DateTimeField()


class GraphVersionSerializer(serializers.ModelSerializer):
    class Meta:
        model = GraphVersion
        fields = ["id", "number", "hash", "created_at"]
        read_only_fields = fields


@extend_schema_field(BRIEF_CHANGE)
class BriefChangeField(serializers.JSONField):
    pass


class GraphVersionListedSerializer(GraphVersionSerializer):
    num_runs = serializers.IntegerField(read_only=True)
    changes = BriefChangeField(read_only=True, allow_null=True)

    class Meta(GraphVersionSerializer.Meta):
        fields = [*GraphVersionSerializer.Meta.fields, "num_runs", "changes"]
        read_only_fields = fields


class GraphVersionDetailSerializer(GraphVersionSerializer):
    graph = GraphField(read_only=True)

    class Meta(GraphVersionSerializer.Meta):
        fields = [*GraphVersionSerializer.Meta.fields, "graph"]


class TemplateSizeSerializer(serializers.Serializer):
    size = serializers.IntegerField()
    num_parameters = serializers.IntegerField()


class ScoreSerializer(serializers.Serializer):
    metric = serializers.CharField()
    value = serializers.FloatField(allow_null=True, help_text="On the test rows; null where it was not measured")
    seconds = serializers.IntegerField(help_text="That one core of a CPU works for the run")


class TemplateSerializer(serializers.Serializer):
    id = serializers.CharField()
    title = serializers.CharField()
    summary = serializers.CharField()
    sample = serializers.CharField(allow_null=True, help_text="The sample data set it trains on, if one comes along")
    kind = serializers.ChoiceField(get_args(Kind), help_text="Of its data")
    task = serializers.ChoiceField(get_args(Task))
    settings = serializers.DictField(help_text="Settings of a run that reaches its score")
    score = ScoreSerializer(allow_null=True, help_text="Null where it was not trained on data that come along")
    at_once = serializers.BooleanField(help_text="Whether it trains within a minute on a CPU")
    strip = serializers.ListField(child=serializers.CharField(), help_text="The families of its nodes in their order")
    num_nodes = serializers.IntegerField()
    num_inputs = serializers.IntegerField()
    num_outputs = serializers.IntegerField()
    size = serializers.IntegerField(allow_null=True, help_text="The usual one, where one number sets how large it is")
    sizes = TemplateSizeSerializer(many=True, help_text="Sizes to offer, none where it has only one")


class CheckSerializer(serializers.Serializer):
    graph = GraphField()
    dataset_version = serializers.UUIDField(required=False, allow_null=True, default=None)
    batch_size = serializers.IntegerField(min_value=1, max_value=10**9, default=32)
    project = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text="Whose draft it is; its parameter count is kept"
    )


class ImportSerializer(serializers.Serializer):
    file = serializers.FileField(max_length=255, allow_empty_file=True)
    graph = serializers.CharField(required=False, help_text="For safetensors: the graph they are for, as JSON")


class ImportLineSerializer(serializers.Serializer):
    level = serializers.ChoiceField(["info", "warning", "error"])
    message = serializers.CharField()


class ImportAnswerSerializer(serializers.Serializer):
    graph = GraphField()
    report = ImportLineSerializer(many=True)
    weights = serializers.UUIDField(allow_null=True, help_text="For a project or a run to begin with")


class CodeSerializer(serializers.Serializer):
    graph = GraphField()
    dataset_version = serializers.UUIDField(required=False, allow_null=True, default=None)


class CodeAnswerSerializer(serializers.Serializer):
    code = serializers.CharField(help_text="One Python module")

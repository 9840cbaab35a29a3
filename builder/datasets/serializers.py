"""Data sets as the API gives and takes them."""

from typing import Any

from django.utils.translation import get_language
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from builder.datasets import messages  # noqa: F401  (registers the sentences of stored errors)
from builder.datasets.models import Dataset, DatasetVersion
from builder.errors import error_body
from trainer.data.columns import KINDS
from trainer.data.splits import SPLITS
from trainer.errors import UserError

MAX_NAME = 200


class StrictSerializer(serializers.Serializer):
    """Refuses keys it does not know, naming each."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if hasattr(data, "keys") and (unknown := sorted(set(data) - set(self.fields))):
            raise serializers.ValidationError(dict.fromkeys(unknown, "Unknown key."))
        return super().to_internal_value(data)


class NameField(serializers.CharField):
    """A name for people to read: any language, no control characters."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(max_length=MAX_NAME, **fields)

    def to_internal_value(self, data: Any) -> str:
        name = super().to_internal_value(data)
        if not name.isprintable():
            raise UserError("upload.bad_name", path=self.field_name or "name", name=repr(name)[:80])
        return name


class ErrorDetailSerializer(serializers.Serializer):
    path = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class ErrorSerializer(serializers.Serializer):
    code = serializers.CharField()
    message = serializers.CharField()
    details = ErrorDetailSerializer(many=True)


class HistogramSerializer(serializers.Serializer):
    edges = serializers.ListField(child=serializers.FloatField())
    counts = serializers.ListField(child=serializers.IntegerField())


class ColumnSerializer(serializers.Serializer):
    """A column and the facts of its kind; those of other kinds are absent."""

    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=KINDS)
    missing = serializers.IntegerField(help_text="Rows without a value")
    height = serializers.IntegerField(required=False, help_text="image")
    width = serializers.IntegerField(required=False, help_text="image")
    channels = serializers.IntegerField(required=False, help_text="image: 1 grey, 3 colour")
    values = serializers.ListField(required=False, child=serializers.JSONField(), help_text="category: sorted")
    num_classes = serializers.IntegerField(required=False, help_text="category")
    counts = serializers.ListField(
        required=False, child=serializers.IntegerField(), help_text="category: rows of each value"
    )
    min = serializers.FloatField(required=False, allow_null=True, help_text="number; date: days since 1970")
    max = serializers.FloatField(required=False, allow_null=True)
    mean = serializers.FloatField(required=False, allow_null=True)
    std = serializers.FloatField(required=False, allow_null=True)
    median = serializers.FloatField(required=False, allow_null=True)
    histogram = HistogramSerializer(required=False, allow_null=True)
    min_words = serializers.IntegerField(required=False, help_text="text")
    max_words = serializers.IntegerField(required=False, help_text="text")
    num_distinct = serializers.IntegerField(required=False, help_text="text")
    num_characters = serializers.IntegerField(required=False, help_text="text: of all rows")


class SplitsSerializer(serializers.Serializer):
    train = serializers.IntegerField()
    val = serializers.IntegerField()
    test = serializers.IntegerField()


class SplitSettingsSerializer(serializers.Serializer):
    val = serializers.FloatField()
    test = serializers.FloatField()
    seed = serializers.IntegerField()
    own_test = serializers.BooleanField(help_text="The data set brought its own test rows")
    stratified_by = serializers.CharField(allow_null=True)


class LeftOutSerializer(serializers.Serializer):
    reason = serializers.CharField()
    count = serializers.IntegerField()


class VersionSummarySerializer(serializers.ModelSerializer):
    error = serializers.SerializerMethodField()

    class Meta:
        model = DatasetVersion
        fields = ["id", "number", "status", "progress", "error", "num_rows", "size_bytes", "created_at"]
        read_only_fields = fields

    @extend_schema_field(ErrorSerializer(allow_null=True))
    def get_error(self, version: DatasetVersion) -> dict[str, Any] | None:
        if not version.error:
            return None
        error = UserError(version.error["code"], path=version.error["path"], **version.error["fields"])
        return error_body(error, get_language() or "en")


class VersionSerializer(VersionSummarySerializer):
    """A version with all that is known of its columns; empty until it is ready."""

    columns = serializers.SerializerMethodField()
    target = serializers.SerializerMethodField()
    splits = serializers.SerializerMethodField()
    split_settings = serializers.SerializerMethodField()
    left_out = serializers.SerializerMethodField()

    class Meta(VersionSummarySerializer.Meta):
        fields = [
            *VersionSummarySerializer.Meta.fields,
            "columns",
            "target",
            "splits",
            "split_settings",
            "left_out",
        ]
        read_only_fields = fields

    @extend_schema_field(ColumnSerializer(many=True))
    def get_columns(self, version: DatasetVersion) -> list[dict[str, Any]]:
        return self._fact(version, "columns", [])

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_target(self, version: DatasetVersion) -> str | None:
        return self._fact(version, "target", None)

    @extend_schema_field(SplitsSerializer(allow_null=True))
    def get_splits(self, version: DatasetVersion) -> dict[str, int] | None:
        return self._fact(version, "splits", None)

    @extend_schema_field(SplitSettingsSerializer(allow_null=True))
    def get_split_settings(self, version: DatasetVersion) -> dict[str, Any] | None:
        return self._fact(version, "split_settings", None)

    @extend_schema_field(LeftOutSerializer(many=True))
    def get_left_out(self, version: DatasetVersion) -> list[dict[str, Any]]:
        return self._fact(version, "left_out", [])

    @staticmethod
    def _fact(version: DatasetVersion, name: str, absent: Any) -> Any:
        return (version.manifest or {}).get(name, absent)


class DatasetSummarySerializer(serializers.ModelSerializer):
    """A data set as lists show it. `version` is the newest, whatever its status."""

    version = serializers.SerializerMethodField()
    num_versions = serializers.SerializerMethodField()

    class Meta:
        model = Dataset
        fields = ["id", "name", "source", "sample", "created_at", "updated_at", "num_versions", "version"]
        read_only_fields = fields

    @extend_schema_field(VersionSummarySerializer)
    def get_version(self, dataset: Dataset) -> dict[str, Any]:
        return VersionSummarySerializer(dataset.versions.all()[0], context=self.context).data

    @extend_schema_field(OpenApiTypes.INT)
    def get_num_versions(self, dataset: Dataset) -> int:
        return len(dataset.versions.all())


class DatasetSerializer(DatasetSummarySerializer):
    """A data set with its newest version in full, and the number of the newest that is ready."""

    ready_number = serializers.SerializerMethodField()

    class Meta(DatasetSummarySerializer.Meta):
        fields = [*DatasetSummarySerializer.Meta.fields, "ready_number"]
        read_only_fields = fields

    @extend_schema_field(VersionSerializer)
    def get_version(self, dataset: Dataset) -> dict[str, Any]:
        return VersionSerializer(dataset.versions.all()[0], context=self.context).data

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_ready_number(self, dataset: Dataset) -> int | None:
        ready = (v.number for v in dataset.versions.all() if v.status == DatasetVersion.Status.READY)
        return next(ready, None)


class SampleChoiceSerializer(StrictSerializer):
    """Create from a sample."""

    sample = serializers.CharField(max_length=64)


class UploadSerializer(StrictSerializer):
    """Create from a file: a CSV with a header, a plain text (.txt, .md), or a ZIP of pictures in a folder per class.

    A plain text becomes the column `text`: a row for each piece of at most 2,000 characters, in order, and no target.
    """

    file = serializers.FileField(allow_empty_file=True, max_length=1_000)
    name = NameField(required=False, help_text="Left out: the name of the file")
    target = serializers.CharField(required=False, help_text="CSV: the column to predict; left out, it is guessed")
    image_height = serializers.IntegerField(required=False, min_value=4, max_value=512, help_text="ZIP")
    image_width = serializers.IntegerField(required=False, min_value=4, max_value=512, help_text="ZIP")
    color = serializers.ChoiceField(required=False, choices=["auto", "grey", "rgb"], help_text="ZIP")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("image_height" in attrs) != ("image_width" in attrs):
            missing = "image_width" if "image_height" in attrs else "image_height"
            raise serializers.ValidationError({missing: "Give both the height and the width, or neither."})
        return attrs


class SplitChangeSerializer(StrictSerializer):
    val = serializers.FloatField(required=False, help_text="Share of the rows, 0.01 to 0.5")
    test = serializers.FloatField(required=False, help_text="Share of the rows, 0.01 to 0.5")
    seed = serializers.IntegerField(required=False)


class DatasetChangeSerializer(StrictSerializer):
    """`name` renames. `kinds`, `target` or `split` make a new version and leave the others as they are."""

    name = NameField(required=False)
    kinds = serializers.DictField(required=False, child=serializers.ChoiceField(choices=KINDS))
    target = serializers.CharField(required=False, allow_null=True)
    split = SplitChangeSerializer(required=False)


class RowSerializer(serializers.Serializer):
    index = serializers.IntegerField(help_text="Of the row in the version")
    split = serializers.ChoiceField(choices=SPLITS)
    values = serializers.DictField(
        child=serializers.JSONField(allow_null=True), help_text="By column; a picture is the address of its PNG"
    )


class RowsSerializer(serializers.Serializer):
    version = serializers.IntegerField()
    num_rows = serializers.IntegerField(help_text="Of the split, or of all")
    offset = serializers.IntegerField()
    results = RowSerializer(many=True)


class SampleSerializer(serializers.Serializer):
    """A data set that comes along. Texts are in the reader's language."""

    id = serializers.CharField(source="sample.id")
    title = serializers.SerializerMethodField()
    summary = serializers.SerializerMethodField()
    kind = serializers.CharField(source="sample.kind")
    task = serializers.CharField(source="sample.task")
    target = serializers.CharField(source="sample.target")
    num_rows = serializers.IntegerField(source="sample.num_rows")
    download_bytes = serializers.IntegerField(source="sample.download_bytes")
    here = serializers.BooleanField(help_text="Nothing has to be downloaded")
    dataset = serializers.UUIDField(allow_null=True, help_text="The person's data set of it")

    def get_title(self, entry: dict[str, Any]) -> str:
        return entry["sample"].title.render(get_language() or "en")

    def get_summary(self, entry: dict[str, Any]) -> str:
        return entry["sample"].summary.render(get_language() or "en")


class SamplesSerializer(serializers.Serializer):
    results = SampleSerializer(many=True)
    next = serializers.CharField(allow_null=True, help_text="Always null: there is one page")

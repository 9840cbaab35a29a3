"""`datasets/` and `samples/`."""

import base64
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from builder.datasets import selectors, services
from builder.datasets.models import Dataset, DatasetVersion
from builder.datasets.serializers import (
    DatasetChangeSerializer,
    DatasetSerializer,
    DatasetSummarySerializer,
    RowsSerializer,
    SampleChoiceSerializer,
    SamplesSerializer,
    UploadSerializer,
    VersionSerializer,
    VersionSummarySerializer,
)
from builder.parsers import BoundedJSONParser
from trainer.data.splits import SPLITS
from trainer.errors import UserError

DEFAULT_ROWS = 20
MAX_ROWS = 200
INLINE_PIXELS = 64 * 64
ROW_PARAMETERS = ("version", "split", "offset", "limit")
CREATE_REQUEST = {"application/json": SampleChoiceSerializer, "multipart/form-data": UploadSerializer}


@extend_schema(tags=["datasets"])
@extend_schema_view(list=extend_schema(responses=DatasetSummarySerializer(many=True)))
class DatasetViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.DestroyModelMixin, viewsets.GenericViewSet
):
    """Data sets: from a sample or an upload, in immutable versions."""

    lookup_field = "id"
    lookup_value_converter = "uuid"
    queryset = Dataset.objects.none()
    serializer_class = DatasetSerializer
    parser_classes = [BoundedJSONParser, MultiPartParser]

    def get_queryset(self):
        if self.action == "list":
            return selectors.dataset_list(user=self.request.user)
        return Dataset.objects.visible_to(self.request.user).prefetch_related("versions")

    def get_serializer_class(self):
        return DatasetSummarySerializer if self.action == "list" else DatasetSerializer

    @extend_schema(request=CREATE_REQUEST, responses={201: DatasetSerializer})
    def create(self, request: Request) -> Response:
        """A sample: `{"sample": "iris"}`, the same data set each time. A file: multipart, read in the background."""
        if request.content_type.startswith("multipart/"):
            dataset = self._create_from_upload(request)
        elif isinstance(request.data, dict) and request.data:
            asked = SampleChoiceSerializer(data=request.data)
            asked.is_valid(raise_exception=True)
            dataset = services.dataset_create_from_sample(owner=request.user, sample_id=asked.validated_data["sample"])
        else:
            raise UserError("dataset.nothing_given")
        return Response(self._body(dataset), status=status.HTTP_201_CREATED)

    @extend_schema(request=DatasetChangeSerializer, responses=DatasetSerializer)
    def partial_update(self, request: Request, id: UUID) -> Response:
        """Rename, or make a new version with other kinds, another target or another split."""
        dataset = self.get_object()
        asked = DatasetChangeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        changes = dict(asked.validated_data)
        name = changes.pop("name", None)
        if changes:
            services.dataset_revise(dataset=dataset, changes=changes)
        if name is not None:
            services.dataset_rename(dataset=dataset, name=name)
        return Response(self._body(dataset))

    def perform_destroy(self, instance: Dataset) -> None:
        services.dataset_delete(dataset=instance)

    @extend_schema(responses=VersionSummarySerializer(many=True))
    @action(detail=True, url_path="versions", filter_backends=[])
    def versions(self, request: Request, id: UUID) -> Response:
        """Every version, newest first."""
        versions = selectors.version_list(user=request.user, dataset_id=id).defer("manifest")
        page = self.paginate_queryset(versions)
        return self.get_paginated_response(VersionSummarySerializer(page, many=True).data)

    @extend_schema(responses=VersionSerializer)
    @action(detail=True, url_path="versions/<int:number>")
    def version(self, request: Request, id: UUID, number: int) -> Response:
        """One version: its columns, statistics and splits."""
        found = selectors.version_get(user=request.user, dataset_id=id, number=number)
        return Response(VersionSerializer(found).data)

    @extend_schema(
        parameters=[
            OpenApiParameter("version", OpenApiTypes.INT, description="Left out: the newest that is ready"),
            OpenApiParameter("split", OpenApiTypes.STR, enum=SPLITS, description="Left out: all rows"),
            OpenApiParameter("offset", OpenApiTypes.INT),
            OpenApiParameter("limit", OpenApiTypes.INT, description=f"{DEFAULT_ROWS}; at most {MAX_ROWS}"),
        ],
        responses=RowsSerializer,
    )
    @action(detail=True)
    def rows(self, request: Request, id: UUID) -> Response:
        """Some rows as they were given. A picture is a `data:` address when it is small, else that of its PNG."""
        given = _row_parameters(request)
        version = selectors.version_get(user=request.user, dataset_id=id, number=given["version"])
        offset, limit = given["offset"] or 0, min(given["limit"] or DEFAULT_ROWS, MAX_ROWS)
        num_rows, rows = selectors.rows_read(version, split=given["split"], offset=offset, limit=limit)
        for index, column in enumerate(version.manifest["columns"]):
            if column["kind"] == "image":
                for row in rows:
                    row["values"][column["name"]] = _picture_address(version, index, row["index"])
        body = {"version": version.number, "num_rows": num_rows, "offset": offset, "results": rows}
        return Response(RowsSerializer(body).data)

    @extend_schema(responses={(200, "image/png"): OpenApiTypes.BINARY})
    @action(detail=True, url_path="versions/<int:number>/images/<int:column>/<int:row>")
    def picture(self, request: Request, id: UUID, number: int, column: int, row: int) -> HttpResponse:
        """One picture as PNG; `column` is the place of its column."""
        version = selectors.version_get(user=request.user, dataset_id=id, number=number)
        png = selectors.picture_read(version, column=column, row=row)
        if png is None:
            raise Http404
        headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=31536000, immutable"}
        return HttpResponse(png, content_type="image/png", headers=headers)

    def _create_from_upload(self, request: Request) -> Dataset:
        asked = UploadSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        pictures: dict[str, Any] = {"color": given.get("color", "auto")}
        if "image_height" in given:
            pictures["size"] = [given["image_height"], given["image_width"]]
        return services.dataset_create_from_upload(
            owner=request.user,
            file=given["file"],
            name=given.get("name", ""),
            target=given.get("target"),
            pictures=pictures,
        )

    def _body(self, dataset: Dataset) -> dict[str, Any]:
        fresh = Dataset.objects.visible_to(self.request.user).prefetch_related("versions").get(id=dataset.id)
        return DatasetSerializer(fresh, context=self.get_serializer_context()).data


class SampleListView(APIView):
    """The data sets that come along."""

    @extend_schema(tags=["datasets"], responses=SamplesSerializer)
    def get(self, request: Request) -> Response:
        entries = selectors.sample_list(user=request.user)
        return Response(SamplesSerializer({"results": entries, "next": None}).data)


def _picture_address(version: DatasetVersion, column: int, row: int) -> str:
    facts = version.manifest["columns"][column]
    if facts["height"] * facts["width"] <= INLINE_PIXELS:
        png = selectors.picture_read(version, column=column, row=row) or b""
        return f"data:image/png;base64,{base64.b64encode(png).decode()}"
    place = {"id": version.dataset_id, "number": version.number, "row": row, "column": column}
    return reverse("api:dataset-picture", kwargs=place)


def _row_parameters(request: Request) -> dict[str, Any]:
    """The query of `rows/`; raises on what it does not know."""
    given: dict[str, Any] = dict.fromkeys(ROW_PARAMETERS)
    for name, value in request.query_params.items():
        if name not in ROW_PARAMETERS:
            raise UserError(
                "dataset.unknown_parameter", path=name[:80], name=name[:80], known=", ".join(ROW_PARAMETERS)
            )
        if name == "split":
            if value not in SPLITS:
                raise UserError("dataset.bad_split", path="split", received=value[:40])
            given[name] = value
            continue
        low = 0 if name == "offset" else 1
        if not value.isascii() or not value.isdigit() or len(value) > 12 or int(value) < low:
            raise UserError("dataset.bad_parameter", path=name, name=name, low=low, received=value[:40])
        given[name] = int(value)
    return given

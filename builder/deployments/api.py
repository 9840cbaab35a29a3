from asgiref.sync import async_to_sync
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import APIView

from builder.deployments import selectors, services
from builder.deployments import serializers as s
from builder.deployments.description import describe
from builder.deployments.examples import sample_rows
from builder.deployments.models import Deployment, DeploymentVersion
from builder.deployments.predict_app import predict_app
from builder.deployments.snippets import snippets
from builder.pagination import CursorPage
from builder.runs.models import Checkpoint
from trainer.errors import UserError

CALLER = "this page"


class DeploymentListView(APIView):
    @extend_schema(
        operation_id="deployments_list",
        parameters=[
            OpenApiParameter("project", OpenApiTypes.UUID),
            OpenApiParameter("cursor", OpenApiTypes.STR),
            OpenApiParameter("limit", OpenApiTypes.INT),
        ],
        responses=s.DeploymentPageSerializer,
    )
    def get(self, request):
        query = s.DeploymentQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        page = CursorPage()
        found = selectors.deployment_list(user=request.user, project=query.validated_data.get("project"))
        rows = page.paginate_queryset(found, request, self)
        return page.get_paginated_response(s.DeploymentSerializer(rows, many=True).data)

    @extend_schema(request=s.DeploymentCreateSerializer, responses={201: s.DeploymentSerializer})
    def post(self, request):
        data = _read(s.DeploymentCreateSerializer, request)
        deployment = services.deployment_create(
            user=request.user, checkpoint=_checkpoint(request.user, data), name=data.get("name", "")
        )
        return Response(s.DeploymentSerializer(deployment).data, status=status.HTTP_201_CREATED)


class DeploymentView(APIView):
    @extend_schema(responses=s.DeploymentSerializer)
    def get(self, request, slug: str):
        return Response(s.DeploymentSerializer(_deployment(request, slug)).data)

    @extend_schema(request=s.DeploymentUpdateSerializer, responses=s.DeploymentSerializer)
    def patch(self, request, slug: str):
        deployment = _deployment(request, slug)
        data = _read(s.DeploymentUpdateSerializer, request)
        return Response(s.DeploymentSerializer(services.deployment_update(deployment=deployment, **data)).data)

    @extend_schema(responses={204: None})
    def delete(self, request, slug: str):
        services.deployment_delete(deployment=_deployment(request, slug))
        return Response(status=status.HTTP_204_NO_CONTENT)


class VersionListView(APIView):
    @extend_schema(operation_id="deployments_versions_list", responses=s.VersionSerializer(many=True))
    def get(self, request, slug: str):
        versions = selectors.version_list(deployment=_deployment(request, slug))
        return Response(s.VersionSerializer(versions, many=True).data)

    @extend_schema(request=s.SourceSerializer, responses={201: s.VersionSerializer})
    def post(self, request, slug: str):
        deployment = _deployment(request, slug)
        checkpoint = _checkpoint(request.user, _read(s.SourceSerializer, request))
        version = services.version_create(deployment=deployment, checkpoint=checkpoint)
        return Response(s.VersionSerializer(version).data, status=status.HTTP_201_CREATED)


class RollbackView(APIView):
    @extend_schema(request=s.RollbackSerializer, responses=s.DeploymentSerializer)
    def post(self, request, slug: str):
        deployment = _deployment(request, slug)
        number = _read(s.RollbackSerializer, request)["version"]
        return Response(s.DeploymentSerializer(services.deployment_rollback(deployment=deployment, number=number)).data)


class KeyListView(APIView):
    @extend_schema(operation_id="deployments_keys_list", responses=s.KeySerializer(many=True))
    def get(self, request, slug: str):
        return Response(s.KeySerializer(selectors.key_list(deployment=_deployment(request, slug)), many=True).data)

    @extend_schema(request=s.KeyCreateSerializer, responses={201: s.NewKeySerializer})
    def post(self, request, slug: str):
        deployment = _deployment(request, slug)
        data = _read(s.KeyCreateSerializer, request)
        key, text = services.key_create(user=request.user, deployment=deployment, **data)
        return Response(s.KeySerializer(key).data | {"key": text}, status=status.HTTP_201_CREATED)


class KeyView(APIView):
    @extend_schema(responses={204: None}, description="Revoke the key.")
    def delete(self, request, slug: str, key_id):
        key = selectors.key_get(deployment=_deployment(request, slug), key_id=key_id)
        services.key_revoke(key=key)
        return Response(status=status.HTTP_204_NO_CONTENT)


class UsageView(APIView):
    @extend_schema(parameters=[s.WindowSerializer], responses=s.UsageSerializer)
    def get(self, request, slug: str):
        deployment = _deployment(request, slug)
        query = s.WindowSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        found = selectors.usage(deployment=deployment, window=query.validated_data["window"])
        return Response(s.UsageSerializer(found).data)


class SnippetsView(APIView):
    @extend_schema(responses=s.SnippetsSerializer)
    def get(self, request, slug: str):
        deployment = _deployment(request, slug)
        return Response(snippets(deployment=deployment, version=_active(deployment)))


class SamplesView(APIView):
    @extend_schema(
        operation_id="deployments_samples_list", parameters=[s.CountSerializer], responses=s.SampleSerializer(many=True)
    )
    def get(self, request, slug: str):
        deployment = _deployment(request, slug)
        query = s.CountSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        return Response(sample_rows(version=_active(deployment), count=query.validated_data["count"]))


class DescriptionView(APIView):
    @extend_schema(responses=OpenApiTypes.OBJECT, description="The OpenAPI description of this deployment alone.")
    def get(self, request, slug: str):
        deployment = _deployment(request, slug)
        return Response(describe(deployment=deployment, version=_active(deployment)))


class TryView(APIView):
    @extend_schema(
        request=s.PredictRequestSerializer,
        responses=s.PredictAnswerSerializer,
        description="What predict/{slug}/ answers, for the owner's own page, without a key.",
    )
    def post(self, request, slug: str):
        deployment = _deployment(request, slug)
        instances = request.data.get("instances") if isinstance(request.data, dict) else None
        return Response(async_to_sync(predict_app.try_out)(deployment.slug, instances, CALLER, request.user.pk))


def _deployment(request, slug: str) -> Deployment:
    return selectors.deployment_get(user=request.user, slug=slug)


def _active(deployment: Deployment) -> DeploymentVersion:
    if deployment.active_version is None:
        raise UserError("predict.not_ready", status=409)
    return deployment.active_version


def _read(serializer, request) -> dict:
    reader = serializer(data=request.data)
    reader.is_valid(raise_exception=True)
    return reader.validated_data


def _checkpoint(user, data: dict) -> Checkpoint:
    if ("checkpoint" in data) == ("run" in data):
        raise UserError("deployment.no_source")
    checkpoint = selectors.deployable_checkpoint(user=user, checkpoint=data.get("checkpoint"), run=data.get("run"))
    if checkpoint is None:
        raise UserError("deployment.no_checkpoint", path="run", status=409)
    return checkpoint

"""What can be asked of a graph that need not be stored (shapes, problems, code), and the catalogue it is made of."""

from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from builder import engine
from builder.projects import selectors, services
from builder.projects.serializers import CheckSerializer, CodeAnswerSerializer, CodeSerializer


class CatalogueView(APIView):
    @extend_schema(operation_id="catalogue_retrieve", responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        """Layers, losses, optimizers, schedules and metrics, each with its form, in the language asked for."""
        response = Response(engine.catalogue(get_language()), headers={"Cache-Control": "private, max-age=300"})
        patch_vary_headers(response, ["Accept-Language"])
        return response


class RunSettingsView(APIView):
    @extend_schema(operation_id="catalogue_settings_retrieve", responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        """The JSON Schema of a run's settings, from which its forms are drawn, in the language asked for."""
        response = Response(engine.run_settings(get_language()), headers={"Cache-Control": "private, max-age=300"})
        patch_vary_headers(response, ["Accept-Language"])
        return response


class CheckView(APIView):
    @extend_schema(operation_id="graphs_check", request=CheckSerializer, responses={200: OpenApiTypes.OBJECT})
    def post(self, request: Request) -> Response:
        """Shapes, counts and problems of a graph, bound to a data set version where one is given."""
        given = CheckSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        project = None
        if values["project"] is not None:
            project = selectors.project_head(user=request.user, project_id=values["project"])
        report = engine.check_graph(
            values["graph"],
            facts=selectors.dataset_facts(user=request.user, version_id=values["dataset_version"]),
            batch_size=values["batch_size"],
            language=get_language(),
            person=request.user.pk,
        )
        if project is not None:
            services.num_parameters_note(
                project=project, graph_hash=report["hash"], num_parameters=report["totals"]["num_parameters"]
            )
        return Response(report)


class CodeView(APIView):
    @extend_schema(operation_id="graphs_code", request=CodeSerializer, responses=CodeAnswerSerializer)
    def post(self, request: Request) -> Response:
        """The Python module that the graph trains as."""
        given = CodeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        facts = selectors.dataset_facts(user=request.user, version_id=given.validated_data["dataset_version"])
        code = engine.generate_code(given.validated_data["graph"], facts, person=request.user.pk)
        return Response({"code": code})

"""Projects, their drafts and versions, and the templates they may start from."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils.translation import get_language
from drf_spectacular.utils import OpenApiParameter, OpenApiTypes, extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from builder import engine
from builder.projects import selectors, services
from builder.projects.diff_schema import GRAPH_DIFF
from builder.projects.models import Project
from builder.projects.serializers import (
    GraphSavedSerializer,
    GraphVersionDetailSerializer,
    GraphVersionListedSerializer,
    ProjectCreateSerializer,
    ProjectNameSerializer,
    ProjectSerializer,
    ProjectUpdateSerializer,
    TemplateSerializer,
)
from trainer.errors import UserError
from trainer.graph.template_list import TEMPLATES

GRAPH = {200: OpenApiTypes.OBJECT}
IF_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, required=True, description="The ETag of the GET")


class ProjectListView(generics.ListAPIView):
    serializer_class = ProjectSerializer

    def get_queryset(self):
        return selectors.project_list(user=self.request.user)

    @extend_schema(operation_id="projects_create", request=ProjectCreateSerializer, responses={201: ProjectSerializer})
    def post(self, request: Request) -> Response:
        """Start from a template (with its sample data set), from a graph, or blank."""
        given = ProjectCreateSerializer(data=request.data, context={"request": request})
        given.is_valid(raise_exception=True)
        values = given.validated_data
        if "template" in values:
            if "graph" in values:
                raise UserError("project.start", path="graph")
            project = services.project_create_from_template(
                owner=request.user,
                template=values["template"],
                size=values.get("size"),
                name=values.get("name"),
                language=get_language(),
            )
        else:
            project = services.project_create(
                owner=request.user,
                name=values.get("name"),
                graph=values.get("graph"),
                dataset_version=values.get("dataset_version"),
                weights=values.get("weights"),
                language=get_language(),
            )
        return Response(ProjectSerializer(project).data, status=status.HTTP_201_CREATED)


class ProjectView(APIView):
    @extend_schema(operation_id="projects_retrieve", responses=ProjectSerializer)
    def get(self, request: Request, project_id: UUID) -> Response:
        return Response(ProjectSerializer(selectors.project_get(user=request.user, project_id=project_id)).data)

    @extend_schema(operation_id="projects_update", request=ProjectUpdateSerializer, responses=ProjectSerializer)
    def patch(self, request: Request, project_id: UUID) -> Response:
        project = selectors.project_get(user=request.user, project_id=project_id)
        given = ProjectUpdateSerializer(data=request.data, context={"request": request})
        given.is_valid(raise_exception=True)
        project = services.project_update(project=project, changes=given.validated_data)
        return Response(ProjectSerializer(project).data)

    @extend_schema(operation_id="projects_delete", responses={204: None})
    def delete(self, request: Request, project_id: UUID) -> Response:
        services.project_delete(project=selectors.project_get(user=request.user, project_id=project_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class DuplicateView(APIView):
    @extend_schema(operation_id="projects_duplicate", request=ProjectNameSerializer, responses={201: ProjectSerializer})
    def post(self, request: Request, project_id: UUID) -> Response:
        project = selectors.project_get(user=request.user, project_id=project_id)
        given = ProjectNameSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        copy = services.project_duplicate(
            project=project, name=given.validated_data.get("name"), language=get_language()
        )
        return Response(ProjectSerializer(copy).data, status=status.HTTP_201_CREATED)


class GraphView(APIView):
    """The draft. Its ETag is its revision; a save names the one it was made from."""

    @extend_schema(operation_id="graph_retrieve", responses=GRAPH)
    def get(self, request: Request, project_id: UUID) -> Response:
        project = selectors.project_get(user=request.user, project_id=project_id)
        return Response(project.graph, headers={"ETag": _etag(project)})

    @extend_schema(
        operation_id="graph_save", parameters=[IF_MATCH], request=OpenApiTypes.OBJECT, responses=GraphSavedSerializer
    )
    def put(self, request: Request, project_id: UUID) -> Response:
        project = selectors.project_get(user=request.user, project_id=project_id)
        given = request.headers.get("If-Match", "").removeprefix("W/").strip('"')
        if not given:
            raise UserError("project.no_if_match", status=428)
        if given != str(project.graph_revision):
            raise UserError("project.changed", status=412)
        project = services.graph_save(project=project, graph=request.data, revision=project.graph_revision)
        return Response(GraphSavedSerializer(project).data, headers={"ETag": _etag(project)})


def _etag(project: Project) -> str:
    return f'"{project.graph_revision}"'


class VersionListView(generics.ListAPIView):
    serializer_class = GraphVersionListedSerializer

    def get_queryset(self):
        project = get_object_or_404(Project.objects.visible_to(self.request.user), pk=self.kwargs["project_id"])
        return selectors.version_list(project=project)

    @extend_schema(operation_id="versions_create", request=None, responses={201: GraphVersionDetailSerializer})
    def post(self, request: Request, project_id: UUID) -> Response:
        """Freeze the draft. Where the network has not changed since the last version, that one is the answer."""
        project = selectors.project_get(user=request.user, project_id=project_id)
        version = services.version_create(project=project)
        return Response(GraphVersionDetailSerializer(version).data, status=status.HTTP_201_CREATED)


class VersionView(APIView):
    @extend_schema(operation_id="versions_retrieve", responses=GraphVersionDetailSerializer)
    def get(self, request: Request, project_id: UUID, number: int) -> Response:
        project = selectors.project_get(user=request.user, project_id=project_id)
        return Response(GraphVersionDetailSerializer(selectors.version_get(project=project, number=number)).data)


class VersionDiffView(APIView):
    @extend_schema(
        operation_id="versions_diff",
        parameters=[OpenApiParameter("against", str, required=True, description="“draft”, or a version: number or id")],
        responses={200: GRAPH_DIFF},
    )
    def get(self, request: Request, project_id: UUID, number: int) -> Response:
        """What changed from this version to the one it is held against."""
        project = selectors.project_get(user=request.user, project_id=project_id)
        version = selectors.version_get(project=project, number=number)
        other = selectors.graph_against(project=project, against=request.query_params.get("against", ""))
        return Response(engine.diff_graphs(version.graph, other))


class TemplateListView(APIView):
    @extend_schema(operation_id="templates_list", responses=TemplateSerializer(many=True))
    def get(self, request: Request) -> Response:
        """What a project may start from. A short, fixed list, so it comes without pages."""
        language = get_language()
        rows = [
            {
                "id": template.id,
                "title": template.title.render(language),
                "summary": template.summary.render(language),
                "sample": template.sample,
                "kind": template.kind,
                "task": template.task,
                "settings": template.settings,
                "score": template.score,
                "at_once": template.at_once,
                **engine.template_glance(template.id),
            }
            for template in TEMPLATES.values()
        ]
        return Response(TemplateSerializer(rows, many=True).data)

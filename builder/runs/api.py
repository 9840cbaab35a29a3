from uuid import UUID

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.utils.translation import get_language
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from builder import engine
from builder.datasets.models import DatasetVersion
from builder.projects.diff_schema import RUN_DIFF
from builder.projects.models import GraphVersion, ImportedWeights, Project
from builder.runs import selectors, services
from builder.runs.curves import decimated, read_course
from builder.runs.downloads import file_download, open_download, text_download
from builder.runs.log import EVENTS_PER_READ, all_events, read_events
from builder.runs.models import Run
from builder.runs.rendering import rendered_event
from builder.runs.serializers import (
    CheckpointSerializer,
    RelativeSerializer,
    RunCreateSerializer,
    RunDetailSerializer,
    RunForkSerializer,
    RunMetricsSerializer,
    RunSerializer,
    RunUpdateSerializer,
)
from builder.runs.standalone import run_standalone
from trainer.errors import UserError

MAX_POINTS = 100_000
DEFAULT_POINTS = 2_000
LIST_PARAMETERS = ("project", "status", "cursor", "limit")
METRIC_PARAMETERS = ("after", "names", "points")


@extend_schema_view(
    list=extend_schema(
        parameters=[
            OpenApiParameter("project", OpenApiTypes.UUID),
            OpenApiParameter("status", OpenApiTypes.STR, enum=Run.Status.values),
        ]
    )
)
@extend_schema(tags=["runs"])
class RunViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Training runs."""

    lookup_value_converter = "uuid"
    lookup_field = "id"
    queryset = Run.objects.none()
    serializer_class = RunSerializer

    def get_queryset(self):
        if self.action != "list":
            return selectors.run_list(user=self.request.user)
        values = _known_parameters(self.request, LIST_PARAMETERS)
        project, run_status = values.get("project"), values.get("status")
        if run_status is not None and run_status not in Run.Status.values:
            raise UserError("run.bad_filter", path="status", name="status", value=run_status)
        return selectors.run_list(
            user=self.request.user, project=_uuid(project, "project") if project else None, status=run_status
        )

    @extend_schema(responses=RunDetailSerializer)
    def retrieve(self, request: Request, id: UUID) -> Response:
        return self._answer(self._run())

    @extend_schema(request=RunCreateSerializer, responses={201: RunDetailSerializer})
    def create(self, request: Request) -> Response:
        given = _validated(RunCreateSerializer, request)
        version = _visible(GraphVersion, request, given.get("graph_version"), "graph_version")
        project = _visible(Project, request, given.get("project"), "project") or (version and version.project)
        if project is None:
            raise UserError("run.no_source", path="project")
        run = services.run_create(
            user=request.user,
            project=project,
            graph_version=version,
            dataset_version=_visible(DatasetVersion, request, given.get("dataset_version"), "dataset_version"),
            config=given["config"],
            name=given["name"],
            weights=_visible(ImportedWeights, request, given.get("weights"), "weights"),
            language=get_language() or "en",
        )
        return self._answer(run, status.HTTP_201_CREATED)

    @extend_schema(request=RunUpdateSerializer, responses=RunDetailSerializer)
    def partial_update(self, request: Request, id: UUID) -> Response:
        return self._answer(
            services.run_update(run=self._run(), user=request.user, **_validated(RunUpdateSerializer, request))
        )

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, id: UUID) -> Response:
        services.run_delete(run=self._run())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses=RunDetailSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, id: UUID) -> Response:
        services.run_cancel(run=self._run())
        return self._answer(self._run())

    @extend_schema(request=None, responses=RunDetailSerializer)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, id: UUID) -> Response:
        services.run_pause(run=self._run())
        return self._answer(self._run())

    @extend_schema(request=None, responses=RunDetailSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, id: UUID) -> Response:
        services.run_resume(run=self._run())
        return self._answer(self._run())

    @extend_schema(request=RunForkSerializer, responses={201: RunDetailSerializer})
    @action(detail=True, methods=["post"])
    def fork(self, request: Request, id: UUID) -> Response:
        """Continue from a checkpoint of this run, as a run of its own that names this one as its parent."""
        run, given = self._run(), _validated(RunForkSerializer, request)
        checkpoint = None
        if checkpoint_id := given.pop("checkpoint", None):
            checkpoint = selectors.checkpoint_get(user=request.user, run_id=run.id, checkpoint_id=checkpoint_id)
        version = _visible(GraphVersion, request, given.pop("graph_version", None), "graph_version")
        fork = services.run_fork(
            user=request.user,
            run=run,
            checkpoint=checkpoint,
            graph_version=version,
            language=get_language() or "en",
            **given,
        )
        return self._answer(fork, status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="runs_diff",
        parameters=[OpenApiParameter("against", OpenApiTypes.UUID, required=True, description="The other run")],
        responses={200: RUN_DIFF},
    )
    @action(detail=True, methods=["get"])
    def diff(self, request: Request, id: UUID) -> Response:
        """What changed from this run to the one it is held against: the graphs they trained, and their settings."""
        run = self._run()
        against = _uuid(_known_parameters(request, ("against",)).get("against", ""), "against")
        other = selectors.run_get(user=request.user, run_id=against)
        graph = engine.diff_graphs(run.bound_graph, other.bound_graph)
        return Response({"graph": graph, "config": engine.diff_settings(run.config, other.config)})

    @extend_schema(
        responses=RunMetricsSerializer,
        parameters=[
            OpenApiParameter("after", OpenApiTypes.INT, description="The log after this sequence number"),
            OpenApiParameter("names", OpenApiTypes.STR, description="Curves, separated by commas; by default all"),
            OpenApiParameter("points", OpenApiTypes.INT, description="At most about so many points a curve"),
        ],
    )
    @action(detail=True, methods=["get"])
    def metrics(self, request: Request, id: UUID) -> Response:
        """The log, or the curves it draws: rewinds applied, thinned out with minima and maxima kept."""
        if not selectors.run_is_visible(user=request.user, run_id=id):
            raise Http404
        values = _known_parameters(request, METRIC_PARAMETERS)
        language = get_language() or "en"
        if "after" in values:
            after = _integer(values["after"], "after", 0, 2**62)
            events = [rendered_event(event, language) for event in read_events(id, after=after)]
            last_seq = events[-1]["seq"] if events else after
            return Response({"last_seq": last_seq, "events": events, "more": len(events) >= EVENTS_PER_READ})
        points = _integer(values.get("points", str(DEFAULT_POINTS)), "points", 2, MAX_POINTS)
        names = [name for name in values.get("names", "").split(",") if name]
        course = read_course(all_events(id), names)
        curves = {name: decimated(curve, points) for name, curve in course.curves.items()}
        return Response(
            {
                "last_seq": course.last_seq,
                "curves": {name: {"steps": c.steps, "values": c.values} for name, c in curves.items()},
                "epochs": course.epochs,
            }
        )

    @extend_schema(operation_id="runs_lineage", responses=RelativeSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None)
    def lineage(self, request: Request, id: UUID) -> Response:
        """The family of this run: what it went on from, and what went on from that."""
        return Response(RelativeSerializer(selectors.run_lineage(user=request.user, run=self._run()), many=True).data)

    @extend_schema(responses=CheckpointSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None)
    def checkpoints(self, request: Request, id: UUID) -> Response:
        run = self._run()
        return Response(
            CheckpointSerializer(selectors.checkpoint_list(user=request.user, run_id=run.id), many=True).data
        )

    @extend_schema(
        responses={(200, "application/octet-stream"): OpenApiResponse(OpenApiTypes.BINARY, "safetensors")},
        parameters=[OpenApiParameter("checkpoint_id", OpenApiTypes.UUID, OpenApiParameter.PATH)],
    )
    @action(detail=True, methods=["get"], url_path="checkpoints/<uuid:checkpoint_id>/weights")
    def weights(self, request: Request, id: UUID, checkpoint_id: UUID) -> StreamingHttpResponse:
        """The weights of a checkpoint as safetensors."""
        checkpoint = selectors.checkpoint_get(user=request.user, run_id=id, checkpoint_id=checkpoint_id)
        path = selectors.checkpoint_weights(checkpoint)
        name = f"run-{checkpoint.run.number}-step-{checkpoint.step}.safetensors"
        return file_download(path, name)

    @extend_schema(responses={(200, "text/x-python"): OpenApiResponse(OpenApiTypes.STR, "One Python module")})
    @action(detail=True, methods=["get"])
    def code(self, request: Request, id: UUID) -> HttpResponse:
        """The generated module that trained, which the weights fit."""
        run = self._run()
        code = engine.generate_code(run.bound_graph, person=request.user.pk)
        return text_download(code, f"run_{run.number}.py", "text/x-python; charset=utf-8")

    @extend_schema(
        operation_id="runs_standalone",
        responses={(200, "application/octet-stream"): OpenApiResponse(OpenApiTypes.BINARY, "A zip")},
    )
    @action(detail=True, methods=["get"], url_path="project")
    def standalone(self, request: Request, id: UUID) -> StreamingHttpResponse:
        """A project that trains this run again without Layerloom: network, data, encoders, training loop."""
        run = self._run()
        return open_download(run_standalone(run=run, person=request.user.pk), f"run-{run.number}-project.zip")

    def _run(self) -> Run:
        return selectors.run_get(user=self.request.user, run_id=self.kwargs["id"])

    def _answer(self, run: Run, code: int = status.HTTP_200_OK) -> Response:
        return Response(RunDetailSerializer(run).data, status=code)


def _validated(serializer_class, request: Request) -> dict:
    serializer = serializer_class(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _visible(model, request: Request, id: UUID | None, path: str):
    """The object with this id where the person may see it; None without an id."""
    if id is None:
        return None
    found = model.objects.visible_to(request.user).filter(id=id).first()
    if found is None:
        raise Http404(path)
    return found


def _known_parameters(request: Request, known: tuple[str, ...]) -> dict[str, str]:
    for name in request.query_params:
        if name not in known:
            raise UserError("run.unknown_filter", path=name, name=name, known=", ".join(known))
    return {name: request.query_params[name] for name in request.query_params}


def _uuid(text: str, name: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise UserError("run.bad_filter", path=name, name=name, value=text) from None


def _integer(text: str, name: str, low: int, high: int) -> int:
    try:
        value = int(text)
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise UserError("run.bad_filter", path=name, name=name, value=text)
    return value

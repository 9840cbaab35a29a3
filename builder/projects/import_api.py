"""Models of other programs, as graphs."""

from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import UserRateThrottle
from rest_framework.views import APIView

from builder.projects.import_services import model_import
from builder.projects.serializers import ImportAnswerSerializer, ImportSerializer


class ImportThrottle(UserRateThrottle):
    rate = "30/min"
    scope = "imports"


class ImportView(APIView):
    parser_classes = [MultiPartParser]
    throttle_classes = [ImportThrottle]

    @extend_schema(
        operation_id="graphs_import",
        request={"multipart/form-data": ImportSerializer},
        responses=ImportAnswerSerializer,
    )
    def post(self, request: Request) -> Response:
        """ONNX, a Layerloom graph, or safetensors for the graph given beside them.

        `weights` are kept for the person; a project made with them, or a run, begins with them.
        """
        given = ImportSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        answer = model_import(
            owner=request.user,
            file=values["file"],
            graph=values.get("graph"),
            language=get_language() or "en",
            gone=getattr(request, "gone", None),
        )
        return Response(ImportAnswerSerializer(answer).data)

"""The memory that a run would need, before there is one: at a batch size, with an optimizer, on what there is."""

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from builder import engine
from builder.projects.selectors import dataset_facts
from builder.projects.serializers import GraphField
from builder.runs.queue import devices_for
from trainer.training.config import parse_config


class MemoryQuestionSerializer(serializers.Serializer):
    graph = GraphField()
    dataset_version = serializers.UUIDField(required=False, allow_null=True, default=None)
    config = serializers.DictField(required=False, default=dict, help_text="Settings, as a run has them")


class MemoryPartsSerializer(serializers.Serializer):
    """What the peak is made of, in bytes."""

    weights = serializers.IntegerField(help_text="With the buffers, such as running means")
    gradients = serializers.IntegerField()
    optimizer = serializers.IntegerField(help_text="What the optimizer keeps between steps")
    batch = serializers.IntegerField(help_text="Inputs and targets of a batch")
    activations = serializers.IntegerField(help_text="What is kept for the way back, and what layers work with")
    average = serializers.IntegerField(help_text="The averaged weights")
    data = serializers.IntegerField(help_text="All rows of the data set; of mapped ones the batches read ahead")
    copies = serializers.IntegerField(help_text="The best weights, and a checkpoint being written")
    device = serializers.IntegerField(
        help_text="What the libraries of a GPU take, and each process that shares the run"
    )


class MemoryDeviceSerializer(serializers.Serializer):
    """A device that a run may go to, and how the run fits there."""

    kind = serializers.ChoiceField(["cpu", "cuda"])
    name = serializers.CharField()
    worker = serializers.CharField()
    total_bytes = serializers.IntegerField()
    free_bytes = serializers.IntegerField()
    empty_bytes = serializers.IntegerField(required=False, help_text="What would be free if no run trained there")
    peak_bytes = serializers.IntegerField()
    fits = serializers.BooleanField()
    largest_batch = serializers.IntegerField(help_text="0 where not even one row fits")


class MemoryAnswerSerializer(serializers.Serializer):
    batch_size = serializers.IntegerField(help_text="Rows that go at once: no more than there are to train on")
    peak_bytes = serializers.IntegerField()
    moment = serializers.ChoiceField(["step", "evaluation", "checkpoint"], help_text="When the peak is")
    parts = MemoryPartsSerializer()
    inference_bytes = serializers.IntegerField(help_text="The same rows without training")
    knows_losses = serializers.BooleanField(help_text="Whether the losses of the outputs are part of it")
    is_mapped = serializers.BooleanField(help_text="Whether rows stay on the disk, for there are too many of them")
    devices = MemoryDeviceSerializer(many=True)


class MemoryView(APIView):
    @extend_schema(operation_id="graphs_memory", request=MemoryQuestionSerializer, responses=MemoryAnswerSerializer)
    def post(self, request: Request) -> Response:
        """The peak memory of a run of this graph, and the largest batch for what is free now."""
        given = MemoryQuestionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        config = parse_config(given.validated_data["config"], path="config")
        return Response(
            engine.estimate_memory(
                given.validated_data["graph"],
                facts=dataset_facts(user=request.user, version_id=given.validated_data["dataset_version"]),
                config=config.to_json(),
                devices=devices_for(config.device),
                resident_bytes=settings.RESIDENT_BYTES,
                person=request.user.pk,
            )
        )

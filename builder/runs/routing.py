from django.urls import path, re_path

from builder.runs.consumers import RunStream, UnknownStream

websocket_urlpatterns = [path("ws/runs/<uuid:run_id>/", RunStream.as_asgi()), re_path("", UnknownStream.as_asgi())]

from django.urls import path

from builder.runs.consumers import RunStream

websocket_urlpatterns = [path("ws/runs/<uuid:run_id>/", RunStream.as_asgi())]

from django.urls import path
from rest_framework.routers import SimpleRouter

from builder.runs.api import RunViewSet
from builder.runs.memory_api import MemoryView

router = SimpleRouter(use_regex_path=False)
router.register("runs", RunViewSet, basename="run")

urlpatterns = [path("graphs/memory/", MemoryView.as_view(), name="graph-memory"), *router.urls]

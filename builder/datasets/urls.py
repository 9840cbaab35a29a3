from django.urls import include, path
from rest_framework.routers import SimpleRouter

from builder.datasets.api import DatasetViewSet, SampleListView

router = SimpleRouter(use_regex_path=False)
router.register("datasets", DatasetViewSet, basename="dataset")

urlpatterns = [
    path("", include(router.urls)),
    path("samples/", SampleListView.as_view(), name="samples"),
]

from django.urls import include, path

api = [
    path("", include("builder.projects.urls")),
    path("", include("builder.datasets.urls")),
    path("", include("builder.runs.urls")),
    path("", include("builder.deployments.urls")),
    path("", include("builder.accounts.urls")),
]

urlpatterns = [path("api/v1/", include((api, "api")))]

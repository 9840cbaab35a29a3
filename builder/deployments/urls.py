from django.urls import path

from builder.deployments import api

urlpatterns = [
    path("deployments/", api.DeploymentListView.as_view()),
    path("deployments/<slug:slug>/", api.DeploymentView.as_view()),
    path("deployments/<slug:slug>/versions/", api.VersionListView.as_view()),
    path("deployments/<slug:slug>/rollback/", api.RollbackView.as_view()),
    path("deployments/<slug:slug>/keys/", api.KeyListView.as_view()),
    path("deployments/<slug:slug>/keys/<uuid:key_id>/", api.KeyView.as_view()),
    path("deployments/<slug:slug>/usage/", api.UsageView.as_view()),
    path("deployments/<slug:slug>/snippets/", api.SnippetsView.as_view()),
    path("deployments/<slug:slug>/samples/", api.SamplesView.as_view()),
    path("deployments/<slug:slug>/openapi.json", api.DescriptionView.as_view()),
    path("deployments/<slug:slug>/try/", api.TryView.as_view()),
]

from django.urls import path

from builder.projects import api, graph_api, import_api

urlpatterns = [
    path("projects/", api.ProjectListView.as_view(), name="project-list"),
    path("projects/<uuid:project_id>/", api.ProjectView.as_view(), name="project"),
    path("projects/<uuid:project_id>/duplicate/", api.DuplicateView.as_view(), name="project-duplicate"),
    path("projects/<uuid:project_id>/graph/", api.GraphView.as_view(), name="graph"),
    path("projects/<uuid:project_id>/versions/", api.VersionListView.as_view(), name="version-list"),
    path("projects/<uuid:project_id>/versions/<int:number>/", api.VersionView.as_view(), name="version"),
    path(
        "projects/<uuid:project_id>/versions/<int:number>/diff/",
        api.VersionDiffView.as_view(),
        name="version-diff",
    ),
    path("templates/", api.TemplateListView.as_view(), name="template-list"),
    path("catalogue/", graph_api.CatalogueView.as_view(), name="catalogue"),
    path("catalogue/settings/", graph_api.RunSettingsView.as_view(), name="catalogue-settings"),
    path("graphs/check/", graph_api.CheckView.as_view(), name="graph-check"),
    path("graphs/code/", graph_api.CodeView.as_view(), name="graph-code"),
    path("graphs/import/", import_api.ImportView.as_view(), name="graph-import"),
]

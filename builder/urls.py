from django.contrib import admin
from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView

from builder import pages
from builder.accounts.links import use_link
from builder.dashboard.views import admin_sign_in

api = [
    path("", include("builder.accounts.urls")),
    path("", include("builder.projects.urls")),
    path("", include("builder.datasets.urls")),
    path("", include("builder.runs.urls")),
    path("", include("builder.deployments.urls")),
    path("schema/", SpectacularJSONAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema"), name="docs"),
]

urlpatterns = [
    path("api/v1/", include((api, "api"))),
    path("accounts/link/<str:word>/", use_link, name="sign-in-link"),
    path("admin/login/", admin_sign_in),
    path("admin/", admin.site.urls),
    path("healthz", pages.healthz),
    path("readyz", pages.readyz),
    # The front end knows its own addresses; what is below these prefixes is not one of them.
    re_path(r"^(?!(?:api|admin|accounts|static|ws|v2)(?:/|$))(?P<path>.*)$", pages.front_end, name="front-end"),
]

handler400 = pages.bad_request
handler403 = pages.permission_denied
handler404 = pages.not_found
handler500 = pages.server_error

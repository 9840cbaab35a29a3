from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme


def admin_sign_in(request: HttpRequest) -> HttpResponseRedirect:
    """The admin has no sign-in of its own: people use the product's, and who is no operator is told so."""
    wanted = request.GET.get("next", "/admin/")
    if not url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        wanted = "/admin/"
    if not request.user.is_authenticated:
        return HttpResponseRedirect(f"{settings.LOGIN_URL}?{urlencode({'next': wanted})}")
    if not request.user.is_staff:
        raise PermissionDenied
    return HttpResponseRedirect(wanted)

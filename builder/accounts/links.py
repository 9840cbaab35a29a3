"""The one-time link that signs a person in: an address of its own, outside the API."""

from django.http import HttpRequest, HttpResponseRedirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from builder.accounts import services
from builder.accounts.rates import consume
from trainer.errors import UserError

PROBLEM_PAGE = "/sign-in?problem=link"


@require_GET
@never_cache
def use_link(request: HttpRequest, word: str) -> HttpResponseRedirect:
    try:
        consume(request, "link")
    except UserError:
        return HttpResponseRedirect(PROBLEM_PAGE)
    user = services.sign_in_link_use(word=word)
    if user is None:
        return HttpResponseRedirect("/" if request.user.is_authenticated else PROBLEM_PAGE)
    services.sign_in(request=request, user=user)
    return HttpResponseRedirect("/")

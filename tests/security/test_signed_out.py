"""Nothing answers a visitor who has not signed in, but for what is written here."""

import re

import pytest
from django.test import Client

from tests.security.routes import METHODS, Route, all_routes

# Address -> why it answers everybody.
OPEN = {
    "(?!(?:api|admin|accounts|static|ws|v2)(?:/|$))(?P<path>.*)": "the page that shows the sign-in form",
    "accounts/link/<str:word>/": "the one-time link is itself the proof",
    "api/v1/auth/sign-in/": "signing in",
    "api/v1/auth/sign-up/": "the invitation is itself the proof",
    "healthz": "the operator's probe; says only ok",
    "readyz": "the operator's probe; says only which part is missing",
}
VALUES = {"uuid": "01890000-0000-7000-8000-000000000000", "int": "1", "str": "x", "slug": "x"}


def filled(route: Route) -> str:
    """The address with values of the right kind that name nothing."""
    kinds = re.findall(r"<(\w+):(\w+)>", route.pattern)
    return route.path(**{name: VALUES[kind] for kind, name in kinds})


CLOSED = [route for route in all_routes() if route.pattern not in OPEN]


def test_the_list_of_open_addresses_names_only_what_exists() -> None:
    assert set(OPEN) <= {route.pattern for route in all_routes()}


def test_there_are_addresses_to_test() -> None:
    assert {"api/v1/projects/", "api/v1/runs/", "api/v1/deployments/", "api/v1/datasets/", "api/v1/me/"} <= {
        route.pattern for route in CLOSED
    }


@pytest.mark.django_db
@pytest.mark.parametrize("route", CLOSED, ids=lambda route: route.pattern)
def test_signed_out_visitor_is_refused(route: Route) -> None:
    client = Client()
    for method in METHODS:
        answer = getattr(client, method)(filled(route), data={}, content_type="application/json")
        assert answer.status_code in (401, 403), f"{method} {filled(route)} answered {answer.status_code}"
        if answer.headers["Content-Type"] == "application/json":
            assert answer.json()["code"] == "request.unauthenticated"

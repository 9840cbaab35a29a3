"""Every address the application has, read from its own list, so that a new one cannot be forgotten."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ("get", "post", "put", "patch", "delete")
PREFIXES_OF_OTHERS = ("admin/",)


@dataclass(frozen=True)
class Route:
    """`pattern` is the address with its parameters as they are declared: "api/v1/projects/<uuid:project_id>/"."""

    pattern: str
    methods: tuple[str, ...]

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(re.findall(r"<(?:\w+:)?(\w+)>", self.pattern))

    def path(self, **values: object) -> str:
        return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), self.pattern)


def all_routes() -> list[Route]:
    """All but the admin's, which has tests of its own and lets only the owner in."""
    return sorted(
        (route for route in _walk(get_resolver().url_patterns, "") if not route.pattern.startswith(PREFIXES_OF_OTHERS)),
        key=lambda route: route.pattern,
    )


def _walk(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[Route]:
    for pattern in patterns:
        address = prefix + str(pattern.pattern).lstrip("^").rstrip("$").replace("\\Z", "")
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, address)
        else:
            yield Route(address, _methods(pattern.callback))


def _methods(callback) -> tuple[str, ...]:
    """The methods of a view: those its router gave it, those its class has, or GET for a function."""
    if actions := getattr(callback, "actions", None):
        return tuple(method for method in METHODS if method in actions)
    if view := getattr(callback, "view_class", None) or getattr(callback, "cls", None):
        return tuple(method for method in METHODS if hasattr(view, method))
    return ("get",)

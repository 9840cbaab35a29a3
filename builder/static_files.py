from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """WhiteNoise, with each file read at once: they are small, and ASGI would do so with a warning."""

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponse:
        found = static_file.get_response(request.method, request.META)
        if found.file is None:
            return HttpResponse(status=found.status, headers=dict(found.headers))
        with found.file as file:
            return HttpResponse(file.read(), status=found.status, headers=dict(found.headers))

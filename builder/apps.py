from django.apps import AppConfig

from builder import celery  # noqa: F401  (the Celery app that shared tasks belong to, also in the web process)


class BuilderConfig(AppConfig):
    name = "builder"
    label = "builder"

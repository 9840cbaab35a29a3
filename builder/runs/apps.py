from importlib import import_module

from django.apps import AppConfig


class RunsConfig(AppConfig):
    name = "builder.runs"
    label = "runs"

    def ready(self) -> None:
        import_module("builder.runs.signals")

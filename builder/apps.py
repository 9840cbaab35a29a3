from django.apps import AppConfig


class BuilderConfig(AppConfig):
    name = "builder"
    label = "builder"

from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "builder.projects"
    label = "projects"

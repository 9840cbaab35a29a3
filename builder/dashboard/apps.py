from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "builder.dashboard"
    label = "dashboard"

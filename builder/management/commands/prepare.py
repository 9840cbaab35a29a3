import os

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from builder.processes.prepare import collect_static_if_needed, migrate_if_needed, start_url


class Command(BaseCommand):
    help = "Bring the database and the static files up to date where they are not, and print where to go."
    requires_system_checks = []

    def handle(self, **options) -> None:
        try:
            migrate_if_needed()
        except OperationalError as error:
            raise CommandError(f"The database cannot be used: {' '.join(str(error).split())}") from error
        if "LAYERLOOM_STATIC" not in os.environ:
            collect_static_if_needed()
        self.stdout.write(start_url())

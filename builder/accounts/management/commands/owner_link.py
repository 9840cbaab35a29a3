from django.conf import settings
from django.core.management.base import BaseCommand

from builder.accounts.services import owner_get_or_create, sign_in_link_create


class Command(BaseCommand):
    help = "Print a one-time sign-in link for the owner. Links printed before stop working."

    def handle(self, **options) -> None:
        word = sign_in_link_create(user=owner_get_or_create())
        self.stdout.write(f"{settings.PUBLIC_URL}/accounts/link/{word}/")

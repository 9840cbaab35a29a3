from django.core.management.base import BaseCommand, CommandError, CommandParser

from builder.accounts.models import User
from builder.accounts.services import token_create


class Command(BaseCommand):
    help = "Print a new API token of a person. It is shown this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="command line")
        parser.add_argument("--days", type=int, default=None, help="how long it works (default: until revoked)")

    def handle(self, *, email: str, name: str, days: int | None, **options) -> None:
        user = User.objects.filter(email=email.lower()).first()
        if user is None:
            known = ", ".join(User.objects.order_by("date_joined").values_list("email", flat=True)[:20])
            raise CommandError(f"Nobody has the email address {email}. People here: {known or 'none yet'}.")
        _, token = token_create(user=user, name=name, expires_in_days=days)
        self.stdout.write(token)

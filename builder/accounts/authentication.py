from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from builder.accounts.models import Token, User
from builder.accounts.services import token_use
from trainer.errors import UserError


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer ll_...`."""

    def authenticate(self, request: Request) -> tuple[User, Token] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"bearer":
            return None
        row = token_use(token=words[1].decode("latin-1")) if len(words) == 2 else None
        if row is None:
            raise UserError("account.token", status=401)
        return row.user, row

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="layerloom"'


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = BearerAuthentication
    name = "token"

    def get_security_definition(self, auto_schema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}

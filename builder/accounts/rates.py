"""How often a person, or an address, may try. Counted on the bus, so that several web processes count together."""

from allauth.core.internal import ratelimit
from django.http import HttpRequest

from builder.accounts import messages  # noqa: F401  (registers the sentences raised here)
from trainer.errors import UserError

RATES = {
    "sign_in": "30/m/ip",
    "sign_in_failed": "10/m/ip,5/5m/key",
    "sign_up": "20/m/ip",
    "password": "10/m/user",
    "link": "30/m/ip",
}


def consume(request: HttpRequest, action: str, *, key: str | None = None) -> ratelimit.RateLimitUsage:
    """Count one try. `rollback()` of what comes back takes it back, as a sign-in that worked does."""
    usage = ratelimit.consume(request, app="builder.accounts", action=action, config=RATES, key=key, limit_get=True)
    if not usage:
        seconds = max(int(rate.duration) for rate in ratelimit.parse_rates(RATES[action]))
        raise UserError("account.too_many", status=429, seconds=seconds)
    return usage

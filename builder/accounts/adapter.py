from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up without an invitation (`services.invite_accept`), and allauth's own pages are not mounted."""

    def is_open_for_signup(self, request) -> bool:
        return False

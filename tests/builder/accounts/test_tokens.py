"""Tokens: shown once, stored as a hash, ended by expiry and revocation."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from builder.accounts.models import Token, User

TOKENS = "/api/v1/tokens/"
ME = "/api/v1/me/"


def ask_with(token: str):
    return Client().get(ME, headers={"Authorization": f"Bearer {token}"})


def test_token_opens_the_api_and_is_not_stored(api, person: User) -> None:
    answer = api.post(TOKENS, {"name": "notebook", "expires_in_days": 90}, format="json")
    assert answer.status_code == 201
    token = answer.json()["token"]
    assert ask_with(token).json()["user"]["email"] == person.email
    row = Token.objects.get()
    assert token.rpartition("_")[2] not in (row.secret_hash, row.prefix)
    assert row.last_used_at is not None
    listed = api.get(TOKENS).json()["results"]
    assert [entry["prefix"] for entry in listed] == [row.prefix]
    assert "token" not in listed[0]


def test_revoked_token_stops_at_once(api) -> None:
    answer = api.post(TOKENS, {"name": "old"}, format="json").json()
    assert api.delete(f"{TOKENS}{answer['id']}/").status_code == 204
    refused = ask_with(answer["token"])
    assert (refused.status_code, refused.json()["code"]) == (401, "account.token")
    assert api.get(TOKENS).json()["results"] == []


@pytest.mark.parametrize("spoil", ["expired", "other_secret", "no_mark", "inactive"])
def test_spoilt_token_is_refused(api, person: User, spoil: str) -> None:
    token = api.post(TOKENS, {"name": "n"}, format="json").json()["token"]
    if spoil == "expired":
        Token.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif spoil == "other_secret":
        token = token[:-1] + ("A" if token[-1] != "A" else "B")
    elif spoil == "no_mark":
        token = token.removeprefix("ll_")
    else:
        User.objects.filter(pk=person.pk).update(is_active=False)
    assert ask_with(token).status_code == 401


def test_token_in_the_query_string_is_not_looked_at(api) -> None:
    token = api.post(TOKENS, {"name": "n"}, format="json").json()["token"]
    assert Client().get(ME, {"token": token, "access_token": token}).status_code == 401


def test_create_token_prints_a_token_that_works(person: User) -> None:
    printed = StringIO()
    call_command("create_token", person.email, stdout=printed)
    assert ask_with(printed.getvalue().strip()).status_code == 200


def test_create_token_for_nobody_names_who_there_is(person: User) -> None:
    with pytest.raises(CommandError, match=r"person@example\.com"):
        call_command("create_token", "nobody@example.com")


def test_me_keeps_name_and_language(api, person: User) -> None:
    answer = api.patch(ME, {"name": "New", "language": "zh-hans"}, format="json")
    assert (answer.json()["user"]["name"], answer.json()["language"]) == ("New", "zh-hans")
    refused = api.patch(ME, {"language": "fr"}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (400, "account.language")
    person.refresh_from_db()
    assert person.language == "zh-hans"

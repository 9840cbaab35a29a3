"""Sessions: the password, the one-time link, and how often one may try."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from builder.accounts.models import SignInLink, User
from builder.accounts.services import sign_in_link_create

SIGN_IN = "/api/v1/auth/sign-in/"
ME = "/api/v1/me/"


def sign_in(client: Client, email: str, password: str):
    return client.post(SIGN_IN, {"email": email, "password": password}, content_type="application/json")


def test_right_password_opens_a_session(person: User) -> None:
    client = Client()
    answer = sign_in(client, "Person@Example.com", "another long phrase")
    assert answer.status_code == 200
    assert answer.json()["user"]["email"] == "person@example.com"
    assert client.get(ME).json()["user"]["name"] == "Person"


def test_wrong_password_and_unknown_address_say_the_same(person: User) -> None:
    wrong, unknown = sign_in(Client(), person.email, "wrong"), sign_in(Client(), "nobody@example.com", "wrong")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert wrong.json()["code"] == "account.credentials"


def test_wrong_passwords_are_slowed_down_for_that_account_alone(person: User, stranger: User) -> None:
    answers = [sign_in(Client(), person.email, f"wrong {attempt}").status_code for attempt in range(6)]
    assert answers == [401] * 5 + [429]
    refused = sign_in(Client(), person.email, "another long phrase")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert sign_in(elsewhere, stranger.email, "a third long phrase").status_code == 200


def test_sign_in_from_another_page_is_refused(person: User) -> None:
    answer = sign_in(Client(enforce_csrf_checks=True), person.email, "another long phrase")
    assert answer.status_code == 403
    assert answer.json()["code"] == "request.csrf"


def test_signed_out_visitor_is_told_to_sign_in_in_their_language(anonymous_api) -> None:
    answer = anonymous_api.get(ME, headers={"Accept-Language": "zh-Hans"})
    assert answer.status_code == 401
    assert answer.json() == {"code": "request.unauthenticated", "message": "请先登录，或附上令牌。", "details": []}


def test_signing_out_ends_the_session(person: User) -> None:
    client = Client()
    sign_in(client, person.email, "another long phrase")
    assert client.post("/api/v1/auth/sign-out/").status_code == 204
    assert client.get(ME).status_code == 401


def test_link_signs_in_once(owner: User) -> None:
    path = f"/accounts/link/{sign_in_link_create(user=owner)}/"
    first, second = Client(), Client()
    answer = first.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert first.get(ME).json()["user"]["is_owner"] is True
    assert second.get(path).headers["Location"] == "/sign-in?problem=link"
    assert second.get(ME).status_code == 401


def test_link_is_stored_as_a_hash_and_a_newer_one_replaces_it(owner: User) -> None:
    old, new = sign_in_link_create(user=owner), sign_in_link_create(user=owner)
    assert not SignInLink.objects.filter(secret_hash__in=[old, new]).exists()
    assert Client().get(f"/accounts/link/{old}/").headers["Location"] == "/sign-in?problem=link"
    assert Client().get(f"/accounts/link/{new}/").headers["Location"] == "/"


@pytest.mark.parametrize("spoil", ["expired", "forged", "inactive"])
def test_spoilt_link_signs_nobody_in(owner: User, spoil: str) -> None:
    word = sign_in_link_create(user=owner)
    if spoil == "expired":
        SignInLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif spoil == "inactive":
        User.objects.update(is_active=False)
    else:
        word = f"{'A' if word[0] != 'A' else 'B'}{word[1:]}"
    client = Client()
    assert client.get(f"/accounts/link/{word}/").headers["Location"] == "/sign-in?problem=link"
    assert client.get(ME).status_code == 401


def test_password_is_changed_and_ends_the_other_sessions(person: User) -> None:
    here, elsewhere = Client(), Client()
    for client in (here, elsewhere):
        sign_in(client, person.email, "another long phrase")
    change = {"current_password": "another long phrase", "new_password": "quite a different one"}
    assert here.post("/api/v1/auth/password/", change, content_type="application/json").status_code == 204
    assert here.get(ME).status_code == 200
    assert elsewhere.get(ME).status_code == 401
    assert sign_in(Client(), person.email, "quite a different one").status_code == 200


@pytest.mark.parametrize(
    ("current", "new", "code"),
    [
        ("not this", "quite a different one", "account.password_wrong"),
        ("another long phrase", "1234", "account.password"),
    ],
)
def test_password_change_is_refused_with_its_reason(api, person: User, current: str, new: str, code: str) -> None:
    answer = api.post("/api/v1/auth/password/", {"current_password": current, "new_password": new}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    person.refresh_from_db()
    assert person.check_password("another long phrase")


def test_owner_who_came_by_a_link_sets_a_first_password(db) -> None:
    owner = User.objects.create_superuser("owner@localhost")
    client = Client()
    client.get(f"/accounts/link/{sign_in_link_create(user=owner)}/")
    assert client.get(ME).json()["user"]["has_password"] is False
    answer = client.post(
        "/api/v1/auth/password/", {"new_password": "quite a different one"}, content_type="application/json"
    )
    assert answer.status_code == 204
    assert client.get(ME).json()["user"]["has_password"] is True

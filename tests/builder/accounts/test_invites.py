"""Sign-up is closed but for the invited."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from builder.accounts.models import Invite, User

INVITES = "/api/v1/invites/"
SIGN_UP = "/api/v1/auth/sign-up/"


def invite(owner_api, email: str = "new@example.com") -> str:
    answer = owner_api.post(INVITES, {"email": email}, format="json")
    assert answer.status_code == 201, answer.json()
    return answer.json()["url"].partition("?invite=")[2]


def accept(word: str, password: str = "words that are long"):
    body = {"invite": word, "name": "New", "password": password}
    return Client().post(SIGN_UP, body, content_type="application/json")


def test_invited_person_signs_up_once(owner_api) -> None:
    word = invite(owner_api)
    assert Client().get(SIGN_UP, {"invite": word}).json() == {"email": "new@example.com"}
    answer = accept(word)
    assert answer.status_code == 201
    assert answer.json()["user"] == {**answer.json()["user"], "email": "new@example.com", "is_owner": False}
    assert accept(word).status_code == 404
    assert User.objects.filter(email="new@example.com").count() == 1


def test_nobody_signs_up_without_an_invitation(db) -> None:
    answer = accept("made-up~word")
    assert (answer.status_code, answer.json()["code"]) == (404, "account.invite")
    assert not User.objects.exists()


def test_expired_and_withdrawn_invitations_are_refused(owner_api) -> None:
    expired, withdrawn = invite(owner_api, "a@example.com"), invite(owner_api, "b@example.com")
    Invite.objects.filter(email="a@example.com").update(expires_at=timezone.now() - timedelta(seconds=1))
    row = Invite.objects.get(email="b@example.com")
    assert owner_api.delete(f"{INVITES}{row.id}/").status_code == 204
    assert accept(expired).status_code == accept(withdrawn).status_code == 404


def test_weak_password_is_refused_and_leaves_the_invitation_open(owner_api) -> None:
    word = invite(owner_api)
    answer = accept(word, "password")
    assert (answer.status_code, answer.json()["code"]) == (400, "account.password")
    assert accept(word).status_code == 201


def test_only_the_owner_invites_and_sees_people(api) -> None:
    assert api.get(INVITES).status_code == 403
    assert api.post(INVITES, {"email": "x@example.com"}, format="json").status_code == 403
    assert api.get("/api/v1/people/").status_code == 403
    assert not Invite.objects.exists()


def test_owner_sees_everybody(owner_api, person: User) -> None:
    emails = {row["email"] for row in owner_api.get("/api/v1/people/").json()["results"]}
    assert emails == {"owner@example.com", "person@example.com"}


def test_invitation_for_somebody_here_is_refused(owner_api, person: User) -> None:
    answer = owner_api.post(INVITES, {"email": "PERSON@example.com"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "account.email_taken")

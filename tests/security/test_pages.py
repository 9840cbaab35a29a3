"""What every page says to the browser, and what an error page does not say."""

import subprocess
import sys

import pytest
from django.conf import settings
from django.test import Client
from rest_framework.test import APIClient


@pytest.fixture
def built(tmp_path, settings) -> str:
    page = "<!doctype html><div id=root></div>"
    settings.FRONTEND_DIST = tmp_path
    (tmp_path / "index.html").write_text(page)
    return page


@pytest.mark.parametrize("path", ["/", "/sign-in", "/projects/01890000-0000-7000-8000-000000000000/editor"])
def test_every_front_end_address_answers_the_page_with_its_guards(built: str, path: str) -> None:
    answer = Client().get(path)
    assert answer.content.decode() == built
    assert "csrftoken" in answer.cookies
    assert answer.headers["Cache-Control"] == "no-cache"
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    assert policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == "'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/api/v1/nothing/", "/api/v2/", "/accounts/nothing/", "/static/nothing.js"])
def test_unknown_address_below_a_prefix_is_a_404_and_not_the_page(built: str, path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 404
    assert answer.json()["code"] == "request.not_found"


def test_missing_front_end_says_how_to_build_it(tmp_path, settings) -> None:
    settings.FRONTEND_DIST = tmp_path
    answer = Client().get("/")
    assert answer.status_code == 503
    assert b"make run" in answer.content


def test_markup_in_a_name_comes_back_as_json_and_not_as_a_page(api: APIClient) -> None:
    name = "<script>alert(1)</script>"
    answer = api.post("/api/v1/projects/", {"name": name}, format="json")
    assert answer.json()["name"] == name
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_health_and_readiness_say_what_is_there(db) -> None:
    assert Client().get("/healthz").content == b"ok"
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "bus": "ok"})


def test_readiness_names_a_missing_bus(db, settings) -> None:
    settings.BUS_URL = "unix:///nowhere/valkey.sock"
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["bus"]) == (503, "unreachable")


def start_settings(tmp_path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from builder.settings import SECRET_KEY; print(SECRET_KEY)"],
        cwd=settings.BASE_DIR,
        env={"PATH": "", "LAYERLOOM_DATA": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_secret_key_is_made_once_and_only_for_this_user(tmp_path) -> None:
    first, second = start_settings(tmp_path), start_settings(tmp_path)
    assert first.stdout == second.stdout
    assert len(first.stdout.strip()) == 64
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
    assert start_settings(tmp_path / "elsewhere").stdout != first.stdout


def test_short_secret_key_does_not_start(tmp_path) -> None:
    done = start_settings(tmp_path, LAYERLOOM_SECRET_KEY="changeme")
    assert done.returncode != 0
    assert "LAYERLOOM_SECRET_KEY is shorter than 32" in done.stderr

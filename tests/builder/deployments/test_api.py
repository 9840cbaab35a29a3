"""The owner's side: what the pages of deployments ask for."""

import json

import pytest
from django.core.files.storage import default_storage

from builder.deployments.models import Deployment, DeploymentVersion, Key, RequestLog, UsageMinute
from builder.deployments.predict.latency import bucket_of
from builder.deployments.services import key_create
from tests.builder.deployments.conftest import add_version
from tests.bundles import FLOWER, write_flower_bundle, write_image_bundle

pytestmark = pytest.mark.django_db(transaction=True)


def url(deployment: Deployment, tail: str = "") -> str:
    return f"/api/v1/deployments/{deployment.slug}/{tail}"


def test_deploying_a_run_takes_its_best_checkpoint_and_waits_for_the_export(api, checkpoint):
    answer = api.post("/api/v1/deployments/", {"run": str(checkpoint.run_id), "name": "Fashion CNN"}, format="json")
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert body["slug"].startswith("fashion-cnn-")
    assert body["active_version"] is None
    assert body["url"].endswith(f"/api/v1/predict/{body['slug']}/")
    (version,) = api.get(f"/api/v1/deployments/{body['slug']}/versions/").json()
    assert (version["number"], version["status"]) == (1, "exporting")
    assert version["checkpoint"]["id"] == str(checkpoint.id)
    assert version["metrics"] == {"val/accuracy": 0.9}


def test_name_without_latin_letters_still_has_a_slug(api, checkpoint):
    answer = api.post("/api/v1/deployments/", {"run": str(checkpoint.run_id), "name": "时装"}, format="json")
    assert answer.json()["name"] == "时装"
    assert answer.json()["slug"].startswith("model-")


@pytest.mark.parametrize("body", [{}, {"run": "x"}, {"run": None, "checkpoint": None}])
def test_nothing_to_deploy_is_400(api, checkpoint, body):
    assert api.post("/api/v1/deployments/", body, format="json").status_code == 400
    assert not Deployment.objects.exists()


def test_run_without_a_checkpoint_is_told_so(api, checkpoint):
    run = checkpoint.run
    checkpoint.delete()
    answer = api.post("/api/v1/deployments/", {"run": str(run.id)}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "deployment.no_checkpoint")


def test_everything_of_somebody_else_is_404(stranger_api, deployment, checkpoint, person):
    key, _ = key_create(user=person, deployment=deployment, name="shop")
    for tail in ("", "versions/", "keys/", "usage/", "snippets/", "samples/", "openapi.json"):
        assert stranger_api.get(url(deployment, tail)).status_code == 404, tail
    for tail, body in (
        ("versions/", {"run": str(checkpoint.run_id)}),
        ("rollback/", {"version": 1}),
        ("keys/", {"name": "mine"}),
        ("try/", {"instances": [FLOWER]}),
    ):
        assert stranger_api.post(url(deployment, tail), body, format="json").status_code == 404, tail
    assert stranger_api.patch(url(deployment), {"state": "offline"}, format="json").status_code == 404
    assert stranger_api.delete(url(deployment)).status_code == 404
    assert stranger_api.delete(url(deployment, f"keys/{key.id}/")).status_code == 404
    body = {"run": str(checkpoint.run_id)}
    assert stranger_api.post("/api/v1/deployments/", body, format="json").status_code == 404
    assert stranger_api.get("/api/v1/deployments/").json()["results"] == []
    key.refresh_from_db()
    assert key.is_usable


def test_list_is_of_the_person_and_of_the_project_asked_for(api, deployment):
    (row,) = api.get(f"/api/v1/deployments/?project={deployment.project_id}").json()["results"]
    assert (row["slug"], row["active_version"]) == (deployment.slug, 1)
    assert api.get(f"/api/v1/deployments/?project={deployment.id}").json()["results"] == []
    assert api.get("/api/v1/deployments/?project=x").status_code == 400


def test_rollback_moves_the_pointer_to_a_ready_version_only(api, deployment, checkpoint):
    add_version(deployment, checkpoint, write_flower_bundle)
    assert api.get(url(deployment)).json()["active_version"] == 2
    assert api.post(url(deployment, "rollback/"), {"version": 1}, format="json").json()["active_version"] == 1
    DeploymentVersion.objects.filter(number=2).update(status="failed")
    answer = api.post(url(deployment, "rollback/"), {"version": 2}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "deployment.version_not_ready")
    assert api.post(url(deployment, "rollback/"), {"version": 7}, format="json").status_code == 400
    assert api.get(url(deployment)).json()["active_version"] == 1


def test_key_is_shown_once_and_stored_as_its_digest(api, deployment):
    answer = api.post(url(deployment, "keys/"), {"name": "shop"}, format="json")
    text = answer.json()["key"]
    assert text.startswith(answer.json()["prefix"] + ".")
    stored = Key.objects.get()
    secret = text.partition(".")[2]
    assert secret.encode() not in bytes(stored.digest)
    assert len(bytes(stored.digest)) == 32
    listed = api.get(url(deployment, "keys/"))
    assert secret not in listed.content.decode()
    assert api.delete(url(deployment, f"keys/{stored.id}/")).status_code == 204
    assert api.get(url(deployment, "keys/")).json()[0]["is_usable"] is False


def test_key_that_would_have_expired_already_is_refused(api, deployment):
    answer = api.post(url(deployment, "keys/"), {"name": "x", "expires_at": "2020-01-01T00:00:00Z"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "deployment.expiry_past")


def test_deleting_a_deployment_takes_its_keys_and_files(api, deployment, person):
    key_create(user=person, deployment=deployment, name="shop")
    storage_key = deployment.active_version.storage_key
    assert default_storage.exists(f"{storage_key}/graph.onnx")
    assert api.delete(url(deployment)).status_code == 204
    assert not Key.objects.exists()
    assert not default_storage.exists(f"{storage_key}/graph.onnx")


def test_trying_answers_what_the_predict_address_answers(api, deployment):
    answer = api.post(url(deployment, "try/"), {"instances": [FLOWER]}, format="json")
    assert answer.status_code == 200, answer.content
    assert answer.json()["version"] == 1
    assert set(answer.json()["predictions"][0]["species"]) == {"class", "probabilities"}
    bad = api.post(url(deployment, "try/"), {"instances": [{"colour": 1}]}, format="json")
    assert bad.status_code == 400
    assert "instances[0].colour" in {detail["path"] for detail in bad.json()["details"]}
    assert api.post(url(deployment, "try/"), [1], format="json").status_code == 400


def test_usage_adds_up_what_was_written(api, deployment):
    now = deployment.created_at
    for number, latency in ((1, 2.0), (1, 8.0), (2, 4.0)):
        UsageMinute.objects.update_or_create(
            deployment=deployment,
            version_number=number,
            minute=now.replace(second=0, microsecond=0),
            defaults={"num_answered": 5, "num_refused": 1, "num_rows": 7, "latency": {bucket_of(latency): 5}},
        )
    RequestLog.objects.create(
        deployment=deployment, time=now, request_id="a", version_number=1, status=200, num_rows=1, latency_ms=2.0
    )
    for window, num_buckets in (("1h", 61), ("24h", 49), ("7d", 57)):
        body = api.get(url(deployment, f"usage/?window={window}")).json()
        assert len(body["buckets"]) == num_buckets
        assert body["totals"]["num_answered"] == sum(bucket["num_answered"] for bucket in body["buckets"]) == 10
        assert body["totals"]["num_refused"] == 2
        assert {row["number"]: row["p50_ms"] for row in body["versions"]} == pytest.approx({1: 8, 2: 4}, rel=0.06)
        assert [row["request_id"] for row in body["last_requests"]] == ["a"]
    assert api.get(url(deployment, "usage/?window=1y")).status_code == 400


def test_description_names_the_exact_columns_and_outputs(api, deployment):
    body = api.get(url(deployment, "openapi.json")).json()
    schemas = body["components"]["schemas"]
    assert schemas["Instance"]["required"] == list(FLOWER)
    assert schemas["Instance"]["additionalProperties"] is False
    assert schemas["Prediction"]["properties"]["species"]["properties"]["class"]["enum"][0] == "setosa"
    example = body["paths"]["/"]["post"]["requestBody"]["content"]["application/json"]["example"]
    assert api.post(url(deployment, "try/"), example, format="json").status_code == 200


def test_description_of_an_image_deployment_offers_its_other_bodies(api, make_deployment):
    deployment = make_deployment(write_image_bundle)
    content = api.get(url(deployment, "openapi.json")).json()["paths"]["/"]["post"]["requestBody"]["content"]
    assert set(content) == {"application/json", "multipart/form-data", "image/png", "image/jpeg"}
    example = content["application/json"]["example"]
    assert api.post(url(deployment, "try/"), example, format="json").status_code == 200


def test_snippets_carry_an_instance_that_the_deployment_takes(api, deployment):
    curl = api.get(url(deployment, "snippets/")).json()["curl"]
    body = json.loads(curl[curl.index("-d '") + 4 : curl.rindex("'")])
    assert api.post(url(deployment, "try/"), body, format="json").status_code == 200


def test_reason_why_torch_serves_is_a_sentence_in_the_readers_language(api, deployment):
    version = deployment.active_version
    version.report = {"reason": {"code": "serving.export_refused", "fields": {"reason": "no such operator"}}}
    version.save()
    (english,) = api.get(url(deployment, "versions/")).json()
    (chinese,) = api.get(url(deployment, "versions/"), HTTP_ACCEPT_LANGUAGE="zh-Hans").json()
    assert "no such operator" in english["reason"]["message"]
    assert "PyTorch 提供服务" in chinese["reason"]["message"]


def test_deployment_without_a_ready_version_says_so(api, deployment):
    Deployment.objects.update(active_version=None)
    for tail in ("snippets/", "samples/", "openapi.json"):
        assert api.get(url(deployment, tail)).status_code == 409
    assert api.post(url(deployment, "try/"), {"instances": [FLOWER]}, format="json").status_code == 503

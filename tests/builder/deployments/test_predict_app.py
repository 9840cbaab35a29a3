import asyncio
import base64
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from builder.deployments.models import Key, RequestLog, UsageMinute
from builder.deployments.services import deployment_delete, deployment_update, key_create, key_revoke
from tests.builder.deployments.conftest import add_version
from tests.bundles import FLOWER, FLOWERS, Linear, write_flower_bundle, write_image_bundle, write_number_bundle
from trainer.data.images import encode_png
from trainer.serving.runtime import OnnxNetwork

pytestmark = pytest.mark.django_db(transaction=True)

ONE = {"instances": [FLOWER]}


def constant(index: int):
    """Writes a bundle that always answers class `index`."""
    network = Linear(np.zeros((4, 3), np.float32), np.eye(3, dtype=np.float32)[index] * 10)
    return lambda folder: write_flower_bundle(folder, network)


async def test_answer_has_one_key_an_output_the_version_and_an_id(predict):
    answer = await predict(ONE, headers={"X-Request-Id": "mine-1"})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    (prediction,) = body["predictions"]
    assert list(prediction) == ["species"]
    assert prediction["species"]["class"] in FLOWERS
    assert body["version"] == 1
    assert body["request_id"] == "mine-1" == answer.headers["x-request-id"]


async def test_each_result_goes_to_its_own_caller(predict, app, deployment):
    """Two hundred different requests of one to five rows at once, among them some that cannot be taken."""
    rng = np.random.default_rng(0)
    snapshot = await app.service.directory.snapshot(deployment.slug)
    requests = []
    for number in range(200):
        rows = [dict(zip(FLOWER, rng.normal(4, 2, 4).round(6).tolist(), strict=True)) for _ in range(number % 5 + 1)]
        requests.append(rows if number % 10 else [{**rows[0], "petal_width": "wide"}])
    answers = await asyncio.gather(*(predict({"instances": rows}) for rows in requests))
    folder = Path(default_storage.path(snapshot.row.storage_key))
    network = OnnxNetwork(folder, snapshot.bundle.manifest, num_threads=1)
    for number, (rows, answer) in enumerate(zip(requests, answers, strict=True)):
        if number % 10 == 0:
            assert answer.status_code == 400
            assert answer.json()["details"][0]["path"] == "instances[0].petal_width"
            continue
        expected = snapshot.bundle.encode(network.run(snapshot.bundle.decode(rows)))
        assert len(answer.json()["predictions"]) == len(rows)
        for got, wanted in zip(answer.json()["predictions"], expected, strict=True):
            assert got["species"]["probabilities"] == pytest.approx(wanted["species"]["probabilities"], abs=1e-5)


async def test_wrong_key_is_401_before_existence_shows(predict, deployment):
    for slug in (deployment.slug, "nothing-here"):
        for wrong in (None, "nonsense", "ll_0123456789.wrong", "ll_" + "x" * 500, "ll_.x", "ll_ü.x"):
            answer = await predict(ONE, slug=slug, key=wrong)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"
            assert answer.json()["code"] == ("predict.no_key" if wrong is None else "predict.wrong_key")


async def test_right_prefix_with_another_secret_is_refused(predict, key):
    assert (await predict(ONE, key=key[:-1] + ("A" if key[-1] != "A" else "B"))).status_code == 401


async def test_key_in_the_query_string_is_refused_with_a_reason(predict, key):
    answer = await predict(ONE, key=None, query=f"?api_key={key}")
    assert (answer.status_code, answer.json()["code"]) == (401, "predict.key_in_query")


async def test_key_of_another_deployment_is_403_and_tells_nothing(predict, make_deployment, key):
    other = await asyncio.to_thread(make_deployment)
    for slug in (other.slug, "nothing-here"):
        answer = await predict(ONE, slug=slug)
        assert (answer.status_code, answer.json()["code"]) == (403, "predict.key_scope")


async def test_key_that_has_expired_is_refused_although_it_is_in_memory(predict, key):
    assert (await predict(ONE)).status_code == 200
    await Key.objects.aupdate(expires_at=timezone.now() + timedelta(milliseconds=300))
    await predict.app.keyring.refresh()
    assert (await predict(ONE)).status_code == 200
    await asyncio.sleep(0.35)
    assert (await predict(ONE)).status_code == 401


async def test_revoked_key_is_refused_once_the_poll_has_seen_it(predict, key):
    assert (await predict(ONE)).status_code == 200
    await asyncio.to_thread(key_revoke, key=await Key.objects.aget())
    await predict.app.keyring.refresh()
    assert (await predict(ONE)).status_code == 401


async def test_revocation_is_heard_on_the_bus_without_a_poll(predict, key):
    await predict.app.startup()
    try:
        assert (await predict(ONE)).status_code == 200
        await asyncio.sleep(0.3)
        await asyncio.to_thread(key_revoke, key=await Key.objects.aget())
        async with asyncio.timeout(5):
            while (await predict(ONE)).status_code != 401:
                await asyncio.sleep(0.02)
    finally:
        await predict.app.shutdown()


@pytest.mark.parametrize(
    ("body", "code", "path"),
    [
        ({"instances": [{**FLOWER, "colour": "red"}]}, "value.unknown_column", "instances[0].colour"),
        ({"instances": [{"sepal_length": 1}]}, "value.missing_column", "instances[0].sepal_width"),
        ({"instances": [FLOWER, {**FLOWER, "petal_width": "wide"}]}, "value.not_a_number", "instances[1].petal_width"),
        ({"instances": [{**FLOWER, "petal_width": [1, 2]}]}, "value.not_a_number", "instances[0].petal_width"),
        ({"instances": [{**FLOWER, "petal_width": True}]}, "value.not_a_number", "instances[0].petal_width"),
        ({"instances": [{**FLOWER, "petal_width": None}]}, "value.required", "instances[0].petal_width"),
        ({"instances": [{**FLOWER, "petal_width": 1e308}]}, "value.out_of_range", "instances[0].petal_width"),
        ({"instances": [{**FLOWER, "petal_width": 10**300}]}, "value.out_of_range", "instances[0].petal_width"),
        ({"instances": ["rose"]}, "value.no_instances", "instances[0]"),
    ],
)
async def test_value_that_cannot_be_taken_is_400_with_its_path(predict, body, code, path):
    answer = await predict(body)
    assert answer.status_code == 400
    assert (code, path) in {(detail["code"], detail["path"]) for detail in answer.json()["details"]}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"{", "predict.unreadable"),
        (b"", "predict.unreadable"),
        (b"\xff\xfe", "predict.unreadable"),
        (b"[1, 2]", "predict.unreadable"),
        (b'{"instances": [{"a": NaN}]}', "predict.unreadable"),
        (b'{"instances": [{"a": 1e999}]}', "predict.unreadable"),
        (b'{"instances": ' + b"[" * 100_000, "predict.unreadable"),
        (b'{"instances": []}', "predict.no_instances"),
        (b'{"instances": {}}', "predict.no_instances"),
        (b'{"instances": [{}], "more": 1}', "predict.unreadable"),
        (b'{"instances": [' + b"{}," * 1000 + b"{}]}", "predict.too_many_rows"),
    ],
)
async def test_body_that_cannot_be_read_is_400(predict, content, code):
    answer = await predict(content=content, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, code)


async def test_other_content_types_are_415_and_other_methods_405(predict, app, deployment):
    answer = await predict(content=b"\x80\x04", headers={"Content-Type": "application/x-pickle"})
    assert answer.status_code == 415
    answer = await predict(content=b"GIF89a", headers={"Content-Type": "image/png"})
    assert (answer.status_code, answer.json()["code"]) == (415, "predict.no_image_column")


async def test_image_comes_as_base64_bytes_form_or_numbers_and_is_the_same(predict, make_deployment, person):
    deployment = await asyncio.to_thread(make_deployment, write_image_bundle)
    _, key = await asyncio.to_thread(key_create, user=person, deployment=deployment, name="pictures")
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8, 1), dtype=np.uint8)
    png = encode_png(pixels)
    ways = [
        {"json": {"instances": [{"image": base64.b64encode(png).decode()}]}},
        {"json": {"instances": [{"image": pixels[:, :, 0].tolist()}]}},
        {"content": png, "headers": {"Content-Type": "image/png"}},
        {"files": {"image": ("../../etc/passwd", png, "image/png")}},
    ]
    answers = [await predict(slug=deployment.slug, key=key, **way) for way in ways]
    assert [answer.status_code for answer in answers] == [200] * 4, [answer.text for answer in answers]
    assert len({answer.content.split(b'"version"')[0] for answer in answers}) == 1
    wrong = await predict({"instances": [{"image": [[0] * 7] * 8}]}, slug=deployment.slug, key=key)
    assert wrong.json()["details"][0]["code"] == "value.wrong_shape"
    broken = await predict(content=b"\x89PNG\r\n", headers={"Content-Type": "image/png"}, slug=deployment.slug, key=key)
    assert (broken.status_code, broken.json()["details"][0]["code"]) == (400, "value.not_an_image")


async def test_number_that_is_not_finite_comes_out_as_null_with_a_flag(predict, make_deployment, person):
    huge = Linear(np.full((4, 1), 3e38, np.float32), np.zeros(1, np.float32))
    deployment = await asyncio.to_thread(make_deployment, lambda folder: write_number_bundle(folder, huge))
    _, key = await asyncio.to_thread(key_create, user=person, deployment=deployment, name="numbers")
    rows = [{**FLOWER, **dict.fromkeys(FLOWER, value)} for value in (4.0, 4000.0)]
    body = (await predict({"instances": rows}, slug=deployment.slug, key=key)).json()
    assert body["predictions"][1] == {"price": None}
    assert 1 in body["not_finite"]


async def test_limit_of_a_key_is_429_with_retry_after(predict, person, deployment):
    _, key = await asyncio.to_thread(key_create, user=person, deployment=deployment, name="slow", requests_per_second=2)
    answers = [await predict(ONE, key=key) for _ in range(6)]
    assert [answer.status_code for answer in answers[:4]] == [200] * 4
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert (await predict(ONE)).status_code == 200


async def test_deadline_of_the_caller_is_kept(predict):
    assert (await predict(ONE, headers={"X-Deadline-Ms": "0"})).status_code == 504


async def test_swap_and_rollback_answer_with_the_version_that_is_active(predict, deployment, checkpoint):
    await asyncio.to_thread(add_version, deployment, checkpoint, constant(0))
    await asyncio.to_thread(add_version, deployment, checkpoint, constant(2))
    body = (await predict(ONE)).json()
    assert (body["version"], body["predictions"][0]["species"]["class"]) == (3, "virginica")
    version = await deployment.versions.aget(number=2)
    await type(deployment).objects.filter(id=deployment.id).aupdate(active_version=version)
    await predict.app.directory.refresh()
    body = (await predict(ONE)).json()
    assert (body["version"], body["predictions"][0]["species"]["class"]) == (2, "setosa")


async def test_version_that_cannot_be_loaded_leaves_the_one_before_at_work(predict, deployment, checkpoint):
    assert (await predict(ONE)).json()["version"] == 1
    await asyncio.to_thread(add_version, deployment, checkpoint, lambda folder: folder.mkdir(parents=True))
    await predict.app.directory.refresh()
    assert (await predict(ONE)).json()["version"] == 1


async def test_offline_is_503_and_deleted_is_401(predict, deployment):
    assert (await predict(ONE)).status_code == 200
    await asyncio.to_thread(deployment_update, deployment=deployment, state="offline")
    await predict.app.directory.refresh()
    answer = await predict(ONE)
    assert (answer.status_code, answer.json()["code"]) == (503, "predict.offline")
    assert "retry-after" in answer.headers
    await asyncio.to_thread(deployment_update, deployment=deployment, state="live")
    await predict.app.directory.refresh()
    assert (await predict(ONE)).status_code == 200
    await asyncio.to_thread(deployment_delete, deployment=deployment)
    await predict.app.directory.refresh()
    await predict.app.keyring.refresh()
    assert (await predict(ONE)).status_code == 401


async def test_requests_are_counted_and_the_last_ones_kept(predict, deployment):
    for _ in range(3):
        await predict(ONE)
    await predict({"instances": [FLOWER] * 4})
    await predict({"instances": ["rose"]})
    await predict.app.recorder.flush()
    minutes = [minute async for minute in UsageMinute.objects.filter(deployment=deployment)]
    assert sum(minute.num_answered for minute in minutes) == 4
    assert sum(minute.num_rows for minute in minutes) == 7
    assert sum(minute.num_invalid for minute in minutes) == 1
    assert sum(sum(minute.latency.values()) for minute in minutes) == 4
    last = [row async for row in RequestLog.objects.order_by("time")]
    assert [row.status for row in last] == [200, 200, 200, 200, 400]
    assert last[0].summary["class"] in FLOWERS
    assert last[3].summary == {"rows": 4}
    assert last[4].summary["code"] == "value.no_instances"
    assert {row.caller for row in last} == {"shop"}
    assert (await Key.objects.aget()).last_used_at is not None


async def test_errors_are_told_in_the_callers_language(predict):
    answer = await predict(ONE, key=None, headers={"Accept-Language": "zh-Hans"})
    assert "密钥" in answer.json()["message"]


async def test_one_person_cannot_keep_all_threads_busy_with_tries(app, deployment):
    tries = [app.try_out(deployment.slug, [FLOWER], "page", "one person") for _ in range(6)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert [getattr(answer, "code", "fine") for answer in answers] == ["fine"] * 4 + ["predict.busy"] * 2
    assert "predictions" in await app.try_out(deployment.slug, [FLOWER], "page", "one person")

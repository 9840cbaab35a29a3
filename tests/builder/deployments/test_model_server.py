"""The model server as a process of its own, on a socket that was handed to it, as the supervisor does."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings

from builder.deployments.modelserver import client as client_module
from builder.deployments.modelserver.client import ModelServerClient
from builder.deployments.predict.threads import in_database
from builder.deployments.services import key_create
from tests.builder.deployments.conftest import add_version
from tests.checkpoints import chain, write_image_checkpoint, write_text_checkpoint
from tests.services import free_port
from tests.trainer.texts import following_graph, write_texts
from trainer.data.encoders import Encoders
from trainer.errors import UserError
from trainer.serving.bundle import Manifest, Tensor
from trainer.serving.torch_network import TorchNetwork

STORAGE_KEY = "deployments/by-torch/1-1"
DENSE = chain(("Flatten", {}), ("Linear", {"out_features": 10}), shape=[1, 8, 8])


def write_torch_bundle(folder: Path) -> None:
    """A checkpoint is nearly one: the manifest says who serves it."""
    write_image_checkpoint(folder, DENSE)
    reason = {"code": "serving.export_refused", "fields": {"reason": "for this test"}}
    inputs, outputs = (Tensor("image", (1, 8, 8), "float32"),), (Tensor("label", (10,), "float32"),)
    Manifest("torch", 650, inputs, outputs, parity=None, reason=reason).save(folder)


def write_language_bundle(folder: Path) -> None:
    """A network that goes on with texts; it never learned to."""
    data = folder.with_name(f"{folder.name}-data")
    write_text_checkpoint(folder, following_graph(), write_texts(data))
    reason = {"code": "serving.export_refused", "fields": {"reason": "for this test"}}
    inputs, outputs = (Tensor("words", (8,), "int64"),), (Tensor("answer", (8, 300), "float32"),)
    Manifest("torch", 1, inputs, outputs, parity=None, reason=reason).save(folder)


class Server:
    """A listening socket, and the process that is started on it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        descriptor = self.listener.fileno()
        environment = os.environ | {
            "LAYERLOOM_DATA": str(settings.DATA_DIR),
            "LISTEN_FD": str(descriptor),
            "OMP_NUM_THREADS": "1",
            "DJANGO_SETTINGS_MODULE": "builder.settings",
        }
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "model_server"],
            cwd=settings.BASE_DIR,
            env=environment,
            pass_fds=[descriptor],
        )

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def server(tmp_path) -> Iterator[Server]:
    server = Server(tmp_path / "models.sock")
    yield server
    server.kill()
    server.listener.close()


async def once_started(ask) -> object:
    """The answer to `ask()` as soon as it is another than "starting"."""
    async with asyncio.timeout(120):
        while True:
            try:
                return await ask()
            except UserError as error:
                if error.code != "predict.starting":
                    raise
                await asyncio.sleep(0.1)


async def test_each_caller_gets_its_own_rows_and_a_killed_server_comes_back(server, monkeypatch):
    monkeypatch.setattr(client_module, "HELLO_SECONDS", 0.2)
    folder = settings.FILES_DIR / STORAGE_KEY
    if not folder.exists():
        write_torch_bundle(folder)
    torch = TorchNetwork(folder)
    client = ModelServerClient(server.path)
    try:
        with pytest.raises(UserError) as caught:
            await client.load(STORAGE_KEY)
        assert (caught.value.code, caught.value.status) == ("predict.starting", 503)

        server.start()
        await once_started(lambda: client.load(STORAGE_KEY))
        rng = np.random.default_rng(0)
        asked = [{"image": rng.standard_normal((n % 4 + 1, 1, 8, 8), dtype=np.float32)} for n in range(40)]
        answers = await asyncio.gather(*(client.run(STORAGE_KEY, arrays) for arrays in asked))
        for arrays, answer in zip(asked, answers, strict=True):
            np.testing.assert_allclose(answer["label"], torch.run(arrays)["label"], atol=1e-5)

        with pytest.raises(UserError) as caught:
            await client.run("deployments/not/there", asked[0])
        assert caught.value.code == "predict.failed"

        server.kill()
        with pytest.raises(UserError) as caught:
            await client.run(STORAGE_KEY, asked[0])
        assert caught.value.code == "predict.starting"
        server.start()
        answer = await once_started(lambda: client.run(STORAGE_KEY, asked[0]))
        np.testing.assert_allclose(answer["label"], torch.run(asked[0])["label"], atol=1e-5)
    finally:
        client.close()


async def test_a_server_on_another_machine_is_reached_by_its_address():
    folder = settings.FILES_DIR / STORAGE_KEY
    if not folder.exists():
        write_torch_bundle(folder)
    address = f"127.0.0.1:{free_port()}"
    environment = os.environ | {"LAYERLOOM_DATA": str(settings.DATA_DIR), "DJANGO_SETTINGS_MODULE": "builder.settings"}
    command = [sys.executable, "manage.py", "model_server", "--bind", address]
    process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment)
    client = ModelServerClient(address)
    try:
        await once_started(lambda: client.load(STORAGE_KEY))
        arrays = {"image": np.zeros((2, 1, 8, 8), dtype=np.float32)}
        answer = await client.run(STORAGE_KEY, arrays)
        np.testing.assert_allclose(answer["label"], TorchNetwork(folder).run(arrays)["label"], atol=1e-5)
    finally:
        client.close()
        process.kill()
        process.wait()


@pytest.mark.django_db(transaction=True)
async def test_deployment_that_needs_torch_answers_through_the_model_server(
    server, app, predict, person, make_deployment, checkpoint
):
    deployment = await asyncio.to_thread(make_deployment)
    version = await asyncio.to_thread(add_version, deployment, checkpoint, write_torch_bundle, "torch")
    _, key = await asyncio.to_thread(key_create, user=person, deployment=deployment, name="pictures")
    app.service.directory.model_server = ModelServerClient(server.path)
    picture = [[(3 * x + 5 * y) % 256 for x in range(8)] for y in range(8)]
    early = await predict({"instances": [{"image": picture}]}, slug=deployment.slug, key=key)
    assert (early.status_code, early.json()["code"]) == (503, "predict.starting")
    assert "retry-after" in early.headers

    server.start()
    async with asyncio.timeout(90):
        while (answer := await predict({"instances": [{"image": picture}]}, slug=deployment.slug, key=key)).is_error:
            assert answer.json()["code"] == "predict.starting"
    folder = settings.FILES_DIR / version.storage_key
    encoders = Encoders.from_json(json.loads((folder / "encoders.json").read_text()))
    outputs = TorchNetwork(folder).run(encoders.encode_instances([{"image": picture}]))
    (expected,) = encoders.decode(outputs)
    (prediction,) = answer.json()["predictions"]
    assert prediction["label"]["class"] == expected["label"]["class"]
    bad = await predict({"instances": [{"image": [[0]]}]}, slug=deployment.slug, key=key)
    assert bad.status_code == 400
    app.service.directory.close()


@pytest.mark.django_db(transaction=True)
async def test_a_deployment_goes_on_with_texts(server, make_deployment, person, monkeypatch, predict):
    monkeypatch.setattr(client_module, "HELLO_SECONDS", 200)
    deployment = await in_database(make_deployment, write_language_bundle)
    _, key = await in_database(partial(key_create, user=person, deployment=deployment, name="texts"))
    predict.app.directory.model_server = ModelServerClient(server.path)
    server.start()

    async def ask(*instances, **headers):
        return await predict({"instances": list(instances)}, slug=deployment.slug, key=key, headers=headers)

    one = {"prompt": "The fresh bread", "max_tokens": 20, "temperature": 1.0, "seed": 7}
    answer = await ask(one)
    assert answer.status_code == 200, answer.text
    (prediction,) = answer.json()["predictions"]
    assert prediction["answer"]["num_tokens"] <= 20
    asked = [ask(one), ask({**one, "seed": 8, "max_tokens": 300}), ask(one, {**one, "max_tokens": 3})]
    again, long, two = await asyncio.gather(*asked)
    assert again.json()["predictions"] == [prediction]
    assert long.json()["predictions"][0]["answer"]["text"] != prediction["answer"]["text"]
    assert two.json()["predictions"][0] == prediction
    assert len(two.json()["predictions"]) == 2

    for instance, status in (({"prompt": 1}, 400), ({"text": "a"}, 400), ({"prompt": "a", "max_tokens": 10**9}, 400)):
        assert (await ask(instance)).status_code == status
    assert (await ask(*[one] * 17)).json()["code"] == "predict.too_many_rows"
    late = await ask({**one, "max_tokens": 1000}, **{"x-deadline-ms": "1"})
    assert (late.status_code, late.json()["code"]) == (504, "predict.deadline")
    assert (await ask(one)).json()["predictions"] == [prediction]

"""The commands of the README, run in a fresh clone."""

import os
import re
import signal
import subprocess
from pathlib import Path

import httpx
import psutil
import pytest

from tests.product import free_port

pytestmark = [pytest.mark.journey, pytest.mark.timeout(900)]
ROOT = Path(__file__).resolve().parents[2]
BLOCKS = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
COMMANDS = "".join(BLOCKS).splitlines()
# `make lint` and `make test` are what runs this test.
RUN_ELSEWHERE = {"make lint", "make test"}


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clone") / "layerloom"
    subprocess.run(["git", "clone", "--quiet", "--depth", "1", ROOT.as_uri(), folder], check=True)
    return folder


def test_every_command_of_the_readme_works_in_a_fresh_clone(clone: Path):
    port = free_port()
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LAYERLOOM_", "DJANGO_", "VIRTUAL_ENV"))
    }
    environment |= {"LAYERLOOM_PORT": str(port)}
    assert COMMANDS[0] == "make run"
    with (clone / "run.log").open("w+") as log:
        running = subprocess.Popen(
            ["make", "run"], cwd=clone, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            link = wait_for_link(running, clone / "run.log")
            with httpx.Client(follow_redirects=True) as client:
                page = client.get(link)
                assert page.status_code == 200
                assert client.get(f"http://localhost:{port}/api/v1/me/").json()["user"]["is_owner"]
            script = "\n".join(line for line in COMMANDS[1:] if line not in RUN_ELSEWHERE).replace(":8000", f":{port}")
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", script],
                cwd=clone,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            assert "203530" in done.stdout
            assert "class Network(nn.Module)" in done.stdout
            assert '"results"' in done.stdout
        finally:
            family = [psutil.Process(running.pid), *psutil.Process(running.pid).children(recursive=True)]
            os.killpg(running.pid, signal.SIGTERM)
            _, alive = psutil.wait_procs(family, timeout=20)
            for process in alive:
                process.kill()


def wait_for_link(running: subprocess.Popen, log: Path) -> str:
    """The link that `make run` prints once everything is set up."""
    for _ in range(3000):
        if found := re.search(r"http://\S+/accounts/link/\S+", log.read_text()):
            return found[0]
        try:
            running.wait(0.2)
        except subprocess.TimeoutExpired:
            continue
        break
    raise AssertionError(log.read_text()[-4000:])

"""The product's settings on a data directory of the tests' own, never a person's."""

import atexit
import os
import shutil
import tempfile

# Tests that run side by side have a directory, and so a database and a bus, for each process.
if "LAYERLOOM_DATA" not in os.environ or "PYTEST_XDIST_WORKER" in os.environ:
    os.environ["LAYERLOOM_DATA"] = tempfile.mkdtemp(prefix="layerloom-test-")
    atexit.register(shutil.rmtree, os.environ["LAYERLOOM_DATA"], ignore_errors=True)

from builder.settings import *  # noqa: F403

# Passwords are hashed often here, and what is tested is not how long that takes.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    # A file, as in the product: SQLite in memory knows neither WAL nor waiting for a lock.
    DATABASES["default"]["TEST"] = {"NAME": DATA_DIR / "test.sqlite3"}  # noqa: F405

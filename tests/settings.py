"""The product's settings on a data directory of the tests' own, never a person's."""

import atexit
import os
import shutil
import tempfile

if "LAYERLOOM_DATA" not in os.environ:
    os.environ["LAYERLOOM_DATA"] = tempfile.mkdtemp(prefix="layerloom-test-")
    atexit.register(shutil.rmtree, os.environ["LAYERLOOM_DATA"], ignore_errors=True)

from builder.settings import *  # noqa: E402, F403

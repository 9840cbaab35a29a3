"""Fixtures every test may use. Tests run on a data directory of their own and never on a person's."""

import os
import tempfile

os.environ.setdefault("LAYERLOOM_DATA", tempfile.mkdtemp(prefix="layerloom-test-"))

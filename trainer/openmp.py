"""Imported for its effect, before anything that loads torch: OpenMP's threads sleep while they wait for each other.

By default they spin, which gains nothing here and, beside other busy processes on the same cores, makes a small network
train ten times slower. What the environment says already holds.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")

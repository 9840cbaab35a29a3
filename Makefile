# make run     everything, from nothing to a link that signs you in
# make test    the tests, in a real browser and on real servers too
# make lint    make gen    make faults    make bench    make bench-rivals    make ci    make lock    make clean
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory
.PHONY: run setup test lint gen faults bench bench-smoke bench-rivals ci lock clean system-deps

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm --prefix frontend
export PYTHONUNBUFFERED := 1
# Where this is set, as in many containers, each process compiles all of torch anew: more than half of a start.
unexport PYTHONDONTWRITEBYTECODE

# uv does not read pip's settings: pass on where pip was told to find wheels. TORCH_BACKEND (cpu, cu128, auto ...) has uv
# fetch that build of torch instead; where no folder of wheels is given, uv looks at the machine.
FIND_LINKS = $(sort $(PIP_FIND_LINKS) $(shell $(PYTHON) -m pip config get global.find-links 2>/dev/null))
TORCH_BACKEND ?= $(if $(FIND_LINKS),,auto)
UV_FLAGS = $(addprefix --find-links=,$(FIND_LINKS)) $(addprefix --torch-backend=,$(TORCH_BACKEND))
UV_INSTALL = $(BIN)/uv pip install --python $(BIN)/python $(UV_FLAGS)

FRONTEND_SOURCES := $(shell find frontend -type f -not -path '*/node_modules/*' -not -path 'frontend/dist/*')

run: setup
	@exec $(BIN)/python manage.py up

setup: .stamps/frontend

.stamps/venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Layerloom needs Python 3.11 or newer; name one with PYTHON=")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet uv
	@mkdir -p .stamps && touch $@

.stamps/python: .stamps/venv requirements.lock
	$(UV_INSTALL) $$(grep '^torch==' requirements.lock)
	$(UV_INSTALL) -r requirements.lock
	@touch $@

.stamps/node: .stamps/python frontend/package-lock.json
	$(NPM) ci --no-audit --no-fund
	@touch $@

.stamps/frontend: .stamps/node $(FRONTEND_SOURCES)
	$(NPM) run build
	@touch $@

test: system-deps setup
	$(NPM) test
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests/trainer -n logical --maxprocesses 8 --dist worksteal
	$(BIN)/python -m pytest --ignore=tests/trainer -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

lint: .stamps/node
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(NPM) run lint

gen: .stamps/node
	$(BIN)/python -m trainer.layers.gen
	$(BIN)/python -m trainer.methods.gen
	$(BIN)/python -m trainer.layers.docs
	$(BIN)/python manage.py spectacular --format openapi-json --file frontend/src/api/schema.json
	$(NPM) run gen:api

faults: system-deps setup
	$(BIN)/python -m pytest tests/faults -n 2 --dist loadgroup

bench: setup
	$(BIN)/python -m tests.bench

bench-smoke: setup
	$(BIN)/python -m tests.bench --smoke

# What training is measured against besides loops by hand; the benches take in what is there. The first has the main
# environment's packages below its own, so that torch is the same; TensorFlow cannot share one with them.
bench-rivals: .rivals/torch/.stamp .rivals/tensorflow/.stamp

.rivals/torch/.stamp: tests/bench/rivals/torch.txt .stamps/python
	$(PYTHON) -m venv .rivals/torch
	$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' > \
		$$(.rivals/torch/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/main.pth
	$(BIN)/uv pip install --python .rivals/torch/bin/python $(UV_FLAGS) --no-deps -r $<
	@touch $@

.rivals/tensorflow/.stamp: tests/bench/rivals/tensorflow.txt .stamps/venv
	$(PYTHON) -m venv .rivals/tensorflow
	$(BIN)/uv pip install --python .rivals/tensorflow/bin/python $(UV_FLAGS) -r $<
	@touch $@

ci: lint test faults bench-smoke

# What the tests need of the system: as root on Debian it is installed, elsewhere what is missing is named.
system-deps:
	@bash tests/system_deps.sh

# Plain torch without a build's suffix, so that the same lock file serves every TORCH_BACKEND.
lock: .stamps/venv
	$(BIN)/uv pip compile --quiet --no-header --no-annotate --upgrade $(UV_FLAGS) \
		pyproject.toml --group dev --group build | sed 's/^\(torch==[0-9.]*\)+.*/\1/' > requirements.lock

clean:
	rm -rf .stamps .venv .rivals frontend/node_modules frontend/dist artefacts .mypy_cache .ruff_cache .pytest_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

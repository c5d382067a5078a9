# Every command a developer needs. Each target sets up what it needs by itself, inside the checkout (.venv), and can be
# called again and again. Wanted from the machine: make and Python 3.10+, nothing else.

PYTHON ?= python3
PY := .venv/bin/python

# Nothing goes to the home folder, which may be empty or not writable.
export XDG_CACHE_HOME := $(CURDIR)/.venv/cache
export PYTHONUNBUFFERED := 1

.PHONY: help demo test pure edges features types style docs bench pins clean run-ready dev-ready

help:
	@echo "  make demo       a sample test project, run against a real server: the first thing to try"
	@echo "  make test       all tests: pure, edges, features, types, style"
	@echo "  make pure       unit tests: no network, no waiting"
	@echo "  make edges      tests with real sockets, files and processes, on loopback only"
	@echo "  make features   the product's promises in English, run by the product"
	@echo "  make types      mypy"
	@echo "  make style      ruff: lint and format"
	@echo "  make docs       rewrites the reference pages that are made from the code"
	@echo "  make bench      measures against other servers and runners, writes docs/performance.md"
	@echo "  make pins       rewrites .ci/constraints.txt, the versions that CI installs"
	@echo "  make clean      removes everything that the targets above made"

demo: run-ready
	@$(PY) -m apitest demo

test: dev-ready
	@$(PY) tests/run_stages.py pure edges features types style

pure edges features types style: dev-ready
	@$(PY) tests/run_stages.py $@

docs: dev-ready
	@$(PY) docs/make_reference.py

# ROUNDS=1 is a quick look; the table in docs/performance.md is made with the default.
bench: run-ready
	@$(PY) -m tests.benchmarks $(BENCH)

pins: dev-ready
	@$(PY) -m pip freeze --exclude-editable --disable-pip-version-check > .ci/constraints.txt

clean:
	rm -rf .venv .benchmarks .mypy_cache .ruff_cache .pytest_cache .hypothesis .reports apitest-demo build dist *.egg-info

run-ready:
	@$(PYTHON) .ci/setup_venv.py run

dev-ready:
	@$(PYTHON) .ci/setup_venv.py dev

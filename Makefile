# Everything is set up in .venv from python3 alone; `make help` lists the targets.
# A stamp is renewed when the lock it stands for changes, so a repeat costs nothing.

PYTHON ?= python3
UV ?= uv
STORE ?= build/demo-store
PYTEST_ARGS ?=
COVERAGE ?=

# Nothing from outside the environment may shadow what the locks installed.
unexport PYTHONPATH PYTHONHOME
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

PY := .venv/bin/python
# Plain pip: the user's own configuration (mirror, certificates) applies.
QUIET ?= -qq
INSTALL := $(PY) -m pip install $(QUIET)
FAILED := { echo "set-up: pip failed; 'make QUIET= $(MAKECMDGOALS)' shows all it says" >&2; exit 1; }
# Locks name everything, so pip resolves nothing: an extra (`coverage[toml]`) would lead it past them.
LOCKED := $(INSTALL) --require-hashes --no-deps
# COVERAGE=1 measures branch coverage too: counting takes two thirds of the time again, so CI, which has
# 20 minutes, leaves it to `make test-long`, which holds it at its limit.
PYTEST := $(PY) -m pytest -n 2 --dist loadfile $(if $(COVERAGE),--cov --cov-report=term:skip-covered)

.DEFAULT_GOAL := help
.PHONY: help demo test test-long check bench format lock clean
# One after the other, also under `make -j`: all set-up steps share one .venv.
.NOTPARALLEL:

help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' Makefile | awk -F ':.*## ' '{ printf "  make %-10s %s\n", $$1, $$2 }'

demo: .venv/.package ## Build a release from the bundled sample and answer the questions
	@.venv/bin/census demo --store "$(STORE)"

test: .venv/.dev .venv/.package ## Run the tests (not those marked long or spark); COVERAGE=1 with branch coverage
	@mkdir -p build
	@$(PYTEST) -m "not long and not spark" $(PYTEST_ARGS)

test-long: .venv/.dev .venv/.spark .venv/.vet .venv/.package ## Run all tests, the long ones, Spark's and live runs' included
	@mkdir -p build
	@SPARK_LOCAL_IP=127.0.0.1 $(PY) -m pytest --cov --cov-report=term:skip-covered $(PYTEST_ARGS)

check: .venv/.dev .venv/.package ## Format, lint, types, layers, security, sizes, locks
	@mkdir -p build
	@scripts/check.sh .venv

bench: .venv/.dev .venv/.package ## Run the benchmarks
	@mkdir -p build
	@$(PY) -m pytest benchmarks --benchmark-only --benchmark-json=build/benchmarks.json $(PYTEST_ARGS)

format: .venv/.dev ## Rewrite the code in the project's format
	@$(PY) -m ruff check --fix-only --quiet .
	@$(PY) -m ruff format .

lock: ## Resolve the locks anew (needs uv); UPGRADE=1 takes the newest versions
	@UV="$(UV)" scripts/lock.sh $(if $(UPGRADE),--upgrade)

clean: ## Remove what was built and set up
	rm -rf .venv build dist .pytest_cache .ruff_cache .hypothesis .benchmarks .coverage
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- set-up -----------------------------------------------------------------

.venv/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "set-up: Python 3.11 or newer is needed, '$(PYTHON)' is not;" \
	        "name another one: make PYTHON=/path/to/python3.12 ..." >&2; exit 1; }
	@echo "set-up: new environment in .venv"
	@rm -rf .venv
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/.core: locks/core.txt locks/build.txt | .venv/.created
	@echo "set-up: installing locks/core.txt (about 100 MB to fetch on a new machine)"
	@$(LOCKED) -r locks/core.txt -r locks/build.txt || $(FAILED)
	@touch $@

.venv/.dev: locks/dev.txt | .venv/.created
	@echo "set-up: installing locks/dev.txt"
	@$(LOCKED) -r locks/dev.txt || $(FAILED)
	@touch $@

# What security tests need besides: Inspect with its port of AgentDojo, which run them, and
# picklescan, which disassembles pickles.
.venv/.vet: locks/vet.txt | .venv/.core
	@echo "set-up: installing locks/vet.txt (about 100 MB to fetch on a new machine)"
	@$(LOCKED) -r locks/vet.txt || $(FAILED)
	@touch $@

# pyspark is published as source only; what builds it comes from locks/build.txt.
.venv/.spark: locks/spark.txt | .venv/.core
	@echo "set-up: installing locks/spark.txt (about 450 MB to fetch on a new machine)"
	@$(LOCKED) --no-build-isolation -r locks/spark.txt || $(FAILED)
	@touch $@

.venv/.package: pyproject.toml .venv/.core
	@$(INSTALL) --no-build-isolation --no-deps --editable . || $(FAILED)
	@touch $@

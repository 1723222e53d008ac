# What can be done here: make help
PYTHON ?= python3
PORT ?= 8000
ROWS ?= 1000000
ARGS ?=
# Test files run at the same time, each worker with a database of its own; one more than two cores, since the tests that
# drive processes and browsers wait half of their time.
WORKERS ?= 3
BIN := .venv/bin
export PORT

# The checks load Django's settings but reach no database.
SETTINGS := SECRET_KEY=demo-for-the-checks DEBUG=1 DATABASE_URL=postgresql:///nowhere SMSADMIN_VAR=$(CURDIR)/var/check

.PHONY: help run test pytest check bench lock clean venv venv-dev python

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

run: venv ## the whole product on this machine: make run PORT=8001
	@$(BIN)/python -m smsadmin.quickstart

test: check pytest ## the checks and the tests: make test ARGS="tests/logs -k receipt"

pytest: venv-dev ## the tests alone; the slow ones too with ARGS="-m ''"
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not slow" $(ARGS)

check: venv-dev ## format, lint, templates, types, import contracts, missing migrations
	@$(BIN)/ruff format --check --quiet . || { echo "Run: $(BIN)/ruff format ."; exit 1; }
	@$(BIN)/ruff check --quiet .
	@find templates -name '*.html' -exec $(BIN)/djade --check --target-version 5.2 {} +
	@$(SETTINGS) $(BIN)/mypy
	@$(SETTINGS) $(BIN)/lint-imports --no-logo
	@$(SETTINGS) $(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

bench: venv-dev ## time the lists against hand-written SQL: make bench ROWS=10000000
	@$(BIN)/python -m tests.benchmarks --rows $(ROWS) $(ARGS)

lock: venv-dev ## choose the newest allowed packages and write them down with hashes
	@$(BIN)/uv pip compile $(LOCK) pyproject.toml --output-file requirements.txt
	@$(BIN)/uv pip compile $(LOCK) pyproject.toml --group dev --output-file requirements-dev.txt
	@echo uv | $(BIN)/uv pip compile $(LOCK) - --output-file smsadmin/quickstart/installer.txt
LOCK := --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate

clean: ## all that can be built again; your data in var/ stays
	@rm -rf .venv .venv.lock staticfiles .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage
	@find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +

venv: python
	@$(PYTHON) smsadmin/quickstart/venv.py requirements.txt

venv-dev: python
	@$(PYTHON) smsadmin/quickstart/venv.py requirements-dev.txt

python:
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON) here. Install Python 3.11 or later, or name yours: make run PYTHON=python3.12"; exit 1; }

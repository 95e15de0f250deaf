# Galleria. `make run` and `make test` need nothing but python3 (3.11 or newer) with venv and pip.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
WEEKS ?= 5
SEED ?= 1
PLUGINS := $(dir $(wildcard plugins/*/pyproject.toml))
EXAMPLES := $(dir $(wildcard examples/*/pyproject.toml))
SOURCES := core plugins examples benchmarks tests app.py hookspecs.py __init__.py __main__.py
STAMP := .venv/.installed

.PHONY: help setup run test lint format docs replay bench check soak lock clean
.DEFAULT_GOAL := help

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## Make .venv with everything that the project needs, pinned by hash

$(STAMP): requirements/bootstrap.txt requirements/dev.txt pyproject.toml $(wildcard plugins/*/pyproject.toml)
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	$(BIN)/uv pip install -q --compile-bytecode --python $(BIN)/python --require-hashes -r requirements/dev.txt
	$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e . $(addprefix -e ,$(PLUGINS))
	$(BIN)/python -m compileall -q core plugins app.py hookspecs.py
	@touch $@

run: $(STAMP) ## Embedded servers, demo mall, API: prints the address and calls to try
	$(BIN)/galleria serve --demo

test: $(STAMP) ## The whole suite, on real embedded PostgreSQL and Valkey
	$(BIN)/python -m pytest -q -m "not soak"

soak: $(STAMP) ## The slow tests
	$(BIN)/python -m pytest -q -m soak --timeout 3600

lint: $(STAMP) ## ruff, mypy --strict, import contracts
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check -q $(SOURCES)
	$(BIN)/mypy
	@for plugin in $(PLUGINS) $(EXAMPLES); do MYPYPATH=$$plugin $(BIN)/mypy -p galleria_$$(basename $$plugin) || exit 1; done
	$(BIN)/lint-imports

format: $(STAMP) ## Format and sort imports
	$(BIN)/ruff check -q --fix $(SOURCES)
	$(BIN)/ruff format -q $(SOURCES)

docs: $(STAMP) ## Execute every code block of the documentation
	$(BIN)/python -m pytest -q tests/docs

replay: $(STAMP) ## Buy and refund the baskets of a public retail data set: WEEKS=5, 3-5 or 3,9; SEED=2
	$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation $(addprefix -e ,$(EXAMPLES))
	$(BIN)/python -m galleria.examples.replay --weeks $(WEEKS) --seed $(SEED)

bench: $(STAMP) ## Time the price engine, a quote with idle plugins and the start, each beside its floor
	$(BIN)/python -m galleria.benchmarks.pricing_engine
	$(BIN)/python -m galleria.benchmarks.idle_plugins
	$(BIN)/python -m galleria.benchmarks.startup

check: $(STAMP) ## Hold every invariant against the database
	$(BIN)/galleria check

lock: $(STAMP) ## Pin the dependencies anew, with hashes
	$(BIN)/uv pip compile pyproject.toml $(addsuffix pyproject.toml,$(PLUGINS)) --group dev --universal --python-version 3.11 \
	  --generate-hashes --no-annotate --no-header --no-emit-package galleria -q -o requirements/dev.txt

clean: ## Remove the environment and the demo's data
	rm -rf .venv .data

# `make run` and `make test` set up what is missing, then do it.

PYTHON ?= python3
BIN := .venv/bin
INSTALL = $(BIN)/pip install --quiet --disable-pip-version-check
LOCK = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate pyproject.toml --extra build

.PHONY: help run test calls bench soak fuzz fmt lock clean
.DEFAULT_GOAL := help

help:  ## say what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 8

run: .venv/.run  ## set up and serve the whole hotline on http://127.0.0.1:8137
	@exec $(BIN)/ivr serve

test: .venv/.dev  ## set up, check and test everything
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest

calls: .venv/.dev  ## all telephone calls on a real Asterisk, those among killed processes too, on a machine with nothing else to do
	HOTLINE_CALLS=1 $(BIN)/pytest tests/gateway tests/browser/test_operator_on_exchange.py

bench: .venv/.dev  ## play a record day beside the floor, on a machine with nothing else to do: some minutes
	$(BIN)/python -m bench.record_day

soak: .venv/.dev  ## do at length what `make test` does shortly, then play the record hour for a whole hour
	HOTLINE_SOAK=1 $(BIN)/pytest -s tests/outside/test_web_killed.py tests/web/test_any_order.py tests/queues
	$(BIN)/python -m bench.record_day --burst 0 --seconds 3600

fuzz: .venv/.dev  ## send made-up forms to every webhook of a served hotline, for ten minutes
	$(BIN)/python -m bench.fuzz

fmt: .venv/.dev  ## put the code in shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: .venv/.dev  ## pin every dependency, with hashes, as pyproject.toml asks for them
	$(LOCK) --output-file requirements/run.txt
	$(LOCK) --extra dev --output-file requirements/dev.txt

clean:  ## forget the virtual environment
	rm -rf .venv

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	@$(PYTHON) -m venv .venv

.venv/.run: requirements/run.txt pyproject.toml | .venv/bin/python
	@echo "installing (once) ..."
	@$(INSTALL) --require-hashes -r requirements/run.txt
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: requirements/dev.txt pyproject.toml | .venv/bin/python
	@$(INSTALL) --require-hashes -r requirements/dev.txt
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@ .venv/.run

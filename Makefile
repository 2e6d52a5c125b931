# Two commands: make run, make test. Everything else is for people who work on Chatmarket.

PY := .venv/bin/python
BASE_PYTHON ?= python3


.PHONY: run test faults install install-test lint unit browser help

help: ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

run: install ## start a living demo on http://127.0.0.1:8000 (ARGS="--quiet --port 8001" are passed on)
	@$(PY) -m chatmarket demo $(ARGS) || [ $$? -eq 130 ]

test: install-test ## everything CI runs
	@$(PY) -m tests.everything $(ARGS)

faults: install-test ## break everything for half an hour, then cut 5,000 lines at once; docs/reliability.md tells what came of it
	@$(PY) -m tests.faults $(ARGS)
	@HERD_CLIENTS=5000 $(PY) -m pytest tests/realtime/test_realtime_herd.py --db postgres

install: .venv/.installed

install-test: .venv/.installed-test

.venv/bin/python:
	@./.ci/venv create "$(BASE_PYTHON)"

.venv/.installed: pyproject.toml | .venv/bin/python
	@./.ci/venv install . && touch $@

.venv/.installed-test: pyproject.toml | .venv/bin/python
	@./.ci/venv install '.[test]' && touch $@ .venv/.installed

# Every target does its own set-up. What is already in place is not made again: the stamp files below stand for it.

PYTHON ?= python3
BIN    := .venv/bin
FLASK  := $(BIN)/flask --app run
PIP    := $(BIN)/pip install --quiet --no-compile --require-hashes

CATALOGS := translations/en/LC_MESSAGES/messages.mo translations/zh/LC_MESSAGES/messages.mo
SETUP    := .venv/.deps app/static/vendor/.ready $(CATALOGS)

# where Python may not keep what it has compiled, every process of ours compiles all libraries anew: two seconds each
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test check bench cluster translations pictures lock

help: ## Say what each target does
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 14

run: $(SETUP) ## Start the application, its worker and its demo data on http://127.0.0.1:8080
	@$(FLASK) setup
	@$(FLASK) serve

test: $(SETUP) .venv/.dev ## Run every test: both databases, Valkey, mail, browser
	@$(BIN)/pytest -n auto --maxprocesses 4 --dist worksteal

check: $(SETUP) .venv/.dev ## Style, types, direction of imports, templates, translations, settings, sizes
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo --no-cache
	@$(BIN)/djlint app/templates --quiet
	@$(BIN)/python -m tools.translations check
	@$(FLASK) settings --check
	@$(BIN)/pytest -q tests/code

bench: $(SETUP) .venv/.dev ## Measure our figures and the raw driver's in one run
	@$(BIN)/python -m bench

cluster: $(SETUP) .venv/.dev ## PostgreSQL, Valkey, two web nodes and two workers on loopback
	@$(BIN)/python -m tools.cluster

translations: .venv/.deps ## Merge translations/parts/*.json into the catalogs and compile them
	@$(BIN)/python -m tools.translations write
	@$(MAKE) --no-print-directory $(CATALOGS)

pictures: $(SETUP) .venv/.dev ## Make the pictures of the documentation anew
	@$(BIN)/python -m tools.pictures

lock: .venv/.deps ## Lock the newest allowed versions of the Python and npm packages
	@$(BIN)/python -m tools.lock

.venv/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/.deps: requirements.txt .venv/.python
	@echo "Installing the Python packages ..."
	@$(PIP) -r requirements.txt
	@touch $@

.venv/.dev: requirements-dev.txt .venv/.deps
	@echo "Installing the packages of the tests and checks ..."
	@$(PIP) -r requirements-dev.txt
	@touch $@

node_modules/.ready: package-lock.json .venv/.deps
	@echo "Fetching fonts and charts ..."
	@$(BIN)/npm ci --loglevel error
	@touch $@

app/static/vendor/.ready: tools/assets.py node_modules/.ready
	@$(BIN)/python -m tools.assets
	@touch $@

%.mo: %.po .venv/.deps
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@

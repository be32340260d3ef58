# `make` alone lists what there is.
.DEFAULT_GOAL := help
.PHONY: help setup demo test test-all check bench ranker gate baseline calibration redteam report verifier checker docs lock clean

VENV := .venv
DATASET ?= handbook
LIMIT ?=
BASELINE := evals/bundled/handbook/baseline.json
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v $$p && break; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check install -qq
# uv installs the lock eight times faster than pip, but does not read pip's configuration (mirrors): then pip does it.
UV := $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python

install = $(UV) --no-deps --require-hashes -r $(1) || { echo "uv can't reach the index: pip takes over, more slowly" >&2; \
  $(PIP) --no-deps --require-hashes -r $(1); }

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.ready-dev ## install everything into .venv; instant when nothing changed

demo: $(VENV)/.ready ## ingest the bundled handbook and ask it three questions
	@$(BIN)/hopline demo

# A file of tests runs in one worker, since its fixtures may cover the file; in the order of the folders, so that the
# files with the longest tests do not come last. What pytest compiles is kept, whatever the machine does elsewhere.
# Half of their time they wait, for processes and clocks: two workers a core.
WORKERS ?= $(shell echo $$((2 * $$(getconf _NPROCESSORS_ONLN))))
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

test: $(VENV)/.ready-dev ## the tests, without the slow ones, in two processes a core; WORKERS=n for others
	$(PYTEST)

test-all: $(VENV)/.ready-dev ## all tests, slow ones included; with a model at HOPLINE_LIVE_BASE_URL those that need one
	$(PYTEST) -m ""

check: $(VENV)/.ready-dev ## lint, format, types, import direction, and the wheel in an empty environment
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	.ci/check-wheel

bench: $(VENV)/.ready-bench ## peers side by side on the handbook; DATASET=path LIMIT=n for others
	$(BIN)/python -m evals.bench --dataset "$(DATASET)" $(if $(LIMIT),--limit $(LIMIT))

SETS ?= handbook handbook-plain handbook-open handbook-lists marrowgate marrowgate-open marrowgate-lists aldhelm tessellate \
	tessellate-lists marlstead hollin hollin-open hollin-lists
calibration: $(VENV)/.ready ## fit the shipped confidence anew: SETS="a b" names data sets, LIMIT=n questions of each
	$(BIN)/python -m evals.fitting $(SETS) $(if $(LIMIT),--limit $(LIMIT)) --out graph/calibration/extractive.json

redteam: $(VENV)/.ready ## try every attack, by the rules alone and with a model that obeys it
	$(BIN)/python -m evals.redteam

gate: $(VENV)/.ready ## fail when the bundled questions are answered worse than the committed baseline
	$(BIN)/hopline eval handbook --gate $(BASELINE)

baseline: $(VENV)/.ready ## measure the bundled questions anew and make that the baseline of the gate
	$(BIN)/hopline eval handbook --write-baseline $(BASELINE)

ranker: $(VENV)/.ready ## train the scorer of chains anew; DATASETS="a b" UNTITLED="c" name data sets
	$(BIN)/python -m evals.ranker_training $(DATASETS) $(foreach path,$(UNTITLED),--untitled $(path))

report: $(VENV)/.ready ## evaluate on the bundled handbook and tell where the HTML report is
	@$(BIN)/hopline eval handbook --json | $(BIN)/python -c 'import json, sys; print(json.load(sys.stdin)["report"])'

CLAIMS ?= ../shared/data/claims
QUESTIONS ?= $(addprefix ../shared/data/qa/,2wiki_train hotpotqa_train musique_train)
verifier: $(VENV)/.ready ## train the claim verifier anew from the claim sets in CLAIMS and the passages of QUESTIONS
	$(BIN)/python -m evals.verifier_training $(CLAIMS) $(if $(QUESTIONS),--questions $(QUESTIONS))

checker: $(VENV)/.ready-training ## train what tells answers from near misses anew, from evals/answer_checker_training/passages
	$(BIN)/python -m evals.answer_checker_training

docs: $(VENV)/.ready-dev ## write the generated parts of the documents anew
	$(BIN)/python -m tests.documents

lock: $(VENV)/.ready-dev ## write the lock files anew from pyproject.toml
	$(BIN)/python .ci/lock.py

clean: ## remove .venv and what tools left behind; .hopline stays
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	@test -n "$(PYTHON)" && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "hopline needs Python 3.11 or newer (set PYTHON=/path/to/python3.11)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# Compiled here, since where PYTHONDONTWRITEBYTECODE is set (many containers) each start would compile all anew.
# The locks are complete, so nothing is resolved; torch comes last because its build depends on the machine.
$(VENV)/.ready: requirements.lock requirements-torch.lock requirements-uv.lock pyproject.toml | $(VENV)/bin/python
	@echo "installing what requirements.lock names into $(VENV)"
	@$(PIP) --require-hashes -r requirements-uv.lock
	@$(call install,requirements.lock)
	@$(PIP) -r requirements-torch.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q agent evals graph integrations tools
	@touch $@

$(VENV)/.ready-dev: requirements-dev.lock $(VENV)/.ready
	@echo "installing what requirements-dev.lock names into $(VENV)"
	@$(call install,requirements-dev.lock)
	@touch $@

$(VENV)/.ready-training: requirements-training.lock $(VENV)/.ready
	@echo "installing what training starts from, which requirements-training.lock names, into $(VENV)"
	@$(call install,requirements-training.lock)
	@touch $@

$(VENV)/.ready-bench: requirements-bench.lock $(VENV)/.ready
	@echo "installing the peers that requirements-bench.lock names into $(VENV)"
	@$(call install,requirements-bench.lock)
	@touch $@

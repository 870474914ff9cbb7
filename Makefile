# つなぐ: every command a newcomer or CI needs. `make run` and `make test` do everything.
.PHONY: run test test-playground setup setup-dev check peers bench train train-blend clean
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export TSUNAGU_VAR ?= var

run: $(VENV)/ready ## open the web chat on 127.0.0.1
	@$(BIN)/tsunagu serve

setup: $(VENV)/ready ## environment only

$(VENV)/ready: requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "必要な部品を用意しています（初回だけ数十秒かかります）…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

setup-dev: $(VENV)/ready-dev

$(VENV)/ready-dev: $(VENV)/ready requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

test: setup-dev ## the whole test suite
	@$(BIN)/python -m pytest

test-playground: setup-dev ## opt-in: Teams talks in Microsoft 365 Agents Playground (its licence is for evaluation; never in CI, never shipped)
	-@test -d .peers/playground/node_modules/@microsoft/m365agentsplayground || npm install --prefix .peers/playground --ignore-scripts --no-audit --no-fund --silent @microsoft/m365agentsplayground@0.2.28
	@PLAYGROUND=1 $(BIN)/python -m pytest -rs tests/peers/playground

check: setup-dev ## format, lint, types, imports, knowledge
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/tsunagu knowledge check

peers: setup-dev ## real peers for tests (Chromium and Japanese fonts; PostgreSQL comes as a Python package)
	@.ci/peers

bench: bench-assess bench-reading bench-decision bench-directory bench-cases bench-reminders bench-slack bench-teams ## all benchmarks

bench-%: setup-dev
	@$(BIN)/python -m tests.bench.bench_$*

train: setup-dev ## models of the reading from knowledge/corpus: same input, same bytes; prints the held-out table
	@$(BIN)/python -m knowledge.training.train

train-blend: setup-dev ## only weigh rules against models again, after the expression tables changed
	@$(BIN)/python -m knowledge.training.train --fuse

clean:
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache .hypothesis

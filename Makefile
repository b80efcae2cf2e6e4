# `make run` serves the app, `make test` checks everything. Both set up what they need in .venv.
PYTHON ?= python3
PORT ?= 7860
BIN := .venv/bin
export PYTHON

.PHONY: run test bench lint clean

run: .venv/run.stamp
	$(BIN)/askcorpus index seeds --index embeddings
	$(BIN)/askcorpus serve --index embeddings --port $(PORT)

test: .venv/test.stamp lint
	@scripts/chromium
	@scripts/offline $(BIN)/python -m pytest

bench: .venv/test.stamp
	$(BIN)/python benchmarks/run.py

lint: .venv/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:
	rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find embeddings -mindepth 1 ! -name README.md -delete

.venv/run.stamp: pyproject.toml constraints.txt requirements/run.txt
	@scripts/setup run

.venv/test.stamp: .venv/run.stamp requirements/test.txt
	@scripts/setup test

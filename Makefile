# `make run` serves the app, `make test` checks everything. Both set up what they need in .venv.
PYTHON ?= python3
PORT ?= 7860
BIN := .venv/bin
export PYTHON

DATA ?= data
.PHONY: run test bench eval lint clean reader

run: .venv/run.stamp
	$(BIN)/askcorpus index seeds --index embeddings
	$(BIN)/askcorpus serve --index embeddings --port $(PORT)

test: .venv/test.stamp lint
	@scripts/chromium
	@scripts/offline $(BIN)/python -m pytest

bench: .venv/test.stamp
	$(BIN)/python benchmarks/run.py

eval: .venv/run.stamp
	$(BIN)/askcorpus index seeds --index embeddings
	$(BIN)/python eval/results.py --data $(DATA)

reader: .venv/test.stamp
	$(BIN)/python training/reader.py --data $(DATA)
	$(BIN)/python training/export.py
	$(BIN)/python training/calibrate.py --data $(DATA)
	$(BIN)/python training/score.py --data $(DATA)

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

# make run: start Footnote.  make test: test everything.  make test-quick: what takes a minute.  Nothing else has to be installed first.
PYTHON ?= python3
BIN := .venv/bin
# what is fast: no browser, no server of its own, no text recognised in pictures
QUICK := tests/unit tests/attacks tests/integration/accounts tests/integration/core tests/integration/db
unexport PYTHONDONTWRITEBYTECODE # the tests start Footnote dozens of times: it is compiled once

.PHONY: help run test test-quick check format install install-dev lock screenshot eval eval-parse eval-chunking eval-answers eval-cache bench-ingest bench-uploads bench-library bench-retrieval drill-ingest drill-models clean

help: ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: install ## install what is missing and start Footnote
	@exec $(BIN)/footnote serve

test: install-dev ## run all tests, in as many processes as there are cores
	@$(BIN)/python scripts/browser.py
	@$(BIN)/python scripts/azurite.py
	@$(BIN)/python scripts/tesseract.py
	@$(BIN)/pytest -n auto $(or $(ARGS),--cov --cov-report=term:skip-covered)

test-quick: install-dev ## run the fast tests, while coding
	@$(BIN)/pytest -n auto -m "not recognition" $(or $(ARGS),$(QUICK))

check: install-dev ## style, types, import rules
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy .
	@$(BIN)/lint-imports

format: install-dev ## rewrite the code in the house style
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

install:
	@$(PYTHON) scripts/install.py

install-dev:
	@$(PYTHON) scripts/install.py --dev

lock: install-dev ## refresh the pins from pyproject.toml
	@$(PYTHON) scripts/lock.py

screenshot: install-dev ## make the picture of the README
	@$(BIN)/python -m scripts.screenshot

eval: install-dev ## how well search finds: BM25, meaning, both, in eleven sets and six languages
	@$(BIN)/python -m evals.retrieval

eval-parse: install-dev ## how many of the 101 real files are read right
	@$(BIN)/python -m evals.parse

eval-chunking: install-dev ## ways of cutting, compared on real questions
	@$(BIN)/python -m evals.chunking

eval-answers: install-dev ## do answers cite what says it, is what nobody says marked, is what is not there refused
	@$(BIN)/python -m evals.answers

eval-cache: install-dev ## may a question be given the answer to another one? precision on paraphrases and near misses
	@$(BIN)/python -m evals.paraphrases

bench-ingest: install-dev ## pages per second and memory, beside the usual LangChain pipeline
	@$(BIN)/python -m benchmarks.ingest

bench-uploads: install-dev ## 200 people upload while one chats; memory while 300 MB come in
	@$(BIN)/python -m benchmarks.uploads --size 300
	@$(BIN)/python -m benchmarks.uploads --users 200

bench-library: install-dev ## the list of 10,000 documents
	@$(BIN)/python -m benchmarks.library

bench-retrieval: install-dev ## time of each stage before the model, of a cached answer, and whether the cache knows what is the same
	@$(BIN)/python -m benchmarks.retrieval

drill-ingest: install-dev ## kill, flush and restart parts in the middle of jobs
	@$(BIN)/python -m benchmarks.drill_ingest

drill-models: install-dev ## errors, silence, cuts and refusals of a language model, and what the reader sees
	@$(BIN)/python -m benchmarks.drill_models

clean: ## remove the virtual environment and caches; never the data
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info

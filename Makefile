# make run: start Footnote.  make test: test everything.  Nothing else has to be installed first.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help run test check format install install-dev lock screenshot clean

help: ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: install ## install what is missing and start Footnote
	@exec $(BIN)/footnote serve

test: install-dev ## run all tests
	@$(BIN)/python scripts/browser.py
	@$(BIN)/pytest $(ARGS)

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

clean: ## remove the virtual environment and caches; never the data
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info

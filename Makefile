# make run: start Footnote.  make test: test everything.  make test-quick: what takes two minutes.  Nothing else has to be installed first.
PYTHON ?= python3
BIN := .venv/bin
# what is fast: no browser, no server of its own, no text recognised in pictures, nothing that takes long by its nature
SLOW := test_linear_time test_patterns parsing/formats/test_growth answers/test_markdown_time core/test_stop_signals core/test_loop_watchdog chat/test_install chat/test_telemetry
QUICK := $(SLOW:%=--ignore=tests/unit/%.py) tests/unit tests/attacks tests/integration/accounts tests/integration/core tests/integration/db
unexport PYTHONDONTWRITEBYTECODE # the tests start Footnote dozens of times: it is compiled once

.PHONY: $(shell sed -nE 's/^([a-z-]+):.*/\1/p' $(firstword $(MAKEFILE_LIST))) # all of them

help: ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: install ## install what is missing and start Footnote
	@exec $(BIN)/footnote serve

test: install-dev ## run the tests but the longest, in as many processes as there are cores
	@$(BIN)/python scripts/packages.py
	@$(BIN)/python scripts/azurite.py
	@$(BIN)/pytest -n auto --max-worker-restart 0 -m "$(or $(MARKED),not long)" $(ARGS)

test-long: ## run the longest tests: servers killed and frozen, every page at every size and scheme, the contract by random requests
	@$(MAKE) test MARKED=long

coverage: ## run all tests and print which lines they run; takes a third longer
	@$(MAKE) test ARGS="--cov --cov-report=term:skip-covered"

test-quick: install-dev ## run the fast tests, while coding
	@$(BIN)/pytest -n auto -m "not recognition" $(or $(ARGS),$(QUICK))

check: install-dev ## style, types, import rules, also of the browser code
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy .
	@$(BIN)/lint-imports
	@$(BIN)/python scripts/browser_tools.py check

format: install-dev ## rewrite the code in the house style
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(BIN)/python -m scripts.api_types
	@$(BIN)/python scripts/browser_tools.py format

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

eval-grounding: install-dev ## is a claim supported? AttributionBench, WiCE, translations; ARGS=--write fits the model anew
	@$(BIN)/python -m evals.grounding $(ARGS)
	@$(BIN)/python -m evals.translations

eval-tables: install-dev ## answers from tables without a model: WikiTableQuestions, AIT-QA, our own; ARGS=--write fits the ranking anew
	@$(BIN)/python -m evals.tables $(ARGS)

eval-usefulness: install-dev ## extractive answers: is it the sentence that answers, is it first? ARGS=--write fits the choice anew
	@$(BIN)/python -m evals.usefulness $(ARGS)

eval-conflicts: install-dev ## are documents that contradict each other named, and only those? RAMDocs; ARGS=--write fits the model anew
	@$(BIN)/python -m evals.conflicts $(ARGS)

eval-cache: install-dev ## may a question be given the answer to another one? precision on paraphrases and near misses
	@$(BIN)/python -m evals.paraphrases

eval-questions: install-dev ## is the kind of a question told right, in nine languages; are follow-ups understood and new topics left alone
	@$(BIN)/python -m evals.questions
	@$(BIN)/python -m evals.conversations

eval-counting: install-dev ## are lists and counts complete? 20, 200 and 2,000 records in seven shapes and nine languages
	@$(BIN)/python -m evals.counting $(ARGS)

eval-exercises: install-dev ## practice questions: 100 on 10 real documents; answered from the right page, none twice, 30 to be read
	@$(BIN)/python -m evals.exercises $(ARGS)

bench-public: install-dev eval-grounding ## public sets, beside published figures
	@$(BIN)/python -m evals.public --results evals/results/public.json --plot docs/images/public.svg

bench-ingest: install-dev ## pages per second and memory, beside the usual LangChain pipeline
	@$(BIN)/python -m benchmarks.ingest
	@$(BIN)/python -m benchmarks.waiting

bench-scans: install-dev ## pages per second of scans
	@$(BIN)/python -m benchmarks.scans $(ARGS)

bench-files: install-dev ## read the files that lie on this machine as uploads are read: some thousands of every kind
	@$(BIN)/python -m benchmarks.local_files $(ARGS)

bench-uploads: install-dev ## 200 people upload while one chats; memory while 300 MB come in
	@$(BIN)/python -m benchmarks.uploads --size 300
	@$(BIN)/python -m benchmarks.uploads --users 200

bench-library: install-dev ## the list of 10,000 documents
	@$(BIN)/python -m benchmarks.library

bench-retrieval: install-dev ## time of each stage before the model, of a cached answer, and whether the cache knows what is the same
	@$(BIN)/python -m benchmarks.retrieval

bench-streams: install-dev ## what an answer that streams costs in CPU and SQL, and 200 at the same moment
	@$(BIN)/python -m benchmarks.streams

bench-claims: install-dev ## how workers take work while 50,000 people wait
	@$(BIN)/python -m benchmarks.claims $(ARGS)

bench-idle: install-dev ## what a web process and a worker ask of PostgreSQL and Redis while nobody does anything
	@$(BIN)/python -m benchmarks.idle $(ARGS)

bench-admin: install-dev ## the pages of the console at a million answer runs in 200,000 conversations
	@$(BIN)/python -m benchmarks.admin $(ARGS)

bench-tasks: install-dev ## ten things that people come for, done in a browser: clicks and keys
	@$(BIN)/python scripts/packages.py
	@$(BIN)/python -m benchmarks.tasks $(ARGS)

bench-growth: install-dev ## how the time of all work on text grows with it, over nasty alphabets
	@$(BIN)/python -m benchmarks.growth

bench-soak: install-dev ## whether memory stays level over two hours of mixed work
	@$(BIN)/python -m benchmarks.soak --picture docs/images/soak.svg

drill-answers: install-dev ## cut connections and kill processes while answers are written
	@$(BIN)/python -m benchmarks.drill_answers

drill-erase: install-dev ## erase a person with 10,000 documents, and look for what is left; ARGS="--documents 500"
	@$(BIN)/python -m benchmarks.drill_erase $(ARGS)

drill-ingest: install-dev ## kill, flush and restart parts in the middle of jobs
	@$(BIN)/python -m benchmarks.drill_ingest

drill-models: install-dev ## errors, silence, cuts and refusals of a language model, and what the reader sees
	@$(BIN)/python -m benchmarks.drill_models

drill-parts: install-dev ## kill the servers, damage the search index, fill the disk
	@$(BIN)/python -m benchmarks.drill_parts

drill-restore: install-dev ## back up while files come, restore into an empty place, ask there; ARGS="--documents 500"
	@$(BIN)/python -m benchmarks.drill_restore $(ARGS)

drill-scaleout: install-dev ## two web processes behind HAProxy and two workers, while one part after the other fails; ARGS="Redis clock"
	@$(BIN)/python scripts/packages.py --drills
	@$(BIN)/python -m benchmarks.drill_scaleout $(ARGS)

clean: ## remove the virtual environment and caches; never the data
	rm -rf .venv node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info

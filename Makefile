# Every target but `install` and `run` stands on `setup`. Both need only Python 3.11+ and a package index.
PYTHON ?= python3
BIN := .venv/bin
# Tests start hundreds of processes, and each would compile the whole program anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup install run test test-postgres check chaos fuzz fuzz-bytes bench catalogs screens diagram budget rules locks sbom dist

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: .venv/ready  ## make .venv with surveybot in it, and all that works on it

# Of what tests need, this alone comes as source and nothing else: mlcroissant, which says whether a Croissant is one, stands
# on it. What builds it is installed before, from the lock: pip would fetch a newer one, which no hash holds.
BUILT_HERE := jsonpath-rw

.venv/ready: requirements/run.txt requirements/test.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
		-r requirements/run.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
		--no-binary $(BUILT_HERE) --no-build-isolation -r requirements/test.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@ .venv/installed

# An installation that has the formats keeps them up with the rest, whether or not the next call says so.
FORMATS ?= $(wildcard .venv/formats)

# Only what is built already: building would fetch what builds it, which no hash holds.
install:  ## make .venv with what the bot needs and no more; with FORMATS=1 also Parquet, SPSS, Stata, private statistics
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
		-r requirements/$(if $(FORMATS),formats,run).txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch .venv/installed $(if $(FORMATS),.venv/formats)

.venv/installed: requirements/run.txt requirements/formats.txt pyproject.toml
	@$(MAKE) --no-print-directory install

run: .venv/installed  ## serve Telegram when .env holds a token; otherwise a rehearsal in the browser
	$(BIN)/surveybot run

# Two processes more than cores; who is through with their own takes over from others (docs/decisions/0015-tests-side-by-side.md).
SIDE_BY_SIDE := -n auto --dist worksteal

# As much as shows that statements, locks and types hold on PostgreSQL; the rest is the same code
# (docs/decisions/0048-tests-on-both.md).
ON_BOTH := tests/chaos tests/storage tests/several tests/trail/test_sealing.py tests/stewardship/test_backup_server.py \
	tests/journeys/test_journeys_whole.py::test_from_the_link_to_the_thanks_and_everything_taken_back \
	tests/stewardship/test_backup.py::test_who_has_left_since_stays_closed_and_is_on_the_list_for_recipients

# With SURVEYBOT_DEMAND_BROWSER set, a machine without Chromium is a failure.
test: setup  ## every test that this machine can run, and a part of them on PostgreSQL too
	@only=; \
	if ! { command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null; then \
		if [ -n "$$SURVEYBOT_DEMAND_BROWSER" ]; then \
			echo "no Chromium here, and SURVEYBOT_DEMAND_BROWSER asks for one" >&2; exit 1; \
		fi; \
		echo "no Chromium here: browser tests are left out"; only="not browser"; \
	fi; \
	passed=0; \
	SURVEYBOT_TEST_ON=postgresql $(BIN)/python -m pytest -q $(SIDE_BY_SIDE) $(ON_BOTH) || passed=$$?; \
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) $${only:+-m "$$only"} || passed=$$?; \
	exit $$passed

test-postgres: setup  ## every test on PostgreSQL, but for those of SQLite's own files
	SURVEYBOT_TEST_ON=postgresql $(BIN)/python -m pytest $(SIDE_BY_SIDE)

check: setup  ## types, lint, formatting, contracts between layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

chaos: setup  ## 100 more runs in which everything goes wrong, on from the last; as many as CHAOS="--runs 1000" says
	PYTHONPATH=tests $(BIN)/python -m chaos $(CHAOS)

fuzz: setup  ## a million hostile updates, over as many runs as it takes
	PYTHONPATH=tests $(BIN)/python -m fuzzing

fuzz-bytes: setup  ## hostile files that an engine makes, a minute each, or of some: READERS="yaml receipt"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
		-r requirements/fuzz.txt
	PYTHONPATH=tests $(BIN)/python -m fuzzing.by_bytes $(READERS)

bench: setup  ## everything that is measured, beside its peer or limit; BENCH="--part updates" for a part
	PYTHONPATH=tests $(BIN)/python -m benchmarks $(BENCH)

catalogs: setup  ## extract, merge and compile every word that a person reads
	$(BIN)/python -m bot.catalogs
	$(BIN)/python -m bot.burden > docs/budget.md

screens: setup  ## take a picture of every screen, in every language or in LANGUAGES="fr ar", into .screens/
	$(BIN)/python -m docs.pictures.screens $(if $(LANGUAGES),--language $(LANGUAGES))

diagram: setup  ## draw the stages from the transition table
	$(BIN)/python -m flows.diagram > docs/stages.md

budget: setup  ## count again what taking part costs a person, in taps and words
	$(BIN)/python -m bot.burden > docs/budget.md

rules: setup  ## draw the table of what `surveybot check` looks for
	$(BIN)/python -m bot.checking.page > docs/checking.md

sbom: setup  ## print what the program is made of, with licences and hashes (CycloneDX JSON)
	@$(BIN)/python -m releasing.sbom

dist: setup  ## make a release's files of the last commit in dist/, the same bytes each time
	$(BIN)/python -m releasing.dist

# What runs is held to what tests it: no version is installed for people that no test has seen.
locks:  ## pin what runs and what tests, with hashes and without an index (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--extra build --extra export --extra postgres --extra statistics --extra test -o requirements/test.txt pyproject.toml
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		-c requirements/test.txt --extra build --extra postgres -o requirements/run.txt pyproject.toml
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		-c requirements/test.txt --extra build --extra export --extra postgres --extra statistics \
		-o requirements/formats.txt pyproject.toml
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		-o requirements/fuzz.txt requirements/fuzz.in

# `make app`, `make test` and `make test-all` each do everything on a fresh machine.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Files stay whole, so that a module's fixtures are made once; browser tests come first, spread over both workers.
PYTEST := $(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

.PHONY: setup app test test-all check faults fuzz load quick-hands timings screenshots audit words

setup: $(VENV)/.installed

$(VENV)/.installed: requirements.txt requirements-dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -r requirements.txt -r requirements-dev.txt
	touch $@

app: setup
	$(BIN)/python app.py

test: setup
	$(PYTEST) -m "not slow and not browser"

test-all: setup
	$(PYTEST)

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# After a change of what the page says: brings its translations up to date with the sources.
words: setup
	$(BIN)/python -m demo.locale

# What the project promises under faults, nonsense and load; each prints a tally and ends by itself.
faults: setup
	PYTHONPATH=.:tests $(BIN)/python tests/campaigns/faults.py

fuzz: setup
	PYTHONPATH=.:tests $(BIN)/python tests/campaigns/fuzz.py
	PYTHONPATH=.:tests $(BIN)/python tests/campaigns/damaged_clips.py

load: setup
	PYTHONPATH=.:tests $(BIN)/python tests/campaigns/load.py

quick-hands: setup
	PYTHONPATH=.:tests $(BIN)/python tests/campaigns/quick_hands.py

timings: setup
	PYTHONPATH=.:tests $(BIN)/python tests/campaigns/timings.py

# The pictures of the page in README.
screenshots: setup
	PYTHONPATH=.:tests $(BIN)/python tests/campaigns/screenshots.py

audit: setup
	$(BIN)/python -m pip install --quiet pip-audit
	$(BIN)/pip-audit -r requirements.txt

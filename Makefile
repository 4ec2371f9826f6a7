# Two commands do everything:  make run   one cycle on config/finews.toml
#                              make test  every check and every test
# PYTHON names the interpreter that makes the virtual environment (3.11 or newer).

PYTHON ?= python3
VENV   ?= .venv
CONFIG ?= config/finews.toml
BIN     = $(VENV)/bin

.PHONY: run daemon test test-fast test-slow test-browser screenshots lint bench clean help

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(VENV)/run.stamp: pyproject.toml constraints.txt finews_feeds/__init__.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "finews_feeds needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another: make PYTHON=python3.12 run")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@$(BIN)/python -m compileall -q finews_feeds
	@$(BIN)/python -c 'from finews_feeds.publish.pages import compile_templates; compile_templates()'
	@touch $@

$(VENV)/test.stamp: $(VENV)/run.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test,pinyin,http2]'
	@touch $@

run: $(VENV)/run.stamp ## one cycle: read, poll, publish, say what was done
	$(BIN)/finews-feeds -c $(CONFIG) build

daemon: $(VENV)/run.stamp ## the same cycle, again and again
	$(BIN)/finews-feeds -c $(CONFIG) run

lint: $(VENV)/test.stamp ## ruff and strict types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test-fast: $(VENV)/test.stamp ## the fast tests alone
	$(BIN)/pytest -n auto

test-slow: $(VENV)/test.stamp ## the slow tests alone
	$(BIN)/python -m tests.programs
	$(BIN)/pytest -n auto -m slow

test-browser: $(VENV)/test.stamp ## the pages in a real Chromium, which is installed where there is none
	$(BIN)/python -m tests.programs chromium
	$(BIN)/pytest -rs -m browser

screenshots: $(VENV)/test.stamp ## the pictures in docs/screenshots
	$(BIN)/python -m tests.programs chromium
	$(BIN)/python -m tests.browser.screenshots

test: lint ## every check and every test, fast, slow and in a browser
	$(BIN)/python -m tests.programs
	$(BIN)/pytest -n auto -rs -m 'not browser'
	$(BIN)/pytest -rs -m browser

bench: $(VENV)/test.stamp ## the measurements, as ratios
	$(BIN)/python -m benchmarks

clean: ## forget the environment and everything published
	rm -rf $(VENV) public var .cache

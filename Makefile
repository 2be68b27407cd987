# `make run` opens the app, `make test` runs all tests; both set up what they need first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8501

.PHONY: run test test-ray lint demo screenshots clean

run: $(VENV)/.run
	$(BIN)/streamlit run app.py --server.port $(PORT)

test: $(VENV)/.dev system
	$(BIN)/python -m pytest -m "not slow and not gpu and not ray and not screenshots"

# Training and analysing on a local cluster of two nodes; installs Ray.
test-ray: $(VENV)/.dev
	$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements-ray.txt
	$(BIN)/python -m pytest -m ray

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The demo clip and the pictures of the README, made anew.
demo: $(VENV)/.run
	$(BIN)/python -m nerveapp.demo

screenshots: $(VENV)/.dev system
	$(BIN)/python -m pytest -m screenshots tests/browser

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "NerveApp needs Python 3.11 or newer.")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/.dev: requirements.txt requirements-dev.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements-dev.txt
	touch $@ $(VENV)/.run

# The browser tests drive Debian's Chromium, or any whose path is in CHROMIUM; the store's tests start PostgreSQL too.
.PHONY: system
system:
	@sh .ci/system

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache

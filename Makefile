# `make run` opens the app, `make test` runs the tests; both set up what they need first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install -q --disable-pip-version-check
LOCKED := $(INSTALL) --require-hashes --no-deps -r
PORT ?= 8501

# A file of tests goes to one process as a whole, so that what its tests share is started once. One process more than
# there are cores: those that drive a browser often wait for it.
WORKERS ?= $(shell $(PYTHON) -c "import os; print(min(4, 1 + (os.cpu_count() or 1)))")
PARALLEL := -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# Node.js is for the scripts that run in the browser: where it is missing a person goes on without, and CI fails.
WITH = @if command -v $(1) >/dev/null; then echo "$(2)"; $(2); else \
	echo "Node.js with npm was not found: the scripts under nerveapp/ui are not checked." >&2; test -z "$$CI"; fi

# Tests start many processes: where the environment forbids to keep compiled modules, each compiles all of them again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test test-slow test-ray lint demo screenshots lock clean

run: $(VENV)/.run
	$(BIN)/streamlit run app.py --server.port $(PORT)

test: $(VENV)/.dev system
	$(call WITH,node,node --test --test-reporter=spec tests/ui/*.test.js tests/ui/*/*.test.js)
	$(BIN)/python -m pytest $(PARALLEL) -m "not slow and not gpu and not ray and not screenshots"

# What takes minutes more: killed servers and workers, a training from end to end, engines compared; CI runs it too.
test-slow: $(VENV)/.dev system
	$(BIN)/python -m pytest $(PARALLEL) -m slow

# Training and analysing on a local cluster of two nodes; installs Ray.
test-ray: $(VENV)/.dev
	$(LOCKED) requirements-ray.lock
	$(BIN)/python -m pytest -m ray

lint: $(VENV)/.dev
	@sh .ci/system lint
	$(call WITH,npm,$(MAKE) -s lint-scripts)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: lint-scripts
lint-scripts: node_modules/.made
	node_modules/.bin/biome lint --error-on-warnings

node_modules/.made: package.json package-lock.json
	npm ci --silent --no-audit --no-fund
	touch $@

# The demo clip and the pictures of the README, made anew.
demo: $(VENV)/.run
	$(BIN)/python -m nerveapp.demo

screenshots: $(VENV)/.dev system
	$(BIN)/python -m pytest -m screenshots tests/browser

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "NerveApp needs Python 3.11 or newer.")'
	$(PYTHON) -m venv $(VENV)

# From the locks comes everything except torch, whose build is the user's choice: an installed one stays.
$(VENV)/.run: requirements.txt requirements.lock requirements-torch.txt | $(VENV)/bin/python
	$(LOCKED) requirements.lock
	$(INSTALL) -r requirements.txt -c requirements-torch.txt
	touch $@

$(VENV)/.dev: requirements.txt requirements-dev.txt requirements-dev.lock requirements.lock requirements-torch.txt \
		| $(VENV)/bin/python
	$(LOCKED) requirements-dev.lock
	$(INSTALL) -r requirements-dev.txt -c requirements-torch.txt
	touch $@ $(VENV)/.run

# The locks, made anew after a change of requirements*.txt; `make lock UPGRADE=--upgrade` takes the newest that fit.
lock: | $(VENV)/bin/python
	$(INSTALL) uv==0.13.9
	sh .ci/lock $(UPGRADE)

# The browser tests drive Debian's Chromium, or any whose path is in CHROMIUM; the store's tests start PostgreSQL too.
.PHONY: system
system:
	@sh .ci/system test

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache node_modules

# One place for what people and CI run. `make` alone lists the targets.
PYTHON ?= python3
BIN := .venv/bin
RUN := $(BIN)/python

.PHONY: help setup science setup-dev demo test check format engines pictures bench bench-sdk study sdk clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(BIN)/engage  ## make .venv with what the service needs

$(BIN)/engage: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "engage needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	test -x $(BIN)/pip || $(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	@touch $@

science: setup  ## the same with pandas, Parquet, DuckDB and plots
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[science]'

setup-dev: .venv/.dev  ## the same with what tests and checks need

.venv/.dev: pyproject.toml sdk_js/package-lock.json $(BIN)/engage
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	scripts/system-packages
	cd sdk_js && npm ci --silent --no-audit --no-fund
	@touch $@

demo: setup  ## a shop, simulated shoppers and the console, in one process
	$(BIN)/engage demo

test: setup-dev  ## everything: Python, browser and SDK tests
	$(RUN) -m pytest -n 2 --dist loadfile
	cd sdk_js && npm test --silent

check: setup-dev  ## lint, format, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	cd sdk_js && npm run --silent types

format: setup-dev  ## put the code in its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

sdk: setup-dev  ## rebuild the browser SDK that the wheel ships
	cd sdk_js && npm run --silent build

engines: setup-dev  ## the SDK in Firefox and WebKit (firefox-esr webkit2gtk-driver xvfb xdotool)
	$(RUN) -m pytest tests/engines

pictures: setup-dev  ## take README's pictures of card and console anew
	$(RUN) scripts/pictures

bench: setup-dev  ## short benchmarks, each with its peer in the same run; results in build/bench
	$(RUN) benchmarks/run.py

bench-sdk: setup-dev  ## the SDK beside others from npm, in one table
	$(RUN) benchmarks/sdk.py

study: setup-dev  ## the long runs whose results are committed
	$(RUN) benchmarks/run.py --study

clean:  ## remove what the targets made
	rm -rf .venv sdk_js/node_modules .mypy_cache .ruff_cache .pytest_cache

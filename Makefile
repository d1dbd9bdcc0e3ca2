# The two commands of the README and those of developers. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEV := mine,aws,train,dev
# uv installs several times faster than pip, but does not read pip's settings: where it cannot reach
# the index, pip may.
install = $(BIN)/uv pip install --quiet --compile-bytecode -c constraints.txt -e ".[$(1)]" \
  || $(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[$(1)]"
export UV_DEFAULT_INDEX ?= $(or $(PIP_INDEX_URL),https://pypi.org/simple)
export UV_HTTP_TIMEOUT ?= 180
export VIRTUAL_ENV := $(CURDIR)/$(VENV)

.PHONY: help example test check test-runners faults docs fast format mutants constraints clean

help:  ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

example: $(VENV)/mine  ## set up, then mine the sample WARCs into out/example
	$(BIN)/mathmine run --config configs/example.toml --crawl examples/crawl \
	  --seed examples/seed.jsonl --benchmarks examples/benchmarks --out out/example

test: $(VENV)/dev  ## set up, then run every check: format, lint, types, tests
	$(MAKE) check

check:  ## run every check in the existing environment
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest

test-runners: $(VENV)/dev  ## mine the example in worker processes, on a Flink cluster and on Prism, with kills; compare the bytes (seven minutes)
	$(BIN)/pytest -n 0 -m runners tests

faults: $(VENV)/dev  ## kill runs at random moments, fill the disk, break storage (an hour); FAULTS=3 for three of each
	$(BIN)/pytest -n 0 -m faults tests/faults

docs: | $(BIN)/uv  ## build the documentation as a site in build/site, and check its links
	$(call install,docs)
	$(BIN)/python docs/site_source.py
	$(BIN)/mkdocs build

fast:  ## run the quick tests alone (under a minute)
	$(BIN)/pytest -m "not slow"

format: $(VENV)/dev  ## format the code and fix what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

mutants: $(VENV)/dev  ## mutation testing: run the tests on 200 mutants of the code (half an hour)
	$(call install,mutants)
	$(BIN)/python -m tests.mutants

constraints: | $(BIN)/uv  ## pin the versions of all dependencies; UPGRADE=1 upgrades them
	$(BIN)/uv pip compile --quiet --all-extras --python-version 3.11 --no-annotate \
	  --custom-compile-command "make constraints" $(if $(UPGRADE),--upgrade) \
	  --output-file constraints.txt pyproject.toml

clean:  ## remove the environment and all outputs
	rm -rf $(VENV) out build *.egg-info

$(BIN)/uv:
	@command -v c++ >/dev/null || { echo "fasttext is compiled on install: apt-get install g++ python3-dev"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check uv

$(VENV)/mine: pyproject.toml constraints.txt | $(BIN)/uv
	$(call install,mine)
	touch $@

$(VENV)/dev: pyproject.toml constraints.txt | $(BIN)/uv
	$(call install,$(DEV))
	touch $(VENV)/mine $@

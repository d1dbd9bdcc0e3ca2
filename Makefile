# The two commands of the README, and the checks that `make test` is made of.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: example test check format clean

example: $(VENV)/mine  ## mine the sample WARCs into out/example
	$(BIN)/mathmine run --config configs/example.toml --crawl examples/crawl \
	  --seed examples/seed.jsonl --benchmarks examples/benchmarks --out out/example

test: $(VENV)/dev  ## set up, then run every check
	$(MAKE) check

check:  ## the checks alone, in the environment that stands
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest

format: $(VENV)/dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) out build *.egg-info

$(BIN)/python:
	@command -v c++ >/dev/null || { echo "fasttext is compiled on install: apt-get install g++ python3-dev"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/mine: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[mine]"
	touch $@

$(VENV)/dev: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[mine,aws,train,dev]"
	touch $(VENV)/mine $@

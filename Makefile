# `make train` and `make test` do all set-up on a fresh machine. The other targets are conveniences.

# The first Python from 3.11 to 3.13 in the PATH. To use another one: make PYTHON=/path/to/python3.12 train
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$p && break; done)
# The CPU build of torch, without gigabytes of CUDA: make TORCH_INDEX=https://download.pytorch.org/whl/cpu train
TORCH_INDEX ?=
ARGS ?=
BIN := .venv/bin

.PHONY: train test test-all faults gpu lint bench clean

train: .venv/ready
	$(BIN)/python -m train $(or $(ARGS),dataset=circle model.hidden=8)

# Without browsers the tests of the pages are skipped: apt-get update && apt-get install --yes chromium firefox-esr
test: .venv/ready-dev lint
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal -m 'not slow' $(ARGS)

# Together: what the quick and the slow tests of a file both need is made once.
test-all: .venv/ready-dev lint
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal $(ARGS)

# Kills, full disks, hostile folders and other faults, each many times: a line and a figure for each kind.
faults: .venv/ready-dev
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal --whole tests/faults $(ARGS)

# On a machine with a card: the tests that need one, and a table. Unattended, in about ten minutes.
gpu: .venv/ready-dev
	@$(BIN)/python -c 'import sys, torch; sys.exit(not torch.cuda.is_available())' \
	|| { echo "no GPU here: torch $$($(BIN)/python -c 'import torch; print(torch.__version__)') finds none"; exit 0; } \
	&& $(BIN)/python -m pytest -m gpu tests/gpu && $(BIN)/python scripts/bench.py gpu

lint: .venv/ready-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: .venv/ready-dev
	$(BIN)/python scripts/bench.py

clean:
	rm -rf .venv

.venv/ready: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "error: Backprop Lab needs Python 3.11, 3.12 or 3.13 (found: $$(python3 --version 2>&1)); \
	give one with make PYTHON=/path/to/python"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { \
	echo "error: Backprop Lab needs Python 3.11, 3.12 or 3.13; $(PYTHON) is $$($(PYTHON) --version 2>&1)"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) \
		--constraint constraints.txt --editable .
	@touch $@

.venv/ready-dev: .venv/ready
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

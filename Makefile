# Two commands matter to a user: make demo, make test. Both set everything up by themselves.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
SUDO   := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

DEBIAN := build-essential libasound2-plugins libfaketime libopus0 libportaudio2 mosquitto portaudio19-dev \
          pulseaudio pulseaudio-utils python3-dev python3-venv systemd

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint types check bench soak-sim bench-quality bench-peers faults clean lock

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/.ready ## Debian packages and the virtual environment (the other targets do this themselves)

$(VENV)/.debian: Makefile
	@missing=$$(for p in $(DEBIAN); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done); \
	if [ -n "$$missing" ]; then echo "Installing Debian packages:" $$missing >&2; \
	  { $(SUDO) apt-get update -q && DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -qy --no-install-recommends $$missing; } >&2; fi
	@mkdir -p $(VENV) && touch $@

$(VENV)/.ready: $(VENV)/.debian pyproject.toml requirements-dev.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing Python packages into $(VENV) …" >&2
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt >&2
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable . >&2
	@$(BIN)/python -m compileall -q bridge codecs drivers
	@$(BIN)/python -m crosspatch.engine.warm
	@touch $@

demo: setup ## drive a vehicle over the border and hear an officer on the other side (ARGS="--audio pulse --json …")
	@$(BIN)/crosspatch demo $(ARGS)

test: setup ## the whole test-suite, with PulseAudio and Mosquitto (ARGS="-k name …")
	$(BIN)/python -Im pytest -n 2 $(ARGS)

lint: setup ## ruff
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

faults: setup ## put faults into a running box, many times over, and print what it reached
	$(BIN)/python -Im pytest tests/faults --thorough $(ARGS)

types: setup ## mypy, strict
	$(BIN)/mypy

check: lint types test ## everything CI checks

bench: setup ## measure, and print the table (ARGS="--quick")
	$(BIN)/python -m tests.bench $(ARGS)

soak-sim: setup ## a million overs in virtual time with faults, commands and restarts (ARGS="--overs N --seed N")
	@$(BIN)/python -m tests.soak $(ARGS)

bench-quality: setup ## what the bridge does to speech, as a table and as a page (ARGS="--quick --json --page FILE")
	@$(BIN)/python -m tests.bench.quality $(ARGS)

bench-peers: setup ## beside SvxLink, the same speech in one run (installs svxlink-server; ARGS="--pairs 32 --json")
	@command -v svxlink >/dev/null || { $(SUDO) apt-get update -q && \
	  DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -qy --no-install-recommends svxlink-server; } >&2 || \
	  echo "svxlink-server cannot be installed here" >&2
	@$(BIN)/python -m tests.bench.peers $(ARGS)

lock: setup ## renew the hash-locked requirements from pyproject.toml
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --no-annotate pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --no-annotate --extra dev --extra build pyproject.toml -o requirements-dev.txt

clean: ## remove the virtual environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis run build dist

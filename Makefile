# Everything here needs only python3 (>= 3.11) and make: the targets create .venv from hash-locked requirements.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input

.PHONY: demo test check bench bench-full peers format lock coverage clean

demo: $(VENV)/.run  ## start a service, enrol a synthetic gallery, play a day at the counter, write demo-output/index.html
	$(BIN)/vantay demo --output demo-output

test: $(VENV)/.dev  ## the test suite, JIT on
	$(BIN)/vantay models build
	$(BIN)/python -m pytest -n 2 --dist loadfile -q

check: $(VENV)/.dev  ## format, lint, types, import rules, documentation
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy engine models datasets service tests benchmarks
	$(BIN)/lint-imports --no-cache
	$(BIN)/python tests/check_docs.py
	$(BIN)/python -m benchmarks.tables --check
	$(BIN)/python service/generate.py --check

bench: $(VENV)/.dev  ## what is slower than the committed results? ten minutes at most
	$(BIN)/vantay models build
	$(BIN)/python -m benchmarks.bench

bench-full: $(VENV)/.dev  ## the large galleries and loads too: hours, goes on where it was stopped
	$(BIN)/vantay models build
	$(BIN)/python -m benchmarks.bench --full --output bench-output

# What it is compared with has an environment of its own: nothing that runs or is tested may lean on it.
PEERS := .venv-peers
PEERS_PIP := $(PEERS)/bin/python -m pip --disable-pip-version-check --no-input
PEERS_OPTIONS ?= --json bench-output/peers.json

peers: $(PEERS)/.ready  ## others on the same samples, hours; PEERS_OPTIONS=--small takes five minutes
	$(PEERS)/bin/vantay models build
	$(PEERS)/bin/python -m benchmarks.peers.run $(PEERS_OPTIONS)

# With the JIT off a print takes minutes: what works on whole images is left to `make test`.
COVERED := tests/fingerprint/comparison tests/fingerprint/codec tests/fingerprint/image tests/store tests/report

coverage: $(VENV)/.dev  ## line coverage of comparison, records, images and store, with the JIT off: jitted code cannot be traced
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest $(COVERED) -n 2 --dist loadfile -q -m "not slow_without_jit" --cov --cov-report=term:skip-covered

format: $(VENV)/.dev  ## rewrite the sources in the house format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock:  ## resolve pyproject.toml anew into requirements/*.txt (needs uv)
	printf 'hatchling==1.28.0\nsetuptools\nwheel\n' | uv pip compile - --universal --generate-hashes \
	  --no-emit-index-url --no-header -q --upgrade -o requirements/build.txt
	uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header -q --upgrade \
	  --extra models --extra report --extra service -o requirements/run.txt
	uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header -q --upgrade \
	  --extra models --extra report --extra service --extra tracing --extra dev -c requirements/run.txt -o requirements/dev.txt
	printf 'pybind11\n' | uv pip compile - --universal --generate-hashes \
	  --no-emit-index-url --no-header -q -o requirements/build-peers.txt
	uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header -q \
	  --extra models --extra peers -c requirements/run.txt -o requirements/peers.txt

$(VENV)/.run: requirements/run.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else f"Vantay needs Python 3.11 or newer; {sys.executable} is {v[0]}.{v[1]}. Try: make PYTHON=python3.12")'
	@test -x $(BIN)/python || { echo "Creating $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@echo "Installing the pinned packages (once, about a minute)"
	@$(PIP) install --quiet --require-hashes -r requirements/build.txt
	@$(PIP) install --quiet --require-hashes --no-build-isolation -r requirements/run.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.txt
	@echo "Installing the pinned development packages"
	@$(PIP) install --quiet --require-hashes --no-build-isolation -r requirements/dev.txt
	@touch $@

# hnswlib is compiled: by pybind11, against the numpy of requirements/run.txt, so both are installed before it.
$(PEERS)/.ready: requirements/build.txt requirements/build-peers.txt requirements/run.txt requirements/peers.txt pyproject.toml
	@test -x $(PEERS)/bin/python || { echo "Creating $(PEERS)"; $(PYTHON) -m venv $(PEERS); }
	@echo "Installing the pinned packages and their peers (once, some minutes; needs a C++ compiler)"
	@$(PEERS_PIP) install --quiet --require-hashes -r requirements/build.txt -r requirements/build-peers.txt
	@$(PEERS_PIP) install --quiet --require-hashes --no-build-isolation -r requirements/run.txt
	@$(PEERS_PIP) install --quiet --require-hashes --no-build-isolation -r requirements/peers.txt
	@$(PEERS_PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

clean:
	rm -rf $(VENV) $(PEERS) demo-output bench-output .pytest_cache .mypy_cache .ruff_cache .hypothesis

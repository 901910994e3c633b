# `make transcribe` after each interview, `make batch` overnight, `make test` and `make check` for
# those who change the program. Everything that is needed is set up on the way.
#
# Two sizes of install: LEAN=1 (`make transcribe LEAN=1`, or `export LEAN=1` once) leaves out torch, openai-whisper
# and pyannote.audio, which a run on a CPU never imports; without it everything is installed. One folder holds one
# size: asking for the other one installs that.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LEAN ?=
ifneq ($(filter-out 0,$(LEAN)),)
LOCK := requirements-lean.lock
STAMP := $(VENV)/.installed-lean
ABOUT := the lean install, less than 1 GB
TEST_WEIGHTS := whisper-tiny.en
else
LOCK := requirements.lock
STAMP := $(VENV)/.installed
ABOUT := the full install, about 6 GB on Linux; LEAN=1 takes less than 1 GB
TEST_WEIGHTS := whisper-tiny.en segmentation-3.0 campplus
endif
RECORDINGS ?= recordings
OUTPUTS ?= outputs
ARGS ?=
WORKERS ?= logical
# Tests by several processes at once, and compiled modules kept where the surroundings forbid it: hundreds of tests start
# a Python of their own.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadgroup --no-loadscope-reorder
RESOLVE := $(VENV)/lock/bin/uv pip compile pyproject.toml --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-annotate --no-header

.PHONY: transcribe batch review test test-quick test-all coverage check setup weights doctor bench bench-peers docs page page-check lock clean

transcribe: weights ## every recording in recordings/ that has no finished transcript yet
	@$(BIN)/ipa batch $(RECORDINGS) -o $(OUTPUTS) $(ARGS)

review: $(STAMP) ## listen, correct, decide and sign, in the browser
	@$(BIN)/ipa review -o $(OUTPUTS) --recordings $(RECORDINGS) $(ARGS)

batch: transcribe ## the same, by the name of its use: overnight

test: weights ## the whole test suite, the real models on the sample included
	@$(BIN)/ipa models fetch --quiet $(TEST_WEIGHTS)
	$(PYTEST) $(ARGS)

test-quick: $(STAMP) ## within a minute: without the models, and without what takes seconds
	$(PYTEST) -m "not models and not slow" $(ARGS)

test-all: test ## `make test`, and property tests, damaged files, planted leaks and killed batches in full numbers (two hours)
	$(BIN)/python -m bench.lines
	$(BIN)/python -m bench.documents
	$(BIN)/python -m bench.damaged
	$(BIN)/python -m bench.leaks
	$(BIN)/python -m bench.kills
	$(BIN)/python -m bench.page

coverage: weights ## how much of the program the tests run
	$(PYTEST) --cov=pipeline --cov-branch --cov-report=term:skip-covered $(ARGS)

check: $(STAMP) ## style, types, import directions, generated documentation
	@test -x $(BIN)/ruff || { echo "make check needs the full install: leave LEAN out"; exit 2; }
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pipeline.cli.reference --check

setup: $(STAMP) weights ## everything `make transcribe` needs, without running it

weights: $(STAMP)
	@$(BIN)/ipa models fetch --quiet

doctor: $(STAMP) ## is this machine ready?
	@$(BIN)/ipa doctor -o $(OUTPUTS)

bench: weights ## accuracy and speed on the development recordings -> bench/RESULTS.md
	$(BIN)/python -m bench.run $(ARGS)

bench-peers: weights ## ours beside the peers on the same recordings -> bench/PEERS.md
	@$(BIN)/ipa models fetch --quiet segmentation-3.0
	$(BIN)/python -m bench.peers $(ARGS)

docs: $(STAMP) ## write the generated parts of docs/ again
	$(BIN)/python -m pipeline.cli.reference

page: ## build the review page from pipeline/page/web into pipeline/page/static (needs Node 20)
	cd pipeline/page/web && npm ci --ignore-scripts && npm run --silent build

page-check: ## its types, and that what is committed is what its sources give
	cd pipeline/page/web && npm ci --ignore-scripts && npm run --silent check
	@made=$$(mktemp -d) && node pipeline/page/web/build.mjs $$made && diff -rq $$made pipeline/page/static && rm -r $$made \
	  || { echo "pipeline/page/static is not what the sources give: run 'make page'"; exit 1; }

lock: ## resolve pyproject.toml anew into requirements.lock, and its lean part into requirements-lean.lock
	$(PYTHON) -m venv $(VENV)/lock && $(VENV)/lock/bin/pip install -q uv
	$(RESOLVE) --extra torch --extra pyannote --extra test --extra dev -o requirements.lock
	$(RESOLVE) --extra test --constraint requirements.lock -o requirements-lean.lock

clean: ## remove what was installed and cached; recordings and outputs stay
	rm -rf $(VENV) build *.egg-info .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis

# --no-deps: a lock names everything, and pip, left to resolve extras such as coverage[toml] anew, takes whatever came out
# since and then refuses it for want of a hash. What the full install holds beyond the lean one must not stay in it: it starts from an empty environment.
$(STAMP): $(LOCK) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=python3.11")'
	@test $(LOCK) = requirements.lock || test -e $@ || rm -rf $(VENV)
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the pinned packages (once: $(ABOUT)) ..."
	@rm -f $(VENV)/.installed $(VENV)/.installed-lean
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r $(LOCK)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

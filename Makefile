# Every target does its own set-up in .venv; PYTHON=python3.12 chooses an interpreter.
PYTHON ?=
PYTEST_OPTIONS ?=
RUN := .venv/bin

.PHONY: help demo test test-torch test-openvino test-ray check bench docs clean

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile

demo: .venv/.avio ## Make a small video in ./demo and show what avio does with it
	AVIO_MODEL_PATH="$${AVIO_MODEL_PATH:-$(wildcard ../shared/models)}" \
	  $(RUN)/avio demo --output demo --force

test: .venv/.dev ## Run the tests, without the slow ones
	$(RUN)/python -m pytest -n auto --dist worksteal -m "not slow" $(PYTEST_OPTIONS)

test-torch: .venv-torch/.done ## Run the tests that need PyTorch, in 6 GB of their own
	AVIO_TESTS_TORCH=1 .venv-torch/bin/python -m pytest -m "torch or reference" \
	  tests/models tests/vision tests/jobs/export $(PYTEST_OPTIONS)

test-openvino: .venv-openvino/.done ## Run the tests that need OpenVINO, with it alone
	AVIO_TESTS_OPENVINO=1 .venv-openvino/bin/python -m pytest -m openvino \
	  tests/vision tests/jobs/export $(PYTEST_OPTIONS)

test-ray: .venv-ray/.done ## Run the tests that need Ray, in 0.3 GB of their own
	AVIO_TESTS_RAY=1 .venv-ray/bin/python -m pytest -m ray \
	  tests/jobs/batch tests/jobs/track/shards $(PYTEST_OPTIONS)

check: .venv/.dev ## Run all that must pass before a change is committed
	scripts/check

bench: .venv/.bench ## Measure avio and others on this machine
	$(RUN)/python -m benchmarks

docs: .venv/.dev ## Build the documentation into ./site
	NO_MKDOCS_2_WARNING=1 $(RUN)/mkdocs build --strict

clean: ## Remove everything that was made, .venv too
	rm -rf .venv .venv-* .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache \
	  .pytest_cache .ruff_cache build demo dist site
	find avio_cli tests benchmarks docs -name __pycache__ -type d -exec rm -rf {} +

# A stamp is older than pyproject.toml when what it promises may have changed.
.venv/.avio: pyproject.toml
	PYTHON="$(PYTHON)" scripts/set-up
	@touch $@

.venv/.dev: pyproject.toml
	PYTHON="$(PYTHON)" scripts/set-up dev,docs
	@touch $@ .venv/.avio

.venv-torch/.done: pyproject.toml scripts/set-up-torch
	PYTHON="$(PYTHON)" scripts/set-up-torch
	@touch $@

.venv-ray/.done: pyproject.toml
	$(or $(PYTHON),python3) -m venv .venv-ray
	.venv-ray/bin/python -m pip install --quiet --editable '.[ray]' \
	  'pytest>=9' 'hypothesis>=6.100'
	@touch $@

.venv-openvino/.done: pyproject.toml
	$(or $(PYTHON),python3) -m venv .venv-openvino
	.venv-openvino/bin/python -m pip install --quiet --editable '.[openvino]' \
	  'pytest>=9' 'hypothesis>=6.100'
	@touch $@

.venv/.bench: pyproject.toml
	PYTHON="$(PYTHON)" scripts/set-up bench
	@touch $@ .venv/.avio

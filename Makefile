# Tieout: `make help` lists what there is. A fresh machine needs Python 3.11+ and make; uv is fetched when missing.
.DEFAULT_GOAL := help
PYTHON ?= python3
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
ARGS ?=
# Three workers keep two cores busy for 88 % of the time, a fourth gains nothing. Each has a PostgreSQL and a Kafka of its own.
WORKERS ?= 3
N ?= 20000
SEED ?= 7
CASES ?= 100
RUN = $(UV) run --no-sync
# Start-up is half of a short run: byte code is compiled once, also where the environment forbids writing it on import.
SYNC = $(UV) sync --quiet --frozen --compile-bytecode
unexport PYTHONDONTWRITEBYTECODE
SOURCES = conftest.py libs services simulators tests bench

.PHONY: help demo up test check format contracts exactness bench latency fuzz clean

help: ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /|/' | awk -F'|' '{printf "  make %-10s %s\n", $$1, $$2}'

demo: .venv/product ## a month of an MSP, end to end on embedded parts (ARGS=--exit ends when all is posted)
	@$(RUN) tieout demo $(ARGS)

up: .venv/product ## run Tieout on this machine (ARGS="--data-dir FOLDER")
	@$(RUN) tieout up $(ARGS)

test: .venv/everything ## every test: unit, PostgreSQL, Kafka, services, end to end
	$(RUN) pytest -n $(WORKERS) $(ARGS)

check: .venv/everything ## format, lint, types, import rules, published contracts, unit tests, every branch of the rules
	$(RUN) ruff format --check $(SOURCES)
	$(RUN) ruff check $(SOURCES)
	$(RUN) mypy $(wildcard libs/*/src services/*/src simulators/src)
	$(RUN) lint-imports
	$(RUN) python -m tieout_contracts.publish --check
	$(RUN) pytest -q -n $(WORKERS) -m "not postgres and not kafka and not http and not end_to_end"
	$(RUN) python services/transform/tests/branches.py

format: .venv/everything ## format the code and fix what the linter can
	$(RUN) ruff check --fix $(SOURCES)
	$(RUN) ruff format $(SOURCES)

contracts: .venv/everything ## write schemas, golden messages, AsyncAPI and error pages; refuses incompatible changes
	$(RUN) python -m tieout_contracts.publish

exactness: .venv/everything ## how N generated records come out in each tax mode (N=100000 SEED=7)
	$(RUN) python services/transform/tests/exactness_table.py $(N) $(SEED)

bench: .venv/everything ## invoices per second on both transports, beside the usual one-call-at-a-time integration
	$(RUN) python -m bench $(ARGS)

latency: .venv/everything ## how long the REST API takes with 1,000 tenants and a million records, beside the slowest plans
	$(RUN) python -m bench.latency $(ARGS)

fuzz: .venv/everything ## schemathesis over the whole REST API: CASES for each operation (CASES=100 SEED=7)
	TIEOUT_API_FUZZ_CASES=$(CASES) TIEOUT_API_FUZZ_SEED=$(SEED) $(RUN) pytest -q tests/contracts/test_api_under_schemathesis.py

clean: ## remove what make made; your data folders stay
	rm -rf .venv .uv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.uv/bin/uv:
	@echo "fetching uv ..."
	@$(PYTHON) -m venv .uv
	@.uv/bin/pip install --quiet --disable-pip-version-check uv==0.13.9

.venv/product: uv.lock | $(filter .uv/bin/uv,$(UV))
	@$(SYNC) --no-dev --inexact
	@touch $@

.venv/everything: uv.lock | $(filter .uv/bin/uv,$(UV))
	@$(SYNC)
	@touch $@ .venv/product

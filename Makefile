# Each target does its own set-up; `scripts/setup.sh` does nothing where .venv is complete.
VENV := .venv/bin
export TOKENIZERS_PARALLELISM := false

.PHONY: demo test test-all bench lint clean

demo:  ## Train the policy that ships with the package on `math`, held-out results before and after; STEPS=3 for a look.
	@scripts/setup.sh cpu
	@$(VENV)/grpo train --env math $(if $(STEPS),--steps $(STEPS))

test:  ## Lint, types and the test suite.
	@scripts/setup.sh cpu,dev
	@$(MAKE) --no-print-directory lint
	@$(VENV)/python -m pytest

test-all:  ## The heavy runs too.
	@scripts/setup.sh cpu,dev
	@$(MAKE) --no-print-directory lint
	@$(VENV)/python -m pytest -m "slow or not slow"

bench:  ## Every figure the README quotes, and the peers measured beside.
	@scripts/setup.sh cpu,dev,bench
	@benchmarks/all.sh

lint:
	@scripts/setup.sh cpu,dev
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check .
	@$(VENV)/pyright

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .ruff_cache .hypothesis

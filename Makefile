# Each target does its own set-up; `scripts/setup.sh` does nothing where .venv is complete.
VENV := .venv/bin
export TOKENIZERS_PARALLELISM := false

.PHONY: demo test test-all matrix bench lint clean

demo:  ## Train the policy that ships with the package on `math`, held-out results before and after; STEPS=3 for a look.
	@scripts/setup.sh cpu
	@$(VENV)/grpo train --env math $(if $(STEPS),--steps $(STEPS))

# Lint, types and tests, the ten slowest of them, and the time of it all. Two processes take the tests file by file: most
# of a run is one thread that imports, samples or judges; JOBS=0 runs them in one.
JOBS := 2
define timed_tests
@scripts/setup.sh cpu,dev
@start=$$(date +%s); \
$(MAKE) --no-print-directory lint && $(VENV)/python -m pytest -n $(JOBS) --dist loadfile --durations=10 $(1); code=$$?; \
echo "make $@: $$(( ($$(date +%s) - start) / 60 )) min $$(( ($$(date +%s) - start) % 60 )) s"; exit $$code
endef

test:  ## Lint, types and the test suite.
	$(call timed_tests)

test-all:  ## The heavy runs too, and property tests on new draws.
	$(call timed_tests,-m "slow or not slow" --hypothesis-profile=fresh)

matrix:  ## The tests in fresh environments: every Python with the newest releases allowed, and the oldest allowed.
	@scripts/matrix.sh

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

# Every command of this repository, the same on a laptop and in CI. `make` lists them.
.DEFAULT_GOAL := help
.PHONY: help run install test quick crash cancelled soak newest overload lint pins image image-test bench bench-env faults rollout-simulation pictures rollback clean

PYTHON := .venv/bin/python
TYPED := holysheep demos ledger backstage chat web emulator settings assembly scripts $(wildcard app.py)

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' Makefile

run: install ## set everything up and serve the chat at http://localhost:8000 (HOST, PORT)
	@exec $(PYTHON) app.py

install: ## only set everything up: .venv, pinned packages, .env
	@sh scripts/setup.sh

test: ## every test, in a real browser and over PostgreSQL too, with coverage
	@sh scripts/setup.sh dev
	@sh scripts/browser.sh
	@sh scripts/postgres.sh
	@sh scripts/proxy.sh
	@sh scripts/covered.sh

quick: ## the tests that need neither browser nor database
	@sh scripts/setup.sh dev
	@$(PYTHON) -m pytest -q -n 3 -m "not browser and not database and not slow"

crash: ## kill the program N=50 times while pages chat, then look for what was lost (SEED, DATABASE_URL)
	@sh scripts/setup.sh dev
	@$(PYTHON) -m scripts.crash --kills $(or $(N),50) $(if $(SEED),--seed $(SEED))

cancelled: ## end N=10000 turns at random instants, then look for what is left of them (SEED)
	@sh scripts/setup.sh dev
	@$(PYTHON) -m scripts.cancelled --turns $(or $(N),10000) $(if $(SEED),--seed $(SEED))

soak: ## visitors chat for MINUTES=10 while REPLICAS=2 are killed by turns; what was lost? (WRITE=1: into docs/soak.md)
	@sh scripts/setup.sh dev
	@sh scripts/postgres.sh
	@sh scripts/proxy.sh
	@$(PYTHON) -m scripts.soak --minutes $(or $(MINUTES),10) --replicas $(or $(REPLICAS),2) \
		$(if $(VISITORS),--visitors $(VISITORS)) $(if $(SEED),--seed $(SEED)) $(if $(WRITE),--write)

overload: ## three times as many visitors as TURNS=200 lets be answered at once: who is answered keeps their pace
	@sh scripts/setup.sh dev
	@$(PYTHON) -m scripts.overload $(if $(TURNS),--turns $(TURNS)) $(if $(TIMES),--times $(TIMES))

newest: ## every test against the newest releases, in an environment that is thrown away
	@sh scripts/setup.sh dev
	@sh scripts/browser.sh
	@sh scripts/postgres.sh
	@sh scripts/proxy.sh
	@sh scripts/newest.sh

lint: ## style, types, the direction of imports, secrets
	@sh scripts/setup.sh dev
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m mypy $(TYPED)
	PYTHONPATH=. .venv/bin/lint-imports --no-logo
	$(PYTHON) scripts/secret_scan.py

pins: ## refresh the pins and their hashes from the .in files (KEEP=1: only add what is missing)
	@[ -x $(PYTHON) ] || sh scripts/setup.sh
	@sh scripts/pins.sh $(if $(KEEP),keep)

image: ## build the image with docker, podman or buildah (TAG, BASE, ENGINE)
	@sh scripts/image.sh

image-test: ## build the image, run it, chat through it, and say what was found of what was promised
	@sh scripts/setup.sh dev
	@$(PYTHON) -m scripts.image_test

bench-env:
	@sh scripts/setup.sh bench
	@sh scripts/browser.sh bench/.venv

bench: bench-env ## measure side by side with bare Chainlit, Gradio and Streamlit
	bench/.venv/bin/python -m bench

faults: ## play every row of the fault table, and print what was seen (WRITE=1: into docs/faults.md)
	@sh scripts/setup.sh dev
	@$(PYTHON) -m scripts.faults $(if $(WRITE),--write docs/faults.md)

rollout-simulation: ## play made-up months through the rollout's gates, and write the figures into docs/rollout.md
	@sh scripts/setup.sh dev
	@$(PYTHON) -m scripts.rollout_simulation

pictures: ## draw the README's screenshots anew
	@sh scripts/setup.sh dev
	@sh scripts/browser.sh
	$(PYTHON) tests/pictures.py

rollback: ## a provider turns bad in mid-rollout: watch the desk go back by itself
	@sh scripts/setup.sh dev
	@sh scripts/browser.sh
	PYTHONPATH=.:tests:tests/app:tests/journeys $(PYTHON) tests/rollback.py

clean: ## remove what these commands made (never .env or data/)
	rm -rf .venv bench/.venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage .coverage.*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

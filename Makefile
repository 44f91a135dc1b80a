# Everything that is done with Plateau. `make help` lists it. Needs Python 3.11 or newer and make, nothing else.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv/bin/python
STAMP := .venv/.installed
WORKERS ?= 2
PYTEST := $(VENV) -m pytest
LOCK := $(VENV) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header

.PHONY: help setup run test test-fast test-long check fix lock migrate bench burden screenshots verify clean

help: ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)$$/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

setup: $(STAMP) ## the Python environment in .venv

# The stamp makes the second time instant; a changed lock file or interpreter makes it anew.
$(STAMP): requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Plateau needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version). Name another: make setup PYTHON=python3.12"; exit 1; }
	test -x $(VENV) || $(PYTHON) -m venv .venv
	$(VENV) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

run: setup ## the ward on http://127.0.0.1:8000 (PORT, DATABASE_URL, REDIS_URL override)
	@$(VENV) -m core.launch run

test: setup ## every test but the long ones
	@$(VENV) -m tests.chromium
	$(PYTEST) -n $(WORKERS) --dist loadfile -m "not long"

test-fast: setup ## domain and house rules, for while you type
	$(PYTEST) -q -m "not long" tests/unit $(wildcard tests/meta)

# pytest says 5 where it found nothing to run: so long as no test is a long one, that is no failure.
test-long: setup ## the long ones: replays, kills, load
	@$(VENV) -m tests.chromium
	$(PYTEST) -n $(WORKERS) --dist loadfile -m long || [ $$? -eq 5 ]

check: setup ## style, types, layers, templates, migrations, deployment settings
	$(VENV) -m ruff check .
	$(VENV) -m ruff format --check .
	$(VENV) -m core.launch with -- python -m mypy .
	.venv/bin/lint-imports
	$(if $(wildcard templates),$(VENV) -m djlint --check --lint templates)
	$(VENV) -m core.launch with -- python manage.py makemigrations --check --dry-run
	PLATEAU_DEMO=0 PLATEAU_HTTPS=1 PLATEAU_ALLOWED_HOSTS=plateau.example \
	  $(VENV) -m core.launch with -- python manage.py check --deploy --fail-level WARNING

fix: setup ## mend what can be mended by machine
	$(VENV) -m ruff check --fix .
	$(VENV) -m ruff format .
	$(if $(wildcard templates),$(VENV) -m djlint --quiet --reformat templates || true)

lock: setup ## compile the requirements anew, with hashes
	$(LOCK) $(UPGRADE) requirements.in -o requirements.txt
	$(LOCK) $(UPGRADE) -c requirements.txt requirements-embedded.in -o requirements-embedded.txt
	$(LOCK) $(UPGRADE) -c requirements-embedded.txt requirements-dev.in -o requirements-dev.txt

migrate: setup ## bring the embedded database up to date, as its owner
	$(VENV) -m core.launch with --as-owner -- python manage.py migrate

bench: setup ## the measurements
	$(VENV) -m bench

burden: setup ## how often the rules ring: alerts a patient-day on a stated model, and on recorded vital signs (MATERIAL)
	$(VENV) -m bench.burden $(MATERIAL)

screenshots: setup ## the pictures in docs/, of a ward that `make run` has just placed (PORT)
	$(VENV) -m tests.screenshots

verify: ## a clean clone in an empty folder: make test, make run, Ctrl-C, as an ordinary user and as root
	$(PYTHON) -m tests.verify

clean: ## the embedded data, wherever it lies (the environment stays)
	@$(PYTHON) -m core.launch clean

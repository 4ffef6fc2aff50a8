# Two commands matter: `make run` and `make test`. Both bring what they need; paths are relative, so that the checkout
# may lie in a folder of any name.

PYTHON ?= python3
PY := .venv/bin/python
STAMP := .venv/installed.stamp

.DEFAULT_GOAL := help
.PHONY: help run test check prove mutate bench clauses pictures lock messages clean venv

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' Makefile

run: $(STAMP) ## the whole desk on this machine: PORT=8000, Ctrl+C stops it, data stays in .data
	@exec $(PY) -m helpdesk.run

test: $(STAMP) ## all tests, with servers and a browser of their own; ARGS="tests/sla -k year" runs some
	@NO_BROWSER_REASON="$$($(PY) -m scripts.ensure_browser)" && export NO_BROWSER_REASON && \
	exec $(PY) scripts/test.py $(ARGS)

prove: $(STAMP) ## the slow proofs: kills, restarts, reloads, restores; SEED=… replays the kills, ARGS="-k kills" takes one
	@exec $(PY) -m pytest -m prove tests/prove $(ARGS)

mutate: $(STAMP) ## do the tests notice broken deadlines? Those that survive, and the share; ARGS="--max-children 1"
	@exec $(PY) scripts/mutate.py $(ARGS)

bench: $(STAMP) ## how fast, beside yardsticks of the same run; ARGS="--million", ARGS="--compare bench.json"
	@exec $(PY) -m tests.bench $(ARGS)

clauses: $(STAMP) ## the regulation sentence by sentence, with the tests that show each and their results
	@NO_BROWSER_REASON="$$($(PY) -m scripts.ensure_browser)" && export NO_BROWSER_REASON && \
	exec $(PY) -m pytest -q -m "clause and not prove" --clauses $(ARGS)

pictures: $(STAMP) ## every page, light and dark, phone and screen, into docs/pictures
	@NO_BROWSER_REASON="$$($(PY) -m scripts.ensure_browser)" && export NO_BROWSER_REASON && \
	exec $(PY) -m tests.pictures $(ARGS)

check: $(STAMP) ## lint, format, types, imports, migrations, translations, lock files
	@exec $(PY) scripts/check.py

lock: $(STAMP) ## write the lock files from pyproject.toml
	@exec $(PY) scripts/locks.py

messages: $(STAMP) ## gather the texts of the code into the Russian catalogue
	@exec $(PY) scripts/messages.py

clean: ## remove .venv and caches; the data in .data stays
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis mutants staticfiles
	@find . -name __pycache__ -type d -not -path './.data/*' -prune -exec rm -rf {} +

venv: $(STAMP)

# The stamp is made last: an installation that was killed half way is done again.
$(STAMP): requirements-dev.lock
	@command -v "$(PYTHON)" >/dev/null || \
	{ echo "$(PYTHON) was not found: install Python 3.11 or newer, or name one: make PYTHON=python3.12 $(MAKECMDGOALS)." >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	{ echo "$(PYTHON) is $$("$(PYTHON)" --version 2>&1): this needs Python 3.11 or newer, for example make PYTHON=python3.12 $(MAKECMDGOALS)." >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || \
	{ echo "$(PYTHON) cannot make virtual environments: install its venv module, on Debian apt-get install python3-venv." >&2; exit 1; }
	@echo "Installing the packages of requirements-dev.lock into .venv (about half a minute, once) …"
	@rm -f $(STAMP)
	@$(PY) -c 'import pip' 2>/dev/null || "$(PYTHON)" -m venv --clear .venv
	@$(PY) -m pip install -qq --disable-pip-version-check --require-hashes --requirement requirements-dev.lock || \
	{ echo "The packages could not be installed: see pip's words above; make tries again from where it stopped." >&2; exit 1; }
	@touch $(STAMP)

# One command for each thing a reader wants. Python 3.11 to 3.13, make and git are all that has to be there: the first call
# makes a virtual environment in .venv (a few minutes, 7 GB with PyTorch for GPUs); later calls start at once.
# Every path here is relative, so that the folder may have any name, also one with a space.

BIN   := .venv/bin
READY := .venv/.ready

# the newest of these that the book supports; or name one: make lab PYTHON=/path/to/python3.12
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON = $(shell for p in python3.13 python3.12 python3.11 python3 python; do "$$p" -c '$(SUPPORTED)' 2>/dev/null && echo "$$p" && break; done)

# MUTAG is data inside a package that has no wheel for Python 3.13: there its files are laid beside the environment
MUTAG := grakel==0.1.11
NO_WHEEL := import sys; sys.exit(sys.version_info < (3, 13))

.PHONY: help setup lab run test site export clean

help:
	@echo 'make lab      read and run the book in JupyterLab'
	@echo 'make test     check everything: export, notebooks, tests, site, figures in a browser'
	@echo 'make run      run the chapters at the quick tier, then show the claims'
	@echo 'make site     build the site and serve it on this machine'
	@echo 'make export   write modules, tests and README from the notebooks'
	@echo 'make clean    delete what the other targets made (.venv stays)'

lab: setup
	@$(BIN)/transferbook lab

run: setup
	@$(BIN)/transferbook run --tier quick

test: setup
	@$(BIN)/python tests/run.py

site: setup
	@$(BIN)/transferbook site --serve

export: setup
	@$(BIN)/python -c 'from transferbook.publishing import export_book; export_book()'

clean:
	rm -rf _run _docs _proc build dist .pytest_cache .ruff_cache .hypothesis nbs/.ipynb_checkpoints nbs/*/.ipynb_checkpoints

setup: $(READY)

# an environment that was made elsewhere, before this folder was moved or copied, does not work here and is made again
ifneq ($(shell cat $(READY) 2>/dev/null),$(CURDIR))
.PHONY: $(READY)
endif

$(READY): pyproject.toml constraints.txt
	@test -n '$(PYTHON)' || { echo 'No Python 3.11, 3.12 or 3.13 was found. Install one, or name it: make $(or $(MAKECMDGOALS),lab) PYTHON=/path/to/python3.12' >&2; exit 1; }
	@'$(PYTHON)' -c '$(SUPPORTED)' || { echo 'The book needs Python 3.11 to 3.13, and $(PYTHON) is another' >&2; exit 1; }
	@echo 'Setting up .venv; the first time this takes a few minutes'
	@if { test -f $(READY) && test "$$(cat $(READY))" != "$$(pwd -P)"; } || \
	  ! $(BIN)/python -c 'import pip; $(SUPPORTED)' 2>/dev/null; then '$(PYTHON)' -m venv --clear .venv; fi
	@$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@if $(BIN)/python -c '$(NO_WHEEL)'; then $(BIN)/python -m pip install --disable-pip-version-check --quiet --upgrade \
	  --no-deps --only-binary=:all: --python-version=3.12 --target .venv/share/transferbook '$(MUTAG)'; fi
	@pwd -P > $@

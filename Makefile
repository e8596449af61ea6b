# One command for each thing a reader wants. Python 3.11, make and git are all that has to be there: the first call makes
# a virtual environment in .venv (a few minutes, 7 GB with PyTorch for GPUs); later calls start at once.
# Every path here is relative, so that the folder may have any name, also one with a space.

BIN   := .venv/bin
READY := .venv/.ready

# the first of these that is a Python 3.11; or name one: make lab PYTHON=/path/to/python3.11
PYTHON = $(shell for p in python3.11 python3 python; do "$$p" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null && echo "$$p" && break; done)

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
	@test -n '$(PYTHON)' || { echo 'Python 3.11 was not found. Install it, or name it: make $(or $(MAKECMDGOALS),lab) PYTHON=/path/to/python3.11' >&2; exit 1; }
	@echo 'Setting up .venv; the first time this takes a few minutes'
	@if { test -f $(READY) && test "$$(cat $(READY))" != "$$(pwd -P)"; } || \
	  ! $(BIN)/python -c 'import sys, pip; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then '$(PYTHON)' -m venv --clear .venv; fi
	@$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@pwd -P > $@

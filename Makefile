# Thin words only: each of them forwards to scripts/bootstrap, to .venv/bin/lvslab, or to the tools of the checks.
#
#   LAB=lvs-nat   which lab to raise: a name below labs/, or a file (default lvs-dr)
#   NAME=mine     which instance to work on; needed where several run
#   NODE=web1     which node to log in to
#   DRILL=NAME    which drill to run: a name below drills/, or a file
#   TURN=N        in `make test`: some thorough tests more, one other lab's and a twentieth of the rest, in turn
#   YES=1         install missing Debian packages without asking

LAB ?= lvs-dr
BIN := .venv/bin
LVSLAB := $(BIN)/lvslab
INSTANCE = $(if $(NAME),--name $(NAME))
export YES

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help bootstrap bootstrap-tests python ready \
        lab-up lab-down lab-status lab-ssh lab-reset lab-verify drill drills load bench doctor check test test-all

help: ## list these words
	@sed -n 's/^#   /  /p' $(MAKEFILE_LIST)
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

lab-up: bootstrap ## make this machine ready, raise the lab, provision it and prove it
	@$(LVSLAB) up $(LAB) $(INSTANCE)

lab-down: ready ## take the lab away
	@$(LVSLAB) down $(NAME)

lab-status: ready ## show nodes, the VIP, real servers and storage
	@$(LVSLAB) status $(INSTANCE)

lab-ssh: ready ## log in to NODE as root
	@$(if $(NODE),,echo "make lab-ssh NODE=director1" >&2; exit 2;) $(LVSLAB) ssh $(NODE) $(INSTANCE)

lab-reset: ready ## put the lab back to how it was after verification
	@$(LVSLAB) reset $(INSTANCE)

lab-verify: ready ## check that the lab is what its file says
	@$(LVSLAB) verify $(INSTANCE)

drill: ready ## run DRILL on the running lab: load, faults, a verdict and a page
	@$(if $(DRILL),,echo "make drill DRILL=director-power-off; there are:" >&2; $(LVSLAB) drills >&2; exit 2;) \
	$(LVSLAB) drill $(DRILL) $(INSTANCE)

drills: bootstrap ## run every drill, each on its lab; about half an hour
	@$(LVSLAB) drill --all $(INSTANCE)

load: ready ## ask the VIP by locust for half a minute
	@$(LVSLAB) load $(INSTANCE)

bench: bootstrap ## measure raising, restoring and provisioning; about a quarter of an hour
	@$(LVSLAB) bench $(INSTANCE)

doctor: python ## look whether this machine can carry a lab
	@$(LVSLAB) doctor

check: python ## linters, types, layers and unit tests; needs no root and no VM
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .
	$(BIN)/mypy --no-error-summary
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest -q -n auto tests/unit

test: bootstrap-tests check ## check, then the tests on the host and on real VMs
	$(BIN)/pytest --durations=25 $(if $(TURN),--turn $(TURN)) tests/host tests/lab docs/example

test-all: bootstrap-tests check ## the same with the thorough ones, on every lab; somewhat more than an hour
	$(BIN)/pytest --thorough -q -n auto tests/unit
	$(BIN)/pytest --thorough tests/host tests/lab docs/example

bootstrap:
	@scripts/bootstrap

bootstrap-tests:
	@scripts/bootstrap --tests

python:
	@scripts/bootstrap --python-only

ready:
	@test -x $(LVSLAB) || { echo "nothing is installed in $(CURDIR) yet: make lab-up" >&2; exit 4; }

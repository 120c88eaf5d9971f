# Everything from set-up to tests. `make help` lists what there is.
.DEFAULT_GOAL := help
SHELL := /bin/sh
ENV ?= dev

# Node 24 or newer: the system's, or one from npm below .local.
NODE = $(shell local/toolchain/node/find.sh)

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: .local/setup ## install Node (where the system's is too old) and the dependencies
.local/setup: package-lock.json local/toolchain/node/package-lock.json
	@local/toolchain/node/find.sh --install >/dev/null
	@if ! command -v npm >/dev/null 2>&1; then echo "npm is not on PATH. It comes with Node: https://nodejs.org" >&2; exit 2; fi
	@echo "Installing the dependencies from npm" >&2
	@npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@mkdir -p .local && touch $@

up: setup ## run ENV (dev, staging, prod; dev unless given) on the embedded cluster
	@./suoke up $(ENV)

status: setup ## show how far the rollouts are
	@./suoke status

down: setup ## remove the embedded cluster, or only ENV when it is given
	@./suoke down $(if $(filter-out file,$(origin ENV)),$(ENV))

test: setup ## all tests
	@$(NODE) test/run.ts

test-pulumi: setup ## the tests with the Pulumi CLI; exit code 2 without one
	@$(NODE) test/run.ts --pulumi

check: setup ## the fast tests: types, lint, format, units, program, goldens
	@$(NODE) test/run.ts --fast

bench: setup ## the benchmarks, about an hour; PARTS="render registration review apply rules" chooses
	@$(NODE) bench/run.ts $(PARTS)

generate: setup ## rewrite everything that is generated
	@./suoke generate
golden: generate ## the same, by the name of what most of it is

format: setup ## format the code
	@$(NODE) node_modules/prettier/bin/prettier.cjs --write --log-level=warn .

.PHONY: help setup up status down test test-pulumi check bench generate golden format

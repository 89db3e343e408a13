# One command to run, one to test. Everything lands in .venv, clients/*/node_modules and the data folder.
.DEFAULT_GOAL := help
PYTHON ?= python3
DATA ?= data
BENCH ?=
BANYAN := .venv/bin/banyan

help: ## Show the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: ## Install everything that is locked, build the web page and the embedding model
	@sh scripts/setup.sh "$(PYTHON)"

run: setup ## Serve the sample course on http://127.0.0.1:8001
	@$(BANYAN) serve --data "$(DATA)" --sample

test: setup ## Everything that CI checks
	@sh scripts/setup-test.sh
	@sh scripts/check.sh

bench: setup ## Measure; BENCH="--data FOLDER" reads another course
	@sh scripts/bench.sh $(BENCH)

lock: setup ## Lock the dependencies of pyproject.toml anew, with releases that are at least a week old
	@.venv/uv/bin/uv pip compile -q pyproject.toml --group dev --upgrade --exclude-newer "7 days" --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header -o requirements.lock
	@echo llama-cpp-python | .venv/uv/bin/uv pip compile -q - --upgrade --exclude-newer "7 days" --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --no-annotate \
		--no-emit-package numpy --no-emit-package typing-extensions -o requirements-llama.lock

.PHONY: help setup run test bench lock

# The only commands anyone must know. `make` alone lists them.
PYTHON ?= python3
BIN := .venv/bin
OUT ?= out
BEAM := v2.77.0
IMAGES ?= awizo
TAG ?= $(shell git describe --always --dirty 2>/dev/null || echo untagged)
GATEWAY_EXTRAS ?= gcp,postgres
TERRAFORM := terraform -chdir=infra/terraform
IMAGE_VARS = -var worker_image=$(IMAGES)/awizo-worker:$(TAG) -var gateway_image=$(IMAGES)/awizo-gateway:$(TAG)
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt

.DEFAULT_GOAL := help
.PHONY: help setup run live prism test prove soak check format bench docs lock image plan deploy clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/dev ## make .venv with all that running and testing need

run: .venv/core ## replay the demo's two weeks of parcels and say where to look
	$(BIN)/awizo replay infra/demo/events.jsonl --shops infra/demo/shops --faults infra/demo/faults.json --until quiet --out $(OUT)

live: .venv/core prism ## play the demo live at its own dates, with a page to watch; Ctrl-C stops it
	$(BIN)/awizo play infra/demo/events.jsonl --shops infra/demo/shops --out $(OUT)/live

prism: $(BIN)/prism ## get Prism, the runner of a live job on one machine (builds it, once: needs Go and git)

test: .venv/dev ## run the tests
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder -m "not long and not played"

prove: .venv/dev ## run the long proofs that make test leaves out
	$(BIN)/python -m pytest --numprocesses auto -m long

soak: .venv/dev prism ## play stories live for minutes, with deaths, backlogs and floods; half an hour on a calm machine
	$(BIN)/python -m pytest tests/live -m played

check: .venv/dev ## lint, formatting and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/dev ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/dev ## measure throughput, state size and start-up, as ratios within one run
	$(BIN)/python -m tests.bench --out $(OUT)/bench

docs: .venv/dev ## write schemas/json, the tables in documents and the template's metadata anew
	$(BIN)/awizo schemas
	$(BIN)/python -m pipelines.template infra/docker/metadata.json

lock: .venv/dev ## write constraints.txt from what is installed
	(sed -n 1p constraints.txt; $(BIN)/python -m pip freeze --exclude-editable) > constraints.new
	mv constraints.new constraints.txt

image: ## build the images of worker and gateway; IMAGES=where they belong, PUSH=1 to push them
	@docker info >/dev/null 2>&1 || { echo "make image: needs a running Docker engine (docker info fails)"; exit 1; }
	docker build --file infra/docker/Dockerfile --target worker --build-arg EXTRAS=gcp,postgres --tag $(IMAGES)/awizo-worker:$(TAG) .
	docker build --file infra/docker/Dockerfile --target gateway --build-arg EXTRAS=$(GATEWAY_EXTRAS) --tag $(IMAGES)/awizo-gateway:$(TAG) .
	test -z "$(PUSH)" || docker push $(IMAGES)/awizo-worker:$(TAG)
	test -z "$(PUSH)" || docker push $(IMAGES)/awizo-gateway:$(TAG)
	@echo "built $(IMAGES)/awizo-worker:$(TAG) and $(IMAGES)/awizo-gateway:$(TAG)"

plan: ## say what would change in Google Cloud; STATE=the bucket of Terraform's state
	@command -v terraform >/dev/null || { echo "make plan: needs terraform 1.11 or newer on the PATH"; exit 1; }
	@test -n "$(STATE)" || { echo "make plan: needs STATE=the bucket of Terraform's state (infra/terraform/README.md)"; exit 1; }
	@test -f infra/terraform/terraform.tfvars || { echo "make plan: needs infra/terraform/terraform.tfvars (README.md beside it)"; exit 1; }
	$(TERRAFORM) init -input=false -backend-config="bucket=$(STATE)"
	$(TERRAFORM) validate
	$(TERRAFORM) plan -input=false -out=plan.out $(IMAGE_VARS)

deploy: ## do what make plan said
	@command -v terraform >/dev/null || { echo "make deploy: needs terraform 1.11 or newer on the PATH"; exit 1; }
	@test -f infra/terraform/plan.out || { echo "make deploy: needs the plan that make plan leaves; read it first"; exit 1; }
	$(TERRAFORM) apply -input=false plan.out
	rm infra/terraform/plan.out

clean: ## remove the virtual environment and all outputs
	rm -rf .venv $(OUT) build dist *.egg-info

.venv/core: setup.py constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("Awizo needs Python 3.11 or newer: make PYTHON=python3.12 ..." if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing into .venv (once, a few minutes)"
	$(PIP) --editable .
	touch $@

$(BIN)/prism: .venv/core infra/prism/build.sh infra/prism/stage.patch
	@command -v go >/dev/null || { echo "Prism is built with Go, which is not here: install Go, or put Beam's own binary at $@"; exit 1; }
	@echo "building Prism (once, two minutes)"
	infra/prism/build.sh $(BEAM) $@

.venv/dev: .venv/core
	$(PIP) --editable '.[dev]'
	touch $@

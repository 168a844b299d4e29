# Two commands matter: `make demo` and `make test`. Each sets up what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CHAOS_SEEDS ?= 1 2 3
AUDIT := .venv-audit
DEMO := .venv-demo
WHEELS := .venv-wheels

.PHONY: demo test chaos simulate mutate check audit format lock schema manual bench wheel same clean

demo: $(DEMO)/.ready  ## watch sample items go from feed to desk: DEMO_OPTIONS="--fast --exit"
	@if [ -t 0 ]; then set -m; fi; $(DEMO)/bin/copytaster demo $(DEMO_OPTIONS) || test $$? -eq 130  # Ctrl-C is for it alone

test: $(READY)  ## every test; unit tests alone: make test TESTS=tests/unit
	@for path in $(filter tests/%,$(TESTS)); do \
		test -e "$${path%%::*}" || { echo "make test: there is no $${path%%::*}" >&2; exit 2; }; done
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(TESTS)  # most of them wait for processes

chaos: $(READY)  ## faults at a running service, half an hour: CHAOS_SEEDS="1 2 3"
	@set -e; for seed in $(CHAOS_SEEDS); do \
		$(BIN)/python tests/chaos/run.py faults --seed $$seed; \
		$(BIN)/python tests/chaos/run.py faults --seed $$seed --items 6000 --faults 40 --replicas 0; \
		$(BIN)/python tests/chaos/run.py power-cut --seed $$seed --items 4000; \
		$(BIN)/python tests/chaos/run.py wiped --seed $$seed --items 4000; \
	done

simulate: $(READY)  ## schedules of the delivery core, until one breaks a promise or Ctrl-C
	@$(BIN)/python tests/simulation/run.py

mutate: $(READY)  ## what simulation and tests notice of faults in the scripts: MUTATE="publish lib/order"
	@$(BIN)/python tests/simulation/mutate.py $(MUTATE)

check: $(READY)  ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

audit: $(AUDIT)/.ready  ## known vulnerabilities of requirements.lock, and dist/sbom.json
	@test ! -e $(AUDIT)/.ready || $(AUDIT)/bin/python .ci/audit.py

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

schema: $(READY)  ## write docs/schema/ from the model
	$(BIN)/copytaster schema --write docs/schema

manual: $(READY)  ## write docs/copytaster.1 from the command's help, and the pictures of docs/images/
	$(BIN)/python docs/manpage.py
	$(BIN)/python docs/screenshots.py

bench: $(READY)  ## print what benchmarks/RESULTS.md records
	$(BIN)/python benchmarks/bench_parse.py
	$(BIN)/python benchmarks/bench_datelines.py
	$(BIN)/python benchmarks/bench_places.py
	$(BIN)/python benchmarks/bench_entities.py
	$(BIN)/python benchmarks/bench_quotes.py
	$(BIN)/python benchmarks/bench_duplicates.py
	$(BIN)/python benchmarks/bench_polling.py
	$(BIN)/python benchmarks/bench_pipeline.py
	$(BIN)/python benchmarks/bench_overhead.py
	$(BIN)/python benchmarks/bench_site.py

wheel: $(WHEELS)/.ready  ## into dist/: sdist, wheel without compiled parts, with the tagger's, compiled by mypyc
	rm -rf dist && mkdir dist
	$(WHEELS)/bin/python -m hatchling build -t sdist -d dist
	PURE_PYTHON=1 $(WHEELS)/bin/python -m hatchling build -t wheel -d dist
	$(WHEELS)/bin/python -m hatchling build -t wheel -d $(WHEELS)/built/tagger
	MYPYC=1 $(WHEELS)/bin/python -m hatchling build -t wheel -d $(WHEELS)/built/mypyc
	@# A library is opened only where the processor has its instructions, so auditwheel need not ask for them.
	@set -e; for built in $(WHEELS)/built/*/*.whl; do \
		if [ -x $(WHEELS)/bin/auditwheel ]; then PATH="$(CURDIR)/$(WHEELS)/bin:$$PATH" auditwheel repair --disable-isa-ext-check -w dist "$$built"; \
		else cp "$$built" dist; fi; done

same: $(READY)  ## whether dist/'s mypyc wheel reads as pure Python does, after `make wheel`: SAME_OPTIONS="--seeds 1 2"
	@$(BIN)/python tests/compiled/run.py dist/copytaster-*-cp3*.whl $(SAME_OPTIONS)

lock:  ## resolve pyproject.toml again; needs uv
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --quiet --upgrade -o requirements-dev.lock
	uv pip compile pyproject.toml --extra web --extra postgresql --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --quiet --upgrade \
		-c requirements-dev.lock -o requirements.lock
	uv pip compile .ci/demo.in --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --quiet --upgrade \
		-c requirements-dev.lock -o requirements-demo.lock
	uv pip compile .ci/build.in --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --quiet --upgrade \
		-c requirements-dev.lock -o requirements-build.lock
	uv pip compile .ci/audit.in --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --quiet --upgrade -o requirements-audit.lock

clean:
	rm -rf $(VENV) $(DEMO) $(AUDIT) $(WHEELS) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist

$(READY): requirements-dev.lock pyproject.toml
	@$(PYTHON) .ci/set_up.py $(VENV) requirements-dev.lock
	@touch $@

$(DEMO)/.ready: requirements.lock requirements-demo.lock pyproject.toml
	@$(PYTHON) .ci/set_up.py $(DEMO) requirements.lock requirements-demo.lock
	@touch $@

$(WHEELS)/.ready: requirements-build.lock
	@$(PYTHON) -m venv --clear $(WHEELS)
	@$(WHEELS)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: --requirement requirements-build.lock
	@touch $@

$(AUDIT)/.ready: requirements-audit.lock
	@$(PYTHON) -m venv --clear $(AUDIT)
	@if $(AUDIT)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: --requirement requirements-audit.lock; \
		then touch $(AUDIT)/.ready; else echo "audit: its tools cannot be installed; nothing was audited"; fi

# Two commands: `make run` shows the program, `make test` proves it. Both need Debian or Ubuntu, git, make, Python >= 3.11.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test long sbom venv clean

run: venv
	$(BIN)/mo-viewer demo

test: venv
	$(BIN)/python -m pytest -n 2 --dist loadfile

long: venv
	@sh .ci/archive
	MO_VIEWER_NEEDS_ORTHANC=1 $(BIN)/python -m pytest -m long
	MO_VIEWER_NEEDS_ORTHANC=1 $(BIN)/python -m pytest tests/pacs
	$(BIN)/python -m tests.bench

sbom: venv
	$(BIN)/python -m tests.supply

venv:
	@sh .ci/prepare "$(PYTHON)"

clean:
	rm -rf .venv dist demo-output

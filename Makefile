# Two commands for a fresh machine: `make demo` and `make test`. Needs Python 3.11 or newer with venv and pip, and a C++17 compiler.

PYTHON ?= python3
VENV   ?= .venv
BIN     = $(VENV)/bin
SOURCES = $(shell find csrc -name '*.cpp' -o -name '*.hpp' -o -name '*.cu' -o -name '*.cuh' -o -name '*.h') tests/emulated/planted.cu

.PHONY: install demo test integration long lint types format bench docs sanitize emulate resources wheel clean

install: $(VENV)/.installed

# Built again when the native sources or the package's description change; Python files are used where they lie.
$(VENV)/.installed: pyproject.toml constraints.txt CMakeLists.txt $(SOURCES)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --constraint constraints.txt torch
	$(BIN)/pip install --quiet "scikit-build-core>=0.10" "pybind11>=2.13" "cmake>=3.22" ninja
	$(BIN)/pip install --quiet --constraint constraints.txt --no-build-isolation --editable '.[test,lint]'
	touch $@

demo: install
	$(BIN)/pyexplain demo --out demo

# What a change is tried with. Tests that share a costly fixture are marked as a group, and go to one process.
# Compiled modules are kept, whatever the environment says: each process of the suite would compile them all again.
SUITE = PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n auto --maxprocesses 8 --dist loadgroup
test: install
	$(SUITE) --part quick

# The whole together (tests/conftest.py says what that is): minutes; a part of the gate.
integration: install
	$(SUITE) --part integration

# The long forms: kills, damaged bytes, fuzzing. Minutes on an idle machine.
long: install
	PYEXPLAIN_LONG=1 $(BIN)/python -m pytest -m long

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/clang-format --dry-run --Werror $(SOURCES)

types: install
	$(BIN)/mypy

format: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/clang-format -i $(SOURCES)

bench: install
	$(BIN)/python -m benchmarks

# The site in build/site; a broken link or a page that nothing leads to is an error.
docs: install
	$(BIN)/pip install --quiet --constraint constraints.txt "mkdocs-material>=9.5,<10" "mkdocstrings[python]>=0.26"
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

sanitize: install
	PYTHON=$(abspath $(BIN))/python tools/sanitize.sh

# The CUDA kernels on the processor (docs/native.md); a part of `make integration`.
emulate: install
	PYTHON=$(abspath $(BIN))/python tools/emulate.sh
	$(BIN)/python -m pytest tests/emulated

# Registers, shared memory and spills of the CUDA kernels; wants nvcc, and no GPU.
resources:
	bash tools/gpu/resources.sh

wheel: install
	$(BIN)/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

clean:
	rm -rf build dist demo $(VENV)

#!/usr/bin/env bash
# Builds the CUDA kernels for the processor under build/emulated (docs/native.md) and prints the folder. PYTHON names the interpreter
# (default: .venv/bin/python). One call at a time builds; what is up to date is left alone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
python=${PYTHON:-$PWD/.venv/bin/python}
build=$PWD/build/emulated
mkdir -p "$build"
exec 9>"$build/.lock"
flock 9
{
  cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DPYEXPLAIN_EMULATE=ON -DPYEXPLAIN_CUDA=OFF -DSKBUILD_PROJECT_VERSION=emulated \
    -DPython_EXECUTABLE="$python" -Dpybind11_DIR="$("$python" -m pybind11 --cmakedir)" &&
    cmake --build "$build" --target emulated
} >"$build.log" 2>&1 9>&- || { cat "$build.log" >&2; exit 1; }
echo "$build"
